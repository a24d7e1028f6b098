"""At most `limit` requests at an endpoint, over all processes, shared fairly between organisations.

While places are free, taking one is a single round trip. When none is free, callers wait in Redis: each
organisation's first waiting call comes before anybody's second, and among equals the organisation that was
served longest ago. A place is a lease: a killed worker's places come free by themselves, and after a wiped
Redis the running calls enter themselves again with their next renewal.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from redis.exceptions import RedisError

from apps.core import redis_client
from apps.core.errors import ServiceUnavailable
from llm_backend import event_loop

logger = logging.getLogger(__name__)

# Three renewals fit into a lease, so two may fail. A worker that was killed frees its place after it.
LEASE_MS = 15_000
RENEW_SECONDS = 5.0
PATIENCE_MS = 4_000  # a waiter that has not asked for so long is gone
# What Redis keeps of an endpoint that nobody calls any more goes by itself.
IDLE_MS = 3_600_000
# Who is next asks often, who stands far behind seldom: hundreds of waiters must not keep Redis busy.
NEAREST_POLL_SECONDS, FARTHEST_POLL_SECONDS = 0.05, 1.0

OnWait = Callable[[int], None]

# KEYS: held, waiting, asked, served. ARGV: ticket, organisation, limit and three times in milliseconds.
# Answers 0 for a place, else the position in the queue. A turn is {the organisation's calls up to this one, when the
# organisation was served last, place in the queue}; the smallest is next.
TAKE = """
local held, waiting, asked, served = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ticket, organisation, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local lease, patience, idle = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Later than anybody writes: the clock was set back since. Who is still there says so again within the usual time.
for _, early in ipairs(redis.call('ZRANGEBYSCORE', held, '(' .. now + lease, '+inf')) do
  redis.call('ZADD', held, now + lease, early)
end
for _, early in ipairs(redis.call('ZRANGEBYSCORE', asked, '(' .. now, '+inf')) do
  redis.call('ZADD', asked, now, early)
end
redis.call('ZREMRANGEBYSCORE', held, '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', asked, '-inf', now - patience)) do
  redis.call('ZREM', asked, gone)
  redis.call('ZREM', waiting, gone)
end
local me = organisation .. '/' .. ticket
local free = limit - redis.call('ZCARD', held)
local position = 1
local queue = redis.call('ZRANGE', waiting, 0, -1)
if #queue > 0 then
  if not redis.call('ZSCORE', waiting, me) then queue[#queue + 1] = me end
  local turns, taken, mine = {}, {}, nil
  for index, other in ipairs(queue) do
    local owner = string.match(other, '^[^/]*')
    taken[owner] = (taken[owner] or 0) + 1
    local last = tonumber(redis.call('HGET', served, owner) or '0')
    if last > now * 1000 + 999 then last = 0 end
    turns[index] = {taken[owner], last, index}
    if other == me then mine = turns[index] end
  end
  for _, turn in ipairs(turns) do
    if turn[1] < mine[1] or (turn[1] == mine[1] and
        (turn[2] < mine[2] or (turn[2] == mine[2] and turn[3] < mine[3]))) then
      position = position + 1
    end
  end
end
if position <= free then
  redis.call('ZREM', waiting, me)
  redis.call('ZREM', asked, me)
  redis.call('ZADD', held, now + lease, ticket)
  redis.call('HSET', served, organisation, now * 1000 + time[2] % 1000)
  redis.call('PEXPIRE', held, idle)
  redis.call('PEXPIRE', served, idle)
  return 0
end
redis.call('ZADD', waiting, 'NX', now * 1000 + time[2] % 1000, me)
redis.call('ZADD', asked, now, me)
redis.call('PEXPIRE', waiting, idle)
redis.call('PEXPIRE', asked, idle)
return position
"""

# KEYS: held. ARGV: lease, idle, then the tickets.
RENEW = """
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
for index = 3, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[index]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""


@dataclass(eq=False)
class Ticket:
    """One call that wants a place or has it. `position`: in the queue, 0 before it had to wait."""

    endpoint_id: UUID
    organisation_id: UUID
    id: str = field(default_factory=lambda: uuid4().hex)
    position: int = 0
    may_be_next: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name_in_queue(self) -> str:
        return f"{self.organisation_id}/{self.id}"


def key(endpoint_id: UUID, name: str) -> str:
    # The braces are a hash tag: the script needs all keys of an endpoint in one slot of a Redis Cluster.
    return f"slots:{{{endpoint_id}}}:{name}"


class Permits:
    """The places that this process holds and waits for. Lives on the process's event loop."""

    def __init__(self) -> None:
        self._held: set[Ticket] = set()
        self._waiting: set[Ticket] = set()
        self._renewal: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def place(
        self, endpoint_id: UUID, organisation_id: UUID, *, limit: int, on_wait: OnWait | None = None
    ) -> AsyncIterator[None]:
        ticket = Ticket(endpoint_id, organisation_id)
        try:
            await self._wait(ticket, limit, on_wait)
            yield
        finally:
            await self._leave(ticket)

    async def _wait(self, ticket: Ticket, limit: int, on_wait: OnWait | None) -> None:
        self._waiting.add(ticket)
        while position := await self._take(ticket, limit):
            event_loop.raise_if_cancelled()
            if on_wait and position != ticket.position:
                on_wait(position)
            ticket.position = position
            ticket.may_be_next.clear()
            # The further back, the calmer; whoever may be next in this process is woken besides.
            pause = min(NEAREST_POLL_SECONDS + 0.02 * position, FARTHEST_POLL_SECONDS)
            try:
                await asyncio.wait_for(ticket.may_be_next.wait(), pause)
            except TimeoutError:
                # The usual case: nobody has left, so it asks again.
                continue
        self._waiting.discard(ticket)
        self._held.add(ticket)
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.get_running_loop().create_task(self._renew_while_held())

    async def _take(self, ticket: Ticket, limit: int) -> int:
        keys = [key(ticket.endpoint_id, name) for name in ("held", "waiting", "asked", "served")]
        who: list[str | int] = [ticket.id, str(ticket.organisation_id), limit]
        try:
            script = redis_client.asynchronous().register_script(TAKE)
            return int(await script(keys=keys, args=[*who, LEASE_MS, PATIENCE_MS, IDLE_MS]))
        except (RedisError, OSError) as error:
            # Retryable, and better than to overrun the engine: docs/decisions/inference.md.
            raise ServiceUnavailable from error

    async def _leave(self, ticket: Ticket) -> None:
        self._held.discard(ticket)
        self._waiting.discard(ticket)
        try:
            # A cancelled call would otherwise hold its place until the lease ends.
            await asyncio.shield(self._give_back(ticket))
        except (RedisError, OSError) as error:
            logger.warning("place not given back, its lease will run out: %s", error)
        self._wake_next(ticket.endpoint_id)

    @staticmethod
    async def _give_back(ticket: Ticket) -> None:
        pipeline = redis_client.asynchronous().pipeline(transaction=False)
        pipeline.zrem(key(ticket.endpoint_id, "held"), ticket.id)
        if ticket.position:
            pipeline.zrem(key(ticket.endpoint_id, "waiting"), ticket.name_in_queue)
            pipeline.zrem(key(ticket.endpoint_id, "asked"), ticket.name_in_queue)
        await pipeline.execute()

    def _wake_next(self, endpoint_id: UUID) -> None:
        """Waiters of this process need not wait for their next poll; those of others do, 50 ms or so."""
        waiting = [ticket for ticket in self._waiting if ticket.endpoint_id == endpoint_id]
        for ticket in sorted(waiting, key=lambda ticket: ticket.position)[:2]:
            ticket.may_be_next.set()

    async def _renew_while_held(self) -> None:
        while self._held:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._renew()
            except (RedisError, OSError) as error:
                logger.warning("places not renewed: %s", error)

    async def _renew(self) -> None:
        by_endpoint: dict[UUID, list[str]] = {}
        for ticket in self._held:
            by_endpoint.setdefault(ticket.endpoint_id, []).append(ticket.id)
        script = redis_client.asynchronous().register_script(RENEW)
        for endpoint_id, tickets in by_endpoint.items():
            await script(keys=[key(endpoint_id, "held")], args=[LEASE_MS, IDLE_MS, *tickets])


slots = Permits()


def in_use(endpoint_id: UUID) -> tuple[int, int]:
    """How many calls run and how many wait, for people who look at an endpoint."""
    connection = redis_client.synchronous()
    try:
        seconds, micros = connection.time()
        now = seconds * 1000 + micros // 1000
        running = connection.zcount(key(endpoint_id, "held"), now, "+inf")
        return running, connection.zcard(key(endpoint_id, "waiting"))
    except RedisError:
        return 0, 0
