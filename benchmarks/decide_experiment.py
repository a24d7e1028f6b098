"""An experiment with people in it, the events that they might send, and what became of those."""

import random
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import aiohttp
from django.utils import timezone

from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import services
from apps.marketing.experiments.assignment import Candidate, assign
from apps.marketing.experiments.models import EventIntake, Experiment, MarketingEvent
from apps.marketing.experiments.services import ExperimentPlan
from apps.marketing.profiles import upserts
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.person_values import PersonValues
from apps.marketing.segments.models import Segment, SegmentMembership
from benchmarks import load
from benchmarks.organisations import owner
from benchmarks.shop import make_key
from benchmarks.waiting import milliseconds

PEOPLE, BATCH_PEOPLE = 60_000, 5_000
# Decided for at a time. Known people are each asked for again with another request key once all were.
BATCH, SENDERS, KNOWN_PEOPLE, STORED_AT_ONCE = 100, 4, 10_000, 1_000
TEXTS = ("岩茶，慢慢喝。", "今天泡一壶岩茶。", "岩茶与一本书。", "下午，岩茶正好。")
TYPES = ("open",) * 6 + ("click",) * 3 + ("conversion",)
# So many of a hundred events are sent a second time under the same key.
DOUBLED = 5


@dataclass
class DecideExperiment:
    token: str
    experiment: Experiment
    exposures: list[str]
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    numbers: Any = field(default_factory=count)
    sent_keys: int = 0

    @classmethod
    def make(cls, token: str = "", people: int = PEOPLE) -> "DecideExperiment":
        """`token`: of the owner of an organisation that is there; without, one is made."""
        token = token or make_key()
        actor = owner()
        brief = Brief.objects.create(organisation=actor.organisation, product="岩茶")
        view = channels.channel(actor.organisation, "weibo")
        texts: list[CopyVariant] = []
        for text in TEXTS:
            made = copywriting.create_variant(actor, brief, view, texts={"text": text})
            texts.append(copywriting.approve_variant(actor, made, version=1))
        segments = [Segment.objects.create(organisation=actor.organisation, name=name) for name in "ab"]
        plan = ExperimentPlan("Bench", brief, texts, segments=segments, control_share=0.1)
        experiment = services.start(actor, services.create(actor, plan))
        membership: list[frozenset[UUID]] = [frozenset(), *(frozenset({each.pk}) for each in segments)]
        exposures: list[str] = []
        started = time.monotonic()
        for first in range(0, people, BATCH_PEOPLE):
            numbers = range(first, first + BATCH_PEOPLE)
            candidates = [Candidate(f"person-{n}", segment_ids=membership[n % 3]) for n in numbers]
            assigned = assign(experiment, candidates).values()
            exposures += [str(each.pk) for each in assigned if each.arm.channel]
        if people:
            print(f"{people / (time.monotonic() - started):.0f} people a second assigned in bulk", flush=True)
        return cls(token, experiment, exposures)

    def next_events(self, size: int) -> list[dict[str, Any]]:
        """Each with a key of its own, but a few that come twice."""
        now, events = timezone.now().isoformat(), list[dict[str, Any]]()
        while len(events) < size:
            event: dict[str, Any] = {"type": self.chance.choice(TYPES), "happened_at": now}
            event["exposure"] = self.chance.choice(self.exposures)
            event["event_key"] = f"event-{next(self.numbers)}"
            if event["type"] == "conversion":
                event["revenue"] = round(self.chance.uniform(1, 100), 2)
            self.sent_keys += 1
            events.append(event)
            if len(events) < size and self.chance.randrange(100) < DOUBLED:
                events.append(event)
        return events

    def look(self) -> tuple[float, int, float]:
        """When this look ended, how many events are counted in whatever way, and when shares were computed last."""
        columns = ("counted", "doubled", "unknown", "from_future", "too_early", "malformed")
        rows = EventIntake.objects.filter(organisation=self.experiment.organisation)
        counted = sum(rows.values_list(*columns).first() or ())
        judged_at = Experiment.objects.values_list("judged_at", flat=True).get(pk=self.experiment.pk)
        return time.time(), counted, judged_at.timestamp() if judged_at else 0.0

    def compare(self, acknowledged: int) -> dict[str, Any]:
        """A key is stored once; whatever came besides it was counted as doubled."""
        intake = EventIntake.objects.get(organisation=self.experiment.organisation)
        stored = MarketingEvent.objects.count()
        return {
            "lost": self.sent_keys - stored,
            "twice": intake.counted - stored,
            "doubled": intake.doubled,
            "miscounted": acknowledged - intake.counted - intake.doubled,
        }


def store_people(experiment: DecideExperiment) -> None:
    """They agreed to the channel of the experiment's texts, and each third one is in a segment."""
    organisation = experiment.experiment.organisation
    for first in range(0, KNOWN_PEOPLE, STORED_AT_ONCE):
        numbers = range(first, first + STORED_AT_ONCE)
        people = [PersonValues(f"known-{number}", consents=("weibo", "email")) for number in numbers]
        upserts.store_people(organisation, people)
    segments = [*experiment.experiment.segments.all()]
    ids = Person.objects.within(organisation).order_by("pk").values_list("pk", flat=True)
    SegmentMembership.objects.bulk_create(
        SegmentMembership(organisation=organisation, segment=segments[place % 3], person_id=pk)
        for place, pk in enumerate(ids)
        if place % 3 < len(segments)
    )


async def decision_figures(
    session: aiohttp.ClientSession, experiment: DecideExperiment, seconds: float
) -> dict[str, Any]:
    """As many as are answered; each answer has an arm, its propensity and its links for each of the hundred."""
    address = f"/api/v1/marketing/experiments/{experiment.experiment.pk}/decisions/"
    firsts, times, decided = count(0, BATCH // 2), list[float](), list[int]()

    async def ask() -> None:
        first = next(firsts)
        numbers = range(first, first + BATCH // 2)
        subjects = [*(f"known-{n % KNOWN_PEOPLE}" for n in numbers), *(f"new-{n}" for n in numbers)]
        body = {"subjects": subjects, "request_key": str(first // KNOWN_PEOPLE)}
        started = time.monotonic()
        decisions: list[dict[str, Any]] = (await load.call(session, "POST", address, json=body))["decisions"]
        times.append(time.monotonic() - started)
        if any(not each["propensity"] for each in decisions):
            raise SystemExit("Somebody got no arm.")
        decided.append(len(decisions))

    # What the first batch pays for once is not what this measures.
    await ask()
    times.clear()
    decided.clear()
    started = time.monotonic()
    await load.again_and_again(ask, senders=SENDERS, seconds=seconds)
    elapsed = time.monotonic() - started
    return {
        "recommendations_per_second": round(sum(decided) / elapsed),
        "recommendations": sum(decided),
        "decision_batch_p95_ms": milliseconds(times, 95),
    }
