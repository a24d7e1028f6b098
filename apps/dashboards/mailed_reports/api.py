"""Reports by mail, for programs: what the pages do, by the same form and the same services."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.forms.models import model_to_dict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.dashboards.mailed_reports import acts, services
from apps.dashboards.mailed_reports.forms import MAX_RECIPIENTS, MailedReportForm
from apps.dashboards.mailed_reports.models import MailedReport
from apps.dashboards.mailed_reports.resources import MAILED_REPORTS
from apps.jobs.api import JobSerializer
from apps.resources.api import ResourceViewSet


class MailedReportSerializer(serializers.ModelSerializer[MailedReport]):
    """`last_at`: when it went out last; null before the first time."""

    recipients: Any = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    filters = serializers.DictField(child=serializers.CharField(), read_only=True)
    last_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = MailedReport
        fields = [
            "id",
            "name",
            "report",
            "filters",
            "days",
            "cron",
            "time_zone",
            "language",
            "recipients",
            "has_xlsx",
            "has_csv",
            "is_enabled",
            "last_at",
            "created_at",
        ]
        read_only_fields = fields


class NewMailedReportSerializer(serializers.ModelSerializer[MailedReport]):
    """`report`: a name of `/api/v1/analytics/`. `filters`: as its parameters there. `recipients`: ids of members."""

    recipients = serializers.ListField(child=serializers.UUIDField(), max_length=MAX_RECIPIENTS)
    filters = serializers.DictField(child=serializers.CharField(max_length=100), required=False)

    class Meta:
        model = MailedReport
        fields = ["name", "report", "filters", "days", "cron", "time_zone", "language", "recipients"]
        fields += ["has_xlsx", "has_csv", "is_enabled"]


@extend_schema_view(
    partial_update=extend_schema(description="Change what is sent, when and to whom, or switch it off."),
    destroy=extend_schema(description="It is no longer sent. What went out stays in the members' mail."),
)
class MailedReportViewSet(ResourceViewSet[MailedReport]):
    """Reports that go out by mail as PDF, to members who may see them."""

    resource = MAILED_REPORTS
    serializer_class = MailedReportSerializer
    input_serializer_class = NewMailedReportSerializer

    def create(self, request: Request) -> Response:
        """Times run for a member: with an API key send `is_enabled: false`, and call `send` whenever it is due."""
        row = _save(actor_of(request), self.sent_values())
        return Response(self._body(row), status=status.HTTP_201_CREATED)

    def update(self, request: Request, *, partial: bool = False, **_ids: str) -> Response:
        row = self.get_object()
        return Response(self._body(_save(actor_of(request), self.sent_values(partial=partial), row)))

    def destroy(self, request: Request, **_ids: str) -> Response:
        services.delete(actor_of(request), self.get_object(), resource=MAILED_REPORTS)
        return Response(status=status.HTTP_204_NO_CONTENT)

    send = ApiAct(
        acts.SEND_MAILED_REPORT,
        "Mail it now, to all of its recipients. The job's result counts what was sent, left out and refused.",
        answer=JobSerializer,
        code=202,
    )

    def _body(self, row: MailedReport) -> Mapping[str, Any]:
        return MailedReportSerializer(self.get_queryset().get(pk=row.pk)).data


def _save(actor: Actor, values: dict[str, Any], row: MailedReport | None = None) -> MailedReport:
    """Through the form of the page; what `values` leave out stays. Raises InvalidInput."""
    present = model_to_dict(row or MailedReport(), fields=list(MailedReportForm.base_fields))
    present["recipients"] = _present_recipients(row) if row else []
    report = values.get("report", present["report"])
    # Another report has other filters.
    unchanged = row.filters if row and row.report == report else {}
    chosen = {f"{report}_{name}": value for name, value in values.pop("filters", unchanged).items()}
    form = cast(
        MailedReportForm, MAILED_REPORTS.bound_form(actor.organisation, present | values | chosen, row)
    )
    form.prepare(actor)
    unknown = chosen.keys() - form.filter_names.keys()
    if unknown and form.may_choose(report):
        names = ", ".join(sorted(name.removeprefix(f"{report}_") for name in unknown))
        raise InvalidInput(fields={"filters": [_("This report has no filter %(names)s.") % {"names": names}]})
    try:
        return services.save(actor, MAILED_REPORTS, form)
    except InvalidInput as error:
        # The form has a field for each filter of each report; the body has one for all.
        fields = {
            "filters" if name in form.filter_names else name: lines for name, lines in error.fields.items()
        }
        raise InvalidInput(error.message, code=error.code, fields=fields) from error


def _present_recipients(row: MailedReport) -> list[UUID]:
    """Without those who left: the form takes no such recipient, whoever changes something else."""
    return list(row.recipients.filter(is_active=True, user__is_active=True).values_list("pk", flat=True))
