from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.core.api import validated_body
from apps.marketing.campaigns import acts, audience, exports, selectors, services
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.services import MAX_ARMS, MAX_CONTROL_SHARE, Plan
from apps.marketing.copywriting.api import ApprovalSerializer, ReturnSerializer
from apps.marketing.experiments.api import plan_values
from apps.marketing.experiments.models import Experiment
from apps.resources.api import ApiRead, RowsViewSet

MAX_STRATA = 20


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    """`version`: send it with a change. `experiment`: who gets which text, and what came of it."""

    control_share = serializers.SerializerMethodField()
    variants = serializers.SerializerMethodField()
    is_simulated = serializers.BooleanField(source="experiment.is_simulated", read_only=True)

    class Meta:
        model = Campaign
        fields = ["id", "name", "brief", "segment", "variants", "control_share", "experiment", "utm_campaign"]
        fields += ["starts_at", "people_per_hour", "status", "pause_reason", "version", "is_simulated", "job"]
        fields += ["finished_at", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_variants(self, campaign: Campaign) -> list[str]:
        return [str(arm.variant_id) for arm in campaign.experiment.arms.all() if arm.variant_id]

    @extend_schema_field(float)
    def get_control_share(self, campaign: Campaign) -> float:
        return sum(arm.planned_share for arm in campaign.experiment.arms.all() if arm.is_control)


class PlanSerializer(serializers.Serializer[Any]):
    """`variants`: approved texts of the brief. `control_share`: of the people, how many get nothing."""

    name = serializers.CharField(max_length=120)
    variants = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_ARMS)
    segment = serializers.UUIDField(required=False, allow_null=True)
    control_share = serializers.FloatField(required=False, min_value=0, max_value=MAX_CONTROL_SHARE)
    metric = serializers.ChoiceField(Experiment.Metric.choices, required=False)
    allocation = serializers.ChoiceField(Experiment.Allocation.choices, required=False)
    strata = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MAX_STRATA,
        source="segments",
        help_text="Learn separately for.",
    )
    min_exposures = serializers.IntegerField(required=False, min_value=1, max_value=1_000_000)
    people_per_hour = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=10_000_000
    )
    utm_campaign = serializers.CharField(required=False, allow_blank=True, max_length=80)
    starts_at = serializers.DateTimeField(required=False, allow_null=True)


class NewCampaignSerializer(PlanSerializer):
    brief = serializers.UUIDField()


class CampaignChangeSerializer(PlanSerializer):
    """What is left out stays."""

    version = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=120, required=False)
    variants = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MAX_ARMS, required=False
    )


class CampaignExportSerializer(serializers.Serializer[Any]):
    """`again`: those that were taken before."""

    channel = serializers.CharField(max_length=40)
    file_type = serializers.ChoiceField(["csv", "xlsx", "jsonl"], default="csv")
    again = serializers.BooleanField(default=False)


class ArmProgressSerializer(serializers.Serializer[Any]):
    """`route`: mail, webhook or export; of the control empty."""

    arm = serializers.UUIDField(source="arm.pk")
    channel = serializers.CharField(source="arm.channel")
    route = serializers.CharField()
    chosen = serializers.IntegerField()
    delivered = serializers.IntegerField()
    waiting = serializers.IntegerField()
    in_hand = serializers.IntegerField()
    failed = serializers.IntegerField()
    reasons = serializers.DictField(child=serializers.IntegerField())


class ChannelReachSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField()
    reachable = serializers.IntegerField()
    reasons = serializers.DictField(child=serializers.IntegerField())


class ReachSerializer(serializers.Serializer[Any]):
    """As it is now. Where `counted` is less than `people`, the rest is said of the first so many."""

    people = serializers.IntegerField()
    counted = serializers.IntegerField()
    reached = serializers.IntegerField()
    channels = ChannelReachSerializer(many=True)


class CampaignFiguresSerializer(serializers.Serializer[Any]):
    """`skipped`: reason → people who got no arm, as no channel of the campaign reaches them."""

    arms = ArmProgressSerializer(many=True)
    skipped = serializers.DictField(child=serializers.IntegerField())


class CampaignViewSet(RowsViewSet[Campaign]):
    """Campaigns, newest first."""

    rows = selectors.campaign_list
    serializer_class = CampaignSerializer
    filterset_fields = ["brief", "segment", "status"]
    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "progress", "audience"), "marketing.use"
    ) | {"export": "marketing.send"}

    def get_queryset(self) -> QuerySet[Campaign]:
        return super().get_queryset().prefetch_related("experiment__arms")

    @extend_schema(request=NewCampaignSerializer, responses={201: CampaignSerializer})
    def create(self, request: Request) -> Response:
        """Plan a campaign. Nothing goes out before it was submitted, approved, and its time has come."""
        actor, body = actor_of(request), validated_body(request, NewCampaignSerializer)
        made = services.create_campaign(actor, Plan(**plan_values(actor.organisation, body)))
        return self.answer(made, status.HTTP_201_CREATED)

    @extend_schema(request=CampaignChangeSerializer, responses=CampaignSerializer)
    def partial_update(self, request: Request, campaign_id: UUID) -> Response:
        """Change it before it goes out. It has to be approved (again)."""
        actor, campaign = actor_of(request), self.get_object()
        body = validated_body(request, CampaignChangeSerializer)
        version = body.pop("version")
        plan = replace(services.plan_of(campaign), **plan_values(actor.organisation, body))
        return self.answer(services.change_campaign(actor, campaign, plan, version=version))

    destroy = ApiDelete(acts.DELETE_CAMPAIGN)

    submit = ApiAct(acts.SUBMIT_CAMPAIGN, "Submit it for approval.")
    approve = ApiAct(
        acts.APPROVE_CAMPAIGN,
        "Approve the version that was read; one's own only where nobody else may.",
        body=ApprovalSerializer,
    )
    send_back = ApiAct(
        acts.RETURN_CAMPAIGN,
        "Send it back with what should be changed.",
        body=ReturnSerializer,
        url_path="return",
    )
    start = ApiAct(
        acts.START_CAMPAIGN, "Set an approved campaign going now, or a paused one on its way again."
    )
    pause = ApiAct(acts.PAUSE_CAMPAIGN, "Stop before the next message.")
    cancel = ApiAct(acts.CANCEL_CAMPAIGN, "End it for good.")
    send_again = ApiAct(
        acts.SEND_CAMPAIGN_AGAIN,
        "Send once more what may not have arrived; some may get it twice.",
        url_path="again",
    )

    progress = ApiRead(
        lambda campaign: {"arms": selectors.progress(campaign).arms, "skipped": campaign.skipped},
        CampaignFiguresSerializer(),
        "How far it has come. What people did with it is in its experiment's figures.",
        url_path="figures",
    )
    audience = ApiRead(audience.count_audience, ReachSerializer(), url_path="reach")

    @extend_schema(
        request=CampaignExportSerializer, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    @action(detail=True, methods=["post"], filterset_fields=[])
    def export(self, request: Request, campaign_id: UUID) -> Any:
        """Take the messages of a channel that wait for export; they count as sent from now on."""
        campaign, body = self.get_object(), validated_body(request, CampaignExportSerializer)
        return exports.export_messages(
            actor_of(request), campaign, body["channel"], file_type=body["file_type"], is_again=body["again"]
        )
