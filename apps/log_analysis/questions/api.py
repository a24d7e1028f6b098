from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.api import validated_body
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.log_analysis.questions import selectors, services
from apps.log_analysis.questions.models import MAX_QUESTION_CHARACTERS, RecordQuestion
from apps.log_analysis.records.api import RecordCountFiltersSerializer
from domain.logs.questions.unsupported_words import Unsupported


class UnderstoodWordsSerializer(serializers.Serializer[Any]):
    """Words of the question, and the part of the filter that they became; `value` is empty of a time with two ends."""

    words = serializers.CharField()
    field = serializers.CharField()
    value = serializers.CharField()


class UnsupportedWordsSerializer(serializers.Serializer[Any]):
    words = serializers.CharField()
    kind = serializers.ChoiceField([each.value for each in Unsupported])


class RecordQuestionSerializer(serializers.ModelSerializer[RecordQuestion]):
    """`filters` is what the question became by rules, at once; `search` the address that answers it with records, or with
    counts where `filters` has `by`; `left_out` the words that are not in the filter, `unsupported` those that ask for what
    no search answers.

    Where `job` is not null, a model is asked for the words left out: follow `events` until `state` is succeeded, and read
    again; its answer may narrow `filters`. `text` is masked as records are. `model_error`: why no model was asked, or why
    it did not answer.
    """

    state = serializers.SerializerMethodField()
    filters = RecordCountFiltersSerializer(read_only=True)
    understood = serializers.SerializerMethodField()
    unsupported = serializers.SerializerMethodField()
    left_out = serializers.ListField(child=serializers.CharField(), read_only=True)
    search = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    class Meta:
        model = RecordQuestion
        fields = ["id", "text", "state", "filters", "understood", "left_out", "unsupported", "search"]
        fields += ["model_error", "error", "job", "events", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(Job.State.choices))
    def get_state(self, question: RecordQuestion) -> str:
        return question.job.state if question.job else Job.State.SUCCEEDED

    @extend_schema_field(UnderstoodWordsSerializer(many=True))
    def get_understood(self, question: RecordQuestion) -> list[dict[str, str]]:
        return [dict(zip(("words", "field", "value"), each, strict=True)) for each in question.parts]

    @extend_schema_field(UnsupportedWordsSerializer(many=True))
    def get_unsupported(self, question: RecordQuestion) -> list[dict[str, str]]:
        return [{"words": words, "kind": kind} for words, kind in question.unsupported]

    def get_search(self, question: RecordQuestion) -> str:
        address = reverse("api:log-counts" if question.is_counted else "api:log-search")
        return f"{address}?{urlencode(question.filters, doseq=True)}"

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}, "nullable": True})
    def get_error(self, question: RecordQuestion) -> dict[str, str] | None:
        return jobs.error_of(question.job) if question.job else None

    def get_events(self, question: RecordQuestion) -> str:
        return reverse("api:job-events", args=[question.job_id]) if question.job_id else ""


class AskedRecordsSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MAX_QUESTION_CHARACTERS)


class RecordQuestionViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[RecordQuestion]):
    """A search in plain words. Whoever asked reads it, for a day; nobody else does."""

    queryset = RecordQuestion.objects.none()
    serializer_class = RecordQuestionSerializer
    lookup_url_kwarg = "record_question_id"
    permissions = "logs.view"

    def get_queryset(self) -> QuerySet[RecordQuestion]:
        return selectors.own_questions(actor_of(self.request))

    @extend_schema(request=AskedRecordsSerializer, responses={202: RecordQuestionSerializer})
    def create(self, request: Request) -> Response:
        """Ask for records or their number in your own words, in English or Chinese; rules make a filter of them at once."""
        question = services.ask(actor_of(request), **validated_body(request, AskedRecordsSerializer))
        return Response(self.get_serializer(question).data, status=status.HTTP_202_ACCEPTED)
