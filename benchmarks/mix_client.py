"""One client for everybody of the mix: each request is timed under its route, and what went wrong is kept."""

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from benchmarks.load import ENDS, sse_events

POLL_SECONDS = 0.5
KEPT_ERRORS = 20


@dataclass
class MixClient:
    """`milliseconds`: route → how long each of its answers took. A conflict (409) is a right answer among people, and so
    is “too many requests” to whoever comes back when told to; both are counted apart."""

    session: aiohttp.ClientSession
    url: str
    token: str
    cookie: str
    ends_at: float
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self.ends_at

    async def call(
        self, method: str, route: str, body: Any = None, *, token: str = "", data: Any = None, **names: str
    ) -> Any:
        """What was answered, as JSON; None for a conflict and for what went wrong."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        if isinstance(data, str):
            headers["Content-Type"] = "application/x-ndjson"
        return await self._answer(method, f"/api/v1/{route}", names, json=body, data=data, headers=headers)

    async def page(self, route: str, **names: str) -> None:
        """As a browser in which the owner is signed in."""
        await self._answer("GET", route, names, headers={"Cookie": f"sessionid={self.cookie}"})

    async def job_end(self, job_id: str) -> dict[str, Any]:
        """The job once it is over; {} where it is not within the time of the mix."""
        while self.is_open:
            job = await self.call("GET", "jobs/{job}/", job=job_id)
            if job and job["state"] in ("succeeded", "failed", "cancelled"):
                self.counts[f"jobs {job['state']}"] += 1
                if job["state"] == "failed":
                    self._keep_error(f"{job['kind']}: {job['error']}")
                return dict(job)
            await asyncio.sleep(POLL_SECONDS)
        return {}

    async def read_answer(self, job_id: str) -> None:
        """The events of an answer until its last one, timed under two names: until the first words, and whole."""
        began, first = time.perf_counter(), 0.0
        address, headers = (
            f"{self.url}/api/v1/jobs/{job_id}/events/",
            {"Authorization": f"Bearer {self.token}"},
        )
        try:
            async with self.session.get(address, headers=headers) as answer:
                async for kind, value in sse_events(answer):
                    if kind == b"delta" and not first:
                        first = self._time("answer, first words", began)
                    elif kind in ENDS:
                        self._time("answer, whole", began)
                        if kind == b"error":
                            self._keep_error(f"answer: {value.decode()[:200]}")
                        return
        except (aiohttp.ClientError, TimeoutError) as error:
            self._keep_error(f"events of an answer: {error!r}")

    async def _answer(self, method: str, route: str, names: dict[str, str], **request: Any) -> Any:
        began, address = time.perf_counter(), self.url + route.format(**names)
        try:
            async with self.session.request(method, address, allow_redirects=False, **request) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self._keep_error(f"{method} {route}: {error!r}")
            return None
        self._time(f"{method} {route}", began)
        if answer.status == 409:
            self.counts["conflicts"] += 1
        elif answer.status == 429:
            self.counts["told to wait"] += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))
        elif answer.status >= 300:
            self._keep_error(f"{method} {route}: {answer.status} {content[:200].decode(errors='replace')}")
        else:
            return orjson.loads(content) if answer.content_type == "application/json" and content else {}
        return None

    def _time(self, name: str, began: float) -> float:
        seconds = time.perf_counter() - began
        self.milliseconds[name].append(seconds * 1000)
        return seconds

    def _keep_error(self, text: str) -> None:
        self.counts["errors"] += 1
        if len(self.errors) < KEPT_ERRORS:
            self.errors.append(text)
