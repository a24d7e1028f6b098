"""Decisions a second through HTTP: who gets which text, a hundred people at a time. Every second one is known."""

import time
from itertools import count
from typing import Any

import aiohttp

from benchmarks import load
from benchmarks.decide_experiment import DecideExperiment
from benchmarks.waiting import milliseconds

BATCH, SENDERS = 100, 4
# Known people, each asked for again with another request key once all were.
PEOPLE, STORED_AT_ONCE = 10_000, 1_000


def store_people(experiment: DecideExperiment) -> None:
    """They agreed to the channel of the experiment's texts, and each third one is in a segment."""
    from apps.marketing.profiles.models import Person
    from apps.marketing.profiles.person_values import PersonValues
    from apps.marketing.profiles.upserts import store_people as store
    from apps.marketing.segments.models import SegmentMembership

    organisation = experiment.experiment.organisation
    for first in range(0, PEOPLE, STORED_AT_ONCE):
        numbers = range(first, first + STORED_AT_ONCE)
        store(
            organisation, [PersonValues(f"known-{number}", consents=("weibo", "email")) for number in numbers]
        )
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
    batches, times, decided = count(), list[float](), list[int]()

    async def ask() -> None:
        number = next(batches)
        first = number * BATCH // 2
        known = [f"known-{(first + place) % PEOPLE}" for place in range(BATCH // 2)]
        strangers = [f"new-{first + place}" for place in range(BATCH // 2)]
        body = {"subjects": [*known, *strangers], "request_key": str(first // PEOPLE)}
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
