"""The client of the stream benchmark: conversations in a closed loop, direct or through the platform.

Both sides use this one client, the same engine and the same clock.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
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
