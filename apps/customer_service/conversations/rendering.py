"""A message as plain text for mail programs and messengers: sources as footnotes, unsupported sentences marked."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from apps.customer_service.conversations.models import Message

UNSUPPORTED_MARK = " *"


@dataclass(frozen=True)
class RenderedMessage:
    text: str
    footnotes: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        return "\n\n".join(part for part in (self.text, "\n".join(self.footnotes)) if part)


def render_message(message: Message) -> RenderedMessage:
    """In the conversation's language."""
    with translation.override(message.conversation.language):
        text, notes = _mark_unsupported(message), [str(citation) for citation in message.citations.all()]
        if message.unsupported_count:
            notes.append("* " + _("Not supported by our documents. Please check with our staff."))
    return RenderedMessage(text, tuple(notes))


def _mark_unsupported(message: Message) -> str:
    text = message.text
    for sentence in sorted(message.sentences, key=lambda each: each["end"], reverse=True):
        if not sentence["is_supported"]:
            end = len(text[: sentence["end"]].rstrip())
            text = text[:end] + UNSUPPORTED_MARK + text[end:]
    return text
