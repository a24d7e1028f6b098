from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.customer_service.api.conversations import UUID_PATTERN
from apps.customer_service.api.intent_serializers import (
    ClassifierVersionSerializer,
    IntentSerializer,
    NewIntentSerializer,
    TrainingSerializer,
)
from apps.customer_service.models import ClassifierVersion, Intent
from apps.customer_service.understanding import intents, selectors


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
        "destroy": "conversations.manage",
        "train": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[Intent]:
        organisation = actor_of(self.request).organisation
        return Intent.objects.within(organisation).prefetch_related("examples")

    @extend_schema(request=NewIntentSerializer, responses={201: IntentSerializer})
    def create(self, request: Request) -> Response:
        made = intents.save_intent(actor_of(request), **_fields(request))
        return Response(IntentSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewIntentSerializer, responses=IntentSerializer)
    def update(self, request: Request, intent_id: str) -> Response:
        """Its examples replace those it had."""
        found = self.get_object()  # a stranger learns nothing of the fields either
        changed = intents.save_intent(actor_of(request), intent_id=found.pk, **_fields(request))
        return Response(IntentSerializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, intent_id: str) -> Response:
        intents.delete_intent(actor_of(request), intent_id=UUID(intent_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={202: TrainingSerializer})
    @action(detail=False, methods=["post"])
    def train(self, request: Request) -> Response:
        """Learns from the examples now, though nothing changed."""
        job = intents.request_training(actor_of(request))
        return Response(TrainingSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class ClassifierVersionViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ClassifierVersion]):
    """What was learnt from the intents' examples, the newest first."""

    queryset = ClassifierVersion.objects.none()
    serializer_class = ClassifierVersionSerializer
    lookup_url_kwarg = "classifier_version_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {"list": "conversations.view", "restore": "conversations.manage"}

    def get_queryset(self) -> QuerySet[ClassifierVersion]:
        return selectors.classifier_versions(actor_of(self.request).organisation)

    @extend_schema(request=None, responses=ClassifierVersionSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, classifier_version_id: str) -> Response:
        """Messages are judged by this version until the next training."""
        version = intents.restore_version(actor_of(request), version_id=UUID(classifier_version_id))
        version.is_active = True
        return Response(ClassifierVersionSerializer(version).data)


def _fields(request: Request) -> dict[str, Any]:
    body = NewIntentSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
