"""The heartbeat of a worker process: renews the leases of its runs, hears when one is cancelled or has to make way."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import redis.asyncio as redis
from django.conf import settings
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from apps.core.singleton import once_per_process
from apps.jobs import concurrency, lifecycle
from apps.jobs.events import CANCEL_CHANNEL
from llm_backend import event_loop

if TYPE_CHECKING:
    from apps.jobs.runs import JobRun

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 1.0
# A cancel whose message was lost is found in the row after so long.
CANCEL_POLL_SECONDS = 2.0


class Heartbeat:
    """The heartbeat of one process: a thread that renews leases, and a listener on its event loop for cancels."""

    def __init__(self) -> None:
        self._runs: dict[UUID, JobRun] = {}
        # A daemon, as it never ends and must not keep a process that wants to.
        threading.Thread(target=self._renew_forever, name="job-leases", daemon=True).start()
        # The loop itself refers to its tasks weakly: unreferenced, the listener would be collected.
        self._listening = event_loop.submit(self._listen_forever())

    def add(self, run: "JobRun") -> None:
        self._runs[run.job.pk] = run

    def remove(self, run: "JobRun") -> None:
        # This process may have the job anew, as another attempt, while one that lost its lease still ends.
        if self._runs.get(run.job.pk) is run:
            del self._runs[run.job.pk]

    def _renew_forever(self) -> None:
        """Also the slow way to hear of a cancel, for when the message in Redis was lost, and who has to make way."""
        # A quarter of the lease, so three renewals in a row may fail before another worker takes the job.
        pause = min(CANCEL_POLL_SECONDS, settings.JOB_LEASE_SECONDS / 4)
        while True:
            time.sleep(pause)
            # A copy: runs begin and end in other threads meanwhile.
            runs = dict(self._runs)
            if not runs:
                continue
            try:
                self._renew(runs)
            except DatabaseError as error:
                logger.warning("leases not renewed: %s", error)
            finally:
                # It is one of few, and this thread sleeps until the next round.
                connection.close()

    def _renew(self, runs: "dict[UUID, JobRun]") -> None:
        leases = lifecycle.renew_leases({job_id: run.job.attempt for job_id, run in runs.items()})
        for job_id, run in runs.items():
            # The run that was asked about may have ended since: only one that is still here can be lost.
            is_lost = job_id not in leases and self._runs.get(job_id) is run
            if is_lost or leases.get(job_id):
                run.cancel()
        if resumable := [run.job for run in runs.values() if run.may_be_asked_to_make_way]:
            for job_id in concurrency.jobs_to_make_way(resumable):
                runs[job_id].ask_to_make_way()

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                logger.warning("cancel channel lost: %s", error)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        # A connection that only listens never notices by itself that the other end is gone.
        client = redis.Redis.from_url(settings.REDIS_URL, health_check_interval=15)
        async with client, client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CANCEL_CHANNEL)
            async for message in channel.listen():
                run = self._runs.get(UUID(message["data"].decode()))
                if run is not None:
                    run.cancel()


@once_per_process
def heartbeat_of_process() -> Heartbeat:
    return Heartbeat()


@contextmanager
def keep_lease(run: "JobRun") -> Iterator[None]:
    """Keeps the lease while the run works. Inside a caller's transaction nobody else sees the job, so no lease is due."""
    if connection.in_atomic_block:
        yield
        return
    heartbeat = heartbeat_of_process()
    heartbeat.add(run)
    try:
        yield
    finally:
        heartbeat.remove(run)
