"""The frame's views under the addresses, and with the flat fields, that this desk's API has always had."""

from typing import Any
from uuid import UUID

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.act_declaration import ApiAct
from apps.customer_service.regression.evaluation_adapter import ADAPTER, expected_documents
from apps.customer_service.regression.forms import MAX_FACT_CHARACTERS, MAX_FACTS
from apps.evaluation import acts, selectors
from apps.evaluation import api as evaluation
from apps.evaluation.models import EvaluationQuestion, EvaluationRun


def _fact_list(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=MAX_FACT_CHARACTERS), **options)


class RegressionQuestionSerializer(evaluation.EvaluationQuestionSerializer):
    channel = serializers.UUIDField(source="question_set", read_only=True)
    expected_documents = serializers.SerializerMethodField(label="Documents it should cite")
    expected_facts = _fact_list(
        source="expected.expected_facts",
        read_only=True,
        label="What the answer must say",
        help_text="One per line. Add equivalent wording after a bar: 30 days | thirty days",
    )
    forbidden_facts = _fact_list(
        source="expected.forbidden_facts", read_only=True, label="What it must not say"
    )
    is_unanswerable = serializers.BooleanField(
        source="expected.is_unanswerable", read_only=True, label="The documents hold no answer"
    )

    class Meta(evaluation.EvaluationQuestionSerializer.Meta):
        fields = ["id", "channel", "text", "expected_documents", "expected_facts", "forbidden_facts"]
        fields += ["is_unanswerable", "last_passed", "created_at"]
        read_only_fields = fields

    def get_expected_documents(self, question: EvaluationQuestion) -> list[UUID]:
        # Asked once for all questions of a page.
        if not hasattr(self, "_documents"):
            page: Any = self.parent.instance if self.parent else [question]
            self._documents = expected_documents(page)
        return [document.pk for document in self._documents[question.pk]]


class NewQuestionSerializer(serializers.Serializer[dict[str, Any]]):
    channel = serializers.UUIDField(source="question_set")
    text = serializers.CharField(max_length=2000)
    expected_documents = serializers.ListField(child=serializers.UUIDField(), max_length=50, default=list)
    expected_facts = _fact_list(max_length=MAX_FACTS, default=list)
    forbidden_facts = _fact_list(max_length=MAX_FACTS, default=list)
    is_unanswerable = serializers.BooleanField(default=False)


class RegressionRunSerializer(evaluation.EvaluationRunSerializer):
    channel = serializers.UUIDField(source="question_set", read_only=True)
    instructions = serializers.CharField(source="options.instructions", read_only=True)
    collections = serializers.ListField(
        source="options.collections", child=serializers.UUIDField(), read_only=True, label="Documents"
    )

    class Meta(evaluation.EvaluationRunSerializer.Meta):
        fields = ["id", "channel", "label", "job", "state", "is_draft", "instructions", "endpoint"]
        fields += ["collections", "model", "prompt_hash", "passed", "total", "set_version", "set_hash"]
        fields += ["created_at"]
        read_only_fields = fields


class NewRunSerializer(serializers.Serializer[dict[str, Any]]):
    channel = serializers.UUIDField(source="question_set")
    label = serializers.CharField(max_length=120, default="", allow_blank=True)  # type: ignore[assignment]
    instructions = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    endpoint = serializers.UUIDField(default=None, allow_null=True)
    collections = serializers.ListField(child=serializers.UUIDField(), max_length=50, default=list)


class RegressionAnswerSerializer(evaluation.EvaluationAnswerSerializer):
    action = serializers.CharField(source="details.action", read_only=True)
    is_unanswered = serializers.BooleanField(source="details.is_unanswered", read_only=True)
    citations = serializers.JSONField(source="details.citations", read_only=True)
    unsupported_count = serializers.IntegerField(source="details.unsupported_count", read_only=True)

    class Meta(evaluation.EvaluationAnswerSerializer.Meta):
        fields = [
            "id",
            "question",
            "question_text",
            "expected",
            "text",
            "action",
            "is_unanswered",
            "citations",
        ]
        fields += ["unsupported_count", "is_passed", "problems", "problem_texts", "seconds"]
        read_only_fields = fields


class RunWithAnswersSerializer(evaluation.EvaluationRunWithAnswersSerializer, RegressionRunSerializer):
    class Meta(RegressionRunSerializer.Meta):
        fields = [*RegressionRunSerializer.Meta.fields, "changed_since", "answers"]
        read_only_fields = fields

    @extend_schema_field(RegressionAnswerSerializer(many=True))
    def get_answers(self, run: EvaluationRun) -> Any:
        return RegressionAnswerSerializer(selectors.answers(run), many=True).data


class PairSerializer(evaluation.EvaluationPairSerializer):
    before = RegressionAnswerSerializer(allow_null=True, read_only=True)
    after = RegressionAnswerSerializer(allow_null=True, read_only=True)


class ComparisonSerializer(evaluation.EvaluationComparisonSerializer):
    before = RegressionRunSerializer(read_only=True)
    after = RegressionRunSerializer(read_only=True)
    pairs = PairSerializer(many=True, read_only=True)


class ChannelFilter(django_filters.FilterSet):  # type: ignore[misc]
    channel = django_filters.UUIDFilter(field_name="question_set")


@evaluation.adapter_view
class RegressionQuestionViewSet(evaluation.QuestionViewSet):
    """Questions whose answer the shop knows, asked again whenever something changes."""

    adapter = ADAPTER
    new_serializer_class = NewQuestionSerializer
    serializer_class = RegressionQuestionSerializer
    filterset_class = ChannelFilter
    lookup_url_kwarg = "regression_question_id"


@evaluation.adapter_view
class RegressionRunViewSet(evaluation.RunViewSet):
    """All questions of a channel asked once, of what is live or of a draft."""

    adapter = ADAPTER
    new_serializer_class = NewRunSerializer
    serializer_class = RegressionRunSerializer
    detail_serializer_class = RunWithAnswersSerializer
    comparison_serializer_class = ComparisonSerializer
    filterset_class = ChannelFilter
    lookup_url_kwarg = "regression_run_id"

    apply = ApiAct(acts.APPLY, "The channel's instructions become those of the run.", code=204)
