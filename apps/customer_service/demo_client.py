"""The demo as another system sees the platform: REST with a key, and server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
import orjson

POLL_SECONDS = 0.5
ENDS = ("done", "error", "cancelled")

Json = dict[str, Any]
OnText = Callable[[str], None]
OnProgress = Callable[[float], None]


class RequestRefused(Exception):
    """The API's own words for why it refused."""


@dataclass
class StreamedAnswer:
    """One answer and when it arrived, in seconds after asking."""

    job_id: str
    started: float
    first_seconds: float | None = None
    seconds: float = 0.0
    text: str = ""
    result: Json = field(default_factory=dict)
    error: str = ""

    def note_text(self, text: str) -> None:
        self.text += text
        self.seconds = time.perf_counter() - self.started
        self.first_seconds = self.first_seconds or self.seconds


class DemoClient:
    def __init__(self, url: str, token: str) -> None:
        self._api = f"{url}/api/v1/"
        self._origin = url
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}"}, timeout=aiohttp.ClientTimeout(total=None)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def upload(self, name: str, content: bytes, *, collection_id: str) -> Json:
        form = aiohttp.FormData({"collection": collection_id})
        form.add_field("file", content, filename=name, content_type="text/markdown")
        return await self._json("POST", "documents/", data=form)

    async def document(self, document_id: str) -> Json:
        return await self._json("GET", f"documents/{document_id}/")

    async def start_conversation(self, channel_id: str, *, visitor_name: str) -> str:
        body = {"channel": channel_id, "visitor_name": visitor_name}
        answer = await self._json("POST", "conversations/", json=body)
        return str(answer["conversation"]["id"])

    async def ask(self, conversation_id: str, text: str, *, on_text: OnText) -> StreamedAnswer:
        started = time.perf_counter()
        sent = await self._json("POST", f"conversations/{conversation_id}/messages/", json={"text": text})
        if sent["job"] is None:
            return StreamedAnswer("", started, error="A person answers this conversation from now on.")
        answer = StreamedAnswer(sent["job"]["id"], started)
        async for event, payload in self._events(sent["events"]):
            if event == "delta":
                answer.note_text(payload["text"])
                on_text(payload["text"])
            elif event == "restart":
                on_text("\n")
            elif event in ENDS:
                answer.result = payload.get("result") or {}
                answer.error = "" if event == "done" else payload.get("message") or event
        return answer

    async def wait_until_read(self, document: Json, *, seconds: float, on_progress: OnProgress) -> Json:
        """Polls a document until it is ready. Raises RequestRefused when reading failed."""
        deadline = time.monotonic() + seconds
        while document["state"] not in ("ready", "failed", "cancelled"):
            if time.monotonic() > deadline:
                raise RequestRefused(f"{document['title']} is still being read. See the portal's jobs page.")
            on_progress(document.get("progress") or 0.0)
            await asyncio.sleep(POLL_SECONDS)
            document = await self.document(document["id"])
        if document["state"] != "ready":
            raise RequestRefused(f"{document['title']} could not be read. See the portal's knowledge page.")
        return document

    async def _json(self, method: str, path: str, **content: Any) -> Json:
        async with self._session.request(method, self._api + path, **content) as answer:
            body = await answer.read()
            if answer.status >= 400:
                raise RequestRefused(f"{method} {path}: HTTP {answer.status} {body.decode()[:300]}")
            parsed: Json = orjson.loads(body)
            return parsed

    async def _events(self, url: str) -> AsyncIterator[tuple[str, Json]]:
        async with self._session.get(self._origin + url) as answer:
            event = ""
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    yield event, orjson.loads(value)
                    if event in ENDS:
                        return
