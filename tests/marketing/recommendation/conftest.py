"""Experiments whose log is as somebody wants it, without the weeks that people take to answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.marketing.experiments.models import ArmCount, Experiment, ExperimentArm, Exposure
from apps.marketing.experiments.shares import current_shares
from apps.marketing.profiles.models import Person
from apps.marketing.segments.models import Segment, SegmentMembership

NewExperiment = Callable[..., "Arms"]
NewPerson = Callable[..., Person]


@dataclass
class Arms:
    """An experiment with its arms; `count` is what the intake of events would have counted."""

    experiment: Experiment
    arms: list[ExperimentArm]

    def count(
        self, *rows: tuple[int, int], segment: Segment | None = None, clicks: Sequence[int] | None = None
    ) -> None:
        """Of each arm (exposures, conversions)."""
        for place, (arm, (exposures, conversions)) in enumerate(zip(self.arms, rows, strict=True)):
            ArmCount.objects.create(
                organisation=arm.organisation,
                arm=arm,
                segment=segment,
                day=timezone.now().date(),
                exposures=exposures,
                conversions=conversions,
                clicks=clicks[place] if clicks else conversions,
            )

    def log(
        self,
        rates: Callable[[int], Sequence[float]],
        *,
        rows: int,
        seed: int = 0,
        shares: Sequence[float] | None = None,
        segments: Sequence[Segment | None] = (None,),
        people: Sequence[Person] = (),
    ) -> None:
        """Exposures that were drawn by the shares; `rates(row)`: what each arm brings to whom the row is about."""
        chance = np.random.default_rng(seed)
        known = np.array(shares or [1 / len(self.arms)] * len(self.arms))
        places = chance.choice(len(self.arms), rows, p=known)
        moment = timezone.now()
        Exposure.objects.bulk_create(
            Exposure(
                organisation=self.experiment.organisation,
                experiment=self.experiment,
                arm=self.arms[place],
                subject=f"s{row}",
                segment=segments[row % len(segments)],
                person=people[row] if people else None,
                propensity=float(known[place]),
                converted_at=moment if chance.random() < rates(row)[place] else None,
            )
            for row, place in enumerate(places)
        )


@pytest.fixture
def new_experiment(alice_actor: Actor) -> NewExperiment:
    """`channels`: of each arm, "" is the control, which gets a tenth."""

    def make(
        *channels: str,
        actor: Actor = alice_actor,
        segments: Sequence[Segment] = (),
        metric: str = Experiment.Metric.CONVERSION,
        **values: Any,
    ) -> Arms:
        experiment = Experiment.objects.create(
            organisation=actor.organisation,
            name="Spring",
            metric=metric,
            status=Experiment.Status.RUNNING,
            started_at=timezone.now(),
            links=["https://tea.example/oolong"],
            **values,
        )
        experiment.segments.set(segments)
        texts = sum(1 for channel in channels if channel)
        arms = [
            ExperimentArm.objects.create(
                organisation=actor.organisation,
                experiment=experiment,
                channel=channel,
                label=f"Text {number}" if channel else "Control",
                position=number,
                planned_share=(0.9 if "" in channels else 1.0) / texts if channel else 0.1,
            )
            for number, channel in enumerate(channels)
        ]
        experiment.shares = current_shares(experiment)
        experiment.save()
        return Arms(experiment, arms)

    return make


@pytest.fixture
def new_person(alice_actor: Actor) -> NewPerson:
    def make(number: str, *consents: str, segments: Sequence[Segment] = (), **values: Any) -> Person:
        person = Person.objects.create(
            organisation=alice_actor.organisation,
            external_id=number,
            consents=list(consents),
            **{"email": f"{number}@tea.example", "phone": "13800000000", **values},
        )
        for segment in segments:
            SegmentMembership.objects.create(
                organisation=alice_actor.organisation, segment=segment, person=person
            )
        return person

    return make


@pytest.fixture
def regulars(alice_actor: Actor) -> Segment:
    return Segment.objects.create(organisation=alice_actor.organisation, name="Regulars")


@pytest.fixture
def newcomers(alice_actor: Actor) -> Segment:
    return Segment.objects.create(organisation=alice_actor.organisation, name="Newcomers")
