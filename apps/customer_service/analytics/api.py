from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.analytics import api as analytics
from apps.analytics.api import MetricSerializer, PeriodSerializer, RowSerializer, ShareSerializer
from apps.customer_service.analytics.costs import Costs
from apps.customer_service.analytics.report import REPORT, cost
from apps.customer_service.analytics.results import Hour, Reason
from apps.customer_service.analytics.totals import SHARES, Totals

AMOUNT: dict[str, Any] = {"max_digits": 14, "decimal_places": 4, "read_only": True}


class TotalsSerializer(RowSerializer):
    """Times in seconds."""

    row = Totals

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {name: ShareSerializer(read_only=True) for name in SHARES}


class ReasonSerializer(RowSerializer):
    """Why people were called."""

    row = Reason


class DaySerializer(RowSerializer):
    """Times in seconds, the middle conversation of the day."""

    row, within = Totals, "totals"
    only = ("conversations", "messages", "automated", "pending", "with_person", "answered", "deflected")
    renamed = {
        "bot_first": "bot_first_median",
        "staff_first_open": "staff_first_open_median",
        "rating": "rating_mean",
    }
    day = serializers.DateField(source="key", read_only=True)


class WeekSerializer(RowSerializer):
    """Begins on Monday `week`."""

    row, within = Totals, "totals"
    only = ("understood", "ended_negative")
    renamed = {"change": "trend_change"}
    week = serializers.DateField(source="key", read_only=True)


class HourSerializer(RowSerializer):
    """`weekday` 1 is Monday."""

    row = Hour


class IntentFiguresSerializer(RowSerializer):
    """By the first message whose intent was recognised."""

    row, within = Totals, "totals"
    only = ("conversations", "automated", "pending", "ratings", "rating_mean")
    intent = serializers.CharField(source="key", read_only=True)


class AgentFiguresSerializer(RowSerializer):
    """Of the member who was first to take or answer the conversation; `first_response` in opening hours."""

    row, within = Totals, "totals"
    only = ("conversations", "ratings", "rating_mean")
    renamed = {
        "replies": "staff_replies",
        "first_response": "staff_first_open_median",
        "handle_time": "handle_median",
    }
    member = serializers.CharField(source="key.member", read_only=True)
    name = serializers.CharField(source="key.name", read_only=True)


class CostsSerializer(serializers.Serializer[Costs]):
    currency = serializers.CharField(read_only=True)
    minutes = serializers.DecimalField(**AMOUNT)
    cost_per_hour = serializers.DecimalField(**AMOUNT)
    resolved = serializers.IntegerField(read_only=True)
    with_person = serializers.IntegerField(read_only=True)
    models = serializers.DecimalField(**AMOUNT)
    people = serializers.DecimalField(**AMOUNT)
    total = serializers.DecimalField(**AMOUNT)
    per_resolved = serializers.DecimalField(**AMOUNT, allow_null=True)
    all_by_people = serializers.DecimalField(**AMOUNT)
    saving = serializers.DecimalField(**AMOUNT)


class ReportSerializer(serializers.Serializer[Any]):
    period = PeriodSerializer(source="scope.period", read_only=True)
    channel = serializers.UUIDField(
        source="scope.filters.channel", default=None, read_only=True, allow_null=True
    )
    metrics = MetricSerializer(many=True, read_only=True)
    now = TotalsSerializer(source="results.now", read_only=True)
    before = TotalsSerializer(source="results.before", read_only=True)
    reasons = ReasonSerializer(source="results.reasons", many=True, read_only=True)
    days = DaySerializer(source="results.days", many=True, read_only=True)
    weeks = WeekSerializer(source="results.groups.weeks", many=True, read_only=True)
    hours = HourSerializer(source="results.hours", many=True, read_only=True)
    intents = IntentFiguresSerializer(source="results.groups.intents", many=True, read_only=True)
    agents = serializers.SerializerMethodField()
    costs = CostsSerializer(read_only=True)

    @extend_schema_field(AgentFiguresSerializer(many=True))
    def get_agents(self, body: dict[str, Any]) -> Any:
        # Of their own work staff are told by whoever leads them.
        agents = body["results"].groups["agents"] if body["shows_agents"] else []
        return AgentFiguresSerializer(agents, many=True).data


class FiguresView(APIView):
    """What happened at the desk in a period, beside the period before it."""

    permissions = {"GET": "conversations.view"}

    @extend_schema(responses=ReportSerializer, parameters=analytics.parameters(REPORT))
    def get(self, request: Request) -> Response:
        scope = analytics.scope_of(REPORT, request)
        results = REPORT.results(scope)
        body = {
            "scope": scope,
            "results": results,
            "metrics": REPORT.cards(results),
            "costs": cost(scope, results),
            "shows_agents": actor_of(request).may("conversations.manage"),
        }
        return Response(ReportSerializer(body).data)
