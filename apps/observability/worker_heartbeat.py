"""Every worker keeps a key per queue it consumes alive in Redis; a killed one stops, and its keys expire.

This hangs on the heartbeat of Celery's consumer (every two seconds), so it stands for "takes messages", not
just for "the process exists", and reading it costs one round trip instead of a question to every worker.
"""

import logging
from collections.abc import Iterable
from typing import cast

from celery import current_app, signals
from redis.exceptions import RedisError

from apps.jobs import events

logger = logging.getLogger(__name__)

# Three beats may be lost, as when the machine is busy, before a worker counts as gone.
ALIVE_SECONDS = 7


def note_alive(queues: Iterable[str]) -> None:
    pipeline = events.connection().pipeline(transaction=False)
    for queue in queues:
        pipeline.set(_key(queue), 1, ex=ALIVE_SECONDS)
    pipeline.execute()


def silent_queues(queues: Iterable[str]) -> list[str]:
    """Which of these queues no live consumer takes messages from."""
    names = sorted(queues)
    if not names:
        return []
    values = cast("list[bytes | None]", events.connection().mget([_key(name) for name in names]))
    return [name for name, value in zip(names, values, strict=True) if value is None]


@signals.heartbeat_sent.connect
def _on_heartbeat(**_: object) -> None:
    try:
        note_alive(current_app.amqp.queues.consume_from)
    except RedisError as error:
        logger.warning("heartbeat not noted: %s", error)


def _key(queue: str) -> str:
    return f"worker-alive:{queue}"
