from typing import Any

from rest_framework import serializers

from apps.core import languages
from apps.customer_service.answering import curated_csv, curated_services
from apps.customer_service.answering.curated_trial import Trial, Tried
from apps.customer_service.models import CuratedAnswer


class CuratedAnswerSerializer(serializers.ModelSerializer[CuratedAnswer]):
    questions = serializers.SlugRelatedField(slug_field="text", many=True, read_only=True)  # type: ignore[var-annotated]
    times_given = serializers.IntegerField(read_only=True)
    last_given_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = CuratedAnswer
        fields = [
            "id",
            "questions",
            "answer",
            "language",
            "channels",
            "owner",
            "expires_at",
            "is_enabled",
            "is_expired",
            "times_given",
            "last_given_at",
            "created_at",
            "changed_at",
        ]
        read_only_fields = fields


class NewCuratedAnswerSerializer(serializers.Serializer[dict[str, Any]]):
    questions = serializers.ListField(
        child=serializers.CharField(max_length=curated_services.LONGEST_QUESTION),
        max_length=curated_services.MOST_QUESTIONS,
    )
    answer = serializers.CharField(max_length=curated_services.LONGEST_ANSWER)
    language = serializers.ChoiceField(choices=languages.CHOICES)
    channels = serializers.ListField(child=serializers.UUIDField(), default=list)
    owner = serializers.UUIDField(allow_null=True, default=None)
    expires_at = serializers.DateTimeField(allow_null=True, default=None)
    is_enabled = serializers.BooleanField(default=True)


class TriedQuestionSerializer(serializers.Serializer[dict[str, Any]]):
    question = serializers.CharField(max_length=1000)
    channel = serializers.UUIDField(required=False)
    language = serializers.ChoiceField(choices=languages.CHOICES, required=False)


class TriedSerializer(serializers.Serializer[Tried]):
    curated_answer = serializers.UUIDField(source="answer.pk")
    question = serializers.CharField(source="candidate.question")
    closeness = serializers.FloatField(source="candidate.closeness")
    is_given = serializers.BooleanField()
    is_exact = serializers.BooleanField(source="candidate.is_exact")
    objection = serializers.CharField(source="candidate.objection")
    is_disputed = serializers.BooleanField()


class TrialSerializer(serializers.Serializer[Trial]):
    """The closest answers; at most one of them is given."""

    language = serializers.CharField()
    closest = TriedSerializer(many=True)


class CuratedTableSerializer(serializers.Serializer[dict[str, Any]]):
    csv = serializers.CharField(max_length=curated_csv.MOST_BYTES, trim_whitespace=False)


class ImportedSerializer(serializers.Serializer[dict[str, Any]]):
    count = serializers.IntegerField()
