"""Runs of an app whose three steps ask a scripted engine, all begun at once: how soon their callers are told where they
are, when the first step begins, and what a run costs the platform's processors.
"""

import asyncio
import time
from typing import Annotated, Any

import aiohttp

from benchmarks import isolated
from benchmarks.isolated import Platform
from benchmarks.load import ENDS, sse_events
from benchmarks.stream import cpu_seconds
from benchmarks.waiting import milliseconds

COMMAND = "bench workbench"
RUNS = "/api/v1/apps/echo/runs/"
ECHO = """\
app: echo
title: Echo
inputs: {text: {type: text}}
steps:
  - {id: one, kind: ask, prompt: "{{ inputs.text }}"}
  - {id: two, kind: ask, prompt: "{{ one.text }}"}
  - {id: three, kind: ask, prompt: "{{ two.text }}"}
outputs: {text: {value: "{{ three.text }}"}}
"""


def run(runs: Annotated[int, "begun at once"] = 60) -> dict[str, Any]:
    """Runs that their callers follow, counted from the request. The first event is what is told of the job: its place in the
    queue, or that its first step begins; the first step is told by the worker that has it.
    """
    engine = ["--first-token-ms", "50", "--gap-ms", "10", "--tokens", "8"]
    with isolated.platform(engine, LLM_MAX_CONCURRENCY="256") as platform:
        shop = isolated.open_shop(platform)
        from apps.workbench import services
        from benchmarks.organisations import owner

        services.publish_app(owner(), services.create_app(owner(), text=ECHO))
        asyncio.run(_run_all(platform, shop.token, 8))
        before = _cpu(platform)
        times = asyncio.run(_run_all(platform, shop.token, runs))
        cpu = _cpu(platform) - before
    first, step, whole = zip(*times, strict=True) if times else ((), (), ())
    parts = {"first_event": first, "first_step": step}
    return {
        "runs": len(times),
        "failed": runs - len(times),
        **{f"{name}_p{n}_ms": milliseconds(part, n) for name, part in parts.items() for n in (50, 95)},
        "run_p95_ms": milliseconds(whole, 95),
        "cpu_ms_a_run": round(1000 * cpu / runs, 1),
    }


def _cpu(platform: Platform) -> float:
    return sum(cpu_seconds(platform.installation.pids()).values())


async def _run_all(platform: Platform, token: str, count: int) -> list[tuple[float, float, float]]:
    """Of those that succeeded, seconds until the first event, until the first step and until the end."""
    async with platform.session(token, connector=aiohttp.TCPConnector(limit=0)) as session:
        found = await asyncio.gather(*(_run_one(session, number) for number in range(count)))
    return [each for each in found if each]


async def _run_one(session: aiohttp.ClientSession, number: int) -> tuple[float, float, float] | None:
    began = time.perf_counter()
    first = step = 0.0
    body = {"inputs": {"text": f"Echo {number}"}, "stream": True}
    async with session.post(RUNS, json=body) as stream:
        async for kind, _value in sse_events(stream):
            passed = time.perf_counter() - began
            # `run` repeats the request.
            if kind != b"run":
                first = first or passed
            if kind == b"stage":
                step = step or passed
            if kind in ENDS:
                return (first, step, passed) if kind == b"done" else None
    return None
