from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import parsers, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, ApiDelete
from apps.accounts.models import Organisation
from apps.core import tables
from apps.core.api import BoundedJSONParser, validated_body
from apps.core.errors import InvalidInput
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import acts, selectors, services
from apps.marketing.experiments.models import (
    EventBatch,
    Experiment,
    ExperimentArm,
    LeftOutRevenue,
    MarketingEvent,
)
from apps.marketing.experiments.selectors import ExperimentFigures
from apps.marketing.experiments.services import ExperimentPlan
from apps.marketing.segments.models import Segment
from apps.resources.api import ApiRead, RowsViewSet
from domain.marketing.decisions.experiments import trials_needed

# What a plan names by ids.
PLAN_ROWS: dict[str, Callable[[Organisation], Any]] = {
    "brief": Brief.objects.within,
    "segment": Segment.objects.within,
    "segments": Segment.objects.within,
    "variants": CopyVariant.objects.within,
}


class ExperimentArmSerializer(serializers.ModelSerializer[ExperimentArm]):
    """`channel` is empty for the control. `texts` are those of the start."""

    texts = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = ExperimentArm
        fields = ["id", "variant", "channel", "label", "texts", "planned_share", "position"]
        read_only_fields = fields


class ExperimentSerializer(serializers.ModelSerializer[Experiment]):
    """`shares`: segment's id ("": whoever is in none) → arm's id → share of the people who come now."""

    arms = ExperimentArmSerializer(many=True, read_only=True)
    shares = serializers.DictField(child=serializers.DictField(child=serializers.FloatField()))

    class Meta:
        model = Experiment
        fields = ["id", "name", "brief", "metric", "allocation", "segments", "min_exposures"]
        fields += ["max_unsubscribe_increase", "stops_itself", "status", "shares", "links", "winner"]
        fields += ["stop_reason", "is_simulated", "judged_at", "started_at", "stopped_at", "created_at"]
        fields += ["arms"]
        read_only_fields = fields


class LiftSerializer(serializers.Serializer[Any]):
    """Relative: 0.1 is ten per cent more."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ArmFiguresSerializer(serializers.Serializer[Any]):
    """`rate` is null without people. `lift`: over `baseline`; `conversion_lift`: over the control."""

    arm = serializers.UUIDField(source="arm.pk")
    exposures = serializers.IntegerField(source="totals.exposures")
    opens = serializers.IntegerField(source="totals.opens")
    clicks = serializers.IntegerField(source="totals.clicks")
    conversions = serializers.IntegerField(source="totals.conversions")
    unsubscribes = serializers.IntegerField(source="totals.unsubscribes")
    revenue = serializers.FloatField(source="totals.revenue")
    rate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField()
    high = serializers.FloatField()
    probability_best = serializers.FloatField(allow_null=True)
    expected_loss = serializers.FloatField(allow_null=True)
    share = serializers.FloatField()
    lift = LiftSerializer(allow_null=True)
    conversion_lift = LiftSerializer(allow_null=True)
    revenue_lift = LiftSerializer(allow_null=True)
    is_guardrail_breached = serializers.BooleanField(source="is_breached")


class AfterEndSerializer(serializers.Serializer[Any]):
    """People of a campaign who got what won after the experiment had ended; they are in no other figure."""

    people = serializers.IntegerField()
    clicks = serializers.IntegerField()
    conversions = serializers.IntegerField()
    unsubscribes = serializers.IntegerField()
    revenue = serializers.FloatField()


class LeftOutRevenueSerializer(serializers.ModelSerializer[LeftOutRevenue]):
    """Orders whose value is in no figure, and why; `revenue` is what they said of themselves."""

    label = serializers.CharField(source="get_reason_display")  # type: ignore[assignment]

    class Meta:
        model = LeftOutRevenue
        fields = ["reason", "label", "orders", "revenue"]


class ExperimentFiguresSerializer(serializers.Serializer[Any]):
    """`state`: broken_split, too_few_trials, running, equal, winner or one_text. `winner`: by the rule, null before."""

    experiment = serializers.UUIDField(source="experiment.pk")
    is_simulated = serializers.BooleanField(source="experiment.is_simulated")
    state = serializers.CharField()
    baseline = serializers.UUIDField(source="baseline.pk", default=None, allow_null=True)
    winner = serializers.UUIDField(source="winner.pk", default=None, allow_null=True)
    fewest_exposures = serializers.IntegerField()
    sample_ratio_p_value = serializers.FloatField(
        source="sample_ratio.p_value", default=None, allow_null=True
    )
    messages_lift = LiftSerializer(allow_null=True)
    arms = ArmFiguresSerializer(many=True)
    after_end = serializers.SerializerMethodField()

    left_out = serializers.SerializerMethodField()

    @extend_schema_field(LeftOutRevenueSerializer(many=True))
    def get_left_out(self, figures: ExperimentFigures) -> Any:
        return LeftOutRevenueSerializer(selectors.left_out_revenue(figures.experiment), many=True).data

    @extend_schema_field(AfterEndSerializer)
    def get_after_end(self, figures: ExperimentFigures) -> Any:
        return AfterEndSerializer(selectors.after_end(figures.experiment)).data


class NewExperimentSerializer(serializers.Serializer[Any]):
    """`text_shares`: of all people, in the order of `variants`; left out, all alike. `control_share`: shown nothing."""

    name = serializers.CharField(max_length=120)
    brief = serializers.UUIDField()
    variants = serializers.ListField(child=serializers.UUIDField(), max_length=services.MAX_TEXTS)
    metric = serializers.ChoiceField(Experiment.Metric.choices, default=Experiment.Metric.CLICK)
    allocation = serializers.ChoiceField(
        Experiment.Allocation.choices, default=Experiment.Allocation.THOMPSON
    )
    segments = serializers.ListField(
        child=serializers.UUIDField(), max_length=services.MAX_SEGMENTS, required=False
    )
    text_shares = serializers.ListField(
        child=serializers.FloatField(min_value=0, max_value=1), max_length=services.MAX_TEXTS, required=False
    )
    control_share = serializers.FloatField(min_value=0, max_value=1, default=0)
    min_exposures = serializers.IntegerField(min_value=1, max_value=10_000_000, default=500)
    max_unsubscribe_increase = serializers.FloatField(min_value=0, max_value=10, default=0.2)
    stops_itself = serializers.BooleanField(default=False)


class StopSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class WinnerSerializer(serializers.Serializer[Any]):
    arm = serializers.UUIDField()


class ProposalSerializer(serializers.Serializer[Any]):
    """`rate`: so far, as 0.03; `lift`: the smallest that matters, as 0.3."""

    rate = serializers.FloatField()
    lift = serializers.FloatField()


class NeededPeopleSerializer(serializers.Serializer[Any]):
    min_exposures = serializers.IntegerField()


class MarketingEventSerializer(serializers.Serializer[Any]):
    """Name the `exposure`, or `experiment` and `subject`. The same `event_key` twice is one event.

    `happened_at`: ISO 8601; left out, now. At most five minutes before the exposure or ahead of now.
    """

    event_key = serializers.CharField(max_length=120)
    type = serializers.ChoiceField(MarketingEvent.EventType.choices)
    exposure = serializers.UUIDField(required=False)
    experiment = serializers.UUIDField(required=False)
    subject = serializers.CharField(max_length=200, required=False)
    happened_at = serializers.DateTimeField(required=False)
    revenue = serializers.FloatField(min_value=0, required=False)


class EventsSerializer(serializers.Serializer[Any]):
    events = MarketingEventSerializer(many=True)


class EventsFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField()


class RefusedEventSerializer(serializers.Serializer[Any]):
    """`row`: its place in what was sent; the first is 0."""

    row = serializers.IntegerField()
    code = serializers.CharField()
    reason = serializers.CharField()


class ReceivedEventsSerializer(serializers.Serializer[Any]):
    """`accepted` are counted within seconds, each key once; whose exposure is not known turns out then."""

    accepted = serializers.IntegerField()
    refused = RefusedEventSerializer(many=True)


def plan_values(organisation: Organisation, body: dict[str, Any]) -> dict[str, Any]:
    """Of a plan as it was sent, rows of the organisation in the place of ids. Raises NotFound for any other."""
    values = dict(body)
    for name, rows_within in PLAN_ROWS.items():
        if sent := values.get(name):
            rows = rows_within(organisation)
            values[name] = [rows.one(pk=pk) for pk in sent] if isinstance(sent, list) else rows.one(pk=sent)
    return values


class ExperimentViewSet(RowsViewSet[Experiment]):
    """Approved texts that are shown to people and compared, newest first."""

    rows = selectors.experiment_list
    serializer_class = ExperimentSerializer
    filterset_fields = ["brief", "status"]
    permissions = "marketing.use"

    @extend_schema(request=NewExperimentSerializer, responses={201: ExperimentSerializer})
    def create(self, request: Request) -> Response:
        """Set one up from approved texts of one brief."""
        actor, body = actor_of(request), validated_body(request, NewExperimentSerializer)
        made = services.create(actor, ExperimentPlan(**plan_values(actor.organisation, body)))
        return self.answer(made, status.HTTP_201_CREATED)

    destroy = ApiDelete(acts.DELETE_EXPERIMENT)

    start = ApiAct(acts.START_EXPERIMENT, "Freeze texts and links, and let people come.")
    stop = ApiAct(
        acts.STOP_EXPERIMENT,
        "End it for good, without a winner. Events of those who were shown something are counted on.",
        body=StopSerializer,
    )

    @extend_schema(request=WinnerSerializer, responses=ExperimentSerializer)
    @action(detail=True, methods=["post"], filterset_fields=[], url_path="take-winner")
    def take_winner(self, request: Request, experiment_id: UUID) -> Response:
        """Take an arm as the winner; a running experiment ends with it, and its text becomes an example."""
        found, body = self.get_object(), validated_body(request, WinnerSerializer)
        arm = ExperimentArm.objects.within(found.organisation_id).one(pk=body["arm"], experiment=found)
        return self.answer(services.take_winner(actor_of(request), arm))

    experiment_figures = ApiRead(
        selectors.experiment_figures,
        ExperimentFiguresSerializer(),
        "Rates with 95 % intervals, probability of being the best, lifts, guardrail, and whether one has won.",
        url_path="figures",
    )

    @extend_schema(request=ProposalSerializer, responses=NeededPeopleSerializer)
    @action(
        detail=False, methods=["post"], filterset_fields=[], pagination_class=None, url_path="people-needed"
    )
    def people_needed(self, request: Request) -> Response:
        """How many people each text needs, for a lift of this size to be seen four times in five."""
        body = validated_body(request, ProposalSerializer)
        try:
            return Response({"min_exposures": trials_needed(body["rate"], body["lift"])})
        except ValueError as error:
            raise InvalidInput from error

    def answer(self, row: Experiment, code: int = status.HTTP_200_OK) -> Response:
        """With its arms as they are stored now."""
        return super().answer(self.get_queryset().get(pk=row.pk), code)


class MarketingEventsView(APIView):
    permissions = services.EVENTS

    def get_parsers(self) -> list[parsers.BaseParser]:
        return [BoundedJSONParser(), parsers.MultiPartParser()]

    @extend_schema(
        operation_id="marketing_events_create",
        request={"application/json": EventsSerializer, "multipart/form-data": EventsFileSerializer},
        responses={202: ReceivedEventsSerializer},
    )
    def post(self, request: Request) -> Response:
        """Tell what people did: up to 1,000 `events`, or a CSV `file`. 429 with `Retry-After` asks to wait."""
        actor = actor_of(request)
        if "file" in request.FILES:
            file = validated_body(request, EventsFileSerializer)["file"]
            checked = services.import_events(actor, content=file.read(tables.MAX_BYTES + 1))
        else:
            # Not by a serializer: at thousands a second each field would cost more than counting it.
            events = request.data.get("events") if isinstance(request.data, Mapping) else None
            if not isinstance(events, list):
                raise InvalidInput(fields={"events": [_("Send a list of events.")]})
            checked = services.receive_events(actor.organisation, events, EventBatch.Source.API)
        accepted = len(checked.rows) - (len(checked.refused) - checked.malformed_count)
        body = {"accepted": accepted, "refused": checked.refused}
        return Response(ReceivedEventsSerializer(body).data, status=status.HTTP_202_ACCEPTED)
