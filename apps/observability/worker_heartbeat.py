"""Every worker keeps a key per queue it consumes alive in Redis; a killed one stops, and its keys expire.

This hangs on the heartbeat of Celery's consumer (every two seconds), so it stands for "takes messages", not
just for "the process exists", and reading it costs one round trip instead of a question to every worker.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any, cast

from celery import current_app, signals
from celery.worker import state as consumer
from pydantic import BaseModel, ValidationError
from redis.exceptions import RedisError

from apps.core import redis_client

logger = logging.getLogger(__name__)

# Three beats may be lost, as when the machine is busy, before a worker counts as gone.
ALIVE_SECONDS = 7
# One that is gone is told of for so long, then its name is forgotten: containers get a new one each time.
KEPT_SECONDS = 3600
WORKERS = "workers"


class Worker(BaseModel):
    """What a worker said of itself last. `busy`: the messages that it works on."""

    name: str
    queues: list[str]
    busy: int
    seen_at: float

    @property
    def is_alive(self) -> bool:
        return time.time() - self.seen_at <= ALIVE_SECONDS


def note_worker(name: str, queues: Iterable[str], *, busy: int) -> None:
    row = Worker(name=name, queues=sorted(queues), busy=busy, seen_at=time.time())
    redis_client.synchronous().hset(WORKERS, name, row.model_dump_json())


def workers() -> list[Worker]:
    """All that were heard of lately, by name; empty while Redis is away."""
    try:
        stored = cast("dict[bytes, bytes]", redis_client.synchronous().hgetall(WORKERS))
        rows = [row for value in stored.values() if (row := _worker(value))]
        known = {row.name.encode() for row in rows if time.time() - row.seen_at <= KEPT_SECONDS}
        if gone := stored.keys() - known:
            redis_client.synchronous().hdel(WORKERS, *gone)
    except RedisError as error:
        logger.warning("workers are not known: %s", error)
        return []
    return sorted((row for row in rows if row.name.encode() in known), key=lambda row: row.name)


def alive_workers() -> list[Worker]:
    return [worker for worker in workers() if worker.is_alive]


def note_alive(queues: Iterable[str]) -> None:
    pipeline = redis_client.synchronous().pipeline(transaction=False)
    for queue in queues:
        pipeline.set(_key(queue), 1, ex=ALIVE_SECONDS)
    pipeline.execute()


def silent_queues(queues: Iterable[str]) -> list[str]:
    """Which of these queues no live consumer takes messages from."""
    names = sorted(queues)
    if not names:
        return []
    values = cast("list[bytes | None]", redis_client.synchronous().mget([_key(name) for name in names]))
    return [name for name, value in zip(names, values, strict=True) if value is None]


@signals.heartbeat_sent.connect
def _on_heartbeat(sender: Any, **_: object) -> None:
    try:
        queues = current_app.amqp.queues.consume_from
        note_alive(queues)
        note_worker(sender.eventer.hostname, queues, busy=len(consumer.active_requests))
    except RedisError as error:
        logger.warning("heartbeat not noted: %s", error)


def _worker(stored_json: bytes) -> Worker | None:
    try:
        return Worker.model_validate_json(stored_json)
    except ValidationError:
        # Of another version.
        return None


def _key(queue: str) -> str:
    return f"worker-alive:{queue}"
