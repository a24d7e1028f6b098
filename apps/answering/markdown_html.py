"""Markdown of a model as HTML that is safe to show, with what each of its sentences rests on."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from apps.answering.pieces import Piece
from apps.core.errors import Text

# What is longer is shown as it was written.
MAX_CHARACTERS = 100_000
# Of the page that the text stands on, the first three are its own.
_FIRST_HEADING, _LAST_HEADING = 4, 6

Environment = MutableMapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """How a page marks what rests on something else, and what the mark says."""

    style: str
    title: Text


def rendered(text: str, pieces: Sequence[Piece], *, marks: Mapping[str, Mark], sources: str) -> SafeString:
    """`marks`: by the origin of a piece. `sources`: what a citation leads to on the page, before its number.

    A link or picture stays text: nobody should be led, nor anything fetched, to where a model points. Nothing that could be
    a figure goes: `3*4*5` stays, an item keeps its own number, a backslash is one.
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
    html: str = _parser().render(text, {"words": _Words(text, pieces, show)})
    return mark_safe(html)  # noqa: S308


def plainly_rendered(text: str) -> SafeString:
    """Of a text whose sentences rest on nothing that a page would tell apart."""
    return rendered(text, [Piece(text)] if text else [], marks={}, sources="")


class _Words:
    """Finds the words of the rendered text in what was written, whose characters they are, in their order."""

    def __init__(self, text: str, pieces: Sequence[Piece], show: Callable[[Piece, str], str]) -> None:
        self._text, self._show, self._at = text, show, 0
        self._piece_at: list[Piece] = []
        for piece in pieces:
            # A citation mark is a piece of its own, without its text.
            length = len(piece.text) or text.index("]", len(self._piece_at)) + 1 - len(self._piece_at)
            self._piece_at += [piece] * length

    def html(self, words: str, *, is_code: bool = False) -> str:
        """A number in brackets is no citation in code."""
        placed = [(self._piece_of(character), character) for character in words]
        runs = [
            (run[0][0], "".join(character for _piece, character in run))
            for run in (list(some) for _key, some in groupby(placed, key=lambda each: id(each[0])))
        ]
        return "".join(
            escape(run) if is_code and piece.number else self._show(piece, run) for piece, run in runs
        )

    def _piece_of(self, character: str) -> Piece:
        """Markdown leaves marks out and adds nothing but space."""
        if character.isspace():
            return self._piece_at[min(self._at, len(self._piece_at) - 1)]
        found = self._text.find(character, self._at)
        if found >= 0:
            self._at = found + 1
        return self._piece_at[max(self._at - 1, 0)]


class _Renderer(RendererHTML):
    def text(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment) -> str:
        return _html(env, tokens[index].content)

    def code_inline(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment) -> str:
        return f"<code>{_html(env, tokens[index].content, is_code=True)}</code>"

    def code_block(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment) -> str:
        return f'<pre tabindex="0"><code>{_html(env, tokens[index].content, is_code=True)}</code></pre>'

    def fence(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment) -> str:
        return self.code_block(tokens, index, options, env)

    def renderToken(self, tokens: Sequence[Token], index: int, options: OptionsDict, env: Environment) -> str:  # noqa: N802
        """Without styles of cells, which the page's policy forbids, and with the number that an item was given."""
        token = tokens[index]
        match token.type:
            case "list_item_open" if token.info:
                return f'<li value="{int(token.info)}">'
            case "table_open":
                return '<div class="table-frame" tabindex="0"><table class="table">'
            case "table_close":
                return "</table></div>"
            case "heading_open" | "heading_close":
                level = min(int(token.tag[1:]) + _FIRST_HEADING - 1, _LAST_HEADING)
                return f"<{'/' if token.nesting < 0 else ''}h{level}>"
            case "th_open" | "td_open":
                return f"<{token.tag}>"
        return super().renderToken(tokens, index, options, env)


def _html(env: Environment, content: str, *, is_code: bool = False) -> str:
    words: _Words = env["words"]
    return words.html(content, is_code=is_code)


@cache
def _parser() -> MarkdownIt:
    """A line that ends is a line that ends, as models write lists of addresses and poems."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    parser.inline.ruler.before("emphasis", "times", _times)
    kept = ["link", "image", "autolink", "reference", "entity", "escape", "code", "lheading"]
    return parser.enable("table").disable(kept)


def _times(state: StateInline, silent: bool) -> bool:
    """An asterisk between figures is no emphasis."""
    at = end = state.pos
    while end < state.posMax and state.src[end] == "*":
        end += 1
    if end == at or not (state.src[at - 1 : at].isdigit() and state.src[end : end + 1].isdigit()):
        return False
    if not silent:
        state.pending += state.src[at:end]
    state.pos = end
    return True
