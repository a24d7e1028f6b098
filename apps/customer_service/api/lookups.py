from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.customer_service.answering import lookup_selectors, lookup_services
from apps.customer_service.answering.lookup_parameters import parameters_of
from apps.customer_service.answering.lookup_services import Description
from apps.customer_service.api.conversations import UUID_PATTERN
from apps.customer_service.api.lookup_serializers import (
    ArgumentsSerializer,
    LookupCallSerializer,
    LookupToolSerializer,
    NewLookupToolSerializer,
    OutcomeSerializer,
)
from apps.customer_service.models import LookupTool


class LookupToolViewSet(viewsets.ReadOnlyModelViewSet[LookupTool]):
    """What the assistant may look up in other systems. Keys are written, never read."""

    queryset = LookupTool.objects.none()
    serializer_class = LookupToolSerializer
    lookup_url_kwarg = "lookup_tool_id"
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "calls": "conversations.view",
        "create": "conversations.manage",
        "update": "conversations.manage",
        "destroy": "conversations.manage",
        "try_out": "conversations.manage",
    }

    def get_queryset(self) -> QuerySet[LookupTool]:
        return LookupTool.objects.within(actor_of(self.request).organisation)

    @extend_schema(request=NewLookupToolSerializer, responses={201: LookupToolSerializer})
    def create(self, request: Request) -> Response:
        made = lookup_services.save_lookup_tool(actor_of(request), _description(request))
        return Response(LookupToolSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewLookupToolSerializer, responses=LookupToolSerializer)
    def update(self, request: Request, lookup_tool_id: str) -> Response:
        """All of it, but for the key: without one, the stored one stays."""
        found = self.get_object()  # a stranger learns nothing of the fields either
        changed = lookup_services.save_lookup_tool(
            actor_of(request), _description(request), lookup_tool_id=found.pk
        )
        return Response(LookupToolSerializer(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, lookup_tool_id: str) -> Response:
        lookup_services.delete_lookup_tool(actor_of(request), lookup_tool_id=UUID(lookup_tool_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=ArgumentsSerializer, responses=OutcomeSerializer)
    @action(detail=True, methods=["post"], url_path="try")
    def try_out(self, request: Request, lookup_tool_id: str) -> Response:
        """Sends the request as the assistant would. A failure of the other system is part of the answer."""
        found = self.get_object()
        body = ArgumentsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        outcome = lookup_services.try_lookup_tool(
            actor_of(request), lookup_tool_id=found.pk, arguments=body.validated_data["arguments"]
        )
        return Response(OutcomeSerializer(outcome).data)

    @extend_schema(responses=LookupCallSerializer(many=True))
    @action(detail=True, pagination_class=None)
    def calls(self, request: Request, lookup_tool_id: str) -> Response:
        """The latest requests that the assistant made, the newest first."""
        recent = lookup_selectors.recent_calls(self.get_object())
        return Response(LookupCallSerializer(recent, many=True).data)


def _description(request: Request) -> Description:
    body = NewLookupToolSerializer(data=request.data)
    body.is_valid(raise_exception=True)
    fields = dict(body.validated_data)
    return Description(**fields | {"parameters": parameters_of(fields["parameters"])})
