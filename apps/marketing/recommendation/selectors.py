"""Which channel for whom, and what was estimated of policies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from uuid import UUID

from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.core.models import OrganisationQuerySet
from apps.marketing.channels import selectors as channels
from apps.marketing.channels.names import channel_name
from apps.marketing.experiments.models import ArmCount, Experiment
from apps.marketing.profiles import selectors as profiles
from apps.marketing.profiles.models import Person
from apps.marketing.recommendation.channel_rates import ChannelEvidence, CountRow, Rate, Uplift
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.segments.models import Segment

EVIDENCE_DAYS = 730
# Of a segment, the newest: whether a channel may be used is asked of each person.
MAX_SAMPLE_PEOPLE = 500

Exclusion = Literal["no_consent", "unsubscribed", "no_address", "cap_reached"]
EXCLUSIONS: tuple[Exclusion, ...] = ("no_consent", "unsubscribed", "no_address", "cap_reached")


@dataclass(frozen=True)
class ChannelRank:
    """A channel with what is expected of one message in it. Costs are in the currency of the organisation.

    `reach`: how many of the people who were asked may be written to, which is 1 for a person.
    `gain`: answers more for one message: the uplift where there is one, else the rate less what comes without one.
    """

    channel: str
    metric: str
    rate: Rate
    uplift: Uplift | None
    control_rate: float | None
    cost: float | None
    reach: int = 1
    people: int = 1

    @property
    def name(self) -> str:
        return channel_name(self.channel)

    @property
    def gain(self) -> float:
        return self.uplift.difference.value if self.uplift else self.rate.value - (self.control_rate or 0.0)

    @property
    def cost_of_success(self) -> float | None:
        """None without a cost, or where a message brings nothing that would not have come anyway."""
        return self.cost / self.gain if self.cost is not None and self.gain > 0 else None


@dataclass(frozen=True)
class ExcludedChannel:
    """`people`: how many of those who were asked are not written to, for this reason."""

    channel: str
    reason: Exclusion
    people: int = 1

    @property
    def name(self) -> str:
        return channel_name(self.channel)


@dataclass(frozen=True)
class Ranking:
    """`ranked`: by expected gain, the cheaper one first where two are equal. `people`: how many were asked."""

    ranked: list[ChannelRank] = field(default_factory=list)
    excluded: list[ExcludedChannel] = field(default_factory=list)
    metric: str = Experiment.Metric.CLICK
    people: int = 1
    segment: Segment | None = None


def rank_person(organisation: Organisation, person: Person, *, metric: str = "") -> Ranking:
    """The channels in which somebody may be written to, by what the segment teaches in which most were written to."""
    metric = metric or usual_metric(organisation)
    counts, costs = evidence(organisation, metric), send_costs(organisation)
    allowed = profiles.allowed_channels(organisation, [person])[person.pk]
    segments = Segment.objects.within(organisation).filter(pk__in=counts.segment_ids)
    inside = profiles.segments_of_people(organisation, [person.pk], segments).get(person.pk, set())
    known = {*counts.channels, *person.consents, *person.unsubscribed}
    ranked = []
    for channel in known & allowed:
        own = max(inside, key=lambda each: (counts.trials(channel, each), each), default=None)
        ranked.append(_ranked(counts, costs, channel, own))
    excluded = [ExcludedChannel(channel, exclusion(person, channel)) for channel in sorted(known - allowed)]
    return Ranking(in_order(ranked), excluded, metric)


def rank_segment(organisation: Organisation, segment: Segment | None, *, metric: str = "") -> Ranking:
    """Ranks the channels for the people of a segment, or for everybody. Who may be written to is counted in the newest
    of them.
    """
    metric = metric or usual_metric(organisation)
    counts = evidence(organisation, metric)
    costs = send_costs(organisation)
    people = list(profiles.people_in(organisation, segment).order_by("-id")[:MAX_SAMPLE_PEOPLE])
    allowed = profiles.allowed_channels(organisation, people)
    known = {*counts.channels, *(channel for person in people for channel in person.consents)}
    ranked, excluded = [], []
    for channel in sorted(known):
        left_out = [person for person in people if channel not in allowed[person.pk]]
        reasons = [exclusion(person, channel) for person in left_out]
        excluded += [
            ExcludedChannel(channel, reason, reasons.count(reason))
            for reason in EXCLUSIONS
            if reason in reasons
        ]
        reach = len(people) - len(left_out)
        if reach or not people:
            own = segment.pk if segment else None
            ranked.append(_ranked(counts, costs, channel, own, reach=reach, people=len(people)))
    return Ranking(in_order(ranked), excluded, metric, len(people), segment)


def exclusion(person: Person, channel: str) -> Exclusion:
    """Why a channel that is not allowed is not; what else could be wrong is that the cap is reached."""
    if channel in person.unsubscribed:
        return "unsubscribed"
    if channel not in person.consents:
        return "no_consent"
    return "cap_reached" if profiles.has_address(person, channel) else "no_address"


def evidence(organisation: Organisation, metric: str) -> ChannelEvidence:
    """What real experiments of the last two years counted. Made-up people teach nothing about real ones."""
    successes = "clicks" if metric == Experiment.Metric.CLICK else "conversions"
    since = timezone.now().date() - timedelta(days=EVIDENCE_DAYS)
    rows = ArmCount.objects.within(organisation).filter(
        arm__experiment__is_simulated=False, day__gte=since, exposures__gt=0
    )
    grouped = rows.values("segment_id", channel=F("arm__channel"), experiment_id=F("arm__experiment_id"))
    sums = grouped.annotate(trials=Sum("exposures"), successes=Sum(successes)).order_by()
    return ChannelEvidence([CountRow(**row) for row in sums], metric)


def usual_metric(organisation: Organisation) -> str:
    """Conversions where any was counted: of clicks a control group has none, so their uplift is no more than the rate."""
    rows = ArmCount.objects.within(organisation).filter(
        conversions__gt=0, arm__experiment__is_simulated=False
    )
    return Experiment.Metric.CONVERSION if rows.exists() else Experiment.Metric.CLICK


def send_costs(organisation: Organisation) -> dict[str, float]:
    rows = channels.channel_overrides(organisation).exclude(send_cost=None)
    return {row.channel: float(row.send_cost) for row in rows if row.send_cost is not None}


def in_order(ranked: Sequence[ChannelRank]) -> list[ChannelRank]:
    """By expected gain; of two that gain the same the cheaper one, one of unknown cost last."""
    unknown = float("inf")
    return sorted(
        ranked, key=lambda each: (-each.gain, each.cost if each.cost is not None else unknown, each.channel)
    )


def estimate_list(organisation: Organisation) -> OrganisationQuerySet[PolicyEstimate]:
    rows = PolicyEstimate.objects.within(organisation)
    return rows.select_related("experiment", "best_arm", "job", "member__user").order_by("-id")


def estimated_experiments(organisation: Organisation) -> OrganisationQuerySet[Experiment]:
    """Those that have a log: begun, the newest first."""
    rows = Experiment.objects.within(organisation).exclude(status=Experiment.Status.DRAFT)
    return rows.order_by("-id")


def live_estimate(experiment: Experiment) -> PolicyEstimate | None:
    """The one whose policy splits people now."""
    rows = estimate_list(experiment.organisation).filter(experiment=experiment, taken_back_at=None)
    return rows.exclude(applied_at=None).order_by("-applied_at").first()


def live_rule(estimate: PolicyEstimate) -> dict[str, str]:
    """What may go live of an estimate: the chosen policy, else the best single arm for everybody."""
    if estimate.choice:
        return dict(estimate.candidates[estimate.choice]["rule"])
    return {"": str(estimate.best_arm_id)}


def obstacle(estimate: PolicyEstimate, experiment: Experiment) -> Text | None:
    """Why the policy cannot go live; None where it can."""
    if not estimate.candidates or estimate.best_arm_id is None:
        return _("The estimate is not ready.")
    if experiment.status != Experiment.Status.RUNNING:
        return _("The experiment is not running, so no one is assigned any more.")
    if estimate.is_live:
        return _("This policy is already live.")
    others = estimate_list(experiment.organisation).filter(experiment=experiment).exclude(pk=estimate.pk)
    if others.filter(applied_at__gt=estimate.created_at).exists():
        return _("Another policy went live after this estimate. Run a new estimate first.")
    return None


def _ranked(
    counts: ChannelEvidence,
    costs: dict[str, float],
    channel: str,
    segment_id: UUID | None,
    *,
    reach: int = 1,
    people: int = 1,
) -> ChannelRank:
    return ChannelRank(
        channel,
        counts.metric,
        counts.rate(channel, segment_id),
        counts.uplift(channel, segment_id),
        counts.control_rate(),
        costs.get(channel),
        reach,
        people,
    )
