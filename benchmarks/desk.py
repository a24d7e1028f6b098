"""A busy customer service desk: visitors in bursts, the bot, people who take over at random, inboxes that watch.

Everything happens through the real API and pages. What went wrong is judged from the stored rows afterwards.
"""

import asyncio
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import aiohttp
import orjson

from benchmarks import isolated
from benchmarks.isolated import Platform, Shop
from benchmarks.load import QUESTIONS, Client, sse_events, unlimited_session
from llm_backend import patterns

COMMAND = "bench desk"
ENGINE = ["--first-token-ms", "200", "--gap-ms", "25", "--tokens", "40"]
WARM_UP_SECONDS = 5
RAMP_SECONDS = 5.0
MORE = ("And for gifts?", "还有别的办法吗？", "Is that really so?", "那要多久？")
ASKS_FOR_A_PERSON = ("I want to talk to a human.", "转人工")
TO_PERSON = frozenset({"take-over", "replies"})
FROM_PERSON = frozenset({"hand-back", "resolve", "hand-off"})
REFRESH_PAUSE_SECONDS = 0.25
ROW = patterns.compile(r'data-conversation="([0-9a-f-]{36})" data-messages="(\d+)"')


def run(
    conversations: Annotated[int, "in parallel"] = 200,
    seconds: Annotated[float, "how long people write"] = 60,
    pause: Annotated[float, "seconds between a visitor's bursts, on average"] = 15,
    agents: Annotated[int, "members of staff who take over and reply"] = 8,
    watchers: Annotated[int, "open inboxes"] = 3,
    seed: int = 1,
) -> dict[str, Any]:
    with isolated.platform(ENGINE, LLM_MAX_CONCURRENCY="256") as platform:
        shop = isolated.open_shop(platform)
        from benchmarks import desk_verdict
        from benchmarks.shop import make_staff

        keys, sessions = zip(*make_staff(agents + watchers), strict=True)
        start = time.monotonic()
        crew = Crew(conversations, keys[:agents], sessions[agents:], random.Random(seed))
        desk, inboxes = asyncio.run(_play(platform, shop, crew, pause, seconds))
        seconds_to_settle = desk_verdict.wait_until_settled()
        sys.stderr.write(f"settled after {seconds_to_settle:.1f} s\n")
        return {
            **desk_verdict.figures(desk),
            **desk_verdict.inbox_figures(inboxes, since=desk.measured_from),
            "errors": desk.client.counts["errors"] + desk.client.counts["told to wait"],
            "error": next(iter(desk.client.errors), ""),
            "seconds": round(time.monotonic() - start, 1),
        }


@dataclass(frozen=True)
class SentMessage:
    """A message that was answered with 202, or a reply that was answered with 201."""

    conversation: str
    id: str
    text: str
    author: str


@dataclass(frozen=True)
class Act:
    """What staff did. Times are seconds since the epoch, to be compared with those of messages."""

    conversation: str
    name: str
    began_at: float
    ended_at: float


@dataclass
class Desk:
    """Where all meet, and what was done there."""

    client: Client
    channel: str
    pause: float
    measured_from: float = 0.0
    conversations: list[str] = field(default_factory=list)
    messages: list[SentMessage] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)


async def visitor(desk: Desk, chance: random.Random) -> None:
    """Bursts of messages for as long as the desk is open, waiting for an answer or not."""
    await asyncio.sleep(chance.uniform(0, RAMP_SECONDS))
    conversation = ""
    while desk.client.is_open:
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            wants_person = chance.random() < 0.04
            words = MORE if not wants_person and chance.random() < 0.2 else QUESTIONS
            text = chance.choice(ASKS_FOR_A_PERSON if wants_person else words)
            conversation = await _say(desk, conversation, text)
            await asyncio.sleep(chance.uniform(0.02, 0.5))
        await asyncio.sleep(min(chance.expovariate(1 / desk.pause), 4 * desk.pause))


async def _say(desk: Desk, conversation: str, text: str) -> str:
    """The conversation's id; the first message opens one."""
    route = "conversations/{conversation}/messages/" if conversation else "conversations/"
    body = {"text": text} if conversation else {"channel": desk.channel, "message": text}
    answer = await desk.client.call("POST", route, body, conversation=conversation)
    if answer is None:
        return conversation
    conversation_id = str(answer["conversation"]["id"])
    if not conversation:
        desk.conversations.append(conversation_id)
    desk.messages.append(SentMessage(conversation_id, str(answer["turn"]["id"]), text, "visitor"))
    return conversation_id


async def agent(desk: Desk, token: str, chance: random.Random) -> None:
    """Takes over what waits, or whatever else, types, replies, and lets go of it in one way or another."""
    await asyncio.sleep(chance.uniform(0, RAMP_SECONDS))
    while desk.client.is_open:
        conversation = await _pick_conversation(desk, token, chance)
        if conversation:
            await _attend(desk, conversation, token, chance)
        await asyncio.sleep(chance.uniform(0.1, 1.0))


async def _pick_conversation(desk: Desk, token: str, chance: random.Random) -> str:
    route = "conversations/?state=open&answered_by=queue&page_size=20"
    waiting = await desk.client.call("GET", route, token=token)
    ids = [row["id"] for row in waiting["results"]] if waiting else []
    if ids and chance.random() < 0.7:
        return str(chance.choice(ids))
    return chance.choice(desk.conversations) if desk.conversations else ""


async def _attend(desk: Desk, conversation: str, token: str, chance: random.Random) -> None:
    if chance.random() < 0.6:
        await _act(desk, conversation, "take-over", token)
        await asyncio.sleep(chance.uniform(0.1, 1.5))
    for _ in range(chance.choice((1, 1, 2))):
        text = f"A person answers, {chance.randrange(10**9)}."
        if message := await _act(desk, conversation, "replies", token, {"text": text}):
            desk.messages.append(SentMessage(conversation, str(message["id"]), text, "agent"))
        await asyncio.sleep(chance.uniform(0.05, 1.0))
    if chance.random() < 0.3:
        names, route = {"conversation": conversation, "token": token}, "conversations/{conversation}/notes/"
        await desk.client.call("POST", route, {"text": "seen to"}, **names)
    name = chance.choice(("hand-back", "hand-back", "hand-back", "resolve", "hand-off", ""))
    if name:
        await _act(desk, conversation, name, token, {"reason": "manual"} if name == "hand-off" else None)


async def _act(desk: Desk, conversation: str, name: str, token: str, body: Any = None) -> Any:
    began, route = time.time(), f"conversations/{{conversation}}/{name}/"
    done = await desk.client.call("POST", route, body, token=token, conversation=conversation)
    if done is not None:
        desk.acts.append(Act(conversation, name, began, time.time()))
    return done


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

    async def stay_open(self) -> None:
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


@dataclass(frozen=True)
class Crew:
    """`agents`: a key of each; `watchers`: the session of a browser."""

    visitors: int
    agents: Sequence[str]
    watchers: Sequence[str]
    chance: random.Random


async def _play(
    platform: Platform, shop: Shop, crew: Crew, pause: float, seconds: float
) -> tuple[Desk, list[Watcher]]:
    """Until everybody has stopped writing and the inboxes have had the time to show the last of it."""
    from benchmarks import desk_verdict

    chance = crew.chance
    async with unlimited_session(60) as session:
        client = Client(session, platform.url, shop.token, cookie="", ends_at=0.0)
        desk = Desk(client, shop.channel_id, pause)
        watchers = [Watcher(session, platform.url, cookie) for cookie in crew.watchers]
        watching = [asyncio.ensure_future(watcher.stay_open()) for watcher in watchers]
        await asyncio.gather(*(watcher.is_listening.wait() for watcher in watchers))
        client.ends_at = time.monotonic() + WARM_UP_SECONDS + seconds
        desk.measured_from = time.time() + WARM_UP_SECONDS
        await asyncio.gather(
            *(visitor(desk, random.Random(chance.random())) for _ in range(crew.visitors)),
            *(agent(desk, token, random.Random(chance.random())) for token in crew.agents),
        )
        await asyncio.to_thread(desk_verdict.wait_until_settled)
        await asyncio.sleep(1)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        return desk, watchers
