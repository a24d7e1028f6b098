"""Streams conversations from a scripted engine to many clients, directly and through the whole platform.

Both sides run in the same call, on the same machine, with the same client and the same engine.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import aiohttp
import psutil

from benchmarks import isolated, load
from benchmarks.isolated import Platform, Shop
from benchmarks.load import Conversation
from benchmarks.waiting import milliseconds, percentile

COMMAND = "bench stream"
FIRST_TOKEN_MS = 200
GAP_MS = 25
TOKENS = 128
CANCELS = 40
IDLE_STREAMS = 500


def run(
    parallel: Sequence[int] = (1, 16, 64, 200),
    seconds: Annotated[float, "measured time of each side at each level"] = 20,
    only: Annotated[Literal["conversations", "cancel", "idle"] | None, "measure one part"] = None,
) -> dict[str, Any]:
    engine = ["--first-token-ms", str(FIRST_TOKEN_MS), "--gap-ms", str(GAP_MS), "--tokens", str(TOKENS)]
    figures: dict[str, Any] = {}
    with isolated.platform(engine, LLM_MAX_CONCURRENCY="256") as platform:
        shop = isolated.open_shop(platform)
        asyncio.run(_warm_up(platform, shop))
        for level in parallel if only in (None, "conversations") else ():
            figures |= asyncio.run(_compare(platform, shop, level, seconds))
        if only in (None, "cancel"):
            figures |= asyncio.run(_cancel(platform, shop))
        if only in (None, "idle"):
            figures |= asyncio.run(_idle(platform, shop))
    return figures


async def _warm_up(platform: Platform, shop: Shop) -> None:
    ask = load.through_platform(platform.url, shop.token, shop.channel_id)
    conversations = await load.closed_loop(ask, parallel=8, tokens=TOKENS, seconds=4, ramp=4)
    if errors := [each.error for each in conversations if each.error]:
        raise RuntimeError(f"the platform does not answer: {errors[0]}")


async def _compare(platform: Platform, shop: Shop, parallel: int, seconds: float) -> dict[str, Any]:
    one = (FIRST_TOKEN_MS + GAP_MS * TOKENS) / 1000
    ask_all = partial(load.closed_loop, parallel=parallel, tokens=TOKENS, seconds=seconds, ramp=one)
    people = {"client and engine": os.getpid()}
    straight, direct_ms = await _with_cpu(ask_all(load.direct(platform.engine_url)), people, one, seconds)
    ask = load.through_platform(platform.url, shop.token, shop.channel_id)
    through, platform_ms = await _with_cpu(ask_all(ask), platform.installation.pids(), one, seconds)
    figures_of_level = _figures(straight, through, seconds)
    figures_of_level["direct_cpu_ms"] = round(sum(direct_ms.values()), 1)
    figures_of_level["platform_cpu_ms"] = round(sum(platform_ms.values()), 1)
    figures_of_level["platform_cpu_ms_by_process"] = platform_ms
    figures = {f"{name}_{parallel}": value for name, value in figures_of_level.items()}
    sys.stderr.write(f"{parallel}: {figures}\n")
    return figures


async def _with_cpu(
    load: Awaitable[list[Conversation]], roots: dict[str, int], ramp: float, seconds: float
) -> tuple[list[Conversation], dict[str, float]]:
    """What the load gave, and milliseconds of processor time per conversation that ended in its measured time."""

    asked = asyncio.ensure_future(load)
    await asyncio.sleep(ramp)
    before = cpu_seconds(roots)
    await asyncio.sleep(seconds)
    after, conversations = cpu_seconds(roots), await asked
    a_conversation = 1000 / max(1, len(conversations))
    return conversations, {name: round((after[name] - before[name]) * a_conversation, 1) for name in roots}


def cpu_seconds(roots: dict[str, int]) -> dict[str, float]:
    """Of each process with its children, those that ended included; the platform's are not the client's."""
    others = {pid for pid in roots.values() if pid != os.getpid()}
    seconds = {}
    for name, pid in roots.items():
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=pid in others)]
        times = [each.cpu_times() for each in tree if "supervisord" not in " ".join(each.cmdline())]
        seconds[name] = sum(sum(each[:4]) for each in times)
    return seconds


def _figures(straight: list[Conversation], through: list[Conversation], seconds: float) -> dict[str, Any]:
    good = [each for each in through if not each.error and each.arrivals]
    sides = (straight, good)
    first, first_good = ([each.first_token_seconds for each in side] for side in sides)
    gaps, gaps_good = ([gap for each in side for gap in each.gaps] for side in sides)
    return {
        "direct_per_second": round(len(straight) / seconds, 3),
        "platform_per_second": round(len(good) / seconds, 3),
        "ratio": round(len(good) / len(straight), 3) if straight else None,
        "added_ttft_p50_ms": _added_ms(first, first_good, 50),
        "added_ttft_p99_ms": _added_ms(first, first_good, 99),
        "added_gap_p99_ms": _added_ms(gaps, gaps_good, 99),
        "lost": sum(each.lost for each in good),
        "doubled": sum(each.doubled for each in good),
        "disordered": sum(each.disordered for each in good),
        "errors": len(through) - len(good),
    }


def _added_ms(straight: list[float], through: list[float], percent: int) -> float:
    return round((percentile(through, percent) - percentile(straight, percent)) * 1000, 1)


async def _cancel(platform: Platform, shop: Shop) -> dict[str, Any]:
    """From the cancel request until the engine sees its connection closed."""
    async with platform.session(shop.token) as session:
        await session.post(f"{platform.engine_url}/reset")
        delays = [await _cancel_one(session, platform, shop, number) for number in range(CANCELS)]
    return {"cancel_p50_ms": milliseconds(delays, 50), "cancel_p95_ms": milliseconds(delays, 95)}


async def _cancel_one(session: aiohttp.ClientSession, platform: Platform, shop: Shop, number: int) -> float:
    question = f"{load.QUESTIONS[number % len(load.QUESTIONS)]} {number}"
    job = await load.ask_question(session, shop.channel_id, question)
    async with session.get(f"/api/v1/jobs/{job}/events/") as events:
        async for kind, _value in load.sse_events(events):
            if kind == b"delta":
                break
        asked_at = time.time()
        await (await session.post(f"/api/v1/jobs/{job}/cancel/")).read()
    deadline = asked_at + 5
    while time.time() < deadline:
        async with session.get(f"{platform.engine_url}/record") as record:
            request = [each for each in (await record.json())["requests"] if each["path"] == "chat"][-1]
        if request["ended_at"]:
            return max(0.0, float(request["ended_at"]) - asked_at)
        await asyncio.sleep(0.01)
    return 5.0


async def _idle(platform: Platform, shop: Shop) -> dict[str, Any]:
    """Memory of the web process while 500 people watch jobs that do not move."""
    from benchmarks.shop import idle_jobs

    web = psutil.Process(platform.installation.pids()["web"])
    before = web.memory_info().rss
    jobs = await asyncio.to_thread(idle_jobs, IDLE_STREAMS)
    async with platform.session(shop.token, connector=aiohttp.TCPConnector(limit=0)) as session:
        streams = [await session.get(f"/api/v1/jobs/{job}/events/") for job in jobs]
        await asyncio.gather(*(stream.content.readline() for stream in streams))
        await asyncio.sleep(3)
        memory = web.memory_info().rss
        for stream in streams:
            stream.close()
    return {"idle_500_mb": round(memory / 2**20, 1), "idle_0_mb": round(before / 2**20, 1)}
