"""The web process's side of the token path: one reader follows every job that anybody in this process watches.

One blocking XREAD serves all followers, so 500 open pages are one Redis connection and no polling. Frames are
passed on as bytes, never parsed. A job whose stream stays silent is looked up in PostgreSQL now and then, all of
them in one query: that is how followers learn the end of a job when Redis was wiped.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import redis.asyncio as redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from apps.jobs.events import END, event_frame, frame, stream_key, terminal_event, unsealed_entries
from apps.jobs.models import Job
from llm_backend import event_loop

logger = logging.getLogger(__name__)

Position = tuple[int, int]
Entry = tuple[bytes, dict[bytes, bytes]]

BEGINNING = b"0-0"
READ_PAUSE_SECONDS = 0.008
# A read costs the same for one new event as for many: the more people follow, the more it gathers.
READ_PAUSE_SECONDS_PER_FOLLOWER = 0.0005
LONGEST_READ_PAUSE_SECONDS = 0.1
BLOCK_MILLISECONDS = 1000
CLOSE_SECONDS = 0.1
SWEEP_SECONDS = 2.0
SILENT_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
GAP = b'event: gap\ndata: {"message": "Some events were lost; the finished result will be complete."}\n\n'


class Follower:
    """One open event stream: what it has still to send, and how far it is."""

    def __init__(self, job_id: UUID, position: Position) -> None:
        self.job_id = job_id
        self.key = stream_key(job_id)
        self.position = position
        self.heard_at = time.monotonic()
        self.is_over = False
        self._frames: list[bytes] = []
        self._ready = asyncio.Event()

    def receive(self, event_id: bytes, fields: dict[bytes, bytes]) -> None:
        attempt, sequence = (int(part) for part in event_id.split(b"-"))
        if (attempt, sequence) <= self.position or self.is_over:
            return
        next_sequence = self.position[1] + 1 if attempt == self.position[0] else 1
        if sequence not in (next_sequence, END):
            self.push(GAP)
        self.position = (attempt, sequence)
        self.heard_at = time.monotonic()
        self.is_over = sequence == END
        self.push(frame(event_id, fields[b"t"], fields[b"d"]))

    def end(self, terminal: bytes) -> None:
        if not self.is_over:
            self.is_over = True
            self.push(terminal)

    def push(self, frame_bytes: bytes) -> None:
        self._frames.append(frame_bytes)
        self._ready.set()

    @property
    def has_more(self) -> bool:
        return bool(self._frames) or not self.is_over

    async def next_bytes(self) -> bytes:
        """All that has gathered since the last call, as one write."""
        await self._ready.wait()
        self._ready.clear()
        block = b"".join(self._frames)
        self._frames.clear()
        return block


class FollowHub:
    """All followers of one event loop."""

    def __init__(self) -> None:
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=BLOCK_MILLISECONDS / 1000 + 5)
        self._followers: dict[bytes, set[Follower]] = {}
        self._cursors: dict[bytes, bytes] = {}
        self._wake_key = f"follow:{uuid4()}".encode()
        self._wake_cursor = b"0-0"
        self._is_blocked = False
        self._tasks = [asyncio.ensure_future(self._read_forever()), asyncio.ensure_future(self._look_after())]

    async def follow(self, job: Job, position: Position) -> AsyncIterator[bytes]:
        """SSE bytes from after `position` until the job's end.

        Text of attempts that are over is not sent: the current attempt writes it anew.
        """
        current = job.attempt + (job.state == Job.State.QUEUED)
        begins = (current, 0)
        follower = Follower(job.pk, position if begins <= position < (current + 1, 0) else begins)
        key = follower.key.encode()
        self._followers.setdefault(key, set()).add(follower)
        try:
            await self._catch_up(follower, key)
            event_loop.raise_if_cancelled()
            if job.is_terminal:
                follower.end(event_frame(terminal_event(job)))
            while follower.has_more:
                yield await follower.next_bytes()
        finally:
            self._forget(follower, key)

    async def _catch_up(self, follower: Follower, key: bytes) -> None:
        """What is in the stream already, then live from there on."""
        after = f"({follower.position[0]}-{follower.position[1]}"
        try:
            entries: list[Entry] = await self._redis.xrange(key, min=after)  # type: ignore[assignment]
            for event_id, fields in await _readable_entries(key, entries):
                follower.receive(event_id, fields)
            # Never where the client says it is: others share the cursor.
            self._cursors.setdefault(key, entries[-1][0] if entries else BEGINNING)
            if self._is_blocked:
                self._is_blocked = False
                await self._redis.xadd(self._wake_key, {b"t": b""}, maxlen=1)
        except (RedisError, OSError) as error:
            logger.warning("following without Redis, from the database only: %s", error)
            self._cursors.setdefault(key, BEGINNING)

    def _forget(self, follower: Follower, key: bytes) -> None:
        followers = self._followers.get(key, set())
        followers.discard(follower)
        if not followers:
            self._followers.pop(key, None)
            self._cursors.pop(key, None)

    async def _read_forever(self) -> None:
        while True:
            event_loop.raise_if_cancelled()
            try:
                await self._read()
                pause = READ_PAUSE_SECONDS_PER_FOLLOWER * len(self._followers)
                await asyncio.sleep(min(max(pause, READ_PAUSE_SECONDS), LONGEST_READ_PAUSE_SECONDS))
            except (RedisError, OSError) as error:
                logger.warning("event streams unreadable: %s", error)
                await asyncio.sleep(1)

    async def _read(self) -> None:
        self._is_blocked = True
        streams = {**self._cursors, self._wake_key: self._wake_cursor}
        answer: list[tuple[bytes, list[Entry]]] = await self._redis.xread(streams, block=BLOCK_MILLISECONDS)  # type: ignore[arg-type,assignment]
        self._is_blocked = False
        for key, entries in answer or []:
            if key == self._wake_key:
                self._wake_cursor = entries[-1][0]
                continue
            if key in self._cursors:
                self._cursors[key] = entries[-1][0]
            readable = await _readable_entries(key, entries)
            for follower in self._followers.get(key, ()):
                for event_id, fields in readable:
                    follower.receive(event_id, fields)

    async def _look_after(self) -> None:
        beat_at = time.monotonic()
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self._end_silent()
            if time.monotonic() - beat_at >= HEARTBEAT_SECONDS:
                beat_at = time.monotonic()
                for follower in self._everyone():
                    follower.push(HEARTBEAT)

    async def _end_silent(self) -> None:
        silent_since = time.monotonic() - SILENT_SECONDS
        silent = [follower for follower in self._everyone() if follower.heard_at < silent_since]
        if not silent:
            return
        try:
            # A worker that was killed writes no last event; the row of its job says how it ended.
            ends = await sync_to_async(_ends_of, thread_sensitive=False)(
                {follower.job_id for follower in silent}
            )
        except DatabaseError as error:
            logger.warning("database away, followers wait: %s", error)
            return
        for follower in silent:
            if terminal := ends.get(follower.job_id):
                follower.end(terminal)

    async def close(self) -> None:
        """A cancel may be swallowed, see `event_loop.raise_if_cancelled`: what is left is told again."""
        running_tasks = set(self._tasks)
        while running_tasks:
            for task in running_tasks:
                task.cancel()
            _, running_tasks = await asyncio.wait(running_tasks, timeout=CLOSE_SECONDS)
        await self._redis.aclose()

    def _everyone(self) -> list[Follower]:
        return [follower for followers in self._followers.values() for follower in followers]


async def _readable_entries(key: bytes, entries: list[Entry]) -> list[Entry]:
    """In a thread where something is sealed: a key that nobody has opened yet lies in the database."""
    if not any(b"s" in fields for _, fields in entries):
        return entries
    return await sync_to_async(_unseal, thread_sensitive=False)(key, entries)


def _unseal(key: bytes, entries: list[Entry]) -> list[Entry]:
    try:
        return list(unsealed_entries(key.decode(), entries))
    except DatabaseError as error:
        logger.warning("database away, sealed events are not shown: %s", error)
        return []
    finally:
        connection.close()


def _ends_of(job_ids: set[UUID]) -> dict[UUID, bytes]:
    try:
        jobs = Job.objects.filter(pk__in=job_ids, state__in=Job.TERMINAL)
        return {job.pk: event_frame(terminal_event(job)) for job in jobs}
    finally:
        connection.close()


_hubs: dict[asyncio.AbstractEventLoop, FollowHub] = {}


def hub() -> FollowHub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for closed_loop in [each for each in _hubs if each.is_closed()]:
            del _hubs[closed_loop]
        _hubs[loop] = FollowHub()
    return _hubs[loop]


async def close_hub() -> None:
    """When the event loop goes."""
    running = _hubs.pop(asyncio.get_running_loop(), None)
    if running:
        await running.close()
