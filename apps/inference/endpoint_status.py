"""How endpoints do right now, for people who look at them.

A page never waits for an engine: it shows what was seen last, and when that is older than a few seconds the
process's event loop takes another look meanwhile. However many people look, the engine is asked once.
"""

import asyncio
import logging
from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from redis.exceptions import RedisError

from apps.core import redis_client
from apps.inference.models import Endpoint
from llm_backend import chat, event_loop, probe
from llm_backend.probe import ProbeResult

logger = logging.getLogger(__name__)

# For all viewers together: an engine is not asked more often however many pages are open.
FRESH_MS = 3_000
# A vendor's server does not change with us, and counts requests.
VENDOR_FRESH_MS = 30_000
KEPT_SECONDS = 120
# Every look has a limit of its own; this one is for a process whose event loop has stopped.
MAX_SECONDS = 10.0


class EndpointStatus(BaseModel):
    """`tokens_per_second`: written by the engine for everybody, between the last two looks."""

    model_config = ConfigDict(frozen=True)

    observation: ProbeResult
    tokens_per_second: float | None = None

    @property
    def kv_cache_percent(self) -> int | None:
        figures = self.observation.figures
        share = figures.kv_cache_use if figures else None
        return None if share is None else round(share * 100)

    @property
    def detail_lines(self) -> list[str]:
        """For whoever runs the endpoint: it may name hosts."""
        return [self.observation.detail] if self.observation.detail else []


def latest(endpoint: Endpoint) -> EndpointStatus | None:
    """What was seen last; None until the first look is over, or while Redis is away."""
    connection = redis_client.synchronous()
    fresh_ms = FRESH_MS if endpoint.preset.has_metrics else VENDOR_FRESH_MS
    try:
        stored_json = connection.get(_key(endpoint.pk, "standing"))
        # One process looks for all of them.
        is_due = connection.set(_key(endpoint.pk, "looking"), 1, nx=True, px=fresh_ms)
    except RedisError:
        # Shown as unknown: a status is not worth an error page.
        return None
    if is_due:
        event_loop.submit(look(endpoint.pk, endpoint.chat_server()))
    return EndpointStatus.model_validate_json(stored_json) if stored_json else None


async def look(endpoint_id: UUID, server: chat.Endpoint) -> ProbeResult:
    """On the process's event loop only."""
    client = redis_client.asynchronous()
    observation = await probe.observe(server)
    try:
        stored_json = await client.get(_key(endpoint_id, "standing"))
        earlier = EndpointStatus.model_validate_json(stored_json).observation if stored_json else None
        standing = EndpointStatus(observation=observation, tokens_per_second=_rate(earlier, observation))
        await client.set(_key(endpoint_id, "standing"), standing.model_dump_json(), ex=KEPT_SECONDS)
    except (RedisError, OSError) as error:
        logger.warning("what was seen of an endpoint is not kept: %s", error)
    return observation


def look_at_all(endpoints: Iterable[Endpoint]) -> dict[UUID, ProbeResult]:
    """Looks at all of them at once and waits as long as for one; for work that no person waits for."""
    servers = {endpoint.pk: endpoint.chat_server() for endpoint in endpoints}

    async def everything() -> list[ProbeResult]:
        return await asyncio.gather(*(look(endpoint_id, server) for endpoint_id, server in servers.items()))

    return dict(zip(servers, event_loop.submit(everything()).result(MAX_SECONDS), strict=True))


def forget(endpoint_id: UUID) -> None:
    """After a change of the endpoint: what was seen is true no more."""
    try:
        redis_client.synchronous().delete(_key(endpoint_id, "standing"), _key(endpoint_id, "looking"))
    except RedisError as error:
        logger.warning("what was seen of an endpoint stays a little longer: %s", error)


def _rate(earlier: ProbeResult | None, now: ProbeResult) -> float | None:
    """None after a restart too: the engine counts from zero again."""
    before = earlier.figures.written_tokens if earlier and earlier.figures else None
    after = now.figures.written_tokens if now.figures else None
    if earlier is None or before is None or after is None or after < before:
        return None
    # A tenth of a second at least, or two looks in a row would show an absurd rate.
    return (after - before) / max(now.seen_at - earlier.seen_at, 0.1)


def _key(endpoint_id: UUID, name: str) -> str:
    return f"observed:{{{endpoint_id}}}:{name}"
