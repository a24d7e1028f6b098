"""Whose request gets a thread of the web process: an organisation has a share, what is beyond it waits on the event loop.

Who sends a request is known cheaply only after it was authenticated inside of a thread. So a credential (key, session,
visitor's token) is remembered with the organisation that it turned out to belong to; whoever shows none that is known
counts with the strangers of their network. Which views are slow is not written down anywhere either: an address is
quick once it has answered quickly, and slow for an organisation for a while after it was. Nothing here asks the database.
See docs/decisions/requests-on-threads.md.
"""

import asyncio
import math
import os
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable
from enum import IntEnum
from hashlib import blake2b
from io import BytesIO
from itertools import count
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.authentication import caller_network
from apps.core.errors import LimitExceeded, ServiceUnavailable
from llm_backend import patterns

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Key = TypeVar("Key")
Value = TypeVar("Value")

# What holds a thread for longer keeps others waiting; nearly every page is answered in a fifth of it.
SLOW_SECONDS = 0.5
# Of the processor, in Python: meanwhile everybody else's threads stop again and again.
HUNGRY_SECONDS = 0.25
# An address that was slow for an organisation counts as slow for so long.
SUSPECT_SECONDS = 60.0
# A page that has not begun by then is asked for again, or given up.
WAIT_SECONDS = 20.0
RETRY_SECONDS = 5.0
# Of one organisation. Each holds its body, in memory or on the disk.
MOST_WAITING = 128
# Entries that are remembered of each kind; the one that was used longest ago goes first.
REMEMBERED = 20_000
TOO_BUSY = _("The server is busy. Try again in a moment.")
TOO_MANY = _("Too many slow requests from you are under way. Wait until some finish, then try again.")
# Ids in an address are many, what is done there is one: /documents/0199…/pages/3/ and /documents/*/pages/*/.
ID_SEGMENT = patterns.compile(r"/[^/]*[0-9][^/]*")


class Pace(IntEnum):
    """What is expected of a request when it comes."""

    QUICK = 0
    SLOW = 1
    HUNGRY = 2


class Visit:
    """A request on its way to a thread and in it."""

    __slots__ = (
        "address",
        "began_at",
        "clock",
        "credential",
        "is_stranger",
        "organisation_id",
        "pace",
        "processor_began",
        "processor_seconds",
        "share",
    )

    def __init__(self, share: str, address: str, credential: bytes, *, is_stranger: bool) -> None:
        self.share = share
        self.address = address
        self.credential = credential
        self.is_stranger = is_stranger
        self.pace = Pace.QUICK
        # Whose it turned out to be, and what it cost; set by the thread.
        self.organisation_id = ""
        self.processor_seconds = 0.0
        # The processor's clock of its thread, and what it showed then.
        self.clock: int | None = None
        self.processor_began = 0.0
        self.began_at = 0.0

    def start_clock(self) -> None:
        """In the thread."""
        self.processor_began = time.thread_time()
        self.clock = time.pthread_getcpuclockid(threading.get_ident())

    def stop_clock(self) -> None:
        self.clock = None
        self.processor_seconds = time.thread_time() - self.processor_began

    def is_hungry(self, now: float) -> bool:
        """As expected at first, then as measured."""
        clock = self.clock
        spent = time.clock_gettime(clock) - self.processor_began if clock is not None else 0.0
        return spent > HUNGRY_SECONDS or (self.pace == Pace.HUNGRY and now - self.began_at < SLOW_SECONDS)

    def is_slow(self, now: float) -> bool:
        return self.pace > Pace.QUICK or now - self.began_at > SLOW_SECONDS


class Memory(OrderedDict[Key, Value]):
    """A dictionary of bounded size, which forgets what was used longest ago."""

    def get(self, key: Key, default: Value) -> Value:  # type: ignore[override]  # a value is never None here
        if key not in self:
            return default
        self.move_to_end(key)
        return self[key]

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)


class ThreadShares:
    """The threads of one event loop. Used on it alone.

    Each organisation, and the strangers of each network, hold at most a third of the threads with what is slow, a twelfth
    with what takes the processor, and leave a third to others whatever they do. A few threads more are there so that all
    organisations together leave room for strangers, who may be about to sign in, and all strangers for organisations.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._free = self.thread_count = threads + math.ceil(threads / 6)
        self._most_slow = math.ceil(threads / 3)
        self._most_hungry = math.ceil(threads / 12)
        self._most = max(1, threads // 2)
        # How many organisations and how many strangers have under way.
        self._by_kind: Counter[bool] = Counter()
        self._under_way: dict[str, set[Visit]] = {}
        # Per share, and apart by pace: what is quick goes past what is slow.
        self._lines: dict[tuple[str, Pace], deque[tuple[int, Visit, asyncio.Future[None]]]] = {}
        self._tickets = count(1)
        # When a share was given a thread last, as a number that grows.
        self._last_turn: Memory[str, int] = Memory()
        self._organisations: Memory[bytes, str] = Memory()
        # Addresses that have answered and did not take the processor; those of strangers for all of them.
        self._modest: Memory[tuple[str, str], bool] = Memory()
        self._slow_until: Memory[tuple[str, str], float] = Memory()
        self._hungry_until: Memory[tuple[str, str], float] = Memory()
        # What is kept of a credential opens nothing.
        self._salt = os.urandom(16)

    def visit(self, scope: Scope) -> Visit:
        credential = self._credential(scope)
        organisation_id = self._organisations.get(credential, "") if credential else ""
        share = organisation_id or caller_network(ASGIRequest(scope, BytesIO()))
        address = f"{scope['method']} {ID_SEGMENT.sub('/*', scope['path'])}"
        return Visit(share, address, credential, is_stranger=not organisation_id)

    async def begin(self, visit: Visit, receive: Receive) -> None:
        """Until the visit may have a thread. Whoever calls it ends it.

        Raises LimitExceeded, ServiceUnavailable, and RequestAborted when the client goes meanwhile.
        """
        visit.pace = self._expected_pace(visit)
        if (visit.share, visit.pace) not in self._lines and self._has_room(visit):
            self._take(visit)
        else:
            await self._wait(visit, receive)

    def end(self, visit: Visit) -> None:
        self._free += 1
        self._by_kind[visit.is_stranger] -= 1
        mine = self._under_way[visit.share]
        mine.discard(visit)
        if not mine:
            del self._under_way[visit.share]
        self._learn(visit)
        self._go_on()

    def _go_on(self) -> None:
        while self._free and (line := self._next_line()):
            _ticket, waiting, future = self._lines[line].popleft()
            if not self._lines[line]:
                del self._lines[line]
            self._take(waiting)
            future.set_result(None)

    def _take(self, visit: Visit) -> None:
        self._free -= 1
        self._by_kind[visit.is_stranger] += 1
        self._under_way.setdefault(visit.share, set()).add(visit)
        self._last_turn[visit.share] = next(self._tickets)
        visit.began_at = time.monotonic()

    async def _wait(self, visit: Visit, receive: Receive) -> None:
        future = self._stand_in_line(visit)
        leaving = asyncio.ensure_future(_client_left(receive))
        try:
            await asyncio.wait((future, leaving), timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._step_out(visit, future)
            raise
        finally:
            leaving.cancel()
        if future.done():
            return
        self._step_out(visit, future)
        if leaving.done():
            raise RequestAborted
        if self._is_full(visit):
            raise ServiceUnavailable(TOO_BUSY, retry_after_seconds=RETRY_SECONDS)
        raise LimitExceeded(TOO_MANY, retry_after_seconds=RETRY_SECONDS)

    def _stand_in_line(self, visit: Visit) -> asyncio.Future[None]:
        line = self._lines.setdefault((visit.share, visit.pace), deque())
        if len(line) >= MOST_WAITING:
            raise LimitExceeded(TOO_MANY, retry_after_seconds=RETRY_SECONDS)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        # By then it has been measured what those before it take.
        loop.call_later(SLOW_SECONDS, self._go_on)
        line.append((next(self._tickets), visit, future))
        return future

    def _step_out(self, visit: Visit, future: asyncio.Future[None]) -> None:
        if future.done():
            self.end(visit)
            return
        key = (visit.share, visit.pace)
        self._lines[key] = deque(entry for entry in self._lines[key] if entry[1] is not visit)
        if not self._lines[key]:
            del self._lines[key]

    def _next_line(self) -> tuple[str, Pace] | None:
        """Of whoever has the least under way, among equals of whoever had a thread longest ago."""
        best, best_rank = None, (math.inf, math.inf, math.inf)
        for key, line in self._lines.items():
            ticket, visit, _future = line[0]
            rank = (len(self._under_way.get(visit.share, ())), self._last_turn.get(visit.share, 0), ticket)
            if rank < best_rank and self._has_room(visit):
                best, best_rank = key, rank
        return best

    def _has_room(self, visit: Visit) -> bool:
        if self._is_full(visit):
            return False
        mine = self._under_way.get(visit.share)
        if mine is None:
            return True
        if len(mine) >= self._most:
            return False
        if visit.pace == Pace.QUICK:
            return True
        now = time.monotonic()
        if sum(each.is_slow(now) for each in mine) >= self._most_slow:
            return False
        # A password's hash takes the processor, but Python goes on meanwhile: people of one network sign in together.
        if visit.pace == Pace.SLOW or visit.is_stranger:
            return True
        return sum(each.is_hungry(now) for each in mine) < self._most_hungry

    def _is_full(self, visit: Visit) -> bool:
        return not self._free or self._by_kind[visit.is_stranger] >= self._threads

    def _expected_pace(self, visit: Visit) -> Pace:
        """As it was for this organisation lately; what it has not asked for before may be anything."""
        now, key = time.monotonic(), (visit.share, visit.address)
        if self._hungry_until.get(key, 0.0) > now:
            return Pace.HUNGRY
        if self._slow_until.get(key, 0.0) > now:
            return Pace.SLOW
        is_modest = self._modest.get(("" if visit.is_stranger else visit.share, visit.address), False)
        return Pace.QUICK if is_modest else Pace.HUNGRY

    def _learn(self, visit: Visit) -> None:
        now, share = time.monotonic(), visit.organisation_id or visit.share
        key = (share, visit.address)
        if visit.organisation_id and visit.credential:
            self._organisations[visit.credential] = visit.organisation_id
        if now - visit.began_at > SLOW_SECONDS:
            self._slow_until[key] = now + SUSPECT_SECONDS
        known = key if visit.organisation_id else ("", visit.address)
        if visit.processor_seconds > HUNGRY_SECONDS:
            self._hungry_until[key] = now + SUSPECT_SECONDS
            self._modest.pop(known, None)
        elif not self._modest.get(known, False):
            self._modest[known] = True
            self._expect_anew(visit.share)

    def _expect_anew(self, share: str) -> None:
        """Those of a share that wait for what has turned out to be quick, or slow and not more."""
        hungry = self._lines.pop((share, Pace.HUNGRY), ())
        for entry in hungry:
            visit = entry[1]
            visit.pace = self._expected_pace(visit)
            self._lines.setdefault((share, visit.pace), deque()).append(entry)

    def _credential(self, scope: Scope) -> bytes:
        """A digest of what the request shows: its key or token, else its session. Empty without either."""
        shown = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                shown = value
                break
            if name == b"cookie":
                shown = _session_of(value) or shown
        return blake2b(shown, digest_size=16, key=self._salt).digest() if shown else b""


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _session_of(cookies: bytes) -> bytes:
    name = settings.SESSION_COOKIE_NAME.encode()
    for pair in cookies.split(b";"):
        key, _separator, value = pair.strip().partition(b"=")
        if key == name:
            return value
    return b""
