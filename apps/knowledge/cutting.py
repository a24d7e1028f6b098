"""Markdown → passages that stand alone, and passages → windows that are embedded.

Sizes were measured, see `docs/decisions/retrieval.md`. Tokens are estimates of `llm_backend.tokens`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from semantic_text_splitter import MarkdownSplitter

from llm_backend.tokens import count_tokens

PASSAGE_TOKENS = (150, 350)
WINDOW_TOKENS = 50
LONGEST_WINDOW_TOKENS = 450
HEADING_SEPARATOR = " › "
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;])(?=[^”’」』）)\d])|(?<=[.])\s+|\n+")
_markdown = MarkdownIt("commonmark").enable("table")


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


def passages_of(blocks: list[Block]) -> Iterator[Cut]:
    for block in blocks:
        for section in [block] if block.is_whole else sections(block):
            heading = HEADING_SEPARATOR.join(section.heading)[:400]
            pieces = [section.text] if block.is_whole else _pieces(section.text)
            yield from (Cut(heading, piece) for piece in pieces if piece.strip())


def sections(block: Block) -> list[Block]:
    """The block's Markdown by its headings, each with the path of headings above it."""
    lines = block.text.split("\n")
    starts = [*_headings(block.text), (len(lines), 0, "")]
    found = [Block(block.heading, "\n".join(lines[: starts[0][0]]))]
    path: list[tuple[int, str]] = []
    for (line, level, title), (end, _, _) in pairwise(starts):
        path = [*((above, name) for above, name in path if above < level), (level, title)]
        found.append(Block((*block.heading, *(name for _, name in path)), _body(lines[line:end])))
    return [section for section in found if section.text.strip()]


def windows(passage: Cut) -> list[str]:
    """Neighbouring sentences, overlapping by one: a question asks about a few sentences, not about all."""
    sentences = [part for part in _SENTENCE_END.split(passage.text) if part and part.strip()]
    prefix = f"{passage.heading}\n" if passage.heading else ""
    return [prefix + window for window in _windows_of(sentences)] or [passage.with_heading]


def _windows_of(sentences: list[str]) -> Iterator[str]:
    window: list[str] = []
    for number, sentence in enumerate(sentences, start=1):
        window.append(sentence.strip()[: LONGEST_WINDOW_TOKENS * 3])
        if number == len(sentences) or sum(map(count_tokens, window)) >= WINDOW_TOKENS:
            yield " ".join(window)
            window = window[-1:] if len(window) > 1 else []


def _headings(text: str) -> list[tuple[int, int, str]]:
    """Line, level and title of every heading outside of code and quotations."""
    tokens = _markdown.parse(text)
    return [
        (token.map[0], int(token.tag[1]), inline.content.strip())
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]


def _body(lines: list[str]) -> str:
    """Without the heading itself, which may take two lines when it is underlined."""
    is_marked = lines[0].lstrip().startswith("#")
    is_underlined = not is_marked and len(lines) > 1 and set(lines[1].strip()) <= set("=-")
    return "\n".join(lines[2 if is_underlined else 1 :])


def _pieces(text: str) -> list[str]:
    if count_tokens(text) <= PASSAGE_TOKENS[1]:
        return [text.strip()]
    return _splitter.chunks(text)


_splitter = MarkdownSplitter.from_callback(count_tokens, PASSAGE_TOKENS)
