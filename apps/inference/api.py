from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import django_filters
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct
from apps.accounts.api import ConfirmationSerializer
from apps.accounts.models import ApiKey, Confirmation, Membership
from apps.audit.file_exports import FileExport, form_filters
from apps.core.api import TABLE_FILE, TABLE_FILE_TYPE, table_file_type, validated_body
from apps.core.errors import PermissionDenied
from apps.core.forms import CodeFilter
from apps.inference import acts, breaker, endpoint_status, endpoints, exports, selectors
from apps.inference.forms import EndpointForm
from apps.inference.models import ContractResult, Endpoint, EndpointQuerySet, InferenceCall, Quota
from apps.inference.resources import QUOTAS
from apps.jobs.api import JobSerializer
from apps.resources.api import ApiRead, ResourceViewSet
from llm_backend import providers
from llm_backend.errors import message_of

ENDPOINT_SETTINGS = EndpointForm.Meta.fields


class EndpointInputSerializer(serializers.ModelSerializer[Endpoint]):
    api_key = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text="Stored encrypted, never shown again."
    )

    class Meta:
        model = Endpoint
        fields = ENDPOINT_SETTINGS


class ProviderSerializer(serializers.Serializer[Any]):
    """A preset: what a kind of server takes and sends."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField(help_text="Empty for a server of your own.")
    models = serializers.ListField(child=serializers.CharField())
    key_name = serializers.CharField()
    structured_output = serializers.CharField()
    token_limit = serializers.CharField()
    omits = serializers.ListField(child=serializers.CharField())


class EngineSerializer(serializers.Serializer[Any]):
    running = serializers.IntegerField()
    waiting = serializers.IntegerField()
    kv_cache_use = serializers.FloatField(allow_null=True, help_text="From 0 to 1.")
    written_tokens = serializers.IntegerField(allow_null=True)


class HealthSerializer(serializers.Serializer[Any]):
    """What was seen last. `seen_at` is null until the first look is over: ask again after a second."""

    breaker = serializers.CharField()
    running = serializers.IntegerField(help_text="Our requests.")
    waiting = serializers.IntegerField()
    seen_at = serializers.FloatField(allow_null=True, help_text="Seconds since 1970.")
    answer_ms = serializers.IntegerField(allow_null=True)
    error_code = serializers.CharField(help_text="Empty: it answered.")
    error_message = serializers.CharField()
    engine = EngineSerializer(allow_null=True)
    tokens_per_second = serializers.FloatField(allow_null=True)


class ContractResultSerializer(serializers.ModelSerializer[ContractResult]):
    class Meta:
        model = ContractResult
        fields = ["id", "job", "model", "provider", "checks", "created_at"]
        read_only_fields = fields


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    url = serializers.SerializerMethodField(help_text="Empty for an endpoint of the installation.")
    is_shared = serializers.BooleanField()
    has_api_key = serializers.SerializerMethodField()
    breaker = serializers.SerializerMethodField()

    class Meta:
        model = Endpoint
        fields = ["id", *(name for name in ENDPOINT_SETTINGS if name != "api_key")]
        fields += ["is_shared", "has_api_key", "breaker", "created_at"]
        read_only_fields = fields

    def get_url(self, endpoint: Endpoint) -> str:
        return "" if endpoint.is_shared else endpoint.url

    def get_has_api_key(self, endpoint: Endpoint) -> bool:
        return bool(endpoint.api_key)

    def get_breaker(self, endpoint: Endpoint) -> str:
        return breaker.state(endpoint.pk)


def _answer(outcome: Endpoint | Confirmation, *, status: int) -> Response:
    """202 with the confirmation that an owner has to give."""
    if isinstance(outcome, Confirmation):
        return Response(ConfirmationSerializer(outcome).data, status=202)
    return Response(EndpointSerializer(outcome).data, status=status)


def _health(endpoint: Endpoint) -> dict[str, Any]:
    state, standing = selectors.endpoint_state(endpoint), endpoint_status.latest(endpoint)
    last_look = standing.observation if standing else None
    code = last_look.error_code if last_look else ""
    return {
        "breaker": state.breaker,
        "running": state.running,
        "waiting": state.waiting,
        "seen_at": last_look.seen_at if last_look else None,
        "answer_ms": last_look.answer_ms if last_look and not code else None,
        "error_code": code,
        "error_message": gettext(message_of(code)) if code else "",
        "engine": last_look.figures if last_look else None,
        "tokens_per_second": standing.tokens_per_second if standing else None,
    }


class EndpointViewSet(viewsets.ModelViewSet[Endpoint]):
    """The servers your organisation's models run on. Those of the installation can be seen, not changed."""

    queryset = Endpoint.objects.none()
    serializer_class = EndpointSerializer
    pagination_class = None
    filterset_fields = ["purpose", "is_enabled"]
    lookup_url_kwarg = "endpoint_id"
    http_method_names = ["get", "post", "patch", "delete"]
    permissions = {
        "list": "inference.view",
        "retrieve": "inference.view",
        "create": "inference.manage",
        "partial_update": "inference.manage",
        "destroy": "inference.manage",
        "providers": "inference.view",
        "health": "inference.view",
        "contract_results": "inference.view",
    }

    asks_password = ("create", "partial_update")

    def get_queryset(self) -> EndpointQuerySet:
        return selectors.endpoint_list(actor_of(self.request).organisation)

    @extend_schema(
        request=EndpointInputSerializer, responses={201: EndpointSerializer, 202: ConfirmationSerializer}
    )
    def create(self, request: Request) -> Response:
        body = validated_body(request, EndpointInputSerializer)
        return _answer(endpoints.create_endpoint(actor_of(request), **body), status=201)

    @extend_schema(
        request=EndpointInputSerializer, responses={200: EndpointSerializer, 202: ConfirmationSerializer}
    )
    def partial_update(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = self._own_endpoint()
        body = validated_body(request, EndpointInputSerializer, endpoint)
        outcome = endpoints.change_endpoint(actor_of(request), endpoint, **body)
        return _answer(outcome, status=200)

    def perform_destroy(self, instance: Endpoint) -> None:
        endpoints.delete_endpoint(actor_of(self.request), self._own_endpoint())

    @extend_schema(responses=ProviderSerializer(many=True), filters=False)
    @action(detail=False)
    def providers(self, request: Request) -> Response:
        """The kinds of servers that are known here."""
        return Response(ProviderSerializer(list(providers.presets().values()), many=True).data)

    health = ApiRead(_health, HealthSerializer(), "How the endpoint does right now. Never waits for it.")
    check_contract = ApiAct(
        acts.CHECK_CONTRACT, "Finds out, as a job, what the endpoint can do.", answer=JobSerializer, code=202
    )

    @extend_schema(responses=ContractResultSerializer(many=True), filters=False)
    @action(detail=True)
    def contract_results(self, request: Request, endpoint_id: UUID) -> Response:
        """The last ten, newest first."""
        results = selectors.contract_results(actor_of(request).organisation, self.get_object())
        return Response(ContractResultSerializer(results, many=True).data)

    def _own_endpoint(self) -> Endpoint:
        endpoint = self.get_object()
        if endpoint.is_shared:
            raise PermissionDenied
        return endpoint


class InferenceCallSerializer(serializers.ModelSerializer[InferenceCall]):
    class Meta:
        model = InferenceCall
        fields = [
            "id",
            "purpose",
            "prompt_name",
            "prompt_hash",
            "model",
            "endpoint",
            "job",
            "member",
            "api_key",
            "input_tokens",
            "output_tokens",
            "reasoning_tokens",
            "cached_tokens",
            "is_estimated",
            "cost",
            "waited_ms",
            "first_token_ms",
            "latency_ms",
            "status",
            "error_code",
            "created_at",
        ]
        read_only_fields = fields


class InferenceCallFilter(django_filters.FilterSet):  # type: ignore[misc]
    purpose = CodeFilter()
    status = django_filters.MultipleChoiceFilter(choices=InferenceCall.Status.choices)
    model = CodeFilter()
    prompt_name = CodeFilter()
    job = django_filters.UUIDFilter(field_name="job_id")
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")


class UsageQuerySerializer(serializers.Serializer[Any]):
    group_by = serializers.ChoiceField(choices=sorted(selectors.GROUPS), default="day")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("until", timezone.now())
        attrs.setdefault("since", attrs["until"] - timedelta(days=30))
        return attrs


class UsageRowSerializer(serializers.Serializer[Any]):
    group = serializers.SerializerMethodField()
    calls = serializers.IntegerField()
    failed = serializers.IntegerField()
    stopped = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=20, decimal_places=6)
    first_token_ms = serializers.FloatField(allow_null=True)
    latency_ms = serializers.FloatField()

    def get_group(self, row: dict[str, Any]) -> str:
        group = row["group"]
        return group.date().isoformat() if isinstance(group, datetime) else str(group or "")


class InferenceCallViewSet(ListModelMixin, RetrieveModelMixin, viewsets.GenericViewSet[InferenceCall]):
    """Every request to a model, newest first, and sums of them."""

    queryset = InferenceCall.objects.none()
    serializer_class = InferenceCallSerializer
    filterset_class = InferenceCallFilter
    lookup_url_kwarg = "inference_call_id"
    permissions = dict.fromkeys(("list", "retrieve", "usage", "export"), "inference.view")

    def get_queryset(self) -> Any:
        return selectors.call_list(actor_of(self.request).organisation)

    @extend_schema(parameters=[TABLE_FILE_TYPE], responses=TABLE_FILE, filters=True)
    @action(detail=False)
    def export(self, request: Request) -> HttpResponseBase:
        """The requests that the filters leave, newest first, as JSON lines, CSV or XLSX. It leaves a line in the trail."""
        filters = InferenceCallFilter(request.query_params, queryset=self.get_queryset())
        export = FileExport(actor_of(request), "inference_calls.exported", filters=form_filters(filters.form))
        columns = exports.field_columns(InferenceCallSerializer.Meta.fields)
        rows = self.filter_queryset(self.get_queryset())
        return export.list_response(rows, columns, name="inference-calls", file_type=table_file_type(request))

    @extend_schema(
        parameters=[
            OpenApiParameter("group_by", enum=sorted(selectors.GROUPS)),
            OpenApiParameter("since", datetime),
            OpenApiParameter("until", datetime),
        ],
        responses=UsageRowSerializer(many=True),
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def usage(self, request: Request) -> Response:
        """Calls, tokens, cost and speed, grouped. The last 30 days unless told."""
        serializer = UsageQuerySerializer(data=request.query_params)
        serializer.is_valid(raise_exception=True)
        rows = selectors.usage_summary(actor_of(request).organisation, **serializer.validated_data)
        return Response(UsageRowSerializer(rows, many=True).data)


class QuotaSerializer(serializers.ModelSerializer[Quota]):
    class Meta:
        model = Quota
        fields = ["id", "member", "api_key", "metric", "window", "soft_limit", "hard_limit"]
        read_only_fields = ["id"]

    def get_fields(self) -> dict[str, Any]:
        """Only members and keys of the asking organisation can be named."""
        fields = super().get_fields()
        request = self.context.get("request")
        organisation = getattr(getattr(request, "auth", None), "organisation", None)
        for name, model in (("member", Membership), ("api_key", ApiKey)):
            rows = model.objects.within(organisation) if organisation else model.objects.none()
            fields[name] = serializers.PrimaryKeyRelatedField(queryset=rows, required=False, allow_null=True)
        return fields


class QuotaViewSet(ResourceViewSet[Quota]):
    """What your organisation, its members and its keys may use."""

    resource = QUOTAS
    serializer_class = QuotaSerializer
    pagination_class = None
