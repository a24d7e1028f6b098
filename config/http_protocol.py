"""HTTP on one connection, with limits of time and size where uvicorn has none.

`python -m uvicorn --http config.http_protocol:BoundedProtocol`. Without it a client may take for ever over the head of
its request, make it as long as it likes, or keep what is left of an answer in the buffer until TCP gives up.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Of one request head, and of taking what was left in the buffer when an answer ended.
HEAD_SECONDS = 20.0
# Most servers allow 8 KiB a line, and a host of several applications sends the cookies of all of them.
MAX_HEAD_BYTES = 64 * 1024
# An ASGI extension of ours: `scope["extensions"][ABORT]["abort"]` drops the connection with all it has buffered.
ABORT = "kongming.abort"


class BoundedProtocol(HttpToolsProtocol):
    _timer: asyncio.TimerHandle | None = None
    _is_in_head = True
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.abort()
                return
            self._head_bytes += len(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0
        self._set_timer()

    def on_headers_complete(self) -> None:
        self._stop_timer()
        self._is_in_head = False
        extensions: dict[str, Any] = {ABORT: {"abort": self.transport.abort}}
        self.scope["extensions"] = extensions
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        is_idle = self.cycle.response_complete
        if is_idle:
            self._is_in_head, self._head_bytes = True, 0
            self._set_timer()

    def _set_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
