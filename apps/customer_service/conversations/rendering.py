"""A turn as plain text for mail programs and messengers: sources as footnotes, unsupported sentences marked."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from apps.customer_service.conversations.models import Turn

UNSUPPORTED_MARK = " *"


@dataclass(frozen=True)
class RenderedTurn:
    text: str
    footnotes: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        return "\n\n".join(part for part in (self.text, "\n".join(self.footnotes)) if part)


def render_turn(turn: Turn) -> RenderedTurn:
    """In the conversation's language."""
    with translation.override(turn.conversation.language):
        text, notes = _mark_unsupported(turn), [str(citation) for citation in turn.citations.all()]
        if turn.unsupported_count:
            notes.append("* " + _("Not supported by our documents. Please check with our staff."))
    return RenderedTurn(text, tuple(notes))


def _mark_unsupported(turn: Turn) -> str:
    text = turn.text
    for sentence in sorted(turn.sentences, key=lambda each: each["end"], reverse=True):
        if not sentence["is_supported"]:
            end = len(text[: sentence["end"]].rstrip())
            text = text[:end] + UNSUPPORTED_MARK + text[end:]
    return text
