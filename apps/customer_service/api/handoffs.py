"""Conversations that wait for a person, and putting one there."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.customer_service.api.conversations import UUID_PATTERN
from apps.customer_service.api.handoff_serializers import (
    AssignmentSerializer,
    HandoffSerializer,
    NewAssignmentSerializer,
    NewHandoffSerializer,
)
from apps.customer_service.handoff import services
from apps.customer_service.models import Conversation, Handoff, HandoffQuerySet


class HandoffFilter(django_filters.FilterSet):  # type: ignore[misc]
    state = django_filters.MultipleChoiceFilter(choices=Handoff.State.choices)
    reason = django_filters.MultipleChoiceFilter(choices=Handoff.Reason.choices)
    conversation = django_filters.UUIDFilter(field_name="conversation_id")
    is_overdue = django_filters.BooleanFilter(method="filter_overdue")

    def filter_overdue(self, handoffs: HandoffQuerySet, _name: str, value: bool) -> HandoffQuerySet:
        return handoffs.overdue() if value else handoffs.exclude(pk__in=handoffs.overdue())


class HandoffViewSet(viewsets.ReadOnlyModelViewSet[Handoff]):
    """Why conversations needed a person, since when and until when, and what the person should know."""

    queryset = Handoff.objects.none()
    serializer_class = HandoffSerializer
    filterset_class = HandoffFilter
    lookup_url_kwarg = "handoff_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {"list": "conversations.view", "retrieve": "conversations.view"}

    def get_queryset(self) -> QuerySet[Handoff]:
        return Handoff.objects.within(actor_of(self.request).organisation).select_related("conversation")


class ConversationHandoffViewSet(viewsets.GenericViewSet[Conversation]):
    """Who answers a conversation."""

    queryset = Conversation.objects.none()
    lookup_url_kwarg = "conversation_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {"hand_off": "conversations.reply", "assign": "conversations.reply"}

    def get_queryset(self) -> QuerySet[Conversation]:
        return Conversation.objects.within(actor_of(self.request).organisation)

    @extend_schema(request=NewHandoffSerializer, responses=HandoffSerializer)
    @action(detail=True, methods=["post"], url_path="hand-off")
    def hand_off(self, request: Request, conversation_id: str) -> Response:
        """Into the queue, whoever answers it now. One that waits already stays as it is."""
        body = NewHandoffSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        handoff = services.hand_off(
            actor_of(request), conversation_id=UUID(conversation_id), **_fields(body.validated_data)
        )
        return Response(HandoffSerializer(handoff).data, status=status.HTTP_200_OK)

    @extend_schema(request=NewAssignmentSerializer, responses=AssignmentSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, conversation_id: str) -> Response:
        """Says who should take it; null: anybody. What is being answered waits for that person from now on."""
        self.get_object()  # a stranger learns nothing of the fields either
        body = NewAssignmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        conversation = services.assign(
            actor_of(request),
            conversation_id=UUID(conversation_id),
            member_id=body.validated_data["member"],
        )
        return Response(AssignmentSerializer(conversation).data)


def _fields(sent: dict[str, Any]) -> dict[str, Any]:
    return {"reason": sent["reason"], "detail": sent["detail"], "is_urgent": sent["is_urgent"]}
