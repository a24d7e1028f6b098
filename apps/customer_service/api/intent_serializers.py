from typing import Any

from rest_framework import serializers

from apps.customer_service.models import ClassifierVersion, Intent, MessageUnderstanding, SentimentExample
from apps.customer_service.understanding import intents
from apps.jobs.models import Job


class IntentSerializer(serializers.ModelSerializer[Intent]):
    examples = serializers.SlugRelatedField(slug_field="text", many=True, read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Intent
        fields = ["id", "name", "skill", "is_out_of_scope", "examples", "created_at"]
        read_only_fields = fields


class NewIntentSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=80)
    examples = serializers.ListField(
        child=serializers.CharField(max_length=intents.LONGEST_EXAMPLE), max_length=intents.MOST_EXAMPLES
    )
    skill = serializers.CharField(max_length=40, default="", allow_blank=True)
    is_out_of_scope = serializers.BooleanField(default=False)


class ClassifierVersionSerializer(serializers.ModelSerializer[ClassifierVersion]):
    class Meta:
        model = ClassifierVersion
        fields = [
            "id",
            "number",
            "is_active",
            "accuracy",
            "threshold",
            "confusion",
            "examples_count",
            "train_seconds",
            "embedding_model",
            "created_at",
        ]
        read_only_fields = fields


class SentimentExampleSerializer(serializers.ModelSerializer[SentimentExample]):
    """A message whose mood the shop has judged."""

    class Meta:
        model = SentimentExample
        fields = ["id", "text", "sentiment", "created_at"]
        read_only_fields = ["id", "created_at"]
        # The service keeps one judgement of a text, the latest.
        validators: list[object] = []


class CorrectionSerializer(serializers.Serializer[dict[str, Any]]):
    """What is left out stays as it was read."""

    intent = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=80,
        help_text="A name of the shop's; empty for none of them.",
    )
    sentiment = serializers.ChoiceField(MessageUnderstanding.Sentiment.choices, required=False)


class TrainingSerializer(serializers.ModelSerializer[Job]):
    """The job that learns."""

    class Meta:
        model = Job
        fields = ["id", "state"]
        read_only_fields = fields
