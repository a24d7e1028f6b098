from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.customer_service.api.conversations import UUID_PATTERN
from apps.customer_service.api.intent_serializers import CorrectionSerializer, SentimentExampleSerializer
from apps.customer_service.api.serializers import UnderstandingSerializer
from apps.customer_service.models import MessageUnderstanding, SentimentExample
from apps.customer_service.understanding import corrections, selectors


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
        body = CorrectionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        corrected = corrections.correct_understanding(actor, turn_id=turn_id, **body.validated_data)
        return Response(UnderstandingSerializer(corrected).data)


class SentimentExampleViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[SentimentExample]):
    """Messages whose mood the shop has judged; they are learnt beside the built-in sentences."""

    queryset = SentimentExample.objects.none()
    serializer_class = SentimentExampleSerializer
    lookup_url_kwarg = "sentiment_example_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "create": "conversations.manage",
        "destroy": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[SentimentExample]:
        return selectors.sentiment_examples(actor_of(self.request).organisation)

    def create(self, request: Request) -> Response:
        body = SentimentExampleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent: dict[str, Any] = body.validated_data
        made = corrections.add_sentiment_example(actor_of(request), **sent)
        return Response(SentimentExampleSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, sentiment_example_id: str) -> Response:
        corrections.delete_sentiment_example(
            actor_of(request), sentiment_example_id=UUID(sentiment_example_id)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
