"""One conversation as staff see it: messages, and between them the notes that visitors never see."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.accounts.actors import Actor
from apps.customer_service.contacts import services as contacts
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Attachment, Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.inbox import replies
from apps.customer_service.inbox.models import Note, Tag
from apps.customer_service.presence import services as presence

KNOWN_TAGS = 200


@dataclass(frozen=True)
class Entry:
    """A message or a note."""

    message: Message | None = None
    note: Note | None = None


def thread_version(of: Conversation) -> str:
    """Changes whenever a page that shows the conversation has to be drawn anew."""
    counts = Conversation.objects.filter(pk=of.pk).values_list(
        _count(Note), _count(Conversation.tags.through), _count(Handoff), _count(Attachment)
    )
    parts = [selectors.page_version(of), of.assigned_to_id or "", *counts[0], of.summary_through]
    return "-".join(str(part) for part in parts)


def _count(model: Any) -> Coalesce:
    rows = model.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
    return Coalesce(Subquery(rows.annotate(number=Count("pk")).values("number")), 0)


def thread_of(actor: Actor, conversation: Conversation) -> dict[str, Any]:
    """All that the page of a conversation shows but for its composer."""
    rows = selectors.messages(conversation).select_related("outgoing", "mail")
    messages = list(rows.prefetch_related("attachments"))
    notes = list(Note.objects.filter(conversation=conversation).select_related("member__user"))
    return {
        "conversation": conversation,
        # Django itself calls what it tells the reader `messages`.
        "conversation_messages": messages,
        "entries": list(_in_order(messages, notes)),
        "has_sources": any(message.citations.all() for message in messages),
        "version": thread_version(conversation),
        "seen": replies.seen_token(conversation),
        "contact": contacts.contact_of(conversation),
        "earlier": contacts.earlier_conversations(conversation),
        "people": presence.people_in([conversation.pk], besides=actor).get(conversation.pk, []),
        "conversation_tags": conversation.tags.order_by("name"),
        "known_tags": Tag.objects.within(actor.organisation)[:KNOWN_TAGS],
    }


def _in_order(messages: list[Message], notes: list[Note]) -> Iterator[Entry]:
    """A note stands behind the message after which it was written."""
    remaining = sorted(notes, key=lambda note: (note.after, note.created_at))
    for message in messages:
        while remaining and remaining[0].after < message.ordinal:
            yield Entry(note=remaining.pop(0))
        yield Entry(message=message)
    yield from (Entry(note=note) for note in remaining)
