from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.core.api import UUID_PATTERN, validated_body
from apps.customer_service.conversations.serializers import UnderstandingSerializer
from apps.customer_service.understanding import acts, corrections, intents, selectors
from apps.customer_service.understanding.models import (
    ClassifierVersion,
    Intent,
    MessageUnderstanding,
    SentimentExample,
)
from apps.customer_service.understanding.resources import SENTIMENT_EXAMPLES
from apps.jobs.models import Job
from apps.resources.api import ResourceViewSet


class IntentSerializer(serializers.ModelSerializer[Intent]):
    examples = serializers.SlugRelatedField(slug_field="text", many=True, read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Intent
        fields = ["id", "name", "skill", "is_out_of_scope", "examples", "created_at"]
        read_only_fields = fields


class NewIntentSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=80)
    examples = serializers.ListField(
        child=serializers.CharField(max_length=intents.MAX_EXAMPLE_CHARACTERS),
        max_length=intents.MAX_EXAMPLES,
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


class IntentViewSet(viewsets.ReadOnlyModelViewSet[Intent]):
    """What visitors want, by the shop's own names and examples. Every change is learnt in the background."""

    queryset = Intent.objects.none()
    serializer_class = IntentSerializer
    lookup_url_kwarg = "intent_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "create": "conversations.manage",
        "update": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[Intent]:
        organisation = actor_of(self.request).organisation
        return Intent.objects.within(organisation).prefetch_related("examples")

    @extend_schema(request=NewIntentSerializer, responses={201: IntentSerializer})
    def create(self, request: Request) -> Response:
        intent = intents.save_intent(actor_of(request), **validated_body(request, NewIntentSerializer))
        return Response(IntentSerializer(intent).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewIntentSerializer, responses=IntentSerializer)
    def update(self, request: Request, intent_id: str) -> Response:
        """Its examples replace those it had."""
        intent = self.get_object()  # a stranger learns nothing of the fields either
        changed_intent = intents.save_intent(
            actor_of(request), intent_id=intent.pk, **validated_body(request, NewIntentSerializer)
        )
        return Response(IntentSerializer(changed_intent).data)

    destroy = ApiDelete(acts.DELETE_INTENT)

    train = ApiAct(
        acts.TRAIN_INTENTS,
        "Learns from the examples now, though nothing changed.",
        answer=TrainingSerializer,
        code=202,
    )


class ClassifierVersionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ClassifierVersion]):
    """What was learnt from the intents' examples, the newest first."""

    queryset = ClassifierVersion.objects.none()
    serializer_class = ClassifierVersionSerializer
    lookup_url_kwarg = "classifier_version_id"
    lookup_value_regex = UUID_PATTERN
    permissions = "conversations.view"

    def get_queryset(self) -> QuerySet[ClassifierVersion]:
        return selectors.classifier_versions(actor_of(self.request).organisation)

    restore = ApiAct(acts.RESTORE_CLASSIFIER, "Messages are judged by this version until the next training.")


class UnderstandingViewSet(viewsets.GenericViewSet[MessageUnderstanding]):
    """What was read from a visitor's message, put right by staff."""

    queryset = MessageUnderstanding.objects.none()
    serializer_class = UnderstandingSerializer
    permissions = {"partial_update": "conversations.reply"}

    @extend_schema(request=CorrectionSerializer, responses=UnderstandingSerializer)
    def partial_update(self, request: Request, turn_id: UUID) -> Response:
        """The message becomes an example, and a training follows."""
        actor = actor_of(request)
        selectors.message(actor.organisation, turn_id)
        body = validated_body(request, CorrectionSerializer)
        understanding = corrections.correct_understanding(actor, message_id=turn_id, **body)
        return Response(UnderstandingSerializer(understanding).data)


class SentimentExampleViewSet(ResourceViewSet[SentimentExample]):
    """Messages whose mood the shop has judged; they are learnt beside the built-in sentences."""

    resource = SENTIMENT_EXAMPLES
    serializer_class = SentimentExampleSerializer
    lookup_value_regex = UUID_PATTERN
