"""A job's events as a client follows them: whole, from any point, to the job's end.

The current attempt's text is replayed from its stream and then live; a gap is seen by its numbers and told. A job
whose stream stays silent is looked up in PostgreSQL now and then, all of them in one query: that is how followers
learn the end of a job when Redis was wiped. Members who follow a job that waits for a worker are told how many of their
organisation's come before it: as the stream opens, and again at those looks.
"""

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection
from django.http import HttpRequest, StreamingHttpResponse

from apps.accounts.actors import Actor
from apps.accounts.authentication import actor_today
from apps.core.errors import NotFound, PermissionDenied
from apps.jobs import event_hub
from apps.jobs.event_hub import Entry, Subscriber
from apps.jobs.events import END, Position, event_frame, frame, stream_key, terminal_event, unsealed_entries
from apps.jobs.models import Job

logger = logging.getLogger(__name__)

# Silence proves nothing, so all it leads to is one query for all who are silent.
SILENT_SECONDS = 2.0
# How long somebody who lost the right to it may still hear of a job.
ALLOWED_SECONDS = 60.0
# Counted no further: whoever waits behind so many looks at something else meanwhile.
MOST_AHEAD = 100
# By the index `job_turns`, in whose order an organisation's jobs are taken.
PLACES = """
    SELECT mine.id, (
        SELECT count(*) FROM (
            SELECT FROM jobs_job other
            WHERE other.queue = mine.queue AND other.organisation_id = mine.organisation_id AND other.state = 'queued'
            AND (other.available_at, other.id) < (mine.available_at, mine.id) LIMIT %(most)s
        ) AS ahead
    ) FROM jobs_job mine WHERE mine.id = ANY(%(jobs)s) AND mine.state = 'queued'
"""
GAP = b'event: gap\ndata: {"message": "Some events were lost; the finished result will be complete."}\n\n'


def event_stream_response(
    request: HttpRequest, job: Job, actor: Actor, *, permission: str, open_again: Callable[[Actor], object]
) -> StreamingHttpResponse:
    """Server-sent events after `Last-Event-ID` until the job's end; a finished job replays from what is kept.

    `open_again`: opens the job for the actor as they are by then, and raises NotFound or PermissionDenied. Jobs run for
    hours: whoever was deactivated, or lost the `permission`, hears no more of one soon after.
    """
    frames = job_frames(request, job, tells_place=True)
    return event_hub.sse_response(_while_allowed(frames, partial(_may_open, actor, permission, open_again)))


async def _while_allowed(
    frames: AsyncIterator[bytes], is_allowed: Callable[[], bool]
) -> AsyncIterator[bytes]:
    looked_at = time.monotonic()
    async with aclosing(cast("AsyncGenerator[bytes]", frames)) as followed:
        # A heartbeat comes where nothing else does.
        async for part in followed:
            if time.monotonic() - looked_at >= ALLOWED_SECONDS:
                if not await sync_to_async(is_allowed, thread_sensitive=False)():
                    return
                looked_at = time.monotonic()
            yield part


def _may_open(actor: Actor, permission: str, open_again: Callable[[Actor], object]) -> bool:
    try:
        today = actor_today(actor)
        return today is not None and today.may(permission) and open_again(today) is not None
    except (NotFound, PermissionDenied):
        return False
    except DatabaseError as error:
        logger.warning("database away, who follows is not looked up: %s", error)
        return True
    finally:
        connection.close()


def job_frames(request: HttpRequest, job: Job, *, tells_place: bool = False) -> AsyncIterator[bytes]:
    """`tells_place`: by `queued` events while the job waits. No stranger learns how busy a house is."""
    is_told = tells_place and job.state == Job.State.QUEUED
    ahead = queue_places([job.pk]).get(job.pk) if is_told else None
    return event_hub.subscribe(JobSubscriber(job, event_hub.last_event_id(request) or (0, 0), ahead))


def queue_places(job_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Of those that wait, how many jobs of the same organisation are taken before; at most MOST_AHEAD are counted."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"jobs": list(job_ids), "most": MOST_AHEAD})
        return dict(cursor.fetchall())


class JobSubscriber(Subscriber):
    """From after `position`. Text of attempts that are over is not sent: the current attempt writes it anew."""

    def __init__(self, job: Job, position: Position, ahead: int | None = None) -> None:
        # Of a queued job the next attempt is the one that will write.
        current = job.attempt + (job.state == Job.State.QUEUED)
        begins = (current, 0)
        self.position = position if begins <= position < (current + 1, 0) else begins
        # “(” leaves the position itself out of what XRANGE returns.
        super().__init__(stream_key(job.pk), b"(%d-%d" % self.position)
        self._job = job
        # Jobs before it, until a worker has it; None where that is not told.
        self._ahead = ahead
        self._heard_at = time.monotonic()
        self._is_over = False

    def begin(self, entries: list[Entry]) -> None:
        super().begin(entries)
        if self._ahead is not None:
            self.tell_place(self._ahead)
        if self._job.is_terminal:
            self.end(event_frame(terminal_event(self._job)))

    def receive(self, event_id: bytes, fields: dict[bytes, bytes]) -> None:
        attempt, sequence = (int(part) for part in event_id.split(b"-"))
        if (attempt, sequence) <= self.position or self._is_over:
            return
        next_sequence = self.position[1] + 1 if attempt == self.position[0] else 1
        # END is a fixed number, so it may follow any other.
        if sequence not in (next_sequence, END):
            self.push(GAP, GAP)
        self.position, self._ahead = (attempt, sequence), None
        self._heard_at = time.monotonic()
        self._is_over = sequence == END
        self.push(frame(event_id, fields[b"t"], fields[b"d"]), event_id)

    def tell_place(self, ahead: int) -> None:
        """Without an id: a client that comes again is told anew."""
        self._ahead = ahead
        self.push(b'event: queued\ndata: {"ahead": %d}\n\n' % ahead, b"queued")

    def end(self, terminal_frame: bytes) -> None:
        if not self._is_over:
            self._is_over = True
            self.push(terminal_frame, terminal_frame)

    @property
    def has_more(self) -> bool:
        return bool(self._frames) or not self._is_over

    async def readable_entries(self, entries: list[Entry]) -> list[Entry]:
        """In a thread where something is sealed: a key that nobody has opened yet lies in the database."""
        if not any(b"s" in fields for _, fields in entries):
            return entries
        return await sync_to_async(_unseal, thread_sensitive=False)(self.key, entries)

    @classmethod
    async def sweep(cls, subscribers: Sequence[Subscriber]) -> None:
        """A worker that was killed writes no last event; the row of its job says how it ended."""
        silent_since = time.monotonic() - SILENT_SECONDS
        followers = cast("Sequence[JobSubscriber]", subscribers)
        silent = [each for each in followers if not each._is_over and each._heard_at < silent_since]
        if not silent:
            return
        try:
            frames, places = await sync_to_async(_look_up, thread_sensitive=False)(
                {each._job.pk for each in silent},
                [each._job.pk for each in silent if each._ahead is not None],
            )
        except DatabaseError as error:
            logger.warning("database away, followers wait: %s", error)
            return
        for follower in silent:
            if terminal_frame := frames.get(follower._job.pk):
                follower.end(terminal_frame)
            elif places.get(follower._job.pk, follower._ahead) != follower._ahead:
                follower.tell_place(places[follower._job.pk])


def _unseal(key: bytes, entries: list[Entry]) -> list[Entry]:
    try:
        return list(unsealed_entries(key.decode(), entries))
    except DatabaseError as error:
        logger.warning("database away, sealed events are not shown: %s", error)
        return []
    finally:
        connection.close()


def _look_up(silent: set[UUID], waiting: Sequence[UUID]) -> tuple[dict[UUID, bytes], dict[UUID, int]]:
    """The last frames of those that are over, and the places of those that wait."""
    try:
        # A thread of the pool, which no end of a request comes by: it gives the connection back itself.
        jobs = Job.objects.filter(pk__in=silent, state__in=Job.TERMINAL)
        frames = {job.pk: event_frame(terminal_event(job)) for job in jobs}
        return frames, queue_places(waiting) if waiting else {}
    finally:
        connection.close()
