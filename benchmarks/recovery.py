"""Kills the worker and the web process, wipes Redis, restarts PostgreSQL and fills the disk while answers are written; then
damages batches of logs and kills who reads them (`recovery_logs`), and kills who runs apps (`recovery_apps`).
"""

import asyncio
import errno
import itertools
import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import aiohttp
import redis

from benchmarks import isolated, load
from benchmarks.isolated import Platform, Shop
from benchmarks.waiting import wait_until
from stack.ports import free_port

COMMAND = "bench recovery"
RUNNING = 8
WAITING = 30
PAUSE_SECONDS = 3
PATIENCE_SECONDS = 180
BALLAST_BYTES = 1024 * 1024
REFUSALS = (aiohttp.ClientError, TimeoutError, load.RequestRefused)
Blow = Callable[[Platform, Shop, float], list[str]]


def run(
    pause: Annotated[float, "seconds between two blows"] = PAUSE_SECONDS,
    only: Annotated[Literal["apps"] | None, "measure one part"] = None,
) -> dict[str, Any]:
    """Three waves of questions: processes and Redis, PostgreSQL, the disk; logs; apps with a step of each kind. Filling a
    disk takes root to mount one.
    """
    engine = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "128"]
    mail_port = free_port()
    limits = dict.fromkeys(("INTERACTIVE_THREADS", "LLM_MAX_CONCURRENCY"), str(RUNNING))
    limits["EMAIL_URL"] = f"smtp://127.0.0.1:{mail_port}"
    may_mount = os.geteuid() == 0
    blows: list[Blow] = [_kill_and_wipe, _restart_postgresql, *([_fill_disk] if may_mount else [])]
    jobs: list[str] = []
    with isolated.platform(engine, may_mount, **limits) as platform:
        shop = isolated.open_shop(platform)
        # They need the settings of the platform, which are known from here on.
        from apps.jobs.models import Job
        from benchmarks import recovery_apps, recovery_logs

        if only == "apps":
            return recovery_apps.measure(platform, mail_port)
        start = time.monotonic()
        running = Job.objects.filter(state=Job.State.RUNNING, queue="interactive")
        for strike in blows:
            jobs += asyncio.run(_ask(platform, shop, RUNNING + WAITING))
            enough = f"{RUNNING} jobs run at once"
            wait_until(enough, lambda: running.count() >= RUNNING, seconds=60, pause=0.05)
            jobs += strike(platform, shop, pause)
            active = Job.objects.filter(pk__in=jobs).active()
            # What does not come to its end is told as stuck.
            with suppress(TimeoutError):
                wait_until("all have ended", lambda: not active.exists(), seconds=PATIENCE_SECONDS)  # noqa: B023
        outcome = _outcome(jobs) | {"settled_s": round(time.monotonic() - start, 1)}
        outcome |= recovery_logs.measure(platform, shop)
        outcome |= recovery_apps.measure(platform, mail_port)
    return outcome | {"disk": "filled" if may_mount else "not filled: mounting a small one takes root"}


async def _ask(
    platform: Platform, shop: Shop, count: int, *failures: type[Exception], seconds: float = 300
) -> list[str]:
    """One conversation per job. `failures`: what may be answered instead, and is forgotten."""
    jobs, timeout = list[str](), aiohttp.ClientTimeout(total=seconds)
    async with platform.session(shop.token, timeout=timeout) as session:
        for _number, question in zip(range(count), itertools.cycle(load.QUESTIONS), strict=False):
            with suppress(*failures):
                jobs.append(await load.ask_question(session, shop.channel_id, question))
    return jobs


def _kill_and_wipe(platform: Platform, shop: Shop, pause: float) -> list[str]:
    platform.installation.kill("worker-interactive")
    time.sleep(pause)
    platform.installation.kill("web")
    time.sleep(pause)
    redis.Redis.from_url(platform.installation.environment()["REDIS_URL"]).flushall()
    platform.installation.wait_healthy()
    return []


def _restart_postgresql(platform: Platform, shop: Shop, pause: float) -> list[str]:
    platform.installation.supervisor.stop_program("postgresql")
    time.sleep(pause)
    platform.installation.supervisor.ensure_started("postgresql")
    _wait_for_the_database(platform)
    return []


def _fill_disk(platform: Platform, shop: Shop, pause: float) -> list[str]:
    """To the last byte, for as long as two pauses. PostgreSQL may end meanwhile; it comes back with the room."""
    ballast = platform.installation.layout.state / "ballast"
    accepted_jobs: list[str] = []
    try:
        deadline = time.monotonic() + 2 * pause
        fill_disk(ballast)
        while time.monotonic() < deadline:
            # What was acknowledged although the disk is full has to be answered.
            accepted_jobs += asyncio.run(_ask(platform, shop, RUNNING, *REFUSALS, seconds=5))
            fill_disk(ballast)
    finally:
        ballast.unlink()
    _wait_for_the_database(platform)
    return accepted_jobs


def fill_disk(ballast: Path) -> None:
    size = BALLAST_BYTES
    with ballast.open("ab", buffering=0) as file:
        while size:
            try:
                file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2


def _wait_for_the_database(platform: Platform) -> None:
    from django.db import connection

    platform.installation.wait_healthy()
    # Connections of before lead nowhere.
    connection.close()
    cast(Any, connection).close_pool()


def _outcome(job_ids: list[str]) -> dict[str, Any]:
    """Counts answers: one per succeeded job, none for another."""
    from apps.customer_service.conversations.models import Message
    from apps.jobs.models import Job

    jobs = Job.objects.filter(pk__in=job_ids)
    states = Counter(jobs.values_list("state", flat=True))
    written = Message.objects.filter(job_id__in=job_ids, author=Message.Author.BOT)
    answers = Counter(written.values_list("job", flat=True))
    successes = set(jobs.filter(state=Job.State.SUCCEEDED).values_list("pk", flat=True))
    return {
        "jobs": len(job_ids),
        "succeeded": states[Job.State.SUCCEEDED],
        "ended_with_error": jobs.filter(state=Job.State.FAILED).exclude(error_message="").count(),
        "stuck": jobs.active().count(),
        "doubled": sum(count > 1 for count in answers.values()) + len(set(answers) - successes),
        "lost": len(job_ids) - sum(states.values()) + len(successes - set(answers)),
        "attempts_max": max(jobs.values_list("attempt", flat=True)),
    }
