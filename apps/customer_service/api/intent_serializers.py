from typing import Any

from rest_framework import serializers

from apps.customer_service.models import ClassifierVersion, Intent
from apps.customer_service.understanding import intents
from apps.jobs.models import Job


class IntentSerializer(serializers.ModelSerializer[Intent]):
    examples = serializers.SlugRelatedField(slug_field="text", many=True, read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Intent
        fields = ["id", "name", "is_out_of_scope", "examples", "created_at"]
        read_only_fields = fields


class NewIntentSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=80)
    examples = serializers.ListField(
        child=serializers.CharField(max_length=intents.LONGEST_EXAMPLE), max_length=intents.MOST_EXAMPLES
    )
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


class TrainingSerializer(serializers.ModelSerializer[Job]):
    """The job that learns."""

    class Meta:
        model = Job
        fields = ["id", "state"]
        read_only_fields = fields
