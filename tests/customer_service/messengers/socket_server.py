"""A real server on the loopback interface that speaks over web sockets what a test tells it to."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

Talk = Callable[[web.WebSocketResponse], Awaitable[None]]


class SocketServer:
    """`endpoint` answers the request for a connection with the address of the socket; `talk` is what is said there."""

    def __init__(self, endpoint: Callable[[str, Any], Any], talk: Talk) -> None:
        self.endpoint, self.talk = endpoint, talk
        self.url, self.asked_with = "", []
        self.connections = 0

    async def _endpoint(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked_with.append(body)
        answer = self.endpoint(self.url.replace("http", "ws") + "/socket", body)
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        await self.talk(socket)
        await socket.close()
        return socket

    async def start(self) -> web.AppRunner:
        application = web.Application()
        application.router.add_post("/callback/ws/endpoint", self._endpoint)
        application.router.add_post("/v1.0/gateway/connections/open", self._endpoint)
        application.router.add_get("/socket", self._socket)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner


@contextmanager
def socket_server(endpoint: Callable[[str, Any], Any], talk: Talk) -> Iterator[SocketServer]:
    loop, server = asyncio.new_event_loop(), SocketServer(endpoint, talk)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(server.start(), loop).result(5)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
