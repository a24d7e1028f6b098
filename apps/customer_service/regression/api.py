from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.errors import Conflict, NotFound
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.api import UUID_PATTERN
from apps.customer_service.regression import diff, questions, runs
from apps.customer_service.regression.diff import ORDER, Comparison, Pair
from apps.customer_service.regression.grading import problem_texts
from apps.customer_service.regression.models import RegressionAnswer, RegressionQuestion, RegressionRun
from apps.inference.models import Endpoint, Purpose
from apps.jobs import services as jobs
from apps.knowledge.models import Collection, Document


def _facts() -> serializers.ListField:
    fact = serializers.CharField(max_length=questions.LONGEST_FACT)
    return serializers.ListField(child=fact, max_length=questions.MOST_FACTS, default=list)


class RegressionQuestionSerializer(serializers.ModelSerializer[RegressionQuestion]):
    last_passed = serializers.BooleanField(
        allow_null=True, read_only=True, help_text="In the latest run of what is live."
    )

    class Meta:
        model = RegressionQuestion
        fields = [
            "id",
            "channel",
            "text",
            "expected_documents",
            "expected_facts",
            "forbidden_facts",
            "is_unanswerable",
            "last_passed",
            "created_at",
        ]
        read_only_fields = fields


class NewQuestionSerializer(serializers.Serializer[dict[str, Any]]):
    channel = serializers.UUIDField()
    text = serializers.CharField(max_length=questions.LONGEST_QUESTION)
    expected_documents = serializers.ListField(child=serializers.UUIDField(), max_length=50, default=list)
    expected_facts = _facts()
    forbidden_facts = _facts()
    is_unanswerable = serializers.BooleanField(default=False)


class NewRunSerializer(serializers.Serializer[dict[str, Any]]):
    channel = serializers.UUIDField()
    label = serializers.CharField(max_length=120, default="", allow_blank=True)  # type: ignore[assignment]
    instructions = serializers.CharField(
        max_length=runs.LONGEST_INSTRUCTIONS, required=False, allow_blank=True
    )
    endpoint = serializers.UUIDField(default=None, allow_null=True)
    collections = serializers.ListField(child=serializers.UUIDField(), max_length=50, default=list)


class RegressionRunSerializer(serializers.ModelSerializer[RegressionRun]):
    state = serializers.CharField(source="job.state", default=None, read_only=True)

    class Meta:
        model = RegressionRun
        fields = [
            "id",
            "channel",
            "label",
            "job",
            "state",
            "is_draft",
            "instructions",
            "endpoint",
            "collections",
            "model",
            "prompt_hash",
            "passed",
            "total",
            "created_at",
        ]
        read_only_fields = fields


class RegressionAnswerSerializer(serializers.ModelSerializer[RegressionAnswer]):
    problem_texts = serializers.SerializerMethodField()

    class Meta:
        model = RegressionAnswer
        fields = [
            "question",
            "question_text",
            "text",
            "action",
            "is_unanswered",
            "citations",
            "unsupported_count",
            "is_passed",
            "problems",
            "problem_texts",
            "seconds",
        ]
        read_only_fields = fields

    def get_problem_texts(self, answer: RegressionAnswer) -> list[str]:
        """In the language of the request."""
        return problem_texts(answer.problems)


class RunWithAnswersSerializer(RegressionRunSerializer):
    answers = serializers.SerializerMethodField()

    class Meta(RegressionRunSerializer.Meta):
        fields = [*RegressionRunSerializer.Meta.fields, "answers"]
        read_only_fields = fields

    @extend_schema_field(RegressionAnswerSerializer(many=True))
    def get_answers(self, run: RegressionRun) -> Any:
        return RegressionAnswerSerializer(runs.answers_of(run), many=True).data


class PairSerializer(serializers.Serializer[Pair]):
    question = serializers.CharField(read_only=True)
    verdict = serializers.ChoiceField(choices=ORDER, read_only=True)
    before = RegressionAnswerSerializer(allow_null=True, read_only=True)
    after = RegressionAnswerSerializer(allow_null=True, read_only=True)


class ComparisonSerializer(serializers.Serializer[Comparison]):
    before = RegressionRunSerializer(read_only=True)
    after = RegressionRunSerializer(read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    pairs = PairSerializer(many=True, read_only=True)


class ChannelFilter(django_filters.FilterSet):  # type: ignore[misc]
    channel = django_filters.UUIDFilter(field_name="channel_id")


class RegressionQuestionViewSet(viewsets.ReadOnlyModelViewSet[RegressionQuestion]):
    """Questions whose answer the shop knows, asked again whenever something changes."""

    queryset = RegressionQuestion.objects.none()
    serializer_class = RegressionQuestionSerializer
    filterset_class = ChannelFilter
    lookup_url_kwarg = "regression_question_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "create": "conversations.manage",
        "update": "conversations.manage",
        "destroy": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[RegressionQuestion]:
        return questions.with_last_result(questions.question_list(actor_of(self.request).organisation))

    @extend_schema(request=NewQuestionSerializer, responses={201: RegressionQuestionSerializer})
    def create(self, request: Request) -> Response:
        made = self._saved(request)
        return Response(RegressionQuestionSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewQuestionSerializer, responses=RegressionQuestionSerializer)
    def update(self, request: Request, regression_question_id: str) -> Response:
        found = self.get_object()  # a stranger learns nothing of the fields either
        return Response(RegressionQuestionSerializer(self._saved(request, question_id=found.pk)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, regression_question_id: str) -> Response:
        questions.delete_question(actor_of(request), question_id=UUID(regression_question_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _saved(self, request: Request, **fields: Any) -> RegressionQuestion:
        body = NewQuestionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent, actor = dict(body.validated_data), actor_of(request)
        channel = _one(Channel.objects.within(actor.organisation), sent.pop("channel"))
        documents = _all(Document.objects.within(actor.organisation), sent.pop("expected_documents"))
        text = sent.pop("text")
        expected = questions.Expected(expected_documents=documents, **sent)
        made = questions.save_question(actor, channel=channel, text=text, expected=expected, **fields)
        return questions.with_last_result(questions.question_list(actor.organisation)).get(pk=made.pk)


class RegressionRunViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RegressionRun]
):
    """All questions of a channel asked once, of what is live or of a draft."""

    queryset = RegressionRun.objects.none()
    serializer_class = RegressionRunSerializer
    filterset_class = ChannelFilter
    lookup_url_kwarg = "regression_run_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "compare": "conversations.view",
        "create": "conversations.manage",
        "cancel": "conversations.manage",
        "apply": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[RegressionRun]:
        return runs.run_list(actor_of(self.request).organisation).prefetch_related("collections")

    @extend_schema(request=NewRunSerializer, responses={202: RegressionRunSerializer})
    def create(self, request: Request) -> Response:
        """Fields that are left out are as they are live."""
        body = NewRunSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent, actor = body.validated_data, actor_of(request)
        endpoints = Endpoint.objects.visible_to(actor.organisation).filter(purpose=Purpose.CHAT)
        started = runs.start_run(
            actor,
            channel=_one(Channel.objects.within(actor.organisation), sent["channel"]),
            label=sent["label"],
            instructions=sent.get("instructions"),
            endpoint=_one(endpoints, sent["endpoint"]) if sent["endpoint"] else None,
            collections=_all(Collection.objects.within(actor.organisation), sent["collections"]),
        )
        return Response(RegressionRunSerializer(started).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses=RunWithAnswersSerializer)
    def retrieve(self, request: Request, regression_run_id: str) -> Response:
        """With its answers, what failed first."""
        return Response(RunWithAnswersSerializer(self.get_object()).data)

    @extend_schema(
        responses=ComparisonSerializer,
        parameters=[
            OpenApiParameter("with", str, description="Another run; without it the last live one before.")
        ],
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def compare(self, request: Request, regression_run_id: str) -> Response:
        """What got better and worse since another run."""
        after = self.get_object()
        chosen = request.query_params.get("with")
        before = self._other(chosen) if chosen else diff.earlier_live_run(after)
        if before is None:
            raise Conflict(_("There is no earlier run of this channel to compare with."), code="no_other_run")
        return Response(ComparisonSerializer(diff.comparison(before, after)).data)

    @extend_schema(request=None, responses={202: RegressionRunSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, regression_run_id: str) -> Response:
        found = self.get_object()
        if found.job:
            jobs.cancel_job(found.job, requested_by=actor_of(request))
        return Response(RegressionRunSerializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def apply(self, request: Request, regression_run_id: str) -> Response:
        """The channel's instructions become those of the run."""
        runs.apply_instructions(actor_of(request), run_id=UUID(regression_run_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _other(self, run_id: str) -> RegressionRun:
        try:
            found: RegressionRun = _one(self.get_queryset(), UUID(run_id))
        except ValueError as error:
            raise NotFound from error
        return found


def _one(rows: QuerySet[Any], row_id: UUID) -> Any:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise NotFound
    return found


def _all(rows: QuerySet[Any], row_ids: list[UUID]) -> list[Any]:
    found = list(rows.filter(pk__in=row_ids))
    if len(found) < len(set(row_ids)):
        raise NotFound
    return found
