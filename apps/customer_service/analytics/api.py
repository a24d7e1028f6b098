from dataclasses import asdict, fields
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.customer_service.analytics import unanswered
from apps.customer_service.analytics.costs import Costs
from apps.customer_service.analytics.forms import ScopeForm
from apps.customer_service.analytics.report import (
    AgentFigures,
    Day,
    Hour,
    IntentFigures,
    Reason,
    Report,
    Week,
    report,
)
from apps.customer_service.analytics.totals import Totals
from apps.customer_service.analytics.unanswered import Group, Question
from apps.jobs.models import Job

SHARES = tuple(name for name in vars(Totals) if name.endswith("_share"))
FIELDS: dict[str, Any] = {
    "int": serializers.IntegerField,
    "float | None": serializers.FloatField,
    "str": serializers.CharField,
    "date": serializers.DateField,
    "datetime": serializers.DateTimeField,
}
AMOUNT: dict[str, Any] = {"max_digits": 14, "decimal_places": 4, "read_only": True}


class _RowSerializer(serializers.Serializer[Any]):
    """A field for each of a dataclass, so that what is counted and what is documented never part."""

    row: type[Any]

    def get_fields(self) -> dict[str, Any]:
        plain = {field.name: _type_name(field.type) for field in fields(self.row)}
        made = {
            name: FIELDS[kind](read_only=True, **({"allow_null": True} if "None" in kind else {}))
            for name, kind in plain.items()
            if kind in FIELDS
        }
        return made | super().get_fields()


def _type_name(kind: Any) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))


class ShareSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    percent = serializers.FloatField(allow_null=True, help_text="Null of fewer than five.")


class TotalsSerializer(_RowSerializer):
    """Times in seconds."""

    row = Totals

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {name: ShareSerializer(read_only=True) for name in SHARES}


class ReasonSerializer(_RowSerializer):
    row = Reason


class DaySerializer(_RowSerializer):
    row = Day


class WeekSerializer(_RowSerializer):
    row = Week


class HourSerializer(_RowSerializer):
    row = Hour


class IntentFiguresSerializer(_RowSerializer):
    row = IntentFigures


class AgentFiguresSerializer(_RowSerializer):
    row = AgentFigures


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


class PeriodSerializer(serializers.Serializer[Any]):
    first = serializers.DateField(read_only=True)
    last = serializers.DateField(read_only=True)
    days = serializers.IntegerField(read_only=True)
    time_zone = serializers.CharField(read_only=True)


class ReportSerializer(serializers.Serializer[Report]):
    period = PeriodSerializer(source="scope.period", read_only=True)
    channel = serializers.UUIDField(source="scope.channel_id", allow_null=True, read_only=True)
    now = TotalsSerializer(read_only=True)
    before = TotalsSerializer(read_only=True)
    reasons = ReasonSerializer(many=True, read_only=True)
    days = DaySerializer(many=True, read_only=True)
    weeks = WeekSerializer(many=True, read_only=True)
    hours = HourSerializer(many=True, read_only=True)
    intents = IntentFiguresSerializer(many=True, read_only=True)
    agents = serializers.SerializerMethodField()
    costs = CostsSerializer(read_only=True)

    @extend_schema_field(AgentFiguresSerializer(many=True))
    def get_agents(self, found: Report) -> list[dict[str, Any]]:
        # Of their own work staff are told by whoever leads them.
        return [asdict(agent) for agent in found.agents] if self.context["shows_agents"] else []


class QuestionSerializer(_RowSerializer):
    row = Question


class GroupSerializer(_RowSerializer):
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
    question = serializers.CharField(max_length=unanswered.LONGEST)


class FiguresView(APIView):
    """What happened at the desk in a period, beside the period before it."""

    permissions = {"GET": "conversations.view"}

    @extend_schema(
        responses=ReportSerializer,
        parameters=[
            OpenApiParameter(
                "from", str, description="First day, YYYY-MM-DD. Without both: the last 30 days."
            ),
            OpenApiParameter("to", str, description="Last day, YYYY-MM-DD."),
            OpenApiParameter(
                "days", int, description="7, 30 or 90: the latest days instead of `from` and `to`."
            ),
            OpenApiParameter("channel", str, description="Id of a channel; without it all of them."),
        ],
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        scope = ScopeForm.of(request.query_params.dict(), actor.organisation).scope()
        context = {"shows_agents": actor.may("conversations.manage")}
        return Response(ReportSerializer(report(scope), context=context).data)


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
        body = DismissalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        unanswered.dismiss(actor_of(request), question=body.validated_data["question"])
        return Response(status=status.HTTP_204_NO_CONTENT)
