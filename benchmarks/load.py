"""The clients of the benchmarks: conversations in a closed loop, direct or through the platform (both sides use the same
client, engine and clock), and people who work by API and pages.
"""

import asyncio
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from llm_backend import patterns

TOKEN_NUMBER = patterns.compile(r"t(\d+) ")
# All of them share rare words with the demo's handbook: without a passage the platform would not ask the engine.
QUESTIONS = (
    "Within mainland China, how long does delivery take?",
    "Can unopened tea be returned within 30 days?",
    "绿茶放在冰箱里怎么保存?",
    "申请电子发票要提供税号吗?",
    "What does the White Peony taste like?",
    "金卡会员全场九二折吗?",
    "How much is gift wrapping per box?",
    "普洱第一泡要洗茶吗?",
)


# Kinds of the last event of a job.
ENDS = (b"done", b"error", b"cancelled")
POLL_SECONDS, KEPT_ERRORS = 0.5, 20


class RequestRefused(RuntimeError):
    """The platform took a request, and said no to it."""


@dataclass
class Conversation:
    """When each piece of one answer arrived, in seconds after asking."""

    started_at: float
    tokens_expected: int
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""
    lost: int = 0
    doubled: int = 0
    disordered: int = 0

    def receive(self, text: str) -> None:
        now = time.perf_counter() - self.started_at
        self.arrivals += [(now, int(number)) for number in TOKEN_NUMBER.findall(text)]

    def finish(self) -> None:
        self.seconds = time.perf_counter() - self.started_at
        numbers = [number for _, number in self.arrivals]
        self.lost = self.tokens_expected - len(set(numbers))
        self.doubled = len(numbers) - len(set(numbers))
        self.disordered = sum(after < before for before, after in itertools.pairwise(numbers))

    @property
    def first_token_seconds(self) -> float:
        return self.arrivals[0][0]

    @property
    def gaps(self) -> list[float]:
        times = [at for at, _ in self.arrivals]
        return [after - before for before, after in itertools.pairwise(times)]


Ask = Callable[[aiohttp.ClientSession, Conversation, int], Awaitable[None]]


def direct(engine_url: str) -> Ask:
    """Straight to the engine."""

    async def ask(session: aiohttp.ClientSession, conversation: Conversation, number: int) -> None:
        messages = [{"role": "user", "content": QUESTIONS[number % len(QUESTIONS)]}]
        body = {"model": "scripted", "stream": True, "messages": messages}
        async with session.post(f"{engine_url}/v1/chat/completions", json=body) as answer:
            async for _kind, event in sse_events(answer):
                if event == b"[DONE]":
                    return
                choices = orjson.loads(event)["choices"]
                if choices and (text := choices[0]["delta"].get("content")):
                    conversation.receive(text)

    return ask


def through_platform(base_url: str, token: str, channel_id: str) -> Ask:
    """A visitor's message through the REST API, then its events."""
    headers = {"Authorization": f"Bearer {token}"}

    async def ask(session: aiohttp.ClientSession, conversation: Conversation, number: int) -> None:
        body = {"channel": channel_id, "message": QUESTIONS[number % len(QUESTIONS)]}
        path = f"{base_url}/api/v1/conversations/"
        job_id = (await call(session, "POST", path, json=body, headers=headers))["job"]["id"]
        async with session.get(f"{base_url}/api/v1/jobs/{job_id}/events/", headers=headers) as answer:
            async for kind, value in sse_events(answer):
                if kind == b"delta":
                    conversation.receive(orjson.loads(value)["text"])
                elif kind in ENDS:
                    conversation.error = "" if kind == b"done" else value.decode()
                    return

    return ask


async def call(session: aiohttp.ClientSession, method: str, path: str, **content: Any) -> Any:
    """What was answered, as JSON. Raises RequestRefused."""
    async with session.request(method, path, **content) as answer:
        if not answer.ok:
            raise RequestRefused(f"{path}: HTTP {answer.status}, {(await answer.text())[:300]}")
        body = await answer.read()
        return orjson.loads(body) if body else None


async def ask_question(session: aiohttp.ClientSession, channel_id: str, text: str) -> str:
    """The job of the answer."""
    body = {"channel": channel_id, "message": text}
    return str((await call(session, "POST", "/api/v1/conversations/", json=body))["job"]["id"])


async def send_until_taken(session: aiohttp.ClientSession, path: str, **content: Any) -> tuple[int, float]:
    """Again and again, as late as the platform says: how often it said so, and the seconds of the last answer.

    Raises RequestRefused.
    """
    refused = 0
    while True:
        begun = time.perf_counter()
        async with session.post(path, **content) as answer:
            if answer.status == 202:
                return refused, time.perf_counter() - begun
            if answer.status != 429:
                raise RequestRefused(f"{path}: HTTP {answer.status}, {(await answer.text())[:300]}")
            refused += 1
            await asyncio.sleep(float(answer.headers["Retry-After"]))


async def again_and_again(act: Callable[[], Awaitable[None]], *, senders: int, seconds: float) -> None:
    until = time.monotonic() + seconds

    async def act_on() -> None:
        while time.monotonic() < until:
            await act()

    await asyncio.gather(*(act_on() for _ in range(senders)))


async def sse_events(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[bytes, bytes]]:
    """The kind and the data of each."""
    kind, rest = b"", b""
    async for piece in answer.content.iter_any():
        *lines, rest = (rest + piece).split(b"\n")
        for name, _, value in (line.partition(b": ") for line in lines):
            if value and name == b"event":
                kind = value
            elif value and name == b"data":
                yield kind, value


async def closed_loop(
    ask: Ask, *, parallel: int, tokens: int, seconds: float, ramp: float
) -> list[Conversation]:
    """`parallel` people, each asking the next question when the last answer is complete.

    They begin spread over `ramp` seconds, as people do; answers the conversations that ended in the
    `seconds` after that.
    """
    begin = time.perf_counter() + ramp
    conversations: list[Conversation] = []

    async def person(session: aiohttp.ClientSession, index: int) -> None:
        await asyncio.sleep(ramp * index / parallel)
        turn = 0
        while time.perf_counter() < begin + seconds:
            conversation = Conversation(time.perf_counter(), tokens)
            try:
                await ask(session, conversation, index + turn)
            except (aiohttp.ClientError, TimeoutError, RuntimeError) as error:
                conversation.error = repr(error)
                await asyncio.sleep(0.2)
            conversation.finish()
            turn += 1
            if begin <= time.perf_counter() <= begin + seconds:
                conversations.append(conversation)

    async with unlimited_session(120) as session:
        await asyncio.gather(*(person(session, index) for index in range(parallel)))
    return conversations


def unlimited_session(seconds: float) -> aiohttp.ClientSession:
    """As many requests at once as there are, each for so long."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)


@dataclass
class Client:
    """Of people and systems that work until `ends_at`. `milliseconds`: route → how long each of its answers took. A conflict
    (409) is a right answer among people, and so is “too many requests” to whoever comes back when told to; both are
    counted apart."""

    session: aiohttp.ClientSession
    url: str
    token: str
    cookie: str
    ends_at: float
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=itertools.count)

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
        address = f"{self.url}/api/v1/jobs/{job_id}/events/"
        headers = {"Authorization": f"Bearer {self.token}"}
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
