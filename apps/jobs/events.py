"""A job's events: one Redis stream per job, ids `<attempt>-<sequence>`.

The ids are made here and not by Redis, so they only grow, survive a wiped Redis and show when something is
missing. The last event of an attempt is always number END: a second "done" cannot be written.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import redis
from django.conf import settings
from django.utils.translation import gettext

from apps.core.once import once_per_process
from apps.jobs.models import Job

END = 1 << 40
LIVE_TTL_SECONDS = 24 * 3600
CANCEL_CHANNEL = "jobs:cancel"


@dataclass(frozen=True, slots=True)
class Event:
    attempt: int
    sequence: int
    type: str
    payload: bytes

    @property
    def id(self) -> str:
        return f"{self.attempt}-{self.sequence}"


def stream_key(job_id: UUID | str) -> str:
    return f"job:{job_id}:events"


@once_per_process
def connection() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10, health_check_interval=30)


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
    try:
        pipeline = connection().pipeline(transaction=False)
        pipeline.xadd(key, _fields(event), id=event.id)
        pipeline.expire(key, settings.EVENT_STREAM_TTL_SECONDS)
        pipeline.execute(raise_on_error=False)
    except redis.ConnectionError:
        return


def announce_cancel(job: Job) -> None:
    """Tells the worker at once; its heartbeat finds the request in the row if this message is lost."""
    try:
        connection().publish(CANCEL_CHANNEL, str(job.pk))
    except redis.ConnectionError:
        return


def _fields(event: Event) -> dict[Any, Any]:
    return {b"t": event.type, b"d": event.payload}
