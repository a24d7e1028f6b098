"""Conversations that wait for a person, and putting one there."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.core.api import UUID_PATTERN
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff import acts
from apps.customer_service.handoff.models import Handoff, HandoffQuerySet


class EntityInPackSerializer(serializers.Serializer[dict[str, Any]]):
    kind = serializers.CharField()
    text = serializers.CharField()
    value = serializers.CharField()


class TriedBeforeSerializer(serializers.Serializer[dict[str, Any]]):
    """What the assistant answered or looked up, and where from."""

    ordinal = serializers.IntegerField(required=False)
    text = serializers.CharField()
    action = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    is_unanswered = serializers.BooleanField()


class SourceInPackSerializer(serializers.Serializer[dict[str, Any]]):
    document_title = serializers.CharField()
    heading = serializers.CharField()
    passage = serializers.CharField()


class PackSerializer(serializers.Serializer[dict[str, Any]]):
    """What a person should know who takes over."""

    summary = serializers.CharField(default="")
    summary_by = serializers.ChoiceField(choices=["rules", "model"], default="rules")
    intent = serializers.CharField(default="")
    sentiment = serializers.CharField(default="")
    trend = serializers.FloatField(default=0.0)
    entities = EntityInPackSerializer(many=True, default=list)
    tried = TriedBeforeSerializer(many=True, default=list)
    sources = SourceInPackSerializer(many=True, default=list)


class HandoffSerializer(serializers.ModelSerializer[Handoff]):
    pack = PackSerializer(read_only=True)
    assigned_to = serializers.UUIDField(source="conversation.assigned_to_id", read_only=True, allow_null=True)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Handoff
        fields = [
            "id",
            "conversation",
            "reason",
            "detail",
            "state",
            "skill",
            "is_urgent",
            "assigned_to",
            "due_at",
            "is_overdue",
            "created_at",
            "accepted_at",
            "accepted_by",
            "ended_at",
            "pack",
        ]
        read_only_fields = fields


class NewHandoffSerializer(serializers.Serializer[dict[str, Any]]):
    reason = serializers.ChoiceField(choices=Handoff.Reason.choices, default=Handoff.Reason.MANUAL)
    detail = serializers.CharField(default="", max_length=300, allow_blank=True)
    is_urgent = serializers.BooleanField(default=False)


class NewAssignmentSerializer(serializers.Serializer[dict[str, Any]]):
    member = serializers.UUIDField(source="member_id", allow_null=True)


class AssignmentSerializer(serializers.ModelSerializer[Conversation]):
    class Meta:
        model = Conversation
        fields = ["id", "answered_by", "assigned_to", "handled_by"]
        read_only_fields = fields


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

    def get_queryset(self) -> QuerySet[Conversation]:
        return Conversation.objects.within(actor_of(self.request).organisation)

    hand_off = ApiAct(
        acts.HAND_OFF,
        "Into the queue, whoever answers it now. One that waits already stays as it is.",
        body=NewHandoffSerializer,
        answer=HandoffSerializer,
        url_path="hand-off",
    )

    assign = ApiAct(
        acts.ASSIGN,
        "Says who should take it; null: anybody. What is being answered waits for that person from now on.",
        body=NewAssignmentSerializer,
        answer=AssignmentSerializer,
    )
