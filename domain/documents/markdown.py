"""Markdown, and text that may as well be it → blocks. Their text is what was written, line by line, without the signs of
bold type.
"""

import functools
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from domain.documents import grids
from domain.documents.blocks import Block, BlockKind, Cell
from llm_backend import patterns

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

_KINDS = {
    "bullet_list_open": BlockKind.LIST,
    "ordered_list_open": BlockKind.LIST,
    "table_open": BlockKind.TABLE,
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
    "formula": BlockKind.FORMULA,
}
_AS_WRITTEN = frozenset({BlockKind.CODE, BlockKind.FORMULA})
# What opens a formula, and what closes it.
_FORMULA_MARKS = {"$$": "$$", "\\[": "\\]"}
# The name of a part of a law, of rules, of a contract, on a line of its own; the level says which parts hold which.
_PART = patterns.compile(
    r"第 ?(?:\d{1,3}|[零一二三四五六七八九十百]{1,5}) ?([编章节])(?:[ \u3000:：]{1,4}[^。；;，,:：.…\n]{1,40})?"
)
_PART_LEVELS = {"编": 1, "章": 2, "节": 3}
# Of bold type, but for code, powers such as 2**10, and names and numbers that nobody is to know: 张**、138****5678.
_BOLD = patterns.compile(
    r"`[^`\n]{1,500}`"
    r"|(?:(?<![\w*\\])\*{2,3}(?![\s*])|(?<=[^\W\d])\*{2,3}(?=[\w“‘「『（《【(\"¥￥$])|(?<=\d)\*{2,3}(?=[^\W\d]))"
    r"((?:[^*\n`]|\*(?!\*)){1,500}?)(?<!\s)\*{2,3}(?!\*)"
)
_SENTENCE_ENDS = frozenset(".!;,。！；，")


def blocks(source: str) -> Iterator[Block]:
    """Every line belongs to a block, also definitions of links, which Markdown itself does not show."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tokens = _parser().parse("\n".join(lines))
    openings = [
        (at, token)
        for at, token in enumerate(tokens)
        if token.level == 0 and token.nesting >= 0 and token.map
    ]
    starts = [*(token.map[0] for _at, token in openings if token.map), len(lines)]
    yield from _paragraph(lines[: starts[0]])
    for (at, token), (start, end) in zip(openings, pairwise(starts), strict=True):
        if token.type in ("heading_open", "hr") and token.map:
            if token.type == "heading_open":
                yield _heading(_without_bold(tokens[at + 1].content.strip()), token)
            yield from _paragraph(lines[token.map[1] : end])
        else:
            text = "\n".join(lines[start:end]).strip("\n").rstrip()
            kind = _KINDS.get(token.type, BlockKind.PARAGRAPH)
            text = text if kind in _AS_WRITTEN else _without_bold(text)
            cells = _cells(tokens, at) if kind is BlockKind.TABLE else ()
            yield from _parts(text) if kind is BlockKind.PARAGRAPH else [Block(kind, text, cells=cells)]


def _heading(text: str, token: "Token") -> Block:
    """In a mail or a plain text several lines, or a sentence, right above a line of dashes are no title of what follows."""
    is_underlined = not token.markup.startswith("#")
    if is_underlined and ("\n" in text or text[-1:] in _SENTENCE_ENDS):
        return Block(BlockKind.PARAGRAPH, text)
    return Block(BlockKind.HEADING, text, level=int(token.tag[1]))


def _paragraph(lines: Sequence[str]) -> Iterator[Block]:
    yield from _parts(_without_bold("\n".join(lines).strip()))


def _without_bold(text: str) -> str:
    return _BOLD.sub(lambda found: found[1] or found[0], text)


def _parts(text: str) -> Iterator[Block]:
    """A paragraph, and the names of parts that stand in it on lines of their own: “第一章 总则”."""
    for level, lines in groupby(text.split("\n"), key=_part_level):
        for name in lines if level else ():
            yield Block(BlockKind.HEADING, " ".join(name.split()), level=level)
        if not level and (said := "\n".join(lines).strip("\n").rstrip()):
            yield Block(BlockKind.PARAGRAPH, said)


def _part_level(line: str) -> int:
    """0 of any other line."""
    name = _PART.fullmatch(line.strip())
    return _PART_LEVELS[name[1]] if name else 0


def _cells(tokens: Sequence["Token"], at: int) -> tuple[Cell, ...]:
    rows: list[list[str]] = []
    while tokens[at].type != "table_close":
        if tokens[at].type == "tr_open":
            rows.append([])
        elif tokens[at].type == "inline":
            rows[-1].append(_without_bold(tokens[at].content.strip()))
        at += 1
    return grids.of_rows(rows)


@functools.cache
def _parser() -> "MarkdownIt":
    """Where blocks begin and end is asked, not what stands in bold. Left for whoever reads: no process starts with it."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable("inline")
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "formula", _formula, {"alt": interrupted})
    return parser


def _formula(state: "StateBlock", start: int, end: int, silent: bool) -> bool:
    """From a line that begins with “$$” to one that ends with it, whatever stands between: a minus that begins a line makes
    no list. TeX has no empty line in a formula.
    """
    first = _line(state, start)
    closing = _FORMULA_MARKS.get(first[:2])
    if closing is None or state.is_code_block(start):
        return False
    last, rest = start, first[2:]
    while not rest.endswith(closing):
        last += 1
        if (
            closing in rest
            or last >= end
            or not (rest := _line(state, last))
            or rest[:2] == first[:2] != rest
        ):
            return False
    if closing in rest[:-2] or (last == start and not rest[:-2].strip()):
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _line(state: "StateBlock", number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].strip()
