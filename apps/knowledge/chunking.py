"""Markdown → passages that stand alone, and passages → sentences that are embedded.

Sizes were measured, see `docs/decisions/retrieval.md`. Tokens are estimates of `llm_backend.tokens`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from semantic_text_splitter import MarkdownSplitter

from llm_backend.sentences import sentences
from llm_backend.tokens import count_tokens

# Measured in docs/decisions/retrieval.md: smaller ones lose answers, larger ones find no more and fill a small
# context.
PASSAGE_TOKENS = (150, 350)
# What an embedding model reads of one sentence, by characters.
LONGEST_SENTENCE = 1350
HEADING_SEPARATOR = " › "


@dataclass(frozen=True)
class Block:
    """A stretch of a document under one heading. A whole one, such as a row of a table, is never cut."""

    heading: tuple[str, ...]
    text: str
    is_whole: bool = False


@dataclass(frozen=True)
class Cut:
    heading: str
    text: str

    @property
    def with_heading(self) -> str:
        """What is searched: a passage under “Returns” is about returns even where it does not say so."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text


class Place(NamedTuple):
    start: int
    end: int


def passages_of(blocks: list[Block]) -> Iterator[Cut]:
    for block in blocks:
        for section in [block] if block.is_whole else sections(block):
            heading = HEADING_SEPARATOR.join(section.heading)[:400]
            if block.is_whole:
                pieces = [section.text]
            elif count_tokens(section.text) <= PASSAGE_TOKENS[1]:
                pieces = [section.text.strip()]
            else:
                pieces = _splitter.chunks(section.text)
            yield from (Cut(heading, piece) for piece in pieces if piece.strip())


def sections(block: Block) -> list[Block]:
    """The block's Markdown by its headings, each with the path of headings above it."""
    lines = block.text.split("\n")
    starts = [*_headings(block.text), (len(lines), 0, "")]
    parts = [Block(block.heading, "\n".join(lines[: starts[0][0]]))]
    path: list[tuple[int, str]] = []
    for (line, level, title), (end, _, _) in pairwise(starts):
        path = [*((above, name) for above, name in path if above < level), (level, title)]
        # The heading itself may take two lines, when it is underlined.
        is_marked = lines[line].lstrip().startswith("#")
        is_underlined = not is_marked and end - line > 1 and set(lines[line + 1].strip()) <= set("=-")
        body = "\n".join(lines[line + (2 if is_underlined else 1) : end])
        parts.append(Block((*block.heading, *(name for _, name in path)), body))
    return [section for section in parts if section.text.strip()]


def sentences_of(passage: Cut) -> list[Place]:
    """Where each sentence stands in the passage's text; the whole of it where nothing in it is a sentence."""
    places = [Place(sentence.start, sentence.end) for sentence in sentences(passage.text)]
    return places or [Place(0, len(passage.text))]


def embedded_text(passage: Cut, place: Place) -> str:
    """A sentence under the heading that says what it is about."""
    return Cut(passage.heading, passage.text[place.start : place.end][:LONGEST_SENTENCE]).with_heading


def _headings(text: str) -> list[tuple[int, int, str]]:
    """Line, level and title of every heading outside of code and quotations."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [
        (token.map[0], int(token.tag[1]), inline.content.strip())
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


_splitter = MarkdownSplitter.from_callback(count_tokens, PASSAGE_TOKENS)
