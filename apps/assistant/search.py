"""Searching one's own chats. They lie sealed, so they are opened and read, newest first, as many as somebody waits for.

Why no index: docs/decisions/assistant.md.
"""

from dataclasses import dataclass

from apps.accounts.actors import Actor, requires_permission
from apps.assistant import selectors
from apps.assistant.desk import USE
from apps.assistant.models import Chat
from llm_backend.wording import normalise

SHORTEST, LONGEST = 2, 100
MAX_MESSAGES = 20_000
MAX_FOUND = 50
OPENED_AT_ONCE = 200
AROUND = 60


@dataclass(frozen=True)
class FoundMessage:
    """A message with all the words, or a chat by its title; the place in it, in three parts."""

    chat: Chat
    url: str
    before: str
    match: str
    after: str


@dataclass(frozen=True)
class Found:
    """`is_complete`: all of one's chats were read."""

    messages: list[FoundMessage]
    is_complete: bool


@requires_permission(USE)
def find(actor: Actor, text: str) -> Found:
    """Messages and titles that have all the words typed, newest first. Fewer than two characters find nothing."""
    words = normalise(text.strip()[:LONGEST]).split()
    if len("".join(words)) < SHORTEST:
        return Found([], is_complete=True)
    chats = {chat.pk: chat for chat in selectors.chat_list(actor)}
    found = [
        FoundMessage(chat, chat.get_absolute_url(), *place)
        for chat in chats.values()
        if (place := _place(chat.title, words))
    ][:MAX_FOUND]
    messages = selectors.own_messages(actor).only("id", "organisation_id", "chat_id", "text").order_by("-id")
    for number, message in enumerate(messages[: MAX_MESSAGES + 1].iterator(chunk_size=OPENED_AT_ONCE)):
        if len(found) >= MAX_FOUND or number == MAX_MESSAGES:
            return Found(found[:MAX_FOUND], is_complete=False)
        # One that was begun a moment ago is in no chat that was read.
        if message.chat_id in chats and (place := _place(message.text, words)):
            found.append(FoundMessage(chats[message.chat_id], message.get_absolute_url(), *place))
    return Found(found, is_complete=True)


def _place(text: str, words: list[str]) -> tuple[str, str, str] | None:
    """Around the first of the words, on one line; None where one is missing."""
    flat = " ".join(text.split())
    plain = normalise(flat)
    if not all(word in plain for word in words):
        return None
    at = plain.index(words[0])
    end = at + len(words[0])
    start = max(0, at - AROUND)
    return ("…" * (start > 0)) + flat[start:at], flat[at:end], flat[end : end + AROUND]
