"""How the web process runs Django: ordinary requests on a few threads, everything that is sent for long on the event loop.

Django's own ASGI path gives every request a thread of its own and hops to it once per middleware; an open event
stream would keep that thread. Here a request is one hop to a bounded pool, middleware, view and database
included, and no client is ever waited for in a thread: 500 open streams, or readers that take nothing of a file, hold
no thread and no connection. See docs/decisions/requests-on-threads.md.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

from apps.accounts.authentication import client_address
from apps.core import context
from apps.core.body_limit import refuse
from apps.core.errors import ApplicationError, LimitExceeded
from apps.core.range_response import SENT_AT_ONCE
from apps.observability.pages import healthz
from config.request_bodies import RequestBodies
from config.thread_shares import ThreadShares, Visit
from config.transfers import Transfers

Scope = dict[str, Any]

# A block of a file is read and unsealed in well under a millisecond: a few threads serve any number of readers.
READING_THREADS = 4
ALIVE_PATH = "/healthz"


class ThreadedDjango(ASGIHandler):
    """An ASGI application. Views are synchronous; a view streams by answering with an asynchronous iterator or a file.

    What other views write piece by piece, `apps.core.middleware.spooled_exports` makes a file.
    """

    def __init__(self, *, threads: int) -> None:
        # Not ASGIHandler's own, which loads the middleware for asynchronous views.
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._shares = ThreadShares(threads)
        self._threads = ThreadPoolExecutor(self._shares.thread_count, thread_name_prefix="django")
        self._reading = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="file")
        self._transfers = Transfers(most=settings.TRANSFERS_PER_ADDRESS)
        self._bodies = RequestBodies(self._transfers)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == ALIVE_PATH:
            # Alive is who turns the loop: no thread is needed to say so, however many requests wait for one.
            await self.send_response(healthz(ASGIRequest(scope, BytesIO())), send)
            return
        try:
            response = await self._answer(scope, receive)
        except RequestAborted:
            # The client has gone: nobody is there to be answered.
            return
        except ApplicationError as error:
            await refuse(scope, send, error)
            return
        if isinstance(response, FileResponse):
            await self._send_file(scope, response, receive, send)
        elif isinstance(response, StreamingHttpResponse):
            await _until_left(self._send_stream(response, send), receive)
        else:
            await self.send_response(response, send)

    async def _answer(self, scope: Scope, receive: Any) -> HttpResponseBase:
        body, visit = await self._bodies.read(scope, receive), self._shares.visit(scope)
        try:
            await self._shares.begin(visit, receive)
        except BaseException:
            body.close()
            raise
        try:
            # In the thread's own context, not a copy: what Django keeps per context (cache connections) then lives on.
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._respond, scope, body, visit)
        finally:
            self._shares.end(visit)

    def _respond(self, scope: Scope, body: IO[bytes], visit: Visit) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        visit.start_clock()
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: HttpResponseBase = refusal or HttpResponse()
        try:
            if request is not None:
                response = self.get_response(request)
                visit.organisation_id = context.organisation_id.get()
            return response
        finally:
            visit.stop_clock()
            # Its file is still to be sent, for which no connection to the database is needed.
            if isinstance(response, FileResponse):
                close_old_connections()
            else:
                # Sends request_finished: this thread's database connection goes back to the pool.
                response.close()

    async def _send_file(self, scope: Scope, response: FileResponse, receive: Any, send: Any) -> None:
        blocks = _FileChunks(response)
        loop = asyncio.get_running_loop()
        try:
            with self._transfers.one(client_address(ASGIRequest(scope, BytesIO()))):
                if scope["method"] == "HEAD":
                    blocks.close()
                await _until_left(self._send_blocks(response, blocks, send), receive)
        except LimitExceeded as error:
            await refuse(scope, send, error)
        finally:
            await loop.run_in_executor(self._reading, blocks.close)

    async def _send_blocks(self, response: FileResponse, blocks: "_FileChunks", send: Any) -> None:
        """A thread reads a block; while the client takes it, no thread waits."""
        loop = asyncio.get_running_loop()
        await send(_beginning(response))
        while block := await loop.run_in_executor(self._reading, blocks.next):
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _send_stream(self, response: StreamingHttpResponse, send: Any) -> None:
        await send(_beginning(response))
        parts: Any = response.streaming_content
        async with aclosing(parts):
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class _FileChunks:
    """The content of a file, for threads that take turns."""

    def __init__(self, response: FileResponse) -> None:
        self._response = response
        self._parts = iter(response)
        self._lock = threading.Lock()

    def next(self) -> bytes:
        """Empty at the end."""
        block = bytearray()
        with self._lock:
            while (
                not self._response.closed and len(block) < SENT_AT_ONCE and (part := next(self._parts, b""))
            ):
                block += part
        return bytes(block)

    def close(self) -> None:
        """Not while another thread reads."""
        with self._lock:
            self._response.close()


def _beginning(response: StreamingHttpResponse) -> dict[str, Any]:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers += [
        (b"Set-Cookie", each.output(header="").strip().encode()) for each in response.cookies.values()
    ]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


async def _until_left(sending: Any, receive: Any) -> None:
    """Until the end or until the client goes, whichever comes first."""

    async def disconnect() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = (asyncio.ensure_future(sending), asyncio.ensure_future(disconnect()))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(outcomes[0], Exception):
        raise outcomes[0]
