"""An open inbox as a browser keeps it: it hears what moves, and asks for its rows as calmly as the page does."""

import asyncio
import time
from dataclasses import dataclass, field

import aiohttp
import orjson

from benchmarks.load import sse_events
from llm_backend import patterns

REFRESH_PAUSE_SECONDS = 0.25
ROW = patterns.compile(r'data-conversation="([0-9a-f-]{36})" data-messages="(\d+)"')


@dataclass
class Watcher:
    """Times are seconds since the epoch, to be compared with those of messages."""

    session: aiohttp.ClientSession
    url: str
    cookie: str
    heard: dict[str, list[float]] = field(default_factory=dict)
    shown: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    refresh_seconds: list[float] = field(default_factory=list)
    is_listening: asyncio.Event = field(default_factory=asyncio.Event)
    _is_wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        await asyncio.gather(self._listen(), self._refresh_calmly())

    async def _listen(self) -> None:
        address, timeout = f"{self.url}/conversations/live/", aiohttp.ClientTimeout(total=None)
        async with self.session.get(address, headers=self._headers, timeout=timeout) as stream:
            if stream.status != 200:
                raise RuntimeError(f"the inbox cannot watch: HTTP {stream.status}")
            self.is_listening.set()
            async for event, value in sse_events(stream):
                if event == b"moved":
                    conversation = orjson.loads(value)["conversation"]
                    self.heard.setdefault(conversation, []).append(time.time())
                self._is_wanted.set()

    async def _refresh_calmly(self) -> None:
        """As static/customer_service/inbox.js does: never two requests at a time, and a pause between them."""
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            await self._refresh()
            await asyncio.sleep(REFRESH_PAUSE_SECONDS)

    async def _refresh(self) -> None:
        began = time.time()
        headers = {**self._headers, "HX-Request": "true", "HX-Target": "conversation-rows"}
        async with self.session.get(f"{self.url}/conversations/?view=all", headers=headers) as answer:
            page = await answer.text()
        now = time.time()
        self.refresh_seconds.append(now - began)
        for conversation, messages in ROW.findall(page):
            rows = self.shown.setdefault(conversation, [])
            if not rows or rows[-1][1] != int(messages):
                rows.append((now, int(messages)))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"sessionid={self.cookie}"}
