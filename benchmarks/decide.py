"""Events a second from the HTTP intake to counts, and how old the shares are that people are split by.

A whole installation: web process, workers, PostgreSQL, Redis; the sender shares the machine with them. First as many events
are sent as are taken, for `--seconds`; `events_per_second` counts until the last of them is in the counts. Then `--rate` a
second come in small batches: `posterior_lag_s` is the time from a batch's 202 to shares that include it (p95). At the end
every event that was acknowledged was counted once (`lost`, `twice`).

`recommendations_per_second`: before that, people for whom is decided who gets which text, a hundred in a request, half of
them known with consents and segments; each is drawn, stored as an exposure and counted before the answer.
"""

import asyncio
import time
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Annotated, Any

import aiohttp

from benchmarks import isolated, load
from benchmarks.isolated import Platform
from benchmarks.waiting import percentile, wait_until

COMMAND = "bench decide"

FLOOD_BATCH, FLOOD_SENDERS, STEADY_BATCH, STEADY_SENDERS = 1_000, 3, 100, 4
PATIENCE_SECONDS = 120
SECONDS_BETWEEN_LOOKS = 0.02


def run(
    seconds: float = 30,
    rate: Annotated[float, "events a second while shares are looked at"] = 2_000,
) -> dict[str, Any]:
    with isolated.platform([]) as platform:
        platform.set_up_application()
        from benchmarks.decide_experiment import DecideExperiment, store_people

        experiment = DecideExperiment.make()
        store_people(experiment)
        return asyncio.run(all_figures(platform, experiment, seconds, rate))


@dataclass
class Sender:
    """Sends events and knows how many were acknowledged. `sent_at`: those until then, and when the last got its 202."""

    session: aiohttp.ClientSession
    experiment: Any
    acknowledged: int = 0
    refused: int = 0
    sent_at: list[tuple[int, float]] = field(default_factory=list)

    async def send(self, count: int) -> None:
        body = {"events": self.experiment.next_events(count)}
        refused, _seconds = await load.send_until_taken(self.session, "/api/v1/marketing/events/", json=body)
        self.refused += refused
        self.acknowledged += count
        self.sent_at.append((self.acknowledged, time.time()))


async def all_figures(platform: Platform, experiment: Any, seconds: float, rate: float) -> dict[str, Any]:
    from benchmarks.decide_experiment import decision_figures

    async with platform.session(experiment.token) as session:
        figures = await decision_figures(session, experiment, seconds)
        sender = Sender(session, experiment)
        # What the first batch pays for once is not what this measures.
        await sender.send(FLOOD_BATCH)
        await _wait_until_counted(experiment, sender)
        figures |= await _flood(sender, experiment, seconds)
        print(figures, flush=True)
        figures |= await _lags(sender, experiment, seconds, rate)
        await _wait_until_counted(experiment, sender)
        figures |= await asyncio.to_thread(experiment.compare, sender.acknowledged)
        return figures


async def _flood(sender: Sender, experiment: Any, seconds: float) -> dict[str, Any]:
    """As much as is taken; the seconds until all of it was counted."""
    started, before = time.monotonic(), sender.acknowledged
    await load.again_and_again(partial(sender.send, FLOOD_BATCH), senders=FLOOD_SENDERS, seconds=seconds)
    await _wait_until_counted(experiment, sender)
    events = sender.acknowledged - before
    a_second = round(events / (time.monotonic() - started))
    return {"events_per_second": a_second, "events": events, "told_to_wait": sender.refused}


async def _lags(sender: Sender, experiment: Any, seconds: float, rate: float) -> dict[str, Any]:
    """A steady stream beside which shares are looked at again and again."""
    sender.sent_at.clear()
    started, looks, is_over = time.monotonic(), [], asyncio.Event()
    distance = STEADY_SENDERS * STEADY_BATCH / rate

    async def send_steadily(place: int) -> None:
        for number in count():
            if time.monotonic() > started + seconds:
                return
            due = started + (number + place / STEADY_SENDERS) * distance
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await sender.send(STEADY_BATCH)

    async def look() -> None:
        while not is_over.is_set():
            looks.append(await asyncio.to_thread(experiment.look))
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    looking = asyncio.create_task(look())
    await asyncio.gather(*(send_steadily(place) for place in range(STEADY_SENDERS)))
    sent_seconds = time.monotonic() - started
    # The last batches: until shares include them.
    await _wait_until_counted(experiment, sender)
    await asyncio.sleep(1.0)
    is_over.set()
    await looking
    lags = [lag for lag in (_lag(looks, *each) for each in sender.sent_at) if lag is not None]
    if not lags:
        raise SystemExit("No batch was found in the shares.")
    return {
        "posterior_lag_s": round(percentile(lags, 95), 2),
        "posterior_lag_p50_s": round(percentile(lags, 50), 2),
        "offered_per_second": round(len(sender.sent_at) * STEADY_BATCH / sent_seconds),
        "lags": len(lags),
    }


def _lag(looks: list[tuple[float, int, float]], acknowledged: int, sent_at: float) -> float | None:
    """Until the first look that finds the batch counted, and shares that were computed since the look before it.

    A look is when it ended, how many events had been counted, and when the shares were computed from what was counted.
    """
    before = sent_at
    for place, (at, counted, _computed_at) in enumerate(looks):
        if counted >= acknowledged:
            fresh = next((look for look in looks[place:] if look[2] > before), None)
            return max(0.0, fresh[0] - sent_at) if fresh else None
        before = at
    return None


async def _wait_until_counted(experiment: Any, sender: Sender) -> None:
    def is_counted() -> bool:
        return bool(experiment.look()[1] >= sender.acknowledged)

    await asyncio.to_thread(
        wait_until, "all is counted", is_counted, seconds=PATIENCE_SECONDS, pause=SECONDS_BETWEEN_LOOKS
    )
