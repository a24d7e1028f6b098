from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete, own_row
from apps.analytics import api as analytics
from apps.analytics.api import MetricSerializer, RowSerializer
from apps.core.api import validated_body
from apps.core.forms import validated_fields
from apps.jobs.api import BackedByJobSerializer
from apps.jobs.models import Job
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import acts, exports, selectors, services
from apps.marketing.copywriting.check_list import CHECKS, OUTCOMES
from apps.marketing.copywriting.forms import CopyRequestForm
from apps.marketing.copywriting.models import CopyRequest, CopyVariant, SpanRewrite
from apps.marketing.report import REPORT, Totals
from apps.resources.api import RowsViewSet


class ViolationSerializer(serializers.Serializer[Any]):
    """`field`: "" for the copy as a whole; `start` and `end` count its characters. `severity`: error or warning."""

    code = serializers.CharField()
    field = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    text = serializers.CharField()
    severity = serializers.CharField()
    reason_zh = serializers.CharField()
    reason_en = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class CheckedPartSerializer(serializers.Serializer[Any]):
    """`outcome` not_checked: nobody but a person can say; every text has such a part."""

    check = serializers.ChoiceField([(key, key) for key in CHECKS])
    outcome = serializers.ChoiceField([(key, key) for key in OUTCOMES])


class CopyVariantSerializer(serializers.ModelSerializer[CopyVariant]):
    """`texts` by field of the channel; `written`: as the model left them. `version`: send it with a change."""

    language = serializers.ChoiceField(Brief.Language.choices, source="text_language", read_only=True)
    texts = serializers.DictField(child=serializers.CharField())
    written = serializers.DictField(child=serializers.CharField(), read_only=True)
    violations = ViolationSerializer(many=True, read_only=True)
    checks = CheckedPartSerializer(many=True, read_only=True)

    class Meta:
        model = CopyVariant
        fields = ["id", "brief", "request", "channel", "angle", "language", "translated_from", "texts"]
        fields += [
            "written",
            "violations",
            "checks",
            "status",
            "version",
            "repairs_count",
            "is_mended",
            "model",
        ]
        fields += ["prompt", "edit_share", "approved_at", "created_at"]
        read_only_fields = fields


class NewVariantSerializer(serializers.Serializer[Any]):
    brief = serializers.UUIDField()
    channel = serializers.CharField(max_length=40)
    texts = serializers.DictField(child=serializers.CharField(allow_blank=True, trim_whitespace=False))


class VariantChangeSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)
    texts = serializers.DictField(child=serializers.CharField(allow_blank=True, trim_whitespace=False))


class ApprovalSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)
    comment = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class ReturnSerializer(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=1000)


class RewriteBodySerializer(serializers.Serializer[Any]):
    field = serializers.CharField(max_length=40)
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)
    instruction = serializers.CharField(max_length=300)


class SpanRewriteSerializer(serializers.ModelSerializer[SpanRewrite]):
    """Follow the job; `violations` are those that the whole text would have."""

    violations = ViolationSerializer(many=True, read_only=True)

    class Meta:
        model = SpanRewrite
        fields = ["id", "variant", "field", "start", "original", "instruction", "replacement", "violations"]
        fields += ["is_taken", "job", "created_at"]
        read_only_fields = fields


class TranslateBodySerializer(serializers.Serializer[Any]):
    """`channel`: that of the text where it is left out."""

    channel = serializers.CharField(max_length=40, required=False, default="")


class TranslationJobSerializer(serializers.Serializer[Any]):
    """Follow `events`; the job's result names the new text as `copy_variant`."""

    job = serializers.UUIDField(source="pk")
    events = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_events(self, job: Job) -> str:
        return reverse("api:job-events", args=[job.pk])


class CopyRequestSerializer(BackedByJobSerializer[CopyRequest]):
    """Follow `events`: `variant` begins one, `delta` writes it, `repair` begins it anew, `verdict` ends it."""

    class Meta:
        model = CopyRequest
        fields = ["id", "brief", "channels", "count", "state", "job", "events", "created_at"]
        read_only_fields = fields


class NewRequestSerializer(serializers.Serializer[Any]):
    brief = serializers.UUIDField()
    channels = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=services.MAX_CHANNELS
    )
    count = serializers.IntegerField(min_value=1, max_value=services.MAX_VARIANTS, default=3)


class CopyCheckSerializer(NewVariantSerializer):
    pass


class CopyCheckResultSerializer(serializers.Serializer[Any]):
    """`checks`: what was looked at and how it came out; without violations a text is not yet right."""

    violations = ViolationSerializer(many=True)
    checks = CheckedPartSerializer(many=True)


class CopyFiguresSerializer(RowSerializer):
    """Of the texts that were made in these days."""

    row, within = Totals, "now"
    metrics = MetricSerializer(many=True, read_only=True)


class CopyRequestViewSet(RowsViewSet[CopyRequest]):
    """Variants that were asked for, newest first."""

    rows = selectors.request_list
    serializer_class = CopyRequestSerializer
    filterset_fields = ["brief"]
    permissions = "marketing.use"

    @extend_schema(request=NewRequestSerializer, responses={202: CopyRequestSerializer})
    def create(self, request: Request) -> Response:
        """Have so many variants written for each channel. A brief that contradicts itself is refused."""
        actor, body = actor_of(request), validated_body(request, NewRequestSerializer)
        brief = own_row(request, briefs.brief_list, body["brief"])
        fields = validated_fields(CopyRequestForm({"channels": body["channels"], "count": body["count"]}))
        made = services.request_copy(actor, brief, **fields)
        return self.answer(made, status.HTTP_202_ACCEPTED)


class CopyVariantViewSet(RowsViewSet[CopyVariant]):
    """Marketing copy, newest first; what was dropped has its reasons in `violations`."""

    rows = selectors.variant_list
    serializer_class = CopyVariantSerializer
    filterset_fields = ["brief", "request", "channel", "status"]
    permissions = "marketing.use"

    @extend_schema(request=NewVariantSerializer, responses={201: CopyVariantSerializer})
    def create(self, request: Request) -> Response:
        """Store copy that a person wrote, with what the checks find in it."""
        actor, body = actor_of(request), validated_body(request, NewVariantSerializer)
        brief = own_row(request, briefs.brief_list, body["brief"])
        view = channels.channel(actor.organisation, body["channel"])
        made = services.create_variant(actor, brief, view, texts=body["texts"])
        return self.answer(made, status.HTTP_201_CREATED)

    @extend_schema(request=VariantChangeSerializer, responses=CopyVariantSerializer)
    def partial_update(self, request: Request, copy_variant_id: UUID) -> Response:
        """Change it. Fields that are left out stay; it has to be reviewed again."""
        variant, body = self.get_object(), validated_body(request, VariantChangeSerializer)
        texts = variant.texts | body["texts"]
        changed = services.change_variant(actor_of(request), variant, texts=texts, version=body["version"])
        return self.answer(changed)

    destroy = ApiDelete(acts.DELETE_COPY_VARIANT)

    approve = ApiAct(
        acts.APPROVE_COPY_VARIANT,
        "Approve the version that was read. Refused where the rules of today find an error.",
        body=ApprovalSerializer,
    )
    send_back = ApiAct(
        acts.RETURN_COPY_VARIANT,
        "Send it back with what should be changed.",
        body=ReturnSerializer,
        url_path="return",
    )
    rewrite = ApiAct(
        acts.REWRITE_COPY_VARIANT,
        "Have a passage of one field written anew; `start` and `end` count its characters.",
        body=RewriteBodySerializer,
        answer=SpanRewriteSerializer,
        code=202,
    )
    translate = ApiAct(
        acts.TRANSLATE_COPY_VARIANT,
        "Have it translated, Chinese into English or English into Chinese: a new text to be reviewed comes of it.",
        body=TranslateBodySerializer,
        answer=TranslationJobSerializer,
        code=202,
    )


class SpanRewriteViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[SpanRewrite]):
    """Passages that a model wrote anew."""

    queryset = SpanRewrite.objects.none()
    serializer_class = SpanRewriteSerializer
    lookup_url_kwarg = "span_rewrite_id"
    permissions = "marketing.use"

    def get_queryset(self) -> QuerySet[SpanRewrite]:
        return SpanRewrite.objects.within(actor_of(self.request).organisation)

    take = ApiAct(acts.TAKE_SPAN_REWRITE, "Put the new passage in its place.", answer=CopyVariantSerializer)


class CopyCheckView(APIView):
    permissions = "marketing.use"

    @extend_schema(
        operation_id="marketing_copy_check",
        request=CopyCheckSerializer,
        responses=CopyCheckResultSerializer,
    )
    def post(self, request: Request) -> Response:
        """What is wrong with copy, by the channel's rules, the brief and the law. No model, nothing stored."""
        actor, body = actor_of(request), validated_body(request, CopyCheckSerializer)
        view = channels.channel(actor.organisation, body["channel"])
        brief = own_row(request, briefs.brief_list, body["brief"])
        found = services.check_copy(actor, brief, view, texts=body["texts"])
        return Response(CopyCheckResultSerializer(found).data)


class CopyExportView(APIView):
    permissions = "marketing.use"

    @extend_schema(
        operation_id="marketing_copy_export",
        parameters=[OpenApiParameter("campaign", str), OpenApiParameter("all", str)],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, brief_id: UUID, channel: str, file_type: str) -> Any:
        """Approved copy of one channel as csv, xlsx or md; `all` takes drafts too, `campaign` tags the brief's links."""
        return exports.export_copy(
            actor_of(request),
            own_row(request, briefs.brief_list, brief_id),
            channel,
            file_type=file_type,
            campaign=request.query_params.get("campaign", ""),
            only_approved="all" not in request.query_params,
        )


class CopyFiguresView(APIView):
    permissions = "marketing.use"

    @extend_schema(responses=CopyFiguresSerializer, parameters=analytics.parameters(REPORT))
    def get(self, request: Request) -> Response:
        """How much was written, how much of it was approved, and what it cost."""
        results = REPORT.results(analytics.scope_of(REPORT, request))
        return Response(CopyFiguresSerializer({"now": results.now, "metrics": REPORT.cards(results)}).data)
