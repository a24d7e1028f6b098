"""What the pages show of a chat: its branch with what each message rests on, and the list beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from apps.accounts.actors import Actor
from apps.answering import chat_tools, markdown_html
from apps.answering.markdown_html import Mark
from apps.answering.pieces import sentence_pieces
from apps.assistant import files, selectors
from apps.assistant.models import Chat, ChatFile, ChatFolder, ChatMessage
from apps.inference import selectors as inference
from apps.inference.models import Endpoint, Purpose
from apps.knowledge import reader
from apps.knowledge import selectors as knowledge

Origin, CallState = ChatMessage.Origin, ChatMessage.CallState
TONES = {CallState.DONE: "badge-good", CallState.ASKED: "badge-warn", CallState.FAILED: "badge-bad"}
UNDER_WAY = (CallState.CHOSEN, CallState.CONFIRMED, CallState.BEGUN)
_MARKS = {
    Origin.OWN.value: Mark("own-words", _lazy("The model’s own words")),
    Origin.DIFFERS.value: Mark("unsupported", _lazy("Not what the cited document says")),
}


@dataclass(frozen=True)
class MessageView:
    """`earlier`, `later`: the other messages with its parent, written before and after it."""

    message: ChatMessage
    earlier: Sequence[ChatMessage] = ()
    later: Sequence[ChatMessage] = ()
    endpoints: Sequence[Endpoint] = ()
    # Ids of cited passages that the reader may open in their documents.
    opened: frozenset[str] = frozenset()

    @property
    def html(self) -> str:
        """Of what a model wrote: its Markdown, its citations, and what each sentence rests on."""
        text = self.message.text
        numbers = {each["number"] for each in self.message.citations}
        pieces = sentence_pieces(text, self.message.sentences, numbers=numbers)
        return markdown_html.rendered(text, pieces, marks=_MARKS, sources=f"source-{self.message.pk}")

    @property
    def tool_html(self) -> str:
        return markdown_html.plainly_rendered(self.message.full_text)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What the model called for it, step by step."""
        return [self._call(call) for call in self.message.calls or ()]

    @property
    def citations(self) -> list[dict[str, Any]]:
        """With the quoted words apart, for a template to mark."""
        told = []
        for each in self.message.citations:
            text, start, end = each["text"], each["start"], each["end"]
            if start is None:
                start = end = len(text)
            parts = {"before": text[:start], "quote": text[start:end], "after": text[end:]}
            told.append({**each, **parts, "is_open": each["passage"] in self.opened})
        return told

    @property
    def origins(self) -> set[str]:
        return {sentence.get("origin", "") for sentence in self.message.sentences}

    def _call(self, call: dict[str, Any]) -> dict[str, Any]:
        state = CallState(call["state"])
        # Somebody stopped the answer before it was made, or while it was.
        is_stopped = state in UNDER_WAY and not self.message.is_under_way
        label = pgettext("call of a tool", "stopped") if is_stopped else str(state.label)
        html = markdown_html.plainly_rendered(call["text"]) if state == CallState.DONE else ""
        return {**call, "state_label": label, "tone": TONES.get(state, ""), "html": html}


@dataclass(frozen=True)
class ChatGroup:
    """Chats of one folder, or of one time."""

    label: str
    chats: list[Chat] = field(default_factory=list)
    folder: ChatFolder | None = None


def thread(actor: Actor, messages: Sequence[ChatMessage], at: UUID | None = None) -> list[MessageView]:
    """Of all messages of a chat the branch through `at`, or the newest one."""
    by_parent = selectors.siblings(messages)
    # A choice is only shown where there are several.
    endpoints = inference.candidates(actor.organisation, Purpose.ASSISTANT)
    cited = [each["passage"] for message in messages for each in message.citations]
    opened = frozenset(map(str, knowledge.readable_passages(actor, filter(None, cited))))
    choice = endpoints if len(endpoints) > 1 else ()
    views = []
    for message in selectors.branch(messages, at):
        beside = by_parent[message.parent_id]
        place = beside.index(message)
        views.append(MessageView(message, beside[:place], beside[place + 1 :], choice, opened))
    return views


def chat_groups(actor: Actor) -> list[ChatGroup]:
    """Folders first, with all that is in them; then what lies in none, by when it was last written to."""
    chats = selectors.chat_list(actor)
    filed = list(chats.exclude(folder=None))
    groups = [
        ChatGroup(folder.name, [chat for chat in filed if chat.folder_id == folder.pk], folder)
        for folder in selectors.folder_list(actor)
    ]
    today = timezone.localdate()
    loose = groupby(
        chats.filter(folder=None)[: selectors.LISTED_CHATS],
        key=lambda chat: _age((today - timezone.localdate(chat.changed_at)).days),
    )
    return [*groups, *(ChatGroup(label, list(some)) for label, some in loose)]


def composer(actor: Actor, chat: Chat | None = None) -> dict[str, Any]:
    """What may be chosen beside a question."""
    chosen = set(chat.collections.values_list("pk", flat=True)) if chat else set()
    collections = [(each, each.pk in chosen) for each in selectors.readable_collections(actor)]
    return {
        "collections": collections,
        "chosen_count": sum(is_chosen for _collection, is_chosen in collections),
        "tools": list(chat_tools.offers_for(actor)),
        "files": file_notes(chat) if chat else [],
        "message_limit": settings.MESSAGE_MAX_CHARACTERS,
    }


def file_notes(chat: Chat) -> list[tuple[ChatFile, str]]:
    """The files of a chat, each with what became of it."""
    return [(file, _note(file)) for file in selectors.file_list(chat)]


def _age(days: int) -> str:
    if days <= 0:
        return _("Today")
    return _("Last 7 days") if days <= 7 else _("Earlier")


def _note(file: ChatFile) -> str:
    if file.error_code == files.CUT_SHORT:
        return _("Only the beginning was read: the file is very long.")
    if file.error_code:
        return str(reader.EXPLANATIONS.get(file.error_code, _("The file could not be read.")))
    return "" if file.read_at else _("Read with your next question")
