"""Tells an open page that jobs it shows have moved, so that it looks again at once and never asks in between.

The page's element names those that are under way (`data-jobs`, by the filter `jobs_under_way`) and fetches itself on
`moved`; static/jobs/job_moves.js follows them all by one stream.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import orjson

from apps.jobs import event_hub
from apps.jobs.event_hub import Entry, Subscriber
from apps.jobs.event_stream import JobSubscriber
from apps.jobs.events import END
from apps.jobs.live_feed import LIFETIME_SECONDS
from apps.jobs.models import Job

# Of a long list the first are followed: with each that ends the page looks again, and follows others.
MAX_FOLLOWED = 50
# A job that counts its progress moves many times a second; whoever reads a list does not.
PAUSE_SECONDS = 1.0
# In this process, of one member: each may be of MAX_FOLLOWED jobs.
MAX_STREAMS = 20
DONE = b"event: done\ndata: {}\n\n"
MOVES = frozenset({b"stage", b"progress", b"restart"})


class MoveSubscriber(JobSubscriber):
    """Hears from now on that a job moved, and nothing of what it says."""

    def __init__(self, job: Job) -> None:
        super().__init__(job, (job.attempt, 0))
        self.start = None
        self._moved = b"event: moved\ndata: %b\n\n" % orjson.dumps({"job": str(job.pk)})

    def begin(self, entries: list[Entry]) -> None:
        # Not the job's own: that tells its end by its result.
        Subscriber.begin(self, entries)
        if self._job.is_terminal:
            self.end(b"")

    def receive(self, event_id: bytes, fields: dict[bytes, bytes]) -> None:
        self._is_over = self._is_over or int(event_id.split(b"-")[1]) == END
        if self._is_over or fields[b"t"] in MOVES:
            self.push(self._moved, b"moved")

    def end(self, terminal_frame: bytes) -> None:
        super().end(self._moved)


async def job_moves(jobs: Sequence[Job]) -> AsyncGenerator[bytes]:
    """Server-sent events `moved`, each with the job's id, at most one a second of each job; `done` when all are over.

    Ends earlier after LIFETIME_SECONDS: whoever lost a permission is found out when the page comes again.
    """
    heard: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def listen(job: Job) -> None:
        try:
            async with aclosing(event_hub.hub().frames(MoveSubscriber(job))) as stream:
                async for frames in stream:
                    heard.put_nowait(frames)
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            heard.put_nowait(None)

    tasks = [asyncio.ensure_future(listen(job)) for job in jobs]
    still_open, ends_at = len(tasks), time.monotonic() + LIFETIME_SECONDS
    try:
        while still_open:
            if frames := await asyncio.wait_for(heard.get(), ends_at - time.monotonic()):
                yield frames
            else:
                still_open -= 1
        # What broke one of them is no end like the others.
        await asyncio.gather(*tasks)
        yield DONE
    except TimeoutError:
        return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
