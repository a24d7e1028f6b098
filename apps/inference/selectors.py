from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q, Sum
from django.db.models.functions import TruncDay
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.inference import breaker, slots
from apps.inference.models import Endpoint, EndpointQuerySet, InferenceCall, Purpose
from apps.inference.recent import Recent

_candidates = Recent[list[Endpoint]](seconds=5)

# A general model can do what no endpoint was set up for; an embedding model cannot.
STANDS_IN = {Purpose.EXTRACTION: Purpose.CHAT, Purpose.REASONING: Purpose.CHAT}

GROUPS = {
    "day": TruncDay("created_at"),
    "purpose": "purpose",
    "model": "model",
    "prompt": "prompt_name",
    "member": "member__user__email",
    "api_key": "api_key__name",
    "status": "status",
}

GROUP_LABELS = {
    "model": _("Model"),
    "purpose": _("Purpose"),
    "prompt": _("Prompt"),
    "day": _("Day"),
    "member": _("Member"),
    "api_key": _("API key"),
}


@dataclass(frozen=True)
class EndpointState:
    """An endpoint and how it does right now."""

    endpoint: Endpoint
    breaker: str
    running: int
    waiting: int

    @property
    def tone(self) -> str:
        if not self.endpoint.is_enabled:
            return ""
        return {"closed": "good", "open": "bad"}.get(self.breaker, "warn")

    @property
    def label(self) -> Text:
        if not self.endpoint.is_enabled:
            return _("switched off")
        return {"closed": _("in order"), "open": _("does not answer")}.get(self.breaker, _("being tried"))


def endpoint_states(organisation: Organisation) -> list[EndpointState]:
    return [
        EndpointState(endpoint, breaker.state(endpoint.pk), *slots.in_use(endpoint.pk))
        for endpoint in endpoint_list(organisation)
    ]


def endpoint_list(organisation: Organisation) -> EndpointQuerySet:
    return Endpoint.objects.visible_to(organisation).in_fallback_order()


def candidates(organisation: Organisation, purpose: str) -> list[Endpoint]:
    """Endpoints to try for a purpose, in this order. Remembered for five seconds."""
    return _candidates.get((organisation.pk, purpose), lambda: _find_candidates(organisation, purpose))


def forget_candidates() -> None:
    _candidates.clear()


def _find_candidates(organisation: Organisation, purpose: str) -> list[Endpoint]:
    usable = list(endpoint_list(organisation).filter(is_enabled=True))
    found = [endpoint for endpoint in usable if endpoint.purpose == purpose]
    if purpose == Purpose.EMBEDDING:
        # Vectors of two models cannot be compared: only the same model may take over.
        return [endpoint for endpoint in found if endpoint.model == found[0].model]
    stand_in = STANDS_IN.get(Purpose(purpose))
    return found or [endpoint for endpoint in usable if endpoint.purpose == stand_in]


def call_list(organisation: Organisation) -> Any:
    return (
        InferenceCall.objects.filter(organisation=organisation)
        .select_related("member__user", "api_key", "endpoint")
        .order_by("-id")
    )


def usage_summary(
    organisation: Organisation, *, group_by: str, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    rows = (
        InferenceCall.objects.filter(organisation=organisation, created_at__gte=since, created_at__lt=until)
        .annotate(group=_group(group_by))
        .values("group")
        .annotate(
            calls=Count("id"),
            failed=Count("id", filter=Q(status=InferenceCall.Status.FAILED)),
            stopped=Count("id", filter=Q(status=InferenceCall.Status.STOPPED)),
            input_tokens=Sum("input_tokens"),
            output_tokens=Sum("output_tokens"),
            cost=Sum("cost"),
            first_token_ms=Avg("first_token_ms"),
            latency_ms=Avg("latency_ms"),
        )
        .order_by("group")
    )
    return [dict(row) for row in rows]


def _group(name: str) -> Any:
    expression = GROUPS[name]
    return F(expression) if isinstance(expression, str) else expression
