"""Lines on their way from a connection into the spool of their source: in memory for a second at most, and bounded."""

import asyncio
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import F

from apps.accounts.actors import Actor
from apps.core.errors import ApplicationError, Conflict, LimitExceeded, StorageFull
from apps.log_analysis.sources import services, spool
from apps.log_analysis.sources.models import LogSource

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
FLUSH_BYTES = 2**20
MAX_BUFFER_BYTES = 4 * 2**20
# Of the end of the process: supervisord waits for fifteen.
MAX_LAST_TRIES = 5

Result = TypeVar("Result")


async def in_thread(function: Callable[[], Result]) -> Result:
    """What asks the database, apart from the event loop; the connection goes back afterwards."""

    def run() -> Result:
        try:
            return function()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


@dataclass
class LineBatch:
    """What is being stored of one source. `is_put`: it lies in the spool, and must not be put there again."""

    source_id: UUID
    content: bytes
    lines: int
    is_put: bool = False

    def store(self, *, is_last: bool) -> int:
        """Answers how many lines had to be dropped. With `is_last` limits do not count: it is now or never.

        Raises LimitExceeded, StorageFull and DatabaseError, after which it may be tried again.
        """
        source = LogSource.objects.select_related("organisation").filter(pk=self.source_id).first()
        if source is None:
            return self.lines
        actor = Actor(source.organisation)
        if not self.is_put:
            try:
                services.require_acceptance(actor, source, len(self.content))
            except Conflict:
                return self.lines
            except (LimitExceeded, StorageFull):
                if not is_last:
                    raise
            spool.put(source, spool.Batch("syslog", "", self.content))
            self.is_put = True
        try:
            services.announce(actor, source, len(self.content))
        except LogSource.DoesNotExist:
            # Deleted a moment ago, and what it had with it.
            shutil.rmtree(source.spool, ignore_errors=True)
        return 0


class LineBuffer:
    """The lines of one source. Filled from the event loop; a thread stores them."""

    def __init__(self, source_id: UUID) -> None:
        self.source_id = source_id
        self._content = bytearray()
        self._lines = self._dropped_lines = 0
        self._batch: LineBatch | None = None
        self._is_due, self._is_ending = asyncio.Event(), False
        self._when_there_is_room: list[Callable[[], None]] = []

    @property
    def is_full(self) -> bool:
        return len(self._content) + (len(self._batch.content) if self._batch else 0) >= MAX_BUFFER_BYTES

    def add(self, packed: bytes) -> None:
        self._content += packed
        self._lines += 1
        if len(self._content) >= FLUSH_BYTES:
            self._is_due.set()

    def drop(self) -> None:
        """Counts a line of a sender that cannot be made to wait."""
        self._dropped_lines += 1

    def when_there_is_room(self, resume: Callable[[], None]) -> None:
        self._when_there_is_room.append(resume)

    def end(self) -> None:
        """Nothing more comes: `store_until_end` returns when everything is stored."""
        self._is_ending = True
        self._is_due.set()

    async def store_until_end(self) -> None:
        tries = 0
        while not self._is_ending or self._batch or self._content or self._dropped_lines:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_due.wait(), FLUSH_SECONDS)
            if not self._is_ending:
                self._is_due.clear()
            tries += self._is_ending
            if tries > MAX_LAST_TRIES:
                logger.error("lines of a log source were lost: they could not be stored")
                return
            try:
                await self._store()
            except (ApplicationError, DatabaseError, OSError) as error:
                logger.warning("lines of a log source wait", extra={"reason": type(error).__name__})
                await asyncio.sleep(FLUSH_SECONDS)

    async def _store(self) -> None:
        if self._batch is None and self._content:
            self._batch = LineBatch(self.source_id, bytes(self._content), self._lines)
            self._content, self._lines = bytearray(), 0
        if batch := self._batch:
            refused = await in_thread(lambda: batch.store(is_last=self._is_ending))
            self._dropped_lines += refused
            self._batch = None
        if dropped := self._dropped_lines:
            rows = LogSource.objects.filter(pk=self.source_id)
            await in_thread(lambda: rows.update(dropped_lines=F("dropped_lines") + dropped))
            self._dropped_lines -= dropped
        if not self.is_full:
            waiting, self._when_there_is_room = self._when_there_is_room, []
            for resume in waiting:
                resume()
