from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import actor_of
from apps.accounts.act_declaration import ApiAct, own_row
from apps.core.api import validated_body
from apps.core.forms import validated_fields
from apps.jobs.api import BackedByJobSerializer
from apps.marketing.experiments.models import Experiment
from apps.marketing.profiles import selectors as profiles
from apps.marketing.profiles.models import MAX_EXTERNAL_ID_CHARACTERS
from apps.marketing.recommendation import acts, decisions, explanations, selectors, services
from apps.marketing.recommendation.forms import RankingForm
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.recommendation.selectors import ChannelRank
from apps.marketing.segments.models import Segment
from apps.marketing.segments.selectors import segment_list
from apps.resources.api import RowsViewSet

MAX_CHANNELS = 40
METRIC = OpenApiParameter(
    "metric", str, description="click or conversion; by default conversion where any was counted"
)


class RateSerializer(serializers.Serializer[Any]):
    """With a 95 % interval. `source`: segment, channel, other_channels or assumption; `trials`: messages behind it."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    source = serializers.CharField()  # type: ignore[assignment]
    trials = serializers.IntegerField()


class ChannelUpliftSerializer(serializers.Serializer[Any]):
    """Over no message, in points of the rate, by people whom chance kept from it."""

    value = serializers.FloatField(source="difference.value")
    low = serializers.FloatField(source="difference.low")
    high = serializers.FloatField(source="difference.high")
    control_rate = serializers.FloatField(source="difference.control_rate")
    trials = serializers.IntegerField()
    control_trials = serializers.IntegerField()
    is_of_segment = serializers.BooleanField()


class ChannelRankSerializer(serializers.Serializer[Any]):
    """`gain`: what the order goes by. `reach`: how many of `people` may be written to."""

    channel = serializers.CharField()
    name = serializers.CharField()
    rate = RateSerializer()
    uplift = ChannelUpliftSerializer(allow_null=True)
    gain = serializers.FloatField()
    cost = serializers.FloatField(allow_null=True)
    cost_of_success = serializers.FloatField(allow_null=True)
    reach = serializers.IntegerField()
    people = serializers.IntegerField()
    reason = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_reason(self, rank: ChannelRank) -> str:
        return explanations.rank_reason(rank)


class ExcludedChannelSerializer(serializers.Serializer[Any]):
    """`reason`: no_consent, unsubscribed, no_address or cap_reached."""

    channel = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.CharField()
    people = serializers.IntegerField()


class RankingSerializer(serializers.Serializer[Any]):
    """By expected gain, the cheaper one first where two are equal. `metric`: click or conversion.

    `people`: the newest, of whom reach was counted.
    """

    metric = serializers.CharField()
    people = serializers.IntegerField()
    ranked = ChannelRankSerializer(many=True)
    excluded = ExcludedChannelSerializer(many=True)


class NewDecisionsSerializer(serializers.Serializer[Any]):
    """`channels` narrows where these people may be written to. The same `request_key` twice decides once."""

    subjects = serializers.ListField(
        child=serializers.CharField(max_length=MAX_EXTERNAL_ID_CHARACTERS),
        min_length=1,
        max_length=decisions.MAX_SUBJECTS,
    )
    channels = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=MAX_CHANNELS, required=False, allow_null=True
    )
    request_key = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class DecisionSerializer(serializers.Serializer[Any]):
    """`arm` is null where no arm reaches the subject, `channel` where it is in the control: send nothing to either."""

    subject = serializers.CharField()
    exposure = serializers.UUIDField(allow_null=True)
    arm = serializers.UUIDField(allow_null=True)
    channel = serializers.CharField(allow_null=True)
    variant = serializers.UUIDField(allow_null=True)
    propensity = serializers.FloatField(allow_null=True)
    segment = serializers.UUIDField(allow_null=True)
    links = serializers.ListField(child=serializers.CharField())


class DecisionsSerializer(serializers.Serializer[Any]):
    decisions = DecisionSerializer(many=True)


class PolicyEstimateSerializer(BackedByJobSerializer[PolicyEstimate]):
    """Follow the job's `events`. `obstacle`: why its policy cannot go live; empty where it can."""

    obstacle = serializers.SerializerMethodField()

    class Meta:
        model = PolicyEstimate
        fields = ["id", "experiment", "state", "job", "events", "candidates", "choice", "best_arm", "uplift"]
        fields += ["log_notes", "rows_count", "obstacle", "applied_at", "taken_back_at", "created_at"]
        read_only_fields = fields

    @extend_schema_field(str)
    def get_obstacle(self, estimate: PolicyEstimate) -> str:
        return str(selectors.obstacle(estimate, estimate.experiment) or "")


class NewPolicyEstimateSerializer(serializers.Serializer[Any]):
    experiment = serializers.UUIDField()


class RecommendationView(APIView):
    permissions = "marketing.use"

    @extend_schema(operation_id="marketing_recommendation", parameters=[METRIC], responses=RankingSerializer)
    def get(self, request: Request) -> Response:
        """Channels for everybody, the best first."""
        return _ranking_response(request, None)


class SegmentRecommendationView(APIView):
    permissions = "marketing.use"

    @extend_schema(
        operation_id="marketing_segment_recommendation", parameters=[METRIC], responses=RankingSerializer
    )
    def get(self, request: Request, segment_id: UUID) -> Response:
        """Channels for the people of a segment, the best first."""
        segment = own_row(request, segment_list, segment_id)
        return _ranking_response(request, segment)


class PersonRecommendationView(APIView):
    permissions = "marketing.people"

    @extend_schema(
        operation_id="marketing_person_recommendation", parameters=[METRIC], responses=RankingSerializer
    )
    def get(self, request: Request, person_id: UUID) -> Response:
        """Channels in which a person may be written to, the best first, and why the others may not be used."""
        organisation = actor_of(request).organisation
        person = own_row(request, profiles.people_list, person_id)
        ranking = selectors.rank_person(organisation, person, metric=_metric(request))
        return Response(RankingSerializer(ranking).data)


class DecisionsView(APIView):
    permissions = "marketing.use"

    @extend_schema(
        operation_id="marketing_decisions", request=NewDecisionsSerializer, responses=DecisionsSerializer
    )
    def post(self, request: Request, experiment_id: UUID) -> Response:
        """Decide for up to 1,000 people which text each of them gets; what was decided before stands."""
        organisation = actor_of(request).organisation
        experiment = own_row(request, Experiment.objects.within, experiment_id)
        body = validated_body(request, NewDecisionsSerializer)
        decided = decisions.decide(organisation, experiment, **body)
        return Response({"decisions": [_decision(each) for each in decided]})


class PolicyEstimateViewSet(RowsViewSet[PolicyEstimate]):
    """What policies would have brought, by an experiment's log; newest first."""

    rows = selectors.estimate_list
    serializer_class = PolicyEstimateSerializer
    filterset_fields = ["experiment"]
    permissions = "marketing.use"

    @extend_schema(request=NewPolicyEstimateSerializer, responses={202: PolicyEstimateSerializer})
    def create(self, request: Request) -> Response:
        """Have one made from an experiment's log as it is now."""
        actor, body = actor_of(request), validated_body(request, NewPolicyEstimateSerializer)
        experiment = own_row(request, Experiment.objects.within, body["experiment"])
        made = services.request_estimate(actor, experiment)
        return self.answer(made, status.HTTP_202_ACCEPTED)

    apply = ApiAct(acts.APPLY_POLICY, "Let its policy go live: the chosen one, else the best single arm.")
    take_back = ApiAct(
        acts.TAKE_BACK_POLICY, "Split people again as before it went live.", url_path="take-back"
    )


def _decision(decision: decisions.Decision) -> dict[str, Any]:
    """Plain: a serializer for each of a thousand would take longer than deciding."""
    assignment = decision.assignment
    arm = assignment.arm if assignment else None
    return {
        "subject": decision.subject,
        "exposure": str(assignment.pk) if assignment else None,
        "arm": str(arm.pk) if arm else None,
        "channel": (arm and arm.channel) or None,
        "variant": str(arm.variant_id) if arm and arm.variant_id else None,
        "propensity": assignment.propensity if assignment else None,
        "segment": str(assignment.segment_id) if assignment and assignment.segment_id else None,
        "links": list(decision.links),
    }


def _ranking_response(request: Request, segment: Segment | None) -> Response:
    organisation = actor_of(request).organisation
    ranking = selectors.rank_segment(organisation, segment, metric=_metric(request))
    return Response(RankingSerializer(ranking).data)


def _metric(request: Request) -> str:
    """Raises InvalidInput for one that there is not."""
    form = RankingForm(actor_of(request).organisation, {"metric": request.query_params.get("metric", "")})
    validated_fields(form)
    return form.chosen_metric
