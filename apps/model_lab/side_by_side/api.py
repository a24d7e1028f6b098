"""The REST API of questions put to several models, of votes, and of the arena's scores."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.core.api import validated_body
from apps.inference.forms import MAX_TEXT
from apps.jobs.api import BackedByJobSerializer
from apps.model_lab.desk import VIEW
from apps.model_lab.side_by_side import acts, selectors, services
from apps.model_lab.side_by_side.models import ComparedAnswer, ModelComparison
from apps.model_lab.side_by_side.selectors import ArenaRow
from apps.model_lab.side_by_side.services import USE, ComparedQuestion
from apps.resources.api import RowsViewSet


class ComparedAnswerSerializer(BackedByJobSerializer[ComparedAnswer]):
    """Follow `events`; `text` and `metrics` are there with `done`. Of a blind comparison `model` and `metrics` stay empty
    until the vote, and `title` is A or B.
    """

    title = serializers.CharField(read_only=True)
    model = serializers.SerializerMethodField()
    text = serializers.CharField(read_only=True)
    metrics = serializers.SerializerMethodField()

    class Meta:
        model = ComparedAnswer
        fields = ["id", "place", "title", "model", "text", "metrics", "state", "error", "job", "events"]
        read_only_fields = fields

    def get_model(self, answer: ComparedAnswer) -> str:
        return answer.model if answer.comparison.shows_names else ""

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_metrics(self, answer: ComparedAnswer) -> dict[str, Any]:
        return answer.metrics if answer.comparison.shows_names else {}


class ModelComparisonSerializer(serializers.ModelSerializer[ModelComparison]):
    """`is_counted`: whether the vote is one of the arena's; it is not where names were seen before."""

    prompt = serializers.CharField(read_only=True)
    system = serializers.CharField(read_only=True)
    answers = serializers.SerializerMethodField()

    class Meta:
        model = ModelComparison
        fields = [
            "id",
            "prompt",
            "system",
            "temperature",
            "max_tokens",
            "is_blind",
            "vote",
            "is_counted",
            "answers",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(ComparedAnswerSerializer(many=True))
    def get_answers(self, comparison: ModelComparison) -> Any:
        return ComparedAnswerSerializer(selectors.answers_of(comparison), many=True).data


class ComparedQuestionSerializer(serializers.Serializer[Any]):
    """`endpoints`: ids of two to five that answer; with `is_blind` those of which two are drawn, all where it is empty."""

    prompt = serializers.CharField(max_length=MAX_TEXT, trim_whitespace=False)
    endpoints = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=100
    )
    system = serializers.CharField(max_length=MAX_TEXT, required=False, default="", allow_blank=True)
    temperature = serializers.FloatField(min_value=0, max_value=2, required=False, default=0.2)
    max_tokens = serializers.IntegerField(
        min_value=1, max_value=32_000, required=False, default=1000, allow_null=True
    )
    is_blind = serializers.BooleanField(required=False, default=False)


class VoteSerializer(serializers.Serializer[Any]):
    vote = serializers.ChoiceField(choices=ModelComparison.Vote.choices)


class ModelComparisonViewSet(RowsViewSet[ModelComparison]):
    """Your own questions to several models, newest first."""

    serializer_class = ModelComparisonSerializer
    permissions = USE

    def get_queryset(self) -> QuerySet[ModelComparison]:
        return selectors.comparison_list(actor_of(self.request))

    @extend_schema(request=ComparedQuestionSerializer, responses={202: ModelComparisonSerializer})
    def create(self, request: Request) -> Response:
        """Ask. Each answer is a job of its own, whose `events` you follow."""
        body = validated_body(request, ComparedQuestionSerializer)
        made = services.ask_side_by_side(actor_of(request), ComparedQuestion(**body))
        return self.answer(made, status.HTTP_202_ACCEPTED)

    destroy = ApiDelete(
        acts.DELETE_COMPARISON, "Delete a comparison with its answers. A vote that counted still counts."
    )

    vote = ApiAct(
        acts.CAST_VOTE, "Vote on two answers without names. It cannot be changed.", body=VoteSerializer
    )
    show_names = ApiAct(
        acts.SHOW_NAMES, "See the names before the vote, which then does not count.", url_path="show-names"
    )
    stop = ApiAct(acts.STOP_ALL, "Stop all answers that are still being written.", code=202)
    again = ApiAct(acts.ASK_AGAIN, "Ask the same question again.", code=202)


class ArenaScoreSerializer(serializers.Serializer[ArenaRow]):
    """`score`, `low`, `high`: on the scale of Elo with its 95% interval; null as long as a model cannot be compared."""

    model = serializers.CharField()
    votes = serializers.IntegerField()
    win_percent = serializers.FloatField()
    score = serializers.FloatField(source="strength.value", default=None, allow_null=True)
    low = serializers.FloatField(source="strength.low", default=None, allow_null=True)
    high = serializers.FloatField(source="strength.high", default=None, allow_null=True)


class ArenaView(APIView):
    """Scores of models from all votes of your organisation that were given without names."""

    permissions = VIEW

    @extend_schema(responses=ArenaScoreSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The strongest model first; those without a score behind them."""
        rows = selectors.arena(actor_of(request).organisation).rows
        return Response([ArenaScoreSerializer(row).data for row in rows])
