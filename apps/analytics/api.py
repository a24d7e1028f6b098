"""What the API views of reports are made of: parameters, and a field for each number that is counted."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import MEMBER, actor_of
from apps.analytics.forms import ScopeForm
from apps.analytics.reports import Report, Scope, all_reports
from apps.core.errors import InvalidInput, NotFound
from apps.core.json_output import LongJSONRenderer

_FIELDS: dict[str, Any] = {
    "int": serializers.IntegerField,
    "float": serializers.FloatField,
    "str": serializers.CharField,
    "date": serializers.DateField,
    "datetime": serializers.DateTimeField,
}


def scope_of(report: Report[Any], request: Request) -> Scope:
    """Raises InvalidInput for what cannot be counted."""
    return ScopeForm(request.query_params.dict(), report, actor_of(request).organisation).scope()


def parameters(report: Report[Any] | None = None) -> list[OpenApiParameter]:
    return [
        OpenApiParameter("from", str, description="First day, YYYY-MM-DD. Without both: the last 30 days."),
        OpenApiParameter("to", str, description="Last day, YYYY-MM-DD."),
        OpenApiParameter(
            "days", int, description="So many latest days, up to 366, instead of `from` and `to`."
        ),
        *(
            OpenApiParameter(each.name, str, description=f"Id of a {each.name}; without it all of them.")
            for each in (report.filters if report else ())
        ),
    ]


class RowSerializer(serializers.Serializer[Any]):
    """A field for each of the dataclass `row`, or for those in `only`, so that the documentation never lags behind.

    `within`: where the row lies in what is serialised. `renamed`: name in the API → field of the row.
    """

    row: ClassVar[type[Any]]
    only: ClassVar[tuple[str, ...]] = ()
    renamed: ClassVar[Mapping[str, str]] = {}
    within: ClassVar[str] = ""

    def get_fields(self) -> dict[str, Any]:
        kinds = {each.name: getattr(each.type, "__name__", str(each.type)) for each in fields(self.row)}
        names = {name: name for name in self.only or kinds if name not in self.renamed.values()}
        names |= dict(self.renamed)
        serializer_fields = super().get_fields()
        for name, column in names.items():
            kind, _bar, is_optional = kinds[column].partition(" | ")
            if kind in _FIELDS and name not in serializer_fields:
                source = f"{self.within}.{column}" if self.within else column
                options: dict[str, Any] = {"source": source} if source != name else {}
                options |= {"allow_null": True} if is_optional else {}
                serializer_fields[name] = _FIELDS[kind](read_only=True, **options)
        return serializer_fields


class ShareSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    percent = serializers.FloatField(allow_null=True, help_text="Null of fewer than five.")


class PeriodSerializer(serializers.Serializer[Any]):
    first = serializers.DateField(read_only=True)
    last = serializers.DateField(read_only=True)
    days = serializers.IntegerField(read_only=True)
    time_zone = serializers.CharField(read_only=True)


class MetricSerializer(serializers.Serializer[Any]):
    """A number as its card shows it. `unit`: count, percent, seconds, money or number.

    `better`: 1 where more of it is good, -1 where less is.
    """

    key = serializers.CharField(source="metric.key", read_only=True)
    name = serializers.CharField(source="metric.label", read_only=True)
    unit = serializers.CharField(source="value.unit", read_only=True)
    now = serializers.FloatField(source="value.number", allow_null=True, read_only=True)
    before = serializers.FloatField(source="before.number", allow_null=True, read_only=True)
    better = serializers.IntegerField(source="metric.better", read_only=True)


class DashboardReportSerializer(serializers.Serializer[Any]):
    """The metrics of one desk, or of the frame: `jobs` and `models`."""

    desk = serializers.CharField(source="report.name", read_only=True)
    period = PeriodSerializer(source="scope.period", read_only=True)
    metrics = MetricSerializer(many=True, read_only=True)


class SeriesRowSerializer(serializers.Serializer[Any]):
    """Each metric from one day on, of one group where a group was asked for; null where it cannot be said of so few."""

    day = serializers.DateField()
    group = serializers.CharField(allow_null=True)
    values = serializers.DictField(child=serializers.FloatField(allow_null=True))


class SeriesSerializer(serializers.Serializer[Any]):
    """`step_days`: how many days a row counts from its `day` on: 1, or 7 where more than 92 days are asked for."""

    period = PeriodSerializer()
    group_by = serializers.CharField(allow_null=True)
    step_days = serializers.IntegerField()
    rows = SeriesRowSerializer(many=True)


class DashboardView(APIView):
    permissions = {"GET": MEMBER}

    @extend_schema(
        operation_id="analytics_list",
        parameters=parameters(),
        responses=DashboardReportSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The numbers for a dashboard: of each desk that the sender may see, its metrics beside the period before."""
        dashboard = []
        for report in visible_reports(request):
            scope = scope_of(report, request)
            cards = report.cards(report.totals(scope))
            dashboard.append({"report": report, "scope": scope, "metrics": cards})
        return Response(DashboardReportSerializer(dashboard, many=True).data)


class SeriesView(APIView):
    permissions = {"GET": MEMBER}
    renderer_classes = (LongJSONRenderer,)

    @extend_schema(
        operation_id="analytics_series",
        parameters=[
            *parameters(),
            OpenApiParameter(
                "group_by", str, description="Such as desk, kind, member, api_key, model, state."
            ),
        ],
        responses=SeriesSerializer,
    )
    def get(self, request: Request, report: str) -> Response:
        """Each metric of one report by day, and by desk, tool, member, key or model where it is told apart by that."""
        chosen = next((each for each in visible_reports(request) if each.name == report), None)
        if chosen is None:
            raise NotFound
        scope, group_by = scope_of(chosen, request), request.query_params.get("group_by", "")
        if group_by in chosen.series:
            groups = [(group.key, group.totals) for group in chosen.series[group_by](scope)]
        elif not group_by:
            groups = [((day.key, None), day.totals) for day in chosen.results(scope).days]
        else:
            known = ", ".join(filter(None, chosen.series))
            raise InvalidInput(
                fields={"group_by": [_("Choose one of these: %(names)s") % {"names": known or "–"}]}
            )
        rows = [
            {
                "day": day,
                "group": None if group is None else str(group),
                "values": {metric.key: metric.value(totals).number for metric in chosen.metrics},
            }
            for (day, group), totals in groups
        ]
        # Without the serializer, which would take a millisecond for each of the thousands of rows of a year.
        period, step_days = PeriodSerializer(scope.period).data, chosen.step_days(scope.period)
        return Response(
            {"period": period, "group_by": group_by or None, "step_days": step_days, "rows": rows}
        )


def visible_reports(request: Request) -> list[Report[Any]]:
    actor = actor_of(request)
    return [report for report in all_reports() if actor.may(report.permission)]
