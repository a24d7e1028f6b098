"""Blocks of a document → passages that stand alone, and passages → sentences that are embedded.

Sizes were measured, see `docs/decisions/retrieval.md`. Tokens are estimates of `llm_backend.tokens`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import accumulate, chain, dropwhile, groupby, repeat
from typing import Any, NamedTuple

from semantic_text_splitter import MarkdownSplitter

from domain.documents.blocks import RUNNING, Block, BlockKind
from llm_backend import patterns
from llm_backend.sentences import is_chinese, sentences
from llm_backend.tokens import count_tokens

# Measured in docs/decisions/retrieval.md: smaller ones lose answers, larger ones find no more and fill a small
# context.
PASSAGE_TOKENS = (150, 350)
# What an embedding model reads of one sentence, by characters.
LONGEST_SENTENCE = 1350
HEADING_SEPARATOR = " › "
LONGEST_HEADING = 400
# Of lines above a table that are repeated with each of its parts, and of the first line of a row.
LONGEST_LEAD, MOST_LEADS = 80, 3
BETWEEN_BLOCKS = "\n\n"
# The signs of bold type in Markdown that people wrote into a passage, one by one, as a sentence may end between them; 2**20
# is a power, and 138****5678 a number that nobody is to know.
_BOLD = patterns.compile(r"(?<![\d*])\*\*(?!\*)|(?<!\*)\*\*(?![\d*])")
# Columns that count their rows.
_RUNNING_NUMBERS = frozenset(
    ("序号", "序", "项次", "行号", "序號", "項次", "no", "nr", "#", "№", "s.no", "sr.no", "sl.no")
)
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
        """What is searched: a passage under “Returns” is about returns even where it does not say so. Both say it once."""
        heading = self.heading
        if self.subject in self.text.split("\n", 2)[:2]:
            heading = heading.removesuffix(self.subject).removesuffix(HEADING_SEPARATOR)
        return f"{heading}\n{self.text}" if heading else self.text

    @property
    def subject(self) -> str:
        """The last of the headings above it."""
        return self.heading.rpartition(HEADING_SEPARATOR)[2]

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


class PassageSentence(NamedTuple):
    """`text`: as it is read, embedded and quoted: without the signs of bold type, a row of a table under the names of its
    columns."""

    place: Place
    text: str


@dataclass(frozen=True)
class Row:
    """A line of a table in Markdown, and where it stands in the text."""

    start: int
    end: int
    cells: list[str]

    def under(self, names: "Row") -> str:
        """As it is understood without its table: “Keemun: price 68 yuan, taste cocoa.” The reader finds more in that than in
        cells between lines (docs/decisions/reader.md).
        """
        (_name, first), *pairs = self._named_cells(names)
        subject = first.rstrip(":：")
        # What spans several columns stands in each of them: “Total” from the first on is no price.
        named = groupby(dropwhile(lambda pair: pair[1] == first, pairs))
        chinese = is_chinese(" ".join([*names.cells[1:], *self.cells]))
        said = ("，" if chinese else ", ").join(_beside(name, cell) for (name, cell), _same in named if cell)
        if not subject or not said:
            return subject or said
        return f"{subject}：{said}" if chinese else f"{subject}: {said}"

    def _named_cells(self, names: "Row") -> list[tuple[str, str]]:
        """Names of columns with what stands below them; what the row is about comes before its running number."""
        pairs = [*zip(chain(names.cells, repeat("")), self.cells, strict=False)]
        is_counted = _is_running_number(names.cells[0]) and not any(map(str.isalpha, self.cells[0]))
        if is_counted and any(self.cells[1:2]):
            pairs[:2] = pairs[1], pairs[0]
        return pairs


@dataclass(frozen=True)
class Prose:
    """What stands between tables, and where it begins."""

    start: int
    text: str


@dataclass(frozen=True)
class Section:
    """What is cut together: the blocks below one path of headings, on one page where there are pages."""

    path: tuple[str, ...]
    blocks: list[Block]

    def heading(self, page: int | None, *below: str) -> str:
        parts = [f"p. {page}"] if page else []
        return HEADING_SEPARATOR.join([*parts, *self.path, *below])[:LONGEST_HEADING]


def passages_of(blocks: Iterable[Block]) -> Iterator[Cut]:
    for section in sections(block for block in blocks if not block.is_repeated):
        text = BETWEEN_BLOCKS.join(block.text for block in section.blocks)
        starts = list(
            accumulate((len(block.text) + len(BETWEEN_BLOCKS) for block in section.blocks[:-1]), initial=0)
        )
        for at, piece in _pieces(section.blocks, text):
            first = bisect_right(starts, at) - 1
            last = bisect_right(starts, at + len(piece) - 1)
            covered = tuple(section.blocks[first:last])
            if piece.strip():
                yield Cut(section.heading(covered[0].page, *_subject(covered[0])), piece, covered)


def sections(blocks: Iterable[Block]) -> Iterator[Section]:
    """A table that is too long for one passage, and what is whole, is a section by itself. A heading without text below it
    is one too: many a document says “Open: 9:00–18:00” in the form of one. What stands alone keeps the lines above it. The
    header and footer of all pages stand below no heading.
    """
    path: list[tuple[int, str]] = []
    bare: Block | None = None
    waiting: list[Block] = []
    part, lead = "", tuple[str, ...]()
    for block in blocks:
        is_heading = block.kind is BlockKind.HEADING
        is_alone = _stands_alone(block)
        is_apart = block.part != part or block.kind in RUNNING or block.is_apart
        ends = is_heading or is_apart or is_alone
        lead_below = _lead(waiting, lead) if is_alone and not is_apart else ()
        if waiting and (ends or _stands_alone(waiting[-1]) or _is_over(waiting[-1], block)):
            yield Section((*_names(part, path), *lead), waiting)
            waiting = []
        lead = lead_below
        if bare and (is_apart or (is_heading and block.level <= bare.level)):
            yield Section(_names(part, path[:-1]), [bare])
        if is_apart:
            part, path = block.part, []
        if is_heading:
            path = [
                *((above, name) for above, name in path if above < block.level),
                (block.level, block.text),
            ]
        else:
            waiting.append(block)
        bare = block if is_heading else None
    if waiting:
        yield Section((*_names(part, path), *lead), waiting)
    if bare:
        yield Section(_names(part, path[:-1]), [bare])


def sentences_of(passage: Cut) -> list[PassageSentence]:
    """In the order of the text; the whole of it where nothing in it is a sentence. The header of a table is none, nor is a
    question above its answer, or the first cell of a row above the others, which its heading says.
    """
    found: list[PassageSentence] = []
    for part in prose_and_tables(passage.text):
        if isinstance(part, Prose):
            found += [
                PassageSentence(Place(part.start + each.start, part.start + each.end), each.text)
                for each in sentences(part.text)
            ]
        else:
            names, *rows = part
            told = [PassageSentence(Place(row.start, row.end), row.under(names)) for row in rows]
            found += [each for each in told if each.text]
    at = next((at for at, each in enumerate(found[:2]) if each.text == passage.subject), None)
    if at is not None and len(found) > 1:
        del found[at]
    plain = [PassageSentence(place, _BOLD.sub("", text)) for place, text in found]
    return plain or [PassageSentence(Place(0, len(passage.text)), passage.text)]


def prose_and_tables(text: str) -> Iterator[Prose | list[Row]]:
    """A passage in its parts; of a table in Markdown, as `markdown` or people wrote it, the rows, its header first."""
    begins = accumulate((len(line) + 1 for line in text.split("\n")), initial=0)
    lines = zip(begins, text.split("\n"), strict=False)
    for is_row, some in groupby(lines, key=lambda line: line[1][:1] == "|" == line[1].rstrip()[-1:]):
        part = list(some)
        if is_row and len(part) > 1 and "-" in part[1][1] and set(part[1][1]) <= set("| :-"):
            yield [
                Row(start, start + len(row.rstrip()), _cells_of(row)) for start, row in (part[0], *part[2:])
            ]
        else:
            yield Prose(part[0][0], "\n".join(line for _, line in part))


def embedded_text(passage: Cut, text: str) -> str:
    """A sentence under the heading that says what it is about."""
    return Cut(passage.heading, text[:LONGEST_SENTENCE]).with_heading


def _beside(name: str, cell: str) -> str:
    """Chinese words stand next to each other."""
    close = not name or not (name[-1].isascii() or cell[0].isascii())
    return f"{name}{cell}" if close else f"{name} {cell}"


def _cells_of(row: str) -> list[str]:
    inside = row.rstrip()[1:-1].replace("\\|", "\0")
    return [cell.strip().replace("\0", "|") for cell in inside.split("|")]


def _names(part: str, path: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return (*([part] if part else []), *(name for _, name in path))


def _stands_alone(block: Block) -> bool:
    is_long_table = block.kind is BlockKind.TABLE and count_tokens(block.text) > PASSAGE_TOKENS[1]
    return block.is_whole or is_long_table or block.kind in RUNNING


def _lead(above: Sequence[Block], lead: tuple[str, ...]) -> tuple[str, ...]:
    """What is said right above what stands alone, such as “Prices of 2026” and “in million yuan”, without which its numbers
    are others. Rows that stand alone one behind the other have one.
    """
    if above and above[-1].is_whole:
        return lead
    lines: list[str] = []
    for block in above[: -MOST_LEADS - 1 : -1]:
        is_lead = block.kind is BlockKind.CAPTION or (block.kind is BlockKind.PARAGRAPH and not lines)
        if not is_lead or len(block.text) > LONGEST_LEAD:
            break
        lines.append(block.text)
    return (" ".join(reversed(lines)),) if lines else ()


def _subject(block: Block) -> tuple[str, ...]:
    """What a question with its answer, and a row told cell by cell, are about: their first line, where it is short, or that
    behind a running number.
    """
    first, *rest = block.text.split("\n", 2)
    if len(rest) > 1 and _is_running_number(first.partition(":")[0]):
        first = rest[0]
    return (first,) if block.is_whole and rest and len(first) <= LONGEST_LEAD else ()


def _is_running_number(name: str) -> bool:
    """Whether a column called so counts its rows."""
    return name.strip().casefold().rstrip(".．:：") in _RUNNING_NUMBERS


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
