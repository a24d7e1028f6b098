"""An experiment with people in it, the events that they might send, and what became of those."""

import random
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import services
from apps.marketing.experiments.assignment import Candidate, assign
from apps.marketing.experiments.models import EventIntake, Experiment, MarketingEvent
from apps.marketing.experiments.services import ExperimentPlan
from apps.marketing.segments.models import Segment
from benchmarks.organisations import owner
from benchmarks.shop import make_key

PEOPLE, BATCH_PEOPLE = 60_000, 5_000
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
            candidates = [
                Candidate(f"person-{number}", segment_ids=membership[number % 3])
                for number in range(first, first + BATCH_PEOPLE)
            ]
            exposures += [
                str(each.pk) for each in assign(experiment, candidates).values() if each.arm.channel
            ]
        if people:
            print(f"{people / (time.monotonic() - started):.0f} people a second assigned in bulk", flush=True)
        return cls(token, experiment, exposures)

    def next_events(self, size: int) -> list[dict[str, Any]]:
        """Each with a key of its own, but a few that come twice."""
        now, events = timezone.now().isoformat(), list[dict[str, Any]]()
        while len(events) < size:
            event_type = self.chance.choice(TYPES)
            event: dict[str, Any] = {
                "exposure": self.chance.choice(self.exposures),
                "event_key": f"event-{next(self.numbers)}",
                "type": event_type,
                "happened_at": now,
            }
            if event_type == "conversion":
                event["revenue"] = round(self.chance.uniform(1, 100), 2)
            self.sent_keys += 1
            events.append(event)
            if len(events) < size and self.chance.randrange(100) < DOUBLED:
                events.append(event)
        return events

    def look(self) -> tuple[float, int, float]:
        """When this look ended, how many events are counted in whatever way, and when shares were computed last."""
        every = (
            F("counted") + F("doubled") + F("unknown") + F("from_future") + F("too_early") + F("malformed")
        )
        rows = EventIntake.objects.filter(organisation=self.experiment.organisation)
        counted = rows.values_list(every, flat=True).first() or 0
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
