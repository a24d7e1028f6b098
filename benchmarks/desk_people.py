"""Visitors and staff as the desk benchmark plays them, each through the REST API."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.load import QUESTIONS

RAMP_SECONDS = 5.0
MORE = ("And for gifts?", "还有别的办法吗？", "Is that really so?", "那要多久？")
ASKS_FOR_A_PERSON = ("I want to talk to a human.", "转人工")
TO_PERSON = frozenset({"take-over", "replies"})
FROM_PERSON = frozenset({"hand-back", "resolve", "hand-off"})


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

    session: aiohttp.ClientSession
    url: str
    channel: str
    token: str
    pause: float
    ends_at: float = 0.0
    measured_from: float = 0.0
    conversations: list[str] = field(default_factory=list)
    messages: list[SentMessage] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    conflicts: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self.ends_at

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str = ""
    ) -> dict[str, Any] | None:
        """None for a conflict, which is a right answer among people, and for what went wrong, which is kept."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        address = f"{self.url}/api/v1/conversations/{path}"
        try:
            async with self.session.request(method, address, json=body, headers=headers) as answer:
                content: dict[str, Any] = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self.errors.append(f"{method} {path}: {error!r}")
            return None
        if answer.status < 300:
            return content
        if answer.status == 409:
            self.conflicts += 1
        else:
            self.errors.append(f"{method} {path}: {answer.status} {str(content)[:200]}")
        return None


async def visitor(desk: Desk, chance: random.Random) -> None:
    """Bursts of messages for as long as the desk is open, waiting for an answer or not."""
    await asyncio.sleep(chance.uniform(0, RAMP_SECONDS))
    conversation = ""
    while desk.is_open:
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            wants_person = chance.random() < 0.04
            words = MORE if not wants_person and chance.random() < 0.2 else QUESTIONS
            text = chance.choice(ASKS_FOR_A_PERSON if wants_person else words)
            conversation = await _say(desk, conversation, text)
            await asyncio.sleep(chance.uniform(0.02, 0.5))
        await asyncio.sleep(min(chance.expovariate(1 / desk.pause), 4 * desk.pause))


async def _say(desk: Desk, conversation: str, text: str) -> str:
    """The conversation's id; the first message opens one."""
    path = f"{conversation}/messages/" if conversation else ""
    body = {"text": text} if conversation else {"channel": desk.channel, "message": text}
    answer = await desk.call("POST", path, body)
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
    while desk.is_open:
        conversation = await _pick_conversation(desk, token, chance)
        if conversation:
            await _attend(desk, conversation, token, chance)
        await asyncio.sleep(chance.uniform(0.1, 1.0))


async def _pick_conversation(desk: Desk, token: str, chance: random.Random) -> str:
    waiting = await desk.call("GET", "?state=open&answered_by=queue&page_size=20", token=token)
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
        await desk.call("POST", f"{conversation}/notes/", {"text": "seen to"}, token=token)
    name = chance.choice(("hand-back", "hand-back", "hand-back", "resolve", "hand-off", ""))
    if name:
        await _act(desk, conversation, name, token, {"reason": "manual"} if name == "hand-off" else None)


async def _act(desk: Desk, conversation: str, name: str, token: str, body: Any = None) -> Any:
    began = time.time()
    done = await desk.call("POST", f"{conversation}/{name}/", body, token=token)
    if done is not None:
        desk.acts.append(Act(conversation, name, began, time.time()))
    return done
