"""Whatever is followed live: one reader a process passes the entries of Redis streams on to all open responses.

One blocking XREAD serves every subscriber, so 500 open pages are one Redis connection and no polling. Payloads are
passed on as bytes, never parsed. What a stream means is the subscriber's: a job's (`event_stream`) ends and must be
whole, an organisation's feed (`live_feed`) goes on for ever and may skip.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from uuid import uuid4

import redis.asyncio as redis
from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from redis.exceptions import RedisError

from apps.jobs.events import Position, parsed_id
from llm_backend import event_loop

logger = logging.getLogger(__name__)

Entry = tuple[bytes, dict[bytes, bytes]]

BEGINNING = b"0-0"
# What comes within it is one read, for everybody who follows anything.
READ_PAUSE_SECONDS = 0.008
# A read costs the same for one new event as for many: the more is followed, the more it gathers.
READ_PAUSE_SECONDS_PER_STREAM = 0.0005
# However much is followed, text still comes ten times a second.
MAX_READ_PAUSE_SECONDS = 0.1
# A blocked reader is woken for a new stream; one that was not takes it up after so long.
BLOCK_MILLISECONDS = 1000
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 0.1
# How late the end of a job is learnt whose stream was wiped.
SWEEP_SECONDS = 2.0
# Proxies close what stays silent, and only a write tells that a browser has gone.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b": still here\n\n"
# For clients that come again by themselves, as EventSource does.
RETRY = b"retry: 1000\n\n"


class Subscriber:
    """One open response and what it has still to send. `start` is the id from which its past is read with XRANGE; None
    reads nothing of the past.
    """

    def __init__(self, key: str, start: bytes | None) -> None:
        self.key = key.encode()
        self.start = start
        self._frames: dict[bytes, bytes] = {}
        self._ready = asyncio.Event()
        self._early_entries: list[Entry] | None = []

    async def readable_entries(self, entries: list[Entry]) -> list[Entry]:
        """The entries with sealed payloads opened. Asked of one subscriber for all that follow the same stream."""
        return entries

    @classmethod
    async def sweep(cls, subscribers: "Sequence[Subscriber]") -> None:
        """Called every SWEEP_SECONDS with all subscribers of this class: for what no entry tells, such as a worker that
        died.
        """

    def begin(self, entries: list[Entry]) -> None:
        """What lay in the stream; then what the reader brought while that was fetched."""
        for entry in entries:
            self.receive(*entry)
        # Not twice: what the reader brought may lie in what was fetched, too.
        known_ids = {event_id for event_id, _ in entries}
        early_entries, self._early_entries = self._early_entries or [], None
        self.receive_all([entry for entry in early_entries if entry[0] not in known_ids])

    def receive_all(self, entries: list[Entry]) -> None:
        if self._early_entries is not None:
            self._early_entries += entries
            return
        for event_id, fields in entries:
            self.receive(event_id, fields)

    def receive(self, event_id: bytes, fields: dict[bytes, bytes]) -> None:
        raise NotImplementedError

    def lose_place(self) -> None:
        """Redis was away: entries may be missing from here on."""

    def push(self, frame: bytes, subject: bytes) -> None:
        """Queues a frame. It replaces one about the same subject that was not sent yet, and goes to the end, as ids
        only grow.
        """
        self._frames.pop(subject, None)
        self._frames[subject] = frame
        self._ready.set()

    @property
    def has_more(self) -> bool:
        raise NotImplementedError

    async def next_bytes(self) -> bytes:
        """All that has gathered since the last call, as one write."""
        await self._ready.wait()
        self._ready.clear()
        block = b"".join(self._frames.values())
        self._frames.clear()
        return block


class EventHub:
    """All subscribers of one event loop."""

    def __init__(self) -> None:
        # Longer than a read may block, or a quiet stream would look like a dead connection.
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=BLOCK_MILLISECONDS / 1000 + 5)
        self._subscribers: dict[bytes, set[Subscriber]] = {}
        self._cursors: dict[bytes, bytes] = {}
        self._wake_key = f"wake:{uuid4()}".encode()
        self._wake_cursor = BEGINNING
        self._is_blocked = False
        loops = (self._read_forever(), self._sweep_forever(), self._beat_forever())
        self._tasks = {asyncio.ensure_future(loop) for loop in loops}

    async def frames(self, subscriber: Subscriber) -> AsyncGenerator[bytes]:
        """SSE bytes until the subscriber has no more, or whoever reads them goes."""
        self._subscribers.setdefault(subscriber.key, set()).add(subscriber)
        try:
            await self._begin(subscriber)
            event_loop.raise_if_cancelled()
            yield RETRY
            while subscriber.has_more:
                yield await subscriber.next_bytes()
        finally:
            self._forget(subscriber)

    async def _begin(self, subscriber: Subscriber) -> None:
        """What is in the stream already, then live from there on."""
        key, entries = subscriber.key, list[Entry]()
        try:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.xrevrange(key, count=1)
            if subscriber.start is not None:
                pipeline.xrange(key, min=subscriber.start)
            latest, *kept = await pipeline.execute()
            entries = kept[0] if kept else []
            # Where this stream was read to, and not where the client says it is: other subscribers share the cursor.
            self._cursors.setdefault(key, (entries or latest or [(BEGINNING, {})])[-1][0])
            if self._is_blocked:
                self._is_blocked = False
                pipeline = self._redis.pipeline(transaction=False)
                pipeline.xadd(self._wake_key, {b"t": b""}, maxlen=1)
                # The key is this process's alone, so nobody else would take it away.
                pipeline.expire(self._wake_key, 60)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            logger.warning("followed without Redis until it is back: %s", error)
            self._cursors.setdefault(key, BEGINNING)
        subscriber.begin(await subscriber.readable_entries(entries))

    def _forget(self, subscriber: Subscriber) -> None:
        subscribers = self._subscribers.get(subscriber.key, set())
        subscribers.discard(subscriber)
        if not subscribers:
            self._subscribers.pop(subscriber.key, None)
            self._cursors.pop(subscriber.key, None)

    async def _read_forever(self) -> None:
        while True:
            event_loop.raise_if_cancelled()
            try:
                await self._read()
                pause = READ_PAUSE_SECONDS_PER_STREAM * len(self._subscribers)
                await asyncio.sleep(min(max(pause, READ_PAUSE_SECONDS), MAX_READ_PAUSE_SECONDS))
            except (RedisError, OSError) as error:
                logger.warning("event streams unreadable: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                for subscriber in self._everyone():
                    subscriber.lose_place()

    async def _read(self) -> None:
        self._is_blocked = True
        streams = {**self._cursors, self._wake_key: self._wake_cursor}
        answer: list[tuple[bytes, list[Entry]]] = await self._redis.xread(streams, block=BLOCK_MILLISECONDS)  # type: ignore[arg-type,assignment]
        self._is_blocked = False
        for key, entries in answer or []:
            if key == self._wake_key:
                self._wake_cursor = entries[-1][0]
                continue
            # The last who followed it may have gone while the read waited.
            if key in self._cursors:
                self._cursors[key] = entries[-1][0]
            if subscribers := self._subscribers.get(key):
                readable = await next(iter(subscribers)).readable_entries(entries)
                for subscriber in subscribers:
                    subscriber.receive_all(readable)

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            by_class: dict[type[Subscriber], list[Subscriber]] = {}
            for subscriber in self._everyone():
                by_class.setdefault(type(subscriber), []).append(subscriber)
            for subscriber_class, subscribers in by_class.items():
                await subscriber_class.sweep(subscribers)

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for subscriber in self._everyone():
                subscriber.push(HEARTBEAT, HEARTBEAT)

    def _everyone(self) -> list[Subscriber]:
        return [subscriber for subscribers in self._subscribers.values() for subscriber in subscribers]

    async def close(self) -> None:
        """A cancel may be swallowed, see `event_loop.raise_if_cancelled`: what is left is told again."""
        running_tasks = self._tasks
        while running_tasks:
            for task in running_tasks:
                task.cancel()
            _, running_tasks = await asyncio.wait(running_tasks, timeout=CLOSE_SECONDS)
        await self._redis.aclose()


_hubs: dict[asyncio.AbstractEventLoop, EventHub] = {}


def hub() -> EventHub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        for closed_loop in [each for each in _hubs if each.is_closed()]:
            del _hubs[closed_loop]
        _hubs[loop] = EventHub()
    return _hubs[loop]


async def close_hub() -> None:
    """When the event loop goes."""
    running = _hubs.pop(asyncio.get_running_loop(), None)
    if running:
        await running.close()


async def subscribe(subscriber: Subscriber) -> AsyncIterator[bytes]:
    """SSE bytes, by the hub of the event loop that reads them: a view may run in a thread that has none."""
    async for frames in hub().frames(subscriber):
        yield frames


def sse_response(frames: AsyncIterator[bytes]) -> StreamingHttpResponse:
    """Server-sent events that no proxy holds back."""
    # nginx gathers an answer unless it is told not to.
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(frames, content_type="text/event-stream", headers=headers)


def last_event_id(request: HttpRequest) -> Position | None:
    """Where a client that comes again stopped; pages that cannot set headers say it in the address."""
    return parsed_id(request.headers.get("Last-Event-ID") or request.GET.get("last_event_id", ""))
