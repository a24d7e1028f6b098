from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.core.api import UUID_PATTERN, validated_body
from apps.customer_service.contacts import services
from apps.customer_service.conversations.models import Contact


class ContactSerializer(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = [
            "id",
            "visitor_id",
            "name",
            "email",
            "phone",
            "note",
            "attributes",
            "is_verified",
            "created_at",
        ]
        read_only_fields = ["id", "visitor_id", "attributes", "is_verified", "created_at"]


class ContactViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Contact]):
    """Visitors of whom more is known than an id."""

    queryset = Contact.objects.none()
    serializer_class = ContactSerializer
    lookup_url_kwarg = "contact_id"
    lookup_value_regex = UUID_PATTERN
    filterset_fields = ["visitor_id", "email", "is_verified"]
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "partial_update": "conversations.reply",
    }

    def get_queryset(self) -> QuerySet[Contact]:
        search = self.request.query_params.get("search", "")[:100] if self.action == "list" else ""
        return services.contact_list(actor_of(self.request).organisation, search=search)

    @extend_schema(parameters=[OpenApiParameter("search", str, description="In name, e-mail, telephone.")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    def partial_update(self, request: Request, contact_id: str) -> Response:
        """Name, e-mail, telephone, note."""
        body = validated_body(request, ContactSerializer, self.get_object())
        contact = services.change_contact(actor_of(request), contact_id=UUID(contact_id), **body)
        return Response(ContactSerializer(contact).data)
