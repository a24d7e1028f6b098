from typing import Any

from rest_framework import serializers

from apps.customer_service.handoff.settings import FIELDS
from apps.customer_service.models import Conversation, DeskSettings, Handoff


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
    member = serializers.UUIDField(allow_null=True)


class AssignmentSerializer(serializers.ModelSerializer[Conversation]):
    class Meta:
        model = Conversation
        fields = ["id", "answered_by", "assigned_to", "handled_by"]
        read_only_fields = fields


class AgentSerializer(serializers.Serializer[Any]):
    """A member who may write to visitors."""

    member = serializers.UUIDField(source="member.pk")
    name = serializers.CharField(source="member.user")
    is_available = serializers.BooleanField(source="agent.is_available")
    skills = serializers.ListField(child=serializers.CharField(), source="agent.skills")
    capacity = serializers.IntegerField(source="agent.capacity")
    conversations = serializers.IntegerField(help_text="Open ones, those not taken yet included.")


class ChangedAgentSerializer(serializers.Serializer[dict[str, Any]]):
    is_available = serializers.BooleanField()
    skills = serializers.ListField(child=serializers.CharField(max_length=40), max_length=20)
    capacity = serializers.IntegerField(min_value=1, max_value=100)


class DeskSettingsSerializer(serializers.ModelSerializer[DeskSettings]):
    hours = serializers.DictField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.CharField())),
        help_text="{monday: [[from, to], …], …}; a day that is missing is closed.",
    )
    holidays = serializers.ListField(child=serializers.CharField(), help_text="[YYYY-MM-DD, …]")

    class Meta:
        model = DeskSettings
        fields = list(FIELDS)
