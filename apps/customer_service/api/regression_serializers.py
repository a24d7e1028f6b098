from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.customer_service.models import RegressionAnswer, RegressionQuestion, RegressionRun
from apps.customer_service.regression import questions, runs
from apps.customer_service.regression.comparing import ORDER, Comparison, Pair
from apps.customer_service.regression.judging import problem_texts


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
