"""A busy customer service desk: visitors in bursts, the bot, people who take over at random, inboxes that watch.

Everything happens through the real API and pages. What went wrong is judged from the stored rows afterwards.
"""

import argparse
import asyncio
import random
import sys
import time
from typing import Any

import aiohttp

from benchmarks import desk_verdict, isolated
from benchmarks.desk_people import Desk, agent, visitor
from benchmarks.desk_watch import Watcher
from benchmarks.isolated import Platform, Shop

COMMAND = "bench desk"
ENGINE = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "40"]
WARM_UP_SECONDS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--conversations", type=int, default=200, help="in parallel")
    parser.add_argument("--seconds", type=float, default=60, help="how long people write")
    parser.add_argument(
        "--pause", type=float, default=15, help="seconds between a visitor's bursts, on average"
    )
    parser.add_argument("--agents", type=int, default=8, help="members of staff who take over and reply")
    parser.add_argument("--watchers", type=int, default=3, help="open inboxes")
    parser.add_argument("--seed", type=int, default=1)


def run(options: argparse.Namespace) -> dict[str, Any]:
    with isolated.platform(ENGINE, LLM_MAX_CONCURRENCY="256") as platform:
        shop = isolated.open_shop(platform)
        from benchmarks.shop import make_staff

        staff = make_staff(options.agents + options.watchers)
        start = time.monotonic()
        desk, watchers = asyncio.run(_play(platform, shop, staff, options))
        seconds_to_settle = desk_verdict.wait_until_settled()
        sys.stderr.write(f"settled after {seconds_to_settle:.1f} s\n")
        return {
            **desk_verdict.figures(desk),
            **desk_verdict.inbox_figures(watchers, since=desk.measured_from),
            "errors": len(desk.errors),
            "error": desk.errors[0] if desk.errors else "",
            "seconds": round(time.monotonic() - start, 1),
        }


async def _play(
    platform: Platform, shop: Shop, staff: list[tuple[str, str]], options: argparse.Namespace
) -> tuple[Desk, list[Watcher]]:
    """Until everybody has stopped writing and the inboxes have had the time to show the last of it."""
    chance = random.Random(options.seed)
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=60, sock_connect=30)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        desk = Desk(session, platform.url, shop.channel_id, shop.token, pause=options.pause)
        watchers = [Watcher(session, platform.url, cookie) for _, cookie in staff[options.agents :]]
        watching = [asyncio.ensure_future(watcher.watch()) for watcher in watchers]
        await asyncio.gather(*(watcher.is_listening.wait() for watcher in watchers))
        desk.ends_at = time.monotonic() + WARM_UP_SECONDS + options.seconds
        desk.measured_from = time.time() + WARM_UP_SECONDS
        await asyncio.gather(
            *(visitor(desk, random.Random(chance.random())) for _ in range(options.conversations)),
            *(agent(desk, token, random.Random(chance.random())) for token, _ in staff[: options.agents]),
        )
        await asyncio.to_thread(desk_verdict.wait_until_settled)
        await asyncio.sleep(1)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        return desk, watchers
