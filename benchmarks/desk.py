"""A busy customer service desk: visitors in bursts, the bot, people who take over at random, inboxes that watch.

Everything happens through the real API and pages. What went wrong is judged from the stored rows afterwards.
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from benchmarks import isolated
from benchmarks.desk_people import Desk, Watcher, agent, visitor
from benchmarks.isolated import Platform, Shop
from benchmarks.load import Client, unlimited_session

COMMAND = "bench desk"
ENGINE = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "40"]
WARM_UP_SECONDS = 5


def run(
    conversations: Annotated[int, "in parallel"] = 200,
    seconds: Annotated[float, "how long people write"] = 60,
    pause: Annotated[float, "seconds between a visitor's bursts, on average"] = 15,
    agents: Annotated[int, "members of staff who take over and reply"] = 8,
    watchers: Annotated[int, "open inboxes"] = 3,
    seed: int = 1,
) -> dict[str, Any]:
    with isolated.platform(ENGINE, LLM_MAX_CONCURRENCY="256") as platform:
        shop = isolated.open_shop(platform)
        from benchmarks import desk_verdict
        from benchmarks.shop import make_staff

        keys, sessions = zip(*make_staff(agents + watchers), strict=True)
        start = time.monotonic()
        crew = Crew(conversations, keys[:agents], sessions[agents:], random.Random(seed))
        desk, inboxes = asyncio.run(_play(platform, shop, crew, pause, seconds))
        seconds_to_settle = desk_verdict.wait_until_settled()
        sys.stderr.write(f"settled after {seconds_to_settle:.1f} s\n")
        return {
            **desk_verdict.figures(desk),
            **desk_verdict.inbox_figures(inboxes, since=desk.measured_from),
            "errors": desk.client.counts["errors"] + desk.client.counts["told to wait"],
            "error": next(iter(desk.client.errors), ""),
            "seconds": round(time.monotonic() - start, 1),
        }


@dataclass(frozen=True)
class Crew:
    """`agents`: a key of each; `watchers`: the session of a browser."""

    visitors: int
    agents: Sequence[str]
    watchers: Sequence[str]
    chance: random.Random


async def _play(
    platform: Platform, shop: Shop, crew: Crew, pause: float, seconds: float
) -> tuple[Desk, list[Watcher]]:
    """Until everybody has stopped writing and the inboxes have had the time to show the last of it."""
    from benchmarks import desk_verdict

    chance = crew.chance
    async with unlimited_session(60) as session:
        client = Client(session, platform.url, shop.token, cookie="", ends_at=0.0)
        desk = Desk(client, shop.channel_id, pause)
        watchers = [Watcher(session, platform.url, cookie) for cookie in crew.watchers]
        watching = [asyncio.ensure_future(watcher.stay_open()) for watcher in watchers]
        await asyncio.gather(*(watcher.is_listening.wait() for watcher in watchers))
        client.ends_at = time.monotonic() + WARM_UP_SECONDS + seconds
        desk.measured_from = time.time() + WARM_UP_SECONDS
        await asyncio.gather(
            *(visitor(desk, random.Random(chance.random())) for _ in range(crew.visitors)),
            *(agent(desk, token, random.Random(chance.random())) for token in crew.agents),
        )
        await asyncio.to_thread(desk_verdict.wait_until_settled)
        await asyncio.sleep(1)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        return desk, watchers
