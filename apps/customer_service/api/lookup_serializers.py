from typing import Any

from rest_framework import serializers

from apps.customer_service.answering import lookup_parameters, lookup_services
from apps.customer_service.answering.lookup_requests import Outcome
from apps.customer_service.models import LookupCall, LookupTool


class ParameterSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField(max_length=lookup_parameters.LONGEST_NAME)
    description = serializers.CharField(
        max_length=lookup_parameters.LONGEST_DESCRIPTION, allow_blank=True, default=""
    )
    pattern = serializers.CharField(
        max_length=lookup_parameters.LONGEST_PATTERN,
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
        max_length=lookup_services.LONGEST_SECRET, allow_blank=True, default="", write_only=True
    )
    forgets_secret = serializers.BooleanField(default=False)
    result_path = serializers.CharField(max_length=200, allow_blank=True, default="")
    timeout_seconds = serializers.IntegerField(min_value=1, max_value=30, default=8)
    is_enabled = serializers.BooleanField(default=True)


class ArgumentsSerializer(serializers.Serializer[dict[str, Any]]):
    arguments = serializers.DictField(
        child=serializers.CharField(max_length=lookup_parameters.LONGEST_VALUE, allow_blank=True)
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
