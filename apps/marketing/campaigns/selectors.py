"""Campaigns of an organisation, and how far one on its way has come."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.campaigns.delivery import EXPORT, route
from apps.marketing.campaigns.models import Campaign, CampaignReview
from apps.marketing.campaigns.reasons import IN_HAND, Failure, label_of
from apps.marketing.experiments.models import ExperimentArm, Exposure


@dataclass
class ArmProgress:
    """`chosen`: people. Of the control nothing is sent. `route`: how its messages leave."""

    arm: ExperimentArm
    route: str
    chosen: int = 0
    delivered: int = 0
    waiting: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def is_exported(self) -> bool:
        return self.route == EXPORT

    @property
    def failed(self) -> int:
        return sum(count for code, count in self.reasons.items() if code not in IN_HAND)

    @property
    def in_hand(self) -> int:
        return sum(count for code, count in self.reasons.items() if code in IN_HAND)


@dataclass
class Progress:
    """`skipped`: reason → people who got no arm at all, as no channel reaches them. `is_sent`: nothing goes on by itself."""

    arms: list[ArmProgress]
    skipped: list[tuple[str, int]]
    is_sent: bool = False

    @property
    def messages(self) -> list[ArmProgress]:
        return [each for each in self.arms if not each.arm.is_control]

    @property
    def chosen(self) -> int:
        return sum(each.chosen for each in self.arms)

    @property
    def delivered(self) -> int:
        return sum(each.delivered for each in self.messages)

    @property
    def waiting(self) -> int:
        return sum(each.waiting for each in self.messages if not each.is_exported)

    @property
    def total(self) -> int:
        return sum(each.chosen for each in self.messages)

    @property
    def control(self) -> int:
        return sum(each.chosen for each in self.arms if each.arm.is_control)

    @property
    def failed(self) -> int:
        return sum(each.failed for each in self.messages)

    @property
    def unconfirmed(self) -> int:
        return sum(each.reasons[Failure.UNCONFIRMED] for each in self.messages)

    @property
    def sendable_again(self) -> int:
        """Also what waits of a campaign that was sent: its webhook went, or its channel had no way to leave then."""
        codes = (Failure.UNCONFIRMED, Failure.REFUSED_AGAIN, Failure.WEBHOOK_FAILED)
        failed = sum(each.reasons[code] for each in self.messages for code in codes)
        return failed + (self.waiting if self.is_sent else 0)

    @property
    def reason_lines(self) -> list[tuple[str, int]]:
        """In words, the most first: of messages that are in hand or failed."""
        counts = sum((each.reasons for each in self.messages), Counter[str]())
        return [(label_of(code), count) for code, count in counts.most_common()]

    @property
    def exports(self) -> list[tuple[str, str, int, int]]:
        """(channel, its name, ready, taken or sent before) of channels whose messages a person takes as a file."""
        if any(each.arm.experiment.is_simulated for each in self.arms):
            return []
        by_channel: dict[str, list[ArmProgress]] = {}
        for each in self.messages:
            if each.is_exported:
                by_channel.setdefault(each.arm.channel, []).append(each)
        return [
            (key, rows[0].arm.channel_name, sum(r.waiting for r in rows), sum(r.delivered for r in rows))
            for key, rows in by_channel.items()
        ]


def campaign_list(organisation: Organisation) -> OrganisationQuerySet[Campaign]:
    """Newest first, with what `Campaign.status_badge` tells of."""
    rows = Campaign.objects.within(organisation)
    rows = rows.select_related("brief", "segment", "experiment", "organisation", "job", "member__user")
    messages = Exposure.objects.filter(experiment=OuterRef("experiment")).exclude(arm__channel="").order_by()
    unsent = messages.filter(delivered_at=None, failure="").values("experiment").annotate(count=Count("pk"))
    rows = rows.annotate(  # type: ignore[no-redef]  # Campaign names them for whoever reads
        unsent_count=Case(
            When(status=Campaign.Status.SENT, then=Coalesce(Subquery(unsent.values("count")), 0)),
            default=0,
            output_field=IntegerField(),
        ),
        has_sent=Exists(messages.filter(delivered_at__isnull=False)),
    )
    return rows.order_by("-id")


def reviews(campaign: Campaign) -> OrganisationQuerySet[CampaignReview]:
    rows = CampaignReview.objects.within(campaign.organisation_id).filter(campaign=campaign)
    return rows.select_related("member__user").defer("content")


def progress(campaign: Campaign) -> Progress:
    arms = {
        arm.pk: ArmProgress(arm, route(campaign.organisation, arm.channel) if arm.channel else "")
        for arm in campaign.experiment.arms.select_related("experiment")
    }
    rows = Exposure.objects.within(campaign.organisation_id).filter(experiment=campaign.experiment_id)
    counts = (
        rows.order_by()
        .values("arm_id", "failure")
        .annotate(count=Count("pk"), delivered=Count("pk", filter=Q(delivered_at__isnull=False)))
    )
    for row in counts:
        arm = arms[row["arm_id"]]
        arm.chosen += row["count"]
        arm.delivered += row["delivered"]
        if row["failure"]:
            arm.reasons[row["failure"]] += row["count"] - row["delivered"]
        elif not arm.arm.is_control:
            arm.waiting += row["count"] - row["delivered"]
    skipped = Counter(campaign.skipped).most_common()
    is_sent = campaign.status == Campaign.Status.SENT
    return Progress(list(arms.values()), [(label_of(code), count) for code, count in skipped], is_sent)
