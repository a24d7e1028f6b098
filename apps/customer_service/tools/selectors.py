from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.customer_service.tools.models import LookupCall, LookupTool

RECENT_CALLS = 20


def lookup_tool_list(organisation: Organisation) -> QuerySet[LookupTool]:
    """The tools with the last call of each, and how many of today's calls failed."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Q(calls__created_at__gte=midnight)
    last = LookupCall.objects.filter(tool=OuterRef("pk")).order_by("-created_at")
    return (
        LookupTool.objects.within(organisation)
        .annotate(
            calls_today=Count("calls", filter=today),
            failures_today=Count("calls", filter=today & ~Q(calls__error="")),
            last_called_at=Subquery(last.values("created_at")[:1]),
            last_error=Subquery(last.values("error")[:1]),
        )
        .order_by("name")
    )


def lookup_tool(organisation: Organisation, lookup_tool_id: UUID) -> LookupTool:
    return LookupTool.objects.within(organisation).one(pk=lookup_tool_id)


def call_list(organisation: Organisation) -> QuerySet[LookupCall]:
    return LookupCall.objects.within(organisation).select_related("conversation")


def recent_calls(tool: LookupTool) -> QuerySet[LookupCall]:
    """The latest requests that the assistant made, the newest first."""
    return LookupCall.objects.filter(tool=tool)[:RECENT_CALLS]
