"""Blocks of a document → passages that stand alone, and passages → sentences that are embedded.

Sizes were measured, see `docs/decisions/retrieval.md`. Tokens are estimates of `llm_backend.tokens`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import accumulate
from typing import Any, NamedTuple

from semantic_text_splitter import MarkdownSplitter

from domain.documents.blocks import RUNNING, Block, BlockKind
from llm_backend.sentences import sentences
from llm_backend.tokens import count_tokens

# Measured in docs/decisions/retrieval.md: smaller ones lose answers, larger ones find no more and fill a small
# context.
PASSAGE_TOKENS = (150, 350)
# What an embedding model reads of one sentence, by characters.
LONGEST_SENTENCE = 1350
HEADING_SEPARATOR = " › "
LONGEST_HEADING = 400
BETWEEN_BLOCKS = "\n\n"
# Behind these a sentence is over, so that what follows on the next page is something new.
_ENDS = frozenset('.!?:;。！？：；…"”’」』)）|')


@dataclass(frozen=True)
class Cut:
    """`blocks`: which the text is of."""

    heading: str
    text: str
    blocks: tuple[Block, ...] = ()

    @property
    def with_heading(self) -> str:
        """What is searched: a passage under “Returns” is about returns even where it does not say so."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text

    @property
    def page_boxes(self) -> list[dict[str, Any]]:
        """On which pages it stands, and where there, to light it up."""
        return [
            {
                "page": block.page,
                "box": [round(share, 4) for share in astuple(block.box)] if block.box else None,
            }
            for block in self.blocks
            if block.page
        ]


class Place(NamedTuple):
    start: int
    end: int


@dataclass(frozen=True)
class Section:
    """What is cut together: the blocks below one path of headings, on one page where there are pages."""

    path: tuple[str, ...]
    blocks: list[Block]

    def heading(self, page: int | None) -> str:
        parts = [f"p. {page}"] if page else []
        return HEADING_SEPARATOR.join([*parts, *self.path])[:LONGEST_HEADING]


def passages_of(blocks: Iterable[Block]) -> Iterator[Cut]:
    for section in sections(block for block in blocks if block.kind not in RUNNING):
        text = BETWEEN_BLOCKS.join(block.text for block in section.blocks)
        starts = list(
            accumulate((len(block.text) + len(BETWEEN_BLOCKS) for block in section.blocks[:-1]), initial=0)
        )
        for at, piece in _pieces(section.blocks, text):
            first = bisect_right(starts, at) - 1
            last = bisect_right(starts, at + len(piece) - 1)
            covered = tuple(section.blocks[first:last])
            if piece.strip():
                yield Cut(section.heading(covered[0].page), piece, covered)


def sections(blocks: Iterable[Block]) -> Iterator[Section]:
    """A table that is too long for one passage, and what is whole, is a section by itself. On pages a heading without text
    below it is one too: what a page shows is found.
    """
    path: list[tuple[int, str]] = []
    bare: Block | None = None
    waiting: list[Block] = []
    part = ""
    for block in blocks:
        is_heading = block.kind is BlockKind.HEADING
        ends = is_heading or block.part != part or _stands_alone(block)
        if waiting and (ends or _stands_alone(waiting[-1]) or _is_over(waiting[-1], block)):
            yield Section(_names(part, path), waiting)
            waiting = []
        if bare and (block.part != part or (is_heading and block.level <= bare.level)):
            yield Section(_names(part, path[:-1]), [bare])
        if block.part != part:
            part, path = block.part, []
        if is_heading:
            path = [
                *((above, name) for above, name in path if above < block.level),
                (block.level, block.text),
            ]
        else:
            waiting.append(block)
        bare = block if is_heading and block.page else None
    if waiting:
        yield Section(_names(part, path), waiting)
    if bare:
        yield Section(_names(part, path[:-1]), [bare])


def sentences_of(passage: Cut) -> list[Place]:
    """Where each sentence stands in the passage's text; the whole of it where nothing in it is a sentence."""
    places = [Place(sentence.start, sentence.end) for sentence in sentences(passage.text)]
    return places or [Place(0, len(passage.text))]


def embedded_text(passage: Cut, place: Place) -> str:
    """A sentence under the heading that says what it is about."""
    return Cut(passage.heading, passage.text[place.start : place.end][:LONGEST_SENTENCE]).with_heading


def _names(part: str, path: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return (*([part] if part else []), *(name for _, name in path))


def _stands_alone(block: Block) -> bool:
    is_long_table = block.kind is BlockKind.TABLE and count_tokens(block.text) > PASSAGE_TOKENS[1]
    return block.is_whole or is_long_table


def _is_over(before: Block, block: Block) -> bool:
    """A page ends a section, unless a sentence runs on over it."""
    if before.page == block.page:
        return False
    kinds = {before.kind, block.kind}
    return kinds != {BlockKind.PARAGRAPH} or before.text[-1:] in _ENDS


def _pieces(blocks: Sequence[Block], text: str) -> list[tuple[int, str]]:
    """Each with where it begins in the text."""
    if blocks[0].is_whole:
        return [(0, text)]
    if count_tokens(text) <= PASSAGE_TOKENS[1]:
        return [(len(text) - len(text.lstrip()), text.strip())]
    if blocks[0].kind is BlockKind.TABLE and len(blocks) == 1 and (rows := _table_pieces(text)):
        return [(0, piece) for piece in rows]
    return _splitter.chunk_indices(text)


def _table_pieces(table: str) -> list[str]:
    """Rows under the names of their columns. None where these alone fill a passage, or one row does."""
    lines = table.strip().split("\n")
    header, rows = lines[:2], lines[2:]
    size = count_tokens("\n".join(header))
    room = PASSAGE_TOKENS[1] - size
    sizes = [count_tokens(row) for row in rows]
    if size > PASSAGE_TOKENS[0] or not rows or max(sizes) > room:
        return []
    pieces: list[list[str]] = [[]]
    filled = 0
    for row, tokens in zip(rows, sizes, strict=True):
        if pieces[-1] and filled + tokens > room:
            pieces.append([])
            filled = 0
        pieces[-1].append(row)
        filled += tokens
    return ["\n".join([*header, *piece]) for piece in pieces]


_splitter = MarkdownSplitter.from_callback(count_tokens, PASSAGE_TOKENS)
