"""How the web process runs Django: ordinary requests on a few threads, streams on the event loop.

Django's own ASGI path gives every request a thread of its own and hops to it once per middleware; an open event
stream would keep that thread. Here a request is one hop to a bounded pool, middleware, view and database
included, and a streaming answer leaves the pool at once: 500 open streams hold no thread and no connection.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import IO, Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import set_script_prefix

Scope = dict[str, Any]


class ThreadedDjango(ASGIHandler):
    """An ASGI application. Views are synchronous; a view streams by answering with an asynchronous iterator."""

    def __init__(self, *, threads: int) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="django")

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        # In the thread's own context, not a copy: what Django keeps per context (cache connections) then lives on.
        response = await asyncio.get_running_loop().run_in_executor(self._threads, self._respond, scope, body)
        if isinstance(response, StreamingHttpResponse):
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    def _respond(self, scope: Scope, body: IO[bytes]) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: HttpResponseBase = refusal or HttpResponse()
        try:
            if request is not None:
                response = self.get_response(request)
            return response
        finally:
            if not (isinstance(response, StreamingHttpResponse) and not response.is_async):
                # Sends request_finished: this thread's database connection goes back to the pool.
                response.close()

    async def _stream(self, response: StreamingHttpResponse, receive: Any, send: Any) -> None:
        """Until the end or until the client goes, whichever comes first."""
        sending = asyncio.ensure_future(self._send_stream(response, send))
        leaving = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            ended = await asyncio.gather(sending, leaving, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]

    async def _send_stream(self, response: StreamingHttpResponse, send: Any) -> None:
        headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
        headers += [
            (b"Set-Cookie", each.output(header="").strip().encode()) for each in response.cookies.values()
        ]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if response.is_async:
            parts: Any = response.streaming_content
            async with aclosing(parts):
                async for part in parts:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        else:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._pump, response, send, loop)
        await send({"type": "http.response.body", "body": b""})

    def _pump(self, response: StreamingHttpResponse, send: Any, loop: asyncio.AbstractEventLoop) -> None:
        """A synchronous stream, such as an export, from one thread and no faster than the client reads."""
        try:
            for part in response:
                message = {"type": "http.response.body", "body": part, "more_body": True}
                asyncio.run_coroutine_threadsafe(send(message), loop).result()
        finally:
            response.close()


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
