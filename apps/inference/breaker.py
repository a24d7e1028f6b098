"""Stops calling an endpoint that fails again and again, and lets one call through now and then to see.

Closed costs nothing: each process remembers it for a second and counts its own failures in a row. When one
process has seen enough, it opens the breaker for all of them in Redis.
"""

import time
from dataclasses import dataclass
from uuid import UUID

from redis.exceptions import RedisError

from apps.core import redis_client, ttl_cache
from llm_backend import errors

# Fewer would trip on one restart of an engine; more would let every process wait for its timeout.
FAILURES_IN_A_ROW = 5
# Then one call passes as the probe.
OPEN_SECONDS = 10
# Another may try after it, should the process of the probe have been killed.
PROBE_SECONDS = 30
# An endpoint that nobody called for so long counts as closed again: what was known of it is old.
TRIPPED_SECONDS = 600
# A healthy endpoint costs a look into Redis each second, not one for each call.
CLOSED_IS_REMEMBERED_SECONDS = 1.0


@dataclass
class EndpointMemory:
    """What this process knows of an endpoint: failures in a row, and until when (`time.monotonic`) it counts as closed."""

    failures: int = 0
    closed_until: float = 0.0


_memories: dict[UUID, EndpointMemory] = {}
ttl_cache.register(_memories.clear)


def _key(endpoint_id: UUID, name: str) -> str:
    # The braces are a hash tag: in a Redis Cluster all keys of an endpoint share a slot.
    return f"breaker:{{{endpoint_id}}}:{name}"


async def check(endpoint_id: UUID) -> None:
    """Raises ModelUnavailable while the breaker is open. Then one caller passes, as the probe."""
    memory = _memories.setdefault(endpoint_id, EndpointMemory())
    if memory.closed_until > time.monotonic():
        return
    client = redis_client.asynchronous()
    pipeline = client.pipeline(transaction=False)
    pipeline.pttl(_key(endpoint_id, "open"))
    pipeline.exists(_key(endpoint_id, "tripped"))
    open_ms, is_tripped = await pipeline.execute()
    if is_tripped:
        # Another process may have tripped it: whoever tries it out takes the marks away, whatever was known here before.
        memory.closed_until = 0
    if open_ms > 0:
        raise errors.ModelUnavailable("it failed several times in a row", retry_after=open_ms / 1000)
    if not is_tripped:
        memory.closed_until = time.monotonic() + CLOSED_IS_REMEMBERED_SECONDS
    elif not await client.set(_key(endpoint_id, "probe"), 1, nx=True, ex=PROBE_SECONDS):
        raise errors.ModelUnavailable("it is being tried out after failures", retry_after=OPEN_SECONDS)


async def note_success(endpoint_id: UUID) -> None:
    memory = _memories.setdefault(endpoint_id, EndpointMemory())
    # Zero where this process saw it tripped or has just begun: only then are there marks to take away.
    was_closed = memory.closed_until > 0
    memory.failures = 0
    # The usual case writes nothing.
    if not was_closed:
        names = ("open", "tripped", "probe")
        await redis_client.asynchronous().delete(*(_key(endpoint_id, name) for name in names))


async def note_failure(endpoint_id: UUID) -> None:
    memory = _memories.setdefault(endpoint_id, EndpointMemory())
    memory.failures += 1
    client = redis_client.asynchronous()
    # Too few failures of its own: this call was let through to see whether it is back, and it is not.
    is_probe = memory.failures < FAILURES_IN_A_ROW and bool(await client.exists(_key(endpoint_id, "tripped")))
    if is_probe or memory.failures >= FAILURES_IN_A_ROW:
        await _trip(endpoint_id)


async def _trip(endpoint_id: UUID) -> None:
    _memories[endpoint_id].closed_until = 0
    pipeline = redis_client.asynchronous().pipeline(transaction=False)
    pipeline.set(_key(endpoint_id, "tripped"), 1, ex=TRIPPED_SECONDS)
    pipeline.set(_key(endpoint_id, "open"), 1, ex=OPEN_SECONDS)
    pipeline.delete(_key(endpoint_id, "probe"))
    await pipeline.execute()


def is_open(endpoint_id: UUID) -> bool:
    """For whoever chooses an endpoint: of one that counts as closed here, Redis is not asked."""
    memory = _memories.get(endpoint_id)
    is_remembered = memory is not None and memory.closed_until > time.monotonic()
    return not is_remembered and state(endpoint_id) == "open"


def state(endpoint_id: UUID) -> str:
    """`closed`, `open` or `half-open`, for people who look at an endpoint."""
    try:
        open_mark, tripped_mark = redis_client.synchronous().mget(
            _key(endpoint_id, "open"), _key(endpoint_id, "tripped")
        )
    except RedisError:
        return "unknown"
    return "open" if open_mark else "half-open" if tripped_mark else "closed"
