from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.analytics import api as analytics
from apps.analytics.api import MetricSerializer, PeriodSerializer, RowSerializer, ShareSerializer
from apps.core.api import validated_body
from apps.customer_service.analytics import unanswered
from apps.customer_service.analytics.costs import Costs
from apps.customer_service.analytics.report import REPORT, cost
from apps.customer_service.analytics.results import Hour, Reason
from apps.customer_service.analytics.totals import SHARES, Totals
from apps.customer_service.analytics.unanswered import Group, Question
from apps.jobs.models import Job

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


class QuestionSerializer(RowSerializer):
    """A message of a visitor that got no good answer."""

    row = Question


class GroupSerializer(RowSerializer):
    """Named by its most central question. `examples` differ in their words; the newest come first."""

    row = Group
    languages = serializers.ListField(child=serializers.CharField(), read_only=True)
    examples = QuestionSerializer(many=True, read_only=True)


class ClusteringSerializer(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = ["id", "state"]
        read_only_fields = fields


class UnansweredSerializer(serializers.Serializer[Any]):
    job = ClusteringSerializer(allow_null=True, read_only=True)
    groups = GroupSerializer(many=True, read_only=True)


class DismissalSerializer(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=unanswered.MAX_CHARACTERS)


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


class UnansweredView(APIView):
    """Questions without a good answer, those of the same meaning together."""

    permissions = {"GET": "conversations.view", "POST": "conversations.manage"}

    @extend_schema(responses=UnansweredSerializer)
    def get(self, request: Request) -> Response:
        organisation = actor_of(request).organisation
        body = {
            "job": unanswered.latest_clustering(organisation),
            "groups": unanswered.listed_groups(organisation),
        }
        return Response(UnansweredSerializer(body).data)

    @extend_schema(request=None, responses={202: ClusteringSerializer})
    def post(self, request: Request) -> Response:
        """Groups them anew."""
        job = unanswered.request_clustering(actor_of(request))
        return Response(ClusteringSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class DismissalView(APIView):
    permissions = {"POST": "conversations.manage"}

    @extend_schema(request=DismissalSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """This question, and those that mean the same, are not listed again."""
        body = validated_body(request, DismissalSerializer)
        unanswered.dismiss(actor_of(request), question=body["question"])
        return Response(status=status.HTTP_204_NO_CONTENT)
