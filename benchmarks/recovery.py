"""Kills a worker and the web process and wipes Redis while answers are being written and others wait."""

import argparse
import asyncio
import time
from collections import Counter
from typing import Any

import aiohttp
import redis

from benchmarks import isolated, load
from benchmarks.isolated import Platform, Shop

RUNNING = 8
QUEUED = 30
PAUSE_SECONDS = 3
PATIENCE_SECONDS = 90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pause", type=float, default=PAUSE_SECONDS, help="seconds between two blows")


def run(options: argparse.Namespace) -> dict[str, Any]:
    engine = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "128"]
    limits = {"INTERACTIVE_THREADS": str(RUNNING), "LLM_MAX_CONCURRENCY": str(RUNNING)}
    with isolated.platform(engine, **limits) as platform:
        shop = isolated.open_shop(platform)
        jobs = asyncio.run(_ask(platform, shop))
        _wait_until_running()
        _strike(platform, options.pause)
        return _settled(jobs)


async def _ask(platform: Platform, shop: Shop) -> list[str]:
    """One conversation per job."""
    headers = {"Authorization": f"Bearer {shop.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        return [await _ask_one(session, platform, shop, number) for number in range(RUNNING + QUEUED)]


async def _ask_one(session: aiohttp.ClientSession, platform: Platform, shop: Shop, number: int) -> str:
    body = {"channel": shop.channel_id, "message": load.QUESTIONS[number % len(load.QUESTIONS)]}
    async with session.post(f"{platform.url}/api/v1/conversations/", json=body) as answer:
        return str((await answer.json())["job"]["id"])


def _wait_until_running() -> None:
    from apps.jobs.models import Job

    deadline = time.monotonic() + 30
    while Job.objects.filter(state=Job.State.RUNNING, queue="interactive").count() < RUNNING:
        if time.monotonic() > deadline:
            raise RuntimeError(f"never saw {RUNNING} jobs running at once")
        time.sleep(0.05)


def _strike(platform: Platform, pause: float) -> None:
    platform.installation.kill("worker-interactive")
    time.sleep(pause)
    platform.installation.kill("web")
    time.sleep(pause)
    redis.Redis.from_url(platform.installation.environment()["REDIS_URL"]).flushall()


def _settled(job_ids: list[str]) -> dict[str, Any]:
    """Waits for every job's end, then counts answers: one per succeeded job, none for another."""
    from apps.customer_service.models import Turn
    from apps.jobs.models import Job

    started = time.monotonic()
    jobs = Job.objects.filter(pk__in=job_ids)
    while (left := jobs.active().count()) and time.monotonic() - started < PATIENCE_SECONDS:
        time.sleep(0.2)
    seconds = time.monotonic() - started
    states = Counter(jobs.values_list("state", flat=True))
    answers = Counter(
        Turn.objects.filter(job_id__in=job_ids, author=Turn.Author.BOT).values_list("job", flat=True)
    )
    succeeded = set(jobs.filter(state=Job.State.SUCCEEDED).values_list("pk", flat=True))
    return {
        "jobs": len(job_ids),
        "succeeded": states[Job.State.SUCCEEDED],
        "ended_with_error": jobs.filter(state=Job.State.FAILED).exclude(error_message="").count(),
        "stuck": left,
        "doubled": sum(count > 1 for count in answers.values()) + len(set(answers) - succeeded),
        "lost": len(job_ids) - sum(states.values()) + len(succeeded - set(answers)),
        "attempts_max": max(jobs.values_list("attempt", flat=True)),
        "settled_s": round(seconds, 1),
    }
