"""Lines of a page → blocks in the order in which a person reads them: columns, paragraphs, headings, lists, tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from domain.documents.blocks import Block, BlockKind
from domain.documents.ocr.lines import Line, joined_text, rows_of, union
from domain.documents.ocr.rules import Grid, Rule
from domain.documents.ocr.tables import aligned_cells, ruled_cells, table_block
from domain.documents.pages.layout import LEAST_COLUMN_LINES, columns_of
from domain.documents.pages.runs import Run
from llm_backend import patterns

# White between columns, in heights of a letter.
GUTTER = 0.6
# A line fills its column from here on; most lines of prose do, and few cells of a table.
FILLED_SHARE = 0.8
# Mean letters of a line of prose, Chinese ones counted twice.
PROSE_WIDTH = 22
# Of the letters of a column; the rest stands in headings, ends of paragraphs and cells of a table in it.
LEAST_PROSE = 0.4
# The type of a heading against that of the text; between two levels; and its longest text, as wide as `PROSE_WIDTH`.
HEADING_SIZE, LEVEL_STEP, LONGEST_HEADING = 1.18, 1.12, 120
# Against the usual distance of lines: more begins a paragraph.
PARAGRAPH_PITCH = 1.3
FIRST_LEVEL_SIZE = 1.3
# Larger type needs more room: what does not have it was measured wrongly.
TYPE_PITCH = 1.1
INDENT = 1.3
_LISTED = patterns.compile(
    r"^(?:[•·●▪■◆‣–*-]\s*+(?=\S)|[（(]?\d{1,2}[)）.、]\s*+(?=\D)|[（(][一二三四五六七八九十]{1,3}[)）])"
)

_MARK = patterns.compile(r"\A(?:[•·●▪■◆‣–*-]|[（(]?\d{1,2}[)）.、])\Z")

Gap = tuple[float, float]


def blocks_of(lines: Sequence[Line], rules: Sequence[Rule] = (), ruled: Sequence[Grid] = ()) -> list[Block]:
    """All that stands on one page. `rules`, `ruled`: its horizontal rules and ruled tables."""
    rest = list(_with_marks_joined(lines))
    found: list[tuple[Block, Line]] = []
    for grid in ruled:
        cells, inside = ruled_cells(grid, rest)
        # A frame around one text is no table.
        if sum(bool(cell.text) for cell in cells) < 2:
            continue
        rest = [line for line in rest if line not in inside]
        found.append((table_block(cells, inside), _outline(inside)))
    sizes = _Sizes.of(rest)
    blocks: list[Block] = []
    # A ruled table takes part in the order as one line as wide as itself.
    tables = {id(outline): block for block, outline in found}
    columns = _columns([*rest, *(outline for _, outline in found)], sizes.body)
    parts = (part for column in columns for part in _ordered(column, tables))
    for is_table, some in groupby(parts, key=lambda part: part.is_table):
        if is_table:
            blocks += (_aligned_table(part, rules) for part in some)
        else:
            blocks += _text_blocks([row for part in some for row in part.rows], tables, sizes)
    return blocks


def _columns(lines: Sequence[Line], size: float) -> Iterator[list[Line]]:
    """In the order of reading, told as those of a page that was born digital (`pages.layout`); all lines as one where a
    column has few lines of prose: what is recognised of a wide table stands in columns, too.
    """
    by_run = {id(run): (run, line) for line in lines for run in [_run_of(line, size)]}
    columns = [
        [by_run[id(run)][1] for run in column]
        for column in columns_of([run for run, _line in by_run.values()], size)
    ]
    are_prose = all(
        _prose_share(column) >= LEAST_PROSE for column in columns if len(column) >= LEAST_COLUMN_LINES
    )
    yield from columns if are_prose else [list(lines)]


def _prose_share(lines: Sequence[Line]) -> float:
    """Of the letters, those of lines that are as long as lines of prose."""
    widths = [_wide(line.text) for line in lines]
    return sum(width for width in widths if width >= PROSE_WIDTH) / max(sum(widths), 1)


def _run_of(line: Line, size: float) -> Run:
    return Run(line.text, line.left, line.top, line.right, line.bottom, size)


def _with_marks_joined(lines: Sequence[Line]) -> Iterator[Line]:
    """The mark of an item of a list is no column of its own."""
    for row in rows_of(lines):
        if len(row) > 1 and _MARK.search(row[0].text):
            yield _outline(row[:2], f"{row[0].text} {row[1].text}")
            yield from row[2:]
        else:
            yield from row


@dataclass(frozen=True)
class _Sizes:
    """Sizes of type on the page: of its text, and of each level of headings, the largest first."""

    body: float
    levels: tuple[float, ...]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "_Sizes":
        heights = sorted(line.size for line in lines for _ in range(_wide(line.text)))
        body = heights[len(heights) // 2] if heights else 0.0
        levels: list[float] = []
        for line in sorted(lines, key=lambda each: -each.size):
            is_new = not levels or levels[-1] > line.size * LEVEL_STEP
            if line.size > HEADING_SIZE * body and is_new and _wide(line.text) > 3:
                levels.append(line.size)
        return cls(body, tuple(levels))

    def level_of(self, size: float) -> int:
        """0 for what is no heading. The largest of a page need not be of the first level."""
        if size <= HEADING_SIZE * self.body:
            return 0
        larger = sum(level > size * LEVEL_STEP for level in self.levels)
        return min(6, 1 + max(larger, size < FIRST_LEVEL_SIZE * self.body))


@dataclass(frozen=True)
class _Part:
    """Rows of one column; those of a table belong together."""

    rows: list[list[Line]]
    is_table: bool = False


def _ordered(lines: Sequence[Line], tables: dict[int, Block]) -> Iterator[_Part]:
    """Stretches of rows, one below the other; where columns of prose stand beside each other, each by itself."""
    if not lines:
        return
    rows = rows_of(lines)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    start = 0
    while start < len(rows):
        end, gap = _run_with_gap(rows, start, left, right)
        run = rows[start:end]
        flat = [line for row in run for line in row]
        if gap and not any(id(line) in tables for line in flat):
            sides = (
                [line for line in flat if line.right <= gap[1]],
                [line for line in flat if line.left >= gap[0]],
            )
            if all(_is_prose(side) for side in sides):
                for side in sides:
                    yield from _ordered(side, tables)
                start = end
                continue
            first, last = _table_rows(rows[start : _end_of_table(rows, start, left, right)])
            if last > first:
                yield _Part(rows[start : start + first])
                yield _Part(rows[start + first : start + last], is_table=True)
                start += last
                continue
        yield _Part(rows[start : start + 1])
        start += 1


def _run_with_gap(
    rows: Sequence[Sequence[Line]], start: int, left: float, right: float
) -> tuple[int, Gap | None]:
    """How far, from a row on, one white strip runs down between lines on both sides of it; and that strip."""
    gaps = _column_gaps(rows[start], left, right)
    end = start + 1
    while end < len(rows) and gaps:
        if _is_far_below(rows[start:end], rows[end]):
            break
        narrowed = [
            (max(one[0], other[0]), min(one[1], other[1]))
            for one in gaps
            for other in _column_gaps(rows[end], left, right)
        ]
        narrowed = [gap for gap in narrowed if gap[1] - gap[0] > GUTTER * rows[end][0].height]
        if not narrowed:
            break
        gaps, end = narrowed, end + 1
    flat = [line for row in rows[start:end] for line in row]
    inner = [
        gap
        for gap in gaps
        if any(line.right <= gap[0] for line in flat) and any(line.left >= gap[1] for line in flat)
    ]
    if inner:
        return end, max(inner, key=lambda gap: gap[1] - gap[0])
    return start + 1, None


def _column_gaps(row: Sequence[Line], left: float, right: float) -> list[Gap]:
    """White in a row, also before its first and behind its last line."""
    edges = [left, *(edge for line in row for edge in (line.left, line.right)), right]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [gap for gap in gaps if gap[1] - gap[0] > GUTTER * row[0].height]


def _is_far_below(above: Sequence[Sequence[Line]], row: Sequence[Line]) -> bool:
    """Further than the rows of one table or text are from each other."""
    last = above[-1]
    distance = min(line.top for line in row) - max(line.bottom for line in last)
    return distance > 3 * median(line.height for line in [*last, *row])


def _is_prose(lines: Sequence[Line]) -> bool:
    """Whether most lines are long and fill their column. Cells of a wide table fill it together, but are short."""
    rows = rows_of(lines)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    filled = sum(row[-1].right - row[0].left > FILLED_SHARE * (right - left) for row in rows)
    width = sum(_wide(line.text) for line in lines) / len(lines)
    return filled >= 0.4 * len(rows) and width >= PROSE_WIDTH


def _end_of_table(rows: Sequence[Sequence[Line]], start: int, left: float, right: float) -> int:
    """Where the run with white between its columns ends, titles of a part of the table counted in: single lines that are
    written across, and after which the columns go on.
    """
    end, gap = _run_with_gap(rows, start, left, right)
    while gap and end + 1 < len(rows) and len(rows[end]) == 1 and not _is_far_below(rows[:end], rows[end]):
        further, next_gap = _run_with_gap(rows, end + 1, left, right)
        if next_gap is None or min(gap[1], next_gap[1]) - max(gap[0], next_gap[0]) <= 0:
            break
        end = further
    return end


def _table_rows(run: Sequence[Sequence[Line]]) -> tuple[int, int]:
    """From the first to behind the last row with several cells; nothing where too few rows have them."""
    full = [place for place, row in enumerate(run) if len(row) > 1]
    widest = max((len(row) for row in run), default=0)
    return (full[0], full[-1] + 1) if len(full) >= (2 if widest > 2 else 3) else (0, 0)


def _aligned_table(part: _Part, rules: Sequence[Rule]) -> Block:
    lines = [line for row in part.rows for line in row]
    return table_block(aligned_cells(lines, rules), lines)


def _text_blocks(rows: Iterable[Sequence[Line]], tables: dict[int, Block], sizes: _Sizes) -> Iterator[Block]:
    for is_table, some in groupby(rows, key=lambda row: any(id(line) in tables for line in row)):
        if is_table:
            yield from (tables[id(line)] for row in some for line in row if id(line) in tables)
        else:
            yield from _paragraphs([_whole(row) for row in some], sizes)


def _paragraphs(lines: Sequence[Line], sizes: _Sizes) -> Iterator[Block]:
    pitches = sorted(below.middle - above.middle for above, below in pairwise(lines))
    # The closest third: lines of one paragraph, also on a page of many short ones.
    usual = pitches[len(pitches) // 3] if pitches else 0.0
    group: list[Line] = []
    for place, line in enumerate(lines):
        right = _right_edge(lines[max(0, place - 3) : place + 3], line)
        if group and _begins(group[-1], line, right, usual, sizes):
            yield _paragraph(group, sizes)
            group = []
        group.append(line)
    if group:
        yield _paragraph(group, sizes)


def _begins(above: Line, line: Line, right: float, usual: float, sizes: _Sizes) -> bool:
    """Whether a paragraph begins with this line. `right`: how far lines reach here."""
    pitch = line.middle - above.middle
    is_other_type = sizes.level_of(above.size) != sizes.level_of(line.size) and pitch > TYPE_PITCH * usual
    if is_other_type or _LISTED.search(line.text) or pitch < 0 or pitch > PARAGRAPH_PITCH * usual:
        return not _goes_over(above, line, pitch)
    is_indented = line.left - above.left > INDENT * line.height
    # A line that ends early ends its paragraph, unless the next word would not have fitted.
    room = right - above.right
    next_word = line.width * min(1.0, 12 / max(1, _wide(line.text)))
    return is_indented or room > max(4 * line.height, next_word)


def _right_edge(neighbours: Sequence[Line], line: Line) -> float:
    """How far the lines of its column reach: what stands elsewhere on the page may be wider."""
    near = [
        each
        for each in neighbours
        if abs(each.left - line.left) < 4 * line.height and each.height < HEADING_SIZE * line.height
    ]
    return max((each.right for each in near), default=line.right)


def _goes_over(above: Line, line: Line, pitch: float) -> bool:
    """From the foot of one column to the head of the next, in the middle of a sentence."""
    is_prose = pitch < 0 and min(_wide(above.text), _wide(line.text)) > PROSE_WIDTH
    return is_prose and above.text[-1:] not in "。.！!？?：:;；" and not _LISTED.search(line.text)


def _paragraph(lines: Sequence[Line], sizes: _Sizes) -> Block:
    text = joined_text(line.text for line in lines)
    box = union([line.box for line in lines])
    level = sizes.level_of(median(line.size for line in lines))
    if level and _wide(text) <= LONGEST_HEADING and any(character.isalpha() for character in text):
        return Block(BlockKind.HEADING, text, level=level, box=box)
    return Block(BlockKind.LIST if _LISTED.search(text) else BlockKind.PARAGRAPH, text, box=box)


def _whole(row: Sequence[Line]) -> Line:
    """A row of pieces, such as a sentence with a wide comma, as one line."""
    if len(row) == 1:
        return row[0]
    return _outline(row, joined_text(line.text for line in row))


def _outline(lines: Iterable[Line], text: str = "") -> Line:
    some = list(lines)
    return Line(
        text,
        min(line.confidence for line in some),
        min(line.left for line in some),
        min(line.top for line in some),
        max(line.right for line in some),
        max(line.bottom for line in some),
        union([line.box for line in some]),
    )


def _wide(text: str) -> int:
    """Letters, Chinese ones counted twice."""
    return sum(2 if character > "\u2e7f" else 1 for character in text)
