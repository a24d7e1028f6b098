"""HTML of Markdown, for `markdown_html`: what reads it is imported when there is some to show."""

from collections.abc import Callable, MutableMapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from django.utils.html import escape
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from apps.answering.pieces import Piece

# Of the page that the text stands on, the first three are its own.
_FIRST_HEADING, _LAST_HEADING = 4, 6

Environment = MutableMapping[str, Any]


class Words:
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
    words: Words = env["words"]
    return words.html(content, is_code=is_code)


@cache
def parser() -> MarkdownIt:
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
