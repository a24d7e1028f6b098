"""The worker's side of the token path: many runs write, one flush sends.

Text that arrives between two flushes becomes one `delta`; one pipeline carries what all runs of this process
have gathered. So a token costs a string append, and Redis sees one round trip per FLUSH_SECONDS however many
answers are being written. Nothing here touches the database.
"""

import asyncio
import logging
import threading
from concurrent.futures import Future
from uuid import UUID

import orjson
import redis.asyncio as redis
from django.conf import settings
from redis.exceptions import RedisError

from apps.core.singleton import once_per_process
from apps.jobs.events import LIVE_TTL_SECONDS, Fields, fields, stream_key
from apps.vault.stream_seal import StreamSeal
from llm_backend import event_loop

logger = logging.getLogger(__name__)

# Between two sends of one run, see docs/decisions/token-path.md.
FLUSH_SECONDS = 0.03
# The end of a job does not wait for a Redis that is away: the row is the truth.
DRAIN_SECONDS = 5

Entry = tuple[str, Fields]


class EventSequence:
    """The events of one attempt, numbered 1, 2, 3 … in the order they are appended."""

    def __init__(self, job_id: UUID, attempt: int, writer: "EventWriter") -> None:
        self.key = stream_key(job_id)
        self.seal: StreamSeal | None = None
        self._attempt = attempt
        self._writer = writer
        self._sequence = 0
        self._text: list[str] = []
        self._entries: list[Entry] = []
        self._has_text = False

    def append(self, event_type: str, payload: dict[str, object]) -> None:
        with self._writer.lock:
            self._close_delta()
            self._number(event_type, payload)
        # After the lock is released: `flush` takes it too.
        self._writer.flush(self)

    def append_text(self, text: str) -> None:
        """The first text leaves at once, it is what a person waits for; later text waits for the next flush."""
        with self._writer.lock:
            self._text.append(text)
            is_first, self._has_text = not self._has_text, True
        if is_first:
            self._writer.flush(self)
        else:
            self._writer.flush_later(self)

    def drain(self) -> None:
        """Returns when everything appended so far is in Redis, or Redis had its chance."""
        try:
            self._writer.flush_and_tell(self).result(timeout=DRAIN_SECONDS)
        except TimeoutError:
            logger.warning("a job ends before its last events are sent: Redis does not answer")

    def take(self) -> list[Entry]:
        with self._writer.lock:
            self._close_delta()
            entries, self._entries = self._entries, []
        return entries

    def _close_delta(self) -> None:
        """Numbers the gathered text as one event, before what is appended next. The caller holds the lock."""
        if self._text:
            self._number("delta", {"text": "".join(self._text)})
            self._text.clear()

    def _number(self, event_type: str, payload: dict[str, object]) -> None:
        self._sequence += 1
        event_id = f"{self._attempt}-{self._sequence}"
        self._entries.append((event_id, fields(event_id, event_type, orjson.dumps(payload), self.seal)))


class EventWriter:
    """One per process. One sender at a time on the process's event loop keeps the order; while it waits for
    Redis, what the other runs append gathers for its next round trip."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._loop = event_loop.running_loop()
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5)
        self._now: set[EventSequence] = set()
        self._later: set[EventSequence] = set()
        self._futures: list[Future[None]] = []
        self._sender: asyncio.Task[None] | None = None

    def flush(self, sequence: EventSequence) -> None:
        with self.lock:
            # The loop is called once for all that comes before it runs: crossing threads costs more than a
            # token.
            is_first = not self._now
            self._now.add(sequence)
        if is_first:
            self._loop.call_soon_threadsafe(self._start)

    def flush_later(self, sequence: EventSequence) -> None:
        with self.lock:
            is_first = not self._later
            self._later.add(sequence)
        if is_first:
            self._loop.call_soon_threadsafe(self._loop.call_later, FLUSH_SECONDS, self._flush_gathered)

    def flush_and_tell(self, sequence: EventSequence) -> "Future[None]":
        future: Future[None] = Future()
        with self.lock:
            self._futures.append(future)
        self.flush(sequence)
        return future

    def _flush_gathered(self) -> None:
        with self.lock:
            self._now |= self._later
            self._later = set()
        self._start()

    def _start(self) -> None:
        if self._sender is None or self._sender.done():
            self._sender = self._loop.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._now:
            with self.lock:
                sequences, self._now = self._now, set()
                futures, self._futures = self._futures, []
            await self._send(sequences)
            for future in futures:
                future.set_result(None)

    async def _send(self, sequences: set[EventSequence]) -> None:
        """Events that Redis does not take are dropped: the finished result does not depend on them."""
        pipeline = self._redis.pipeline(transaction=False)
        for sequence in sequences:
            for event_id, entry in sequence.take():
                is_first = event_id.endswith("-1")
                # Only the first event makes the stream: one that was erased stays away, whoever still writes.
                pipeline.xadd(sequence.key, entry, id=event_id, nomkstream=not is_first)
                if is_first:
                    pipeline.expire(sequence.key, LIVE_TTL_SECONDS)
        # A refused entry, such as an id that is there already, holds no other back.
        try:
            if len(pipeline):
                await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as error:
            logger.warning("events dropped, Redis is away: %s", error)


@once_per_process
def writer_of_process() -> EventWriter:
    return EventWriter()
