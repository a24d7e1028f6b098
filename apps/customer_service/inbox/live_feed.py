"""Live updates of open inboxes: one reader per process passes the desks' events on to everybody who watches.

A sibling of `apps.jobs.follow`, with other rules. There a stream ends and nothing may be missing; here it goes on for
ever and only the latest event about a conversation matters, so events that wait for a slow client replace each other.
What cannot be told one by one any more is told as `gap`: look at everything again.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import redis.asyncio as redis
from django.conf import settings
from redis.exceptions import RedisError

from apps.customer_service.conversations.live import stream_key
from apps.jobs.event_stream import Position
from llm_backend import event_loop

logger = logging.getLogger(__name__)

Entry = tuple[bytes, dict[bytes, bytes]]

READ_PAUSE_SECONDS = 0.01
BLOCK_MILLISECONDS = 1000
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0
# Whoever signed out or lost the permission is found out when the client comes again.
LIFETIME_SECONDS = 600.0
WAITING_EVENTS = 500
HEARTBEAT = b": still here\n\n"
GAP = b"event: gap\ndata: {}\n\n"


class Watcher:
    """One open inbox: what it has still to be told."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, bytes] = {}
        self._ready = asyncio.Event()

    def receive(self, event_id: bytes, fields: dict[bytes, bytes]) -> None:
        about = fields[b"event"] + fields[b"conversation"]
        self._waiting.pop(about, None)  # a newer event goes to the end: ids must only grow
        self._waiting[about] = b"id: %b\nevent: %b\ndata: %b\n\n" % (
            event_id,
            fields[b"event"],
            fields[b"body"],
        )
        if len(self._waiting) > WAITING_EVENTS:
            self.lose()
        self._ready.set()

    def lose(self) -> None:
        self._waiting = {b"": GAP}
        self._ready.set()

    async def next_bytes(self) -> bytes:
        """All that has gathered, as one write; a comment when there was nothing for a while."""
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            return HEARTBEAT
        self._ready.clear()
        gathered = b"".join(self._waiting.values())
        self._waiting.clear()
        return gathered


class WatchHub:
    """All watchers of one event loop."""

    def __init__(self) -> None:
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=BLOCK_MILLISECONDS / 1000 + 5)
        self._watchers: dict[bytes, set[Watcher]] = {}
        self._cursors: dict[bytes, bytes] = {}
        self._wake_key = f"watch:{uuid4()}".encode()
        self._wake_cursor = b"0-0"
        self._is_blocked = False
        self._reading = asyncio.ensure_future(self._read_forever())

    async def watch(self, organisation_id: UUID, *, after: Position | None = None) -> AsyncIterator[bytes]:
        """SSE bytes from now on, or from after the event with the id `after`."""
        key = stream_key(organisation_id).encode()
        watcher = Watcher()
        ends_at = time.monotonic() + LIFETIME_SECONDS
        try:
            await self._begin(watcher, key, after)
            event_loop.raise_if_cancelled()
            yield HEARTBEAT
            while time.monotonic() < ends_at:
                yield await watcher.next_bytes()
        finally:
            self._forget(watcher, key)

    async def _begin(self, watcher: Watcher, key: bytes, after: Position | None) -> None:
        """From its first moment the reader serves it; what came before is read here."""
        try:
            if key not in self._cursors:
                last: list[Entry] = await self._redis.xrevrange(key, count=1)  # type: ignore[assignment]
                self._cursors.setdefault(key, last[0][0] if last else b"0-0")
            self._watchers.setdefault(key, set()).add(watcher)
            if after:
                await self._catch_up(watcher, key, b"%d-%d" % after)
            await self._wake()
        except (RedisError, OSError) as error:
            logger.warning("watching without Redis until it is back: %s", error)
            self._cursors.setdefault(key, b"0-0")
            self._watchers.setdefault(key, set()).add(watcher)

    async def _catch_up(self, watcher: Watcher, key: bytes, after: bytes) -> None:
        entries: list[Entry] = await self._redis.xrange(key, min=after)  # type: ignore[assignment]
        if not entries or entries[0][0] != after:
            watcher.lose()
            return
        for event_id, fields in entries[1:]:
            watcher.receive(event_id, fields)

    async def _wake(self) -> None:
        """The blocked reader does not know of the new stream yet."""
        if self._is_blocked:
            self._is_blocked = False
            await self._redis.xadd(self._wake_key, {b"event": b""}, maxlen=1)
            await self._redis.expire(self._wake_key, 60)

    def _forget(self, watcher: Watcher, key: bytes) -> None:
        watchers = self._watchers.get(key, set())
        watchers.discard(watcher)
        if not watchers:
            self._watchers.pop(key, None)
            self._cursors.pop(key, None)

    async def _read_forever(self) -> None:
        while True:
            event_loop.raise_if_cancelled()
            try:
                await self._read()
                await asyncio.sleep(READ_PAUSE_SECONDS)
            except (RedisError, OSError) as error:
                logger.warning("inboxes hear nothing until Redis is back: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._lose_everything()

    def _lose_everything(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.lose()

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
            for watcher in self._watchers.get(key, ()):
                for event_id, fields in entries:
                    watcher.receive(event_id, fields)

    async def close(self) -> None:
        """A cancel may be swallowed, see `event_loop.raise_if_cancelled`: then it is told again."""
        while not self._reading.done():
            self._reading.cancel()
            await asyncio.wait([self._reading], timeout=CLOSE_SECONDS)
        await self._redis.aclose()


_hubs: dict[int, WatchHub] = {}


def hub() -> WatchHub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if id(loop) not in _hubs:
        _hubs[id(loop)] = WatchHub()
    return _hubs[id(loop)]


async def close_hub() -> None:
    """When the event loop goes."""
    running = _hubs.pop(id(asyncio.get_running_loop()), None)
    if running:
        await running.close()
