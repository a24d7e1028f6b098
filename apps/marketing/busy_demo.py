"""Made-up copy of a tea shop, and a campaign that went out with a control group, day after day."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from apps.dashboards.busy.traffic import Traffic
from apps.marketing.briefs.models import Brief, BriefFact
from apps.marketing.campaigns.models import Campaign
from apps.marketing.copywriting.models import CopyReview, CopyVariant
from apps.marketing.experiments.models import ArmCount, Experiment, ExperimentArm, Exposure, MarketingEvent
from apps.marketing.segments.models import Segment

ORGANISATION = "demo-tea-house"
TEXTS_PER_DAY, PEOPLE_PER_DAY = 3.0, 60.0
BATCH = 2000
CHANNELS = ("xiaohongshu", "moments", "email", "sms")
FACTS = (
    (("规格", "十泡一盒"), ("size", "ten to a box")),
    (("陈化", "三年陈"), ("age", "three years old")),
    (("香气", "蜜香"), ("aroma", "honeyed")),
    (("冲泡", "水要刚开"), ("brewing", "water that has just boiled")),
)
# Each says of its product what stands in the facts.
COPY = (
    (
        "周末泡一壶白毫银针，三年陈，蜜香。",
        "A pot of silver needle for the weekend: three years old, honeyed.",
    ),
    ("新到白毫银针，十泡一盒。", "New: silver needle, ten to a box."),
    ("老茶客说，水要刚开。", "Old hands say: the water has just boiled."),
)
# Of an arm: its share, and how many of the people click and buy. Nobody clicks what was not sent.
ARMS = ((0.2, 0.0, 0.018), (0.4, 0.09, 0.020), (0.4, 0.14, 0.026))
Status, Kind = CopyVariant.Status, MarketingEvent.EventType


def fill(traffic: Traffic) -> None:
    product = traffic.words("云岭白毫银针", "Yunling silver needle")
    brief = Brief.objects.create(
        organisation=traffic.organisation,
        product=product,
        language=traffic.words("zh", "en"),
        member=traffic.members[0],
        created_at=traffic.until - timedelta(days=traffic.days),
    )
    BriefFact.objects.bulk_create(
        BriefFact(organisation=traffic.organisation, brief=brief, name=name, value=value)
        for name, value in (traffic.words(zh, en) for zh, en in FACTS)
    )
    variants = [_variant(traffic, brief, moment) for moment in traffic.moments(TEXTS_PER_DAY)]
    CopyVariant.objects.bulk_create(variants, BATCH)
    CopyReview.objects.bulk_create(
        CopyReview(
            organisation=traffic.organisation,
            variant=variant,
            is_approval=variant.status == Status.APPROVED,
            version=variant.version,
            member=traffic.members[0],
            created_at=variant.approved_at or variant.created_at,
        )
        for variant in variants
        if variant.status in (Status.APPROVED, Status.RETURNED)
    )
    _campaign(traffic, brief, [each for each in variants if each.status == Status.APPROVED][:2])


def _variant(traffic: Traffic, brief: Brief, created_at: datetime) -> CopyVariant:
    status = traffic.random.choices(
        (Status.APPROVED, Status.RETURNED, Status.DROPPED, Status.DRAFT), (7, 1.5, 0.7, 0.8)
    )[0]
    texts = {"text": traffic.words(*traffic.random.choice(COPY))}
    approval = traffic.seconds(5400, 1.0)
    is_approved = status == Status.APPROVED and created_at + approval < traffic.until
    return CopyVariant(
        id=traffic.row_id(created_at),
        organisation=traffic.organisation,
        brief=brief,
        channel=traffic.random.choice(CHANNELS),
        texts=texts,
        written=texts,
        status=status if is_approved or status != Status.APPROVED else Status.DRAFT,
        model="Qwen3-30B-A3B",
        prompt="write_copy",
        cost=Decimal(str(round(traffic.random.uniform(0.002, 0.02), 6))),
        edit_share=0.0 if traffic.chance(0.5) else traffic.random.uniform(0.02, 0.4),
        member=traffic.member(),
        approved_at=created_at + approval if is_approved else None,
        approval_seconds=approval.total_seconds() if is_approved else None,
        created_at=created_at,
    )


def _campaign(traffic: Traffic, brief: Brief, variants: list[CopyVariant]) -> None:
    begun_at = traffic.until - timedelta(days=traffic.days)
    name = traffic.words("白毫银针 老客回访", "Silver needle for returning customers")
    segment, _made = Segment.objects.get_or_create(
        organisation=traffic.organisation, name=traffic.words("半年内买过", "Bought within half a year")
    )
    experiment = Experiment.objects.create(
        organisation=traffic.organisation,
        name=name,
        brief=brief,
        metric=Experiment.Metric.CONVERSION,
        allocation=Experiment.Allocation.FIXED,
        status=Experiment.Status.STOPPED,
        started_at=begun_at,
        stopped_at=traffic.until,
        member=traffic.members[0],
        created_at=begun_at,
    )
    arms = ExperimentArm.objects.bulk_create(
        ExperimentArm(
            organisation=traffic.organisation,
            experiment=experiment,
            variant=variants[place - 1] if 0 < place <= len(variants) else None,
            channel="email" if place else "",
            label=traffic.words(f"方案 {place}", f"Text {place}")
            if place
            else traffic.words("不发送", "No message"),
            texts={"subject": traffic.words(*COPY[place])} if place else {},
            planned_share=share,
            position=place,
        )
        for place, (share, _clicks, _buys) in enumerate(ARMS)
    )
    Campaign.objects.create(
        organisation=traffic.organisation,
        name=name,
        brief=brief,
        segment=segment,
        experiment=experiment,
        status=Campaign.Status.SENT,
        starts_at=begun_at,
        finished_at=traffic.until,
        member=traffic.members[0],
        created_at=begun_at,
    )
    _write_to_people(traffic, experiment, arms, segment)


def _write_to_people(
    traffic: Traffic, experiment: Experiment, arms: list[ExperimentArm], segment: Segment
) -> None:
    exposures: list[Exposure] = []
    events: list[MarketingEvent] = []
    counts: dict[tuple[UUID, object], ArmCount] = {}
    for number, moment in enumerate(traffic.moments(PEOPLE_PER_DAY)):
        place = traffic.random.choices(range(len(ARMS)), [share for share, *_rest in ARMS])[0]
        exposure = Exposure(
            id=traffic.row_id(moment),
            organisation=traffic.organisation,
            experiment=experiment,
            arm=arms[place],
            subject=f"busy-{number:06d}",
            segment=segment,
            propensity=ARMS[place][0],
            created_at=moment,
            delivered_at=moment + timedelta(seconds=5) if place else None,
        )
        exposures.append(exposure)
        day = moment.date()
        for arm, (share, *_rest) in zip(arms, ARMS, strict=True):
            row = counts.setdefault(
                (arm.pk, day), ArmCount(organisation=traffic.organisation, arm=arm, segment=segment, day=day)
            )
            row.expected += share
        count = counts[arms[place].pk, day]
        count.exposures += 1
        events += _responses(traffic, exposure, count, *ARMS[place][1:])
    Exposure.objects.bulk_create(exposures, BATCH)
    MarketingEvent.objects.bulk_create(events, BATCH)
    ArmCount.objects.bulk_create(counts.values(), BATCH)


def _responses(
    traffic: Traffic, exposure: Exposure, count: ArmCount, clicks: float, buys: float
) -> list[MarketingEvent]:
    def event(kind: str, after: float, revenue: float = 0.0) -> MarketingEvent:
        at = min(exposure.created_at + traffic.seconds(after, 1.0), traffic.until)
        return MarketingEvent(
            id=traffic.row_id(at),
            organisation=traffic.organisation,
            event_key=f"{exposure.subject}-{kind}",
            type=kind,
            exposure=exposure,
            revenue=revenue,
            happened_at=at,
            received_at=at,
        )

    found = []
    if traffic.chance(clicks):
        found.append(event(Kind.CLICK, 3600))
        exposure.clicked_at, count.clicks = found[-1].happened_at, count.clicks + 1
    if traffic.chance(buys):
        revenue = float(traffic.random.choice((88, 128, 168, 336)))
        found.append(event(Kind.CONVERSION, 9000, revenue))
        exposure.converted_at, exposure.revenue = found[-1].happened_at, revenue
        count.conversions, count.revenue = count.conversions + 1, count.revenue + revenue
        count.revenue_squares += revenue**2
    return found
