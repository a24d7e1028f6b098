"""Markdown of a model as HTML that is safe to show, with what each of its sentences rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from apps.answering.pieces import Piece
from apps.core.errors import Text

# What is longer is shown as it was written.
MAX_CHARACTERS = 100_000


@dataclass(frozen=True)
class Mark:
    """How a page marks what rests on something else, and what the mark says."""

    style: str
    title: Text


def rendered(text: str, pieces: Sequence[Piece], *, marks: Mapping[str, Mark], sources: str) -> SafeString:
    """`marks`: by the origin of a piece. `sources`: what a citation leads to on the page, before its number.

    A link or picture stays text: nobody should be led, nor anything fetched, to where a model points. Figures stay: `3*4*5`
    is no emphasis, an item keeps its own number, a backslash is one.
    """

    def show(piece: Piece, words: str) -> str:
        if piece.number:
            citation = '<a class="citation" href="#{}-{}" aria-label="{} {}">{}</a>'
            return format_html(citation, sources, piece.number, _("Source"), piece.number, piece.number)
        if mark := marks.get(piece.origin):
            return format_html('<span class="{}" title="{}">{}</span>', mark.style, mark.title, words)
        return escape(words)

    if len(text) > MAX_CHARACTERS:
        return mark_safe("".join(show(piece, piece.text) for piece in pieces))  # noqa: S308
    from apps.answering.markdown_renderer import Words, parser

    # As the parser writes it, so that each word is found again.
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    html: str = parser().render(text, {"words": Words(text, pieces, show)})
    return mark_safe(html)  # noqa: S308


def plainly_rendered(text: str) -> SafeString:
    """Of a text whose sentences rest on nothing that a page would tell apart."""
    return rendered(text, [Piece(text)] if text else [], marks={}, sources="")
