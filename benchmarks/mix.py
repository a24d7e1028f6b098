"""All desks at once: visitors and agents, clinicians, translators, log shippers, marketers, managers on every page.

A whole installation with the scripted engine, and people who work through the REST API and the pages at the pace of
people (see `mix_people`). `errors` are answers that should not have been (5xx, and 4xx other than conflicts and “too many
requests”) and jobs that failed; `stuck` are jobs that do not end within three minutes after everybody went home.
`memory_growth_pct` compares what our processes (web, workers, schedules) hold themselves in the last fifth of the time
with the first fifth after the warm-up: medians of looks every two seconds. `p95_ms` by route.

An own client rather than locust: answers are event streams, people wait for their jobs, and gevent would replace the
sockets of the process that looks into the database.
"""

import asyncio
import random
import statistics
import sys
import time
from contextlib import suppress
from typing import Annotated, Any

import psutil

from benchmarks import isolated
from benchmarks.isolated import Platform
from benchmarks.load import Client, unlimited_session
from benchmarks.mix_people import PEOPLE
from benchmarks.waiting import percentile

COMMAND = "bench mix"
ENGINE = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "40"]
RAMP_SECONDS, LOOK_SECONDS = 10.0, 2.0
# Of somebody else's making, with buffers that are meant to fill: PostgreSQL and Redis have limits of their own.
SERVERS = ("postgres", "redis", "valkey")


def run(
    seconds: float = 600,
    warm_up: Annotated[float, "seconds before memory is compared"] = 90,
    people: Annotated[float, "times as many as two cores are made for"] = 1.0,
    seed: int = 1,
) -> dict[str, Any]:
    with isolated.platform(ENGINE, LLM_MAX_CONCURRENCY="64") as platform:
        shop = isolated.open_shop(platform)
        from benchmarks.mix_house import make_house, settle

        house, cookie = make_house(shop)
        chance = random.Random(seed)
        workers = [
            (person, pause, random.Random(chance.random()))
            for person, count, *pause in PEOPLE
            for _ in range(max(1, round(count * people)))
        ]
        client, megabytes = asyncio.run(_work(platform, house, workers, (shop.token, cookie), seconds))
        for error in client.errors:
            sys.stderr.write(f"{error}\n")
        figures = settle()
        errors, by_route = client.counts.pop("errors", 0), sorted(client.milliseconds.items())
        requests = sum(len(times) for _route, times in by_route)
        return {
            "errors": errors + figures.pop("failed_jobs"),
            **figures,
            "memory_growth_pct": _growth_pct(megabytes, warm_up / seconds),
            "memory_mb": round(megabytes[-1]),
            "requests": requests,
            "requests_per_second": round(requests / seconds, 1),
            **client.counts,
            "p95_ms": {route: round(percentile(times, 95), 1) for route, times in by_route},
        }


async def _work(
    platform: Platform, house: Any, workers: list[Any], keys: tuple[str, str], seconds: float
) -> tuple[Client, list[float]]:
    """`workers`: people with their pause and their chance. `keys`: an API key and the session of a browser."""
    megabytes = list[float]()
    async with unlimited_session(60) as session:
        client = Client(session, platform.url, *keys, time.monotonic() + seconds)

        async def work(person: Any, pause: list[float], chance: random.Random) -> None:
            await asyncio.sleep(chance.uniform(0, RAMP_SECONDS))
            while client.is_open:
                await person(client, house, chance)
                await asyncio.sleep(chance.uniform(*pause))

        async def look() -> None:
            while client.is_open:
                megabytes.append(await asyncio.to_thread(_own_megabytes, platform))
                await asyncio.sleep(LOOK_SECONDS)

        await asyncio.gather(look(), *(work(*each) for each in workers))
    return client, megabytes


def _own_megabytes(platform: Platform) -> float:
    """What would be free if our processes ended: shared pages count for nobody."""
    total = 0
    for pid in platform.installation.pids().values():
        with suppress(psutil.NoSuchProcess):
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            own = [each for each in family if not each.name().startswith(SERVERS)]
            total += sum(each.memory_full_info().uss for each in own)
    return total / 2**20


def _growth_pct(megabytes: list[float], warm_up_share: float) -> float:
    looks = megabytes[int(len(megabytes) * warm_up_share) :]
    fifth = max(1, len(looks) // 5)
    before, after = statistics.median(looks[:fifth]), statistics.median(looks[-fifth:])
    return round(100 * (after / before - 1), 1)
