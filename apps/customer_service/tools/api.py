from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.core.api import UUID_PATTERN, validated_body
from apps.customer_service.tools import acts, selectors, services
from apps.customer_service.tools import parameters as tools_parameters
from apps.customer_service.tools.models import LookupCall, LookupTool
from apps.customer_service.tools.parameters import parameters_of
from apps.customer_service.tools.requests import Outcome
from apps.customer_service.tools.services import Description
from apps.resources.api import ApiRead, RowsViewSet


class ParameterSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=tools_parameters.MAX_NAME_CHARACTERS)
    description = serializers.CharField(
        max_length=tools_parameters.MAX_DESCRIPTION_CHARACTERS, allow_blank=True, default=""
    )
    pattern = serializers.CharField(
        max_length=tools_parameters.MAX_PATTERN_CHARACTERS,
        allow_blank=True,
        default="",
        help_text="A regular expression that the whole value must fit.",
    )
    is_required = serializers.BooleanField(default=True)


class LookupToolSerializer(serializers.ModelSerializer[LookupTool]):
    parameters = ParameterSerializer(many=True, read_only=True)
    has_secret = serializers.SerializerMethodField()

    class Meta:
        model = LookupTool
        fields = [
            "id",
            "name",
            "label",
            "description",
            "method",
            "url",
            "parameters",
            "secret_header",
            "has_secret",
            "result_path",
            "timeout_seconds",
            "is_enabled",
            "created_at",
        ]
        read_only_fields = fields

    def get_has_secret(self, tool: LookupTool) -> bool:
        return bool(tool.secret)


class NewLookupToolSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=40)
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]
    description = serializers.CharField(max_length=300)
    method = serializers.ChoiceField(choices=LookupTool.Method.choices, default=LookupTool.Method.GET)
    url = serializers.CharField(max_length=500)
    parameters = ParameterSerializer(many=True)
    secret_header = serializers.CharField(max_length=80, allow_blank=True, default="Authorization")
    secret = serializers.CharField(
        max_length=services.MAX_SECRET_CHARACTERS, allow_blank=True, default="", write_only=True
    )
    forgets_secret = serializers.BooleanField(default=False)
    result_path = serializers.CharField(max_length=200, allow_blank=True, default="")
    timeout_seconds = serializers.IntegerField(min_value=1, max_value=30, default=8)
    is_enabled = serializers.BooleanField(default=True)


class ArgumentsSerializer(serializers.Serializer[dict[str, Any]]):
    arguments = serializers.DictField(
        child=serializers.CharField(max_length=tools_parameters.MAX_VALUE_CHARACTERS, allow_blank=True)
    )


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """`text`: what the assistant would read; empty when `error` says why there is none."""

    status = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    error = serializers.CharField()
    is_found = serializers.BooleanField()
    milliseconds = serializers.IntegerField()


class LookupCallSerializer(serializers.ModelSerializer[LookupCall]):
    class Meta:
        model = LookupCall
        fields = ["id", "conversation", "arguments", "status", "error", "milliseconds", "created_at"]
        read_only_fields = fields


class LookupToolViewSet(RowsViewSet[LookupTool]):
    """What the assistant may look up in other systems. Keys are written, never read."""

    rows = LookupTool.objects.within
    serializer_class = LookupToolSerializer
    lookup_value_regex = UUID_PATTERN
    permissions = {
        "list": "conversations.view",
        "retrieve": "conversations.view",
        "calls": "conversations.view",
        "create": "conversations.manage",
        "update": "conversations.manage",
    }

    @extend_schema(request=NewLookupToolSerializer, responses={201: LookupToolSerializer})
    def create(self, request: Request) -> Response:
        tool = services.save_lookup_tool(actor_of(request), _description(request))
        return Response(LookupToolSerializer(tool).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NewLookupToolSerializer, responses=LookupToolSerializer)
    def update(self, request: Request, lookup_tool_id: str) -> Response:
        """All of it, but for the key: without one, the stored one stays."""
        tool = self.get_object()  # a stranger learns nothing of the fields either
        changed_tool = services.save_lookup_tool(
            actor_of(request), _description(request), lookup_tool_id=tool.pk
        )
        return Response(LookupToolSerializer(changed_tool).data)

    destroy = ApiDelete(acts.DELETE_LOOKUP_TOOL)

    try_out = ApiAct(
        acts.TRY_LOOKUP_TOOL,
        "Sends the request as the assistant would. A failure of the other system is part of the answer.",
        body=ArgumentsSerializer,
        answer=OutcomeSerializer,
        url_path="try",
    )
    calls = ApiRead(selectors.recent_calls, LookupCallSerializer(many=True))


def _description(request: Request) -> Description:
    fields = validated_body(request, NewLookupToolSerializer)
    return Description(**fields | {"parameters": parameters_of(fields["parameters"])})
