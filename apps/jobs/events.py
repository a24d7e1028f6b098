"""A job's events: one Redis stream per job, ids `<attempt>-<sequence>`.

The ids are made here and not by Redis, so they only grow, survive a wiped Redis and show when something is
missing. The last event of an attempt is always number END: a second "done" cannot be written.
An entry is {t: type, d: payload}, or {t: type, s: sealed payload} where the kind of job says so.

Many runs write, one flush sends: text that arrives between two flushes becomes one `delta`; one pipeline carries what all
runs of this process have gathered. So a token costs a string append, and Redis sees one round trip per FLUSH_SECONDS however
many answers are being written. Nothing of that touches the database.
"""

import asyncio
import logging
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import redis
import redis.asyncio
from django.conf import settings
from django.utils.translation import gettext

from apps.core import redis_client
from apps.core.numbers import whole_number
from apps.core.singleton import once_per_process
from apps.jobs import job_types
from apps.jobs.models import Job
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.stream_seal import StreamSeal, open_payload
from llm_backend import event_loop

logger = logging.getLogger(__name__)

Fields = dict[Any, Any]
Entry = tuple[str, Fields]
Position = tuple[int, int]

# Above any number of events, so that it is the last of its attempt, and the same for every end: there can be one.
END = 1 << 40
# Of a stream that is never ended; the end of a job sets a time of its own.
LIVE_TTL_SECONDS = 24 * 3600
# Of what lies sealed a copy less is better: the row has it all, and who came late reads it there.
SEALED_TTL_SECONDS = 300
# Between two sends of one run, see docs/decisions/token-path.md.
FLUSH_SECONDS = 0.03
# The end of a job does not wait for a Redis that is away: the row is the truth.
DRAIN_SECONDS = 5
CANCEL_CHANNEL = "jobs:cancel"
ERASED_KEY = "jobs:erased"


@dataclass(frozen=True, slots=True)
class Event:
    """`payload` is JSON, ready to be sent."""

    attempt: int
    sequence: int
    type: str
    payload: bytes

    @property
    def id(self) -> str:
        return f"{self.attempt}-{self.sequence}"


def parsed_id(text: str) -> Position | None:
    """Attempt and sequence of an event's id, as a client sends it back; None for what is none.

    Redis refuses an id that does not fit, and a refused read would be one for everybody who follows anything.
    """
    attempt, _, sequence = text.partition("-")
    numbers = (whole_number(attempt), whole_number(sequence))
    return None if numbers[0] is None or numbers[1] is None else (numbers[0], numbers[1])


def stream_key(job_id: UUID | str) -> str:
    return f"job:{job_id}:events"


def frame(event_id: bytes, event_type: bytes, payload: bytes) -> bytes:
    """One server-sent event on the wire."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id, event_type, payload)


def event_frame(event: Event) -> bytes:
    return frame(event.id.encode(), event.type.encode(), event.payload)


def terminal_event(job: Job) -> Event:
    """`done`, `error` or `cancelled`, from the row: what a live stream ends with and what a replay consists of."""
    if job.state == Job.State.SUCCEEDED:
        kind, payload = "done", {"state": job.state, "result": job.result}
    elif job.state == Job.State.FAILED:
        message = gettext(job.error_message) if job.error_message else ""
        kind, payload = "error", {"state": job.state, "code": job.error_code, "message": message}
    else:
        kind, payload = "cancelled", {"state": job.state}
    return Event(job.attempt, END, kind, orjson.dumps({"job": str(job.pk), **payload}))


def announce_end(job: Job) -> None:
    """Ends the live stream. Followers fall back on the row, so a Redis that is away loses nothing."""
    event = terminal_event(job)
    key = stream_key(job.pk)
    kept_seconds: int = (
        SEALED_TTL_SECONDS if job_types.is_sealed(job.kind) else settings.EVENT_STREAM_TTL_SECONDS
    )
    try:
        entry = fields(event.id, event.type, event.payload, seal_of(job))
        pipeline = redis_client.synchronous().pipeline(transaction=False)
        pipeline.xadd(key, entry, id=event.id)
        pipeline.expire(key, kept_seconds)
        pipeline.execute(raise_on_error=False)
    except (redis.RedisError, KeyLost):
        # Followers find the end in the row, and what else waits for the commit must be done.
        return


def announce_cancel(job: Job) -> None:
    """Tells the worker at once; its heartbeat finds the request in the row if this message is lost."""
    try:
        redis_client.synchronous().publish(CANCEL_CHANNEL, str(job.pk))
    except redis.RedisError:
        # The heartbeat finds the wish in the row.
        return


def seal_of(job: Job) -> StreamSeal | None:
    """What seals the events of a job; None for kinds whose words lie open in the database too. Raises KeyLost."""
    return StreamSeal(job.organisation_id, stream_key(job.pk)) if job_types.is_sealed(job.kind) else None


def fields(event_id: str, event_type: str, payload: bytes, seal: StreamSeal | None) -> Fields:
    """An entry as it stands in Redis."""
    if seal is None:
        return {b"t": event_type, b"d": payload}
    return {b"t": event_type, b"s": seal.close(event_id, payload)}


def unsealed_entries(stream: str, entries: Iterable[tuple[bytes, Fields]]) -> Iterator[tuple[bytes, Fields]]:
    """The entries with what was sealed opened. One that cannot be opened is left out: followers notice the gap."""
    for event_id, entry in entries:
        if b"s" not in entry:
            yield event_id, entry
            continue
        try:
            payload = open_payload(stream, event_id.decode(), entry[b"s"])
        except (KeyLost, SealBroken) as error:
            logger.warning("event %s of %s is not shown: %s", event_id.decode(), stream, error)
            continue
        yield event_id, {b"t": entry[b"t"], b"d": payload}


def erase_streams(job_ids: Iterable[UUID]) -> None:
    """What followers were told is gone from Redis; a run that still writes makes no new stream."""
    keys = [stream_key(job_id) for job_id in job_ids]
    if not keys:
        return
    try:
        redis_client.synchronous().unlink(*keys)
        redis_client.synchronous().set(ERASED_KEY, 1)
    except redis.RedisError as error:
        logger.warning("what followers were told lies in Redis until it expires: %s", error)


def rewrite_append_only_file() -> None:
    """What was erased stands in Redis's append-only file until that is written anew. Tries again the next time."""
    client = redis_client.synchronous()
    if not client.exists(ERASED_KEY):
        return
    try:
        client.bgrewriteaof()
        client.delete(ERASED_KEY)
    except redis.ResponseError as error:
        logger.warning("the append-only file is not written anew yet: %s", error)


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
        self._redis = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=5)
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
        except (redis.RedisError, OSError) as error:
            logger.warning("events dropped, Redis is away: %s", error)


@once_per_process
def writer_of_process() -> EventWriter:
    return EventWriter()
