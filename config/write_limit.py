"""A client that takes nothing of its answer is let go, whatever the answer is: a page, a file, a stream of events."""

import asyncio
import logging
from typing import Any

from config.http_protocol import ABORT

# Of up to 64 KiB, the largest piece that is sent at once: a telephone on a bad line takes more.
WRITE_SECONDS = 30.0

logger = logging.getLogger(__name__)


class ReaderTooSlow(Exception):
    """Raised inside of the application's `send`, so that it closes what it was sending."""


class WriteLimit:
    """ASGI middleware."""

    def __init__(self, application: Any, *, seconds: float = WRITE_SECONDS) -> None:
        self._application = application
        self._seconds = seconds

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def send_in_time(message: dict[str, Any]) -> None:
            try:
                async with asyncio.timeout(self._seconds):
                    await send(message)
            except TimeoutError:
                if abort := (scope.get("extensions") or {}).get(ABORT):
                    abort["abort"]()
                    # Answers once the server has noticed that the connection is gone.
                    await send(message)
                raise ReaderTooSlow from None

        try:
            await self._application(scope, receive, send_in_time)
        except ReaderTooSlow:
            logger.info("a client took nothing for %.0f s and was let go", self._seconds)
