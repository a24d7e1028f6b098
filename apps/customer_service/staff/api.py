from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.api import UUID_PATTERN, validated_body
from apps.core.errors import NotFound
from apps.customer_service.handoff import assignment
from apps.customer_service.staff import selectors
from apps.customer_service.staff.models import DeskSettings
from apps.customer_service.staff.selectors import AgentRow
from apps.customer_service.staff.settings import DESK_SETTINGS


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
    holidays = serializers.ListField(
        child=serializers.CharField(),
        help_text="[YYYY-MM-DD, …]: days that are closed; “YYYY-MM-DD 09:00-18:00” is open then, whatever the weekday.",
    )

    class Meta:
        model = DeskSettings
        fields = list(DESK_SETTINGS.fields)


class AgentViewSet(viewsets.ViewSet):
    """Members who may write to visitors: whether they are here, what they know about, how much they take on."""

    lookup_url_kwarg = "membership_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "partial_update": "conversations.manage",
    }

    @extend_schema(responses=AgentSerializer(many=True))
    def list(self, request: Request) -> Response:
        rows = selectors.agents(actor_of(request).organisation)
        return Response(AgentSerializer(rows, many=True).data)

    @extend_schema(responses=AgentSerializer)
    def retrieve(self, request: Request, membership_id: str) -> Response:
        return Response(AgentSerializer(_row(request, membership_id)).data)

    @extend_schema(request=ChangedAgentSerializer, responses=AgentSerializer)
    def partial_update(self, request: Request, membership_id: str) -> Response:
        """What is not sent stays."""
        row = _row(request, membership_id)
        body = validated_body(request, ChangedAgentSerializer, partial=True)
        fields: dict[str, Any] = {
            "is_available": row.agent.is_available,
            "skills": row.agent.skills,
            "capacity": row.agent.capacity,
        } | body
        assignment.save_agent(actor_of(request), member_id=row.member.pk, **fields)
        return Response(AgentSerializer(_row(request, membership_id)).data)


def _row(request: Request, membership_id: str) -> AgentRow:
    rows = selectors.agents(actor_of(request).organisation)
    member_row = next((row for row in rows if row.member.pk == UUID(membership_id)), None)
    if member_row is None:
        raise NotFound
    return member_row
