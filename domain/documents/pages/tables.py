"""Tables of a page: in a grid of rules, between rules from side to side, or of cells that stand in columns alone."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from domain.documents.blocks import Cell
from domain.documents.pages.runs import Line, Rule, Run, joined, lines_of

# How near is near, in points: rules that meet, cells that share an edge.
NEAR = 3.0
MOST_RULES = 3000
MOST_ROWS, MOST_COLUMNS = 1000, 100
# Of the lines of a table, those with more than one cell.
LEAST_CELLED = 0.3
# A table that no rule marks needs more to be believed.
LEAST_LINES = 3
LEAST_GUTTER = 0.5
# Rows of several lines are this much further apart than the lines of one.
ROW_GAP = 1.12
# Of the width of a table: longer runs between its rules are lines of prose.
LONGEST_SHARE = 0.7
# A cell of a table without rules is shorter than this, in characters, unless it is the last.
LONGEST_CELL = 60
MOST_CELL_LINES = 20
# Behind a line, in letters: a sign that may not begin the next one takes its letter with it there.
ROOM = 2.5
# Of the lines of a table, those that may write across the white between two columns; and how much of a column, or of a run,
# they share that touch.
MOST_CROSSING, LEAST_TOUCHED = 0.25, 0.25
# Of one row of three columns, lines that have all cells.
MOST_FULL = 2
# Of the width of a table: a rule from side to side.
WHOLE = 0.85
BULLETS = ("•", "‣", "◦", "▪", "■", "●", "○", "∙")


class Grid:
    """`across`: heights of the rows' edges; `down`: where the columns' are."""

    def __init__(self, across: list[float], down: list[float], rules: Sequence[Rule]) -> None:
        self.across, self.down = across, down
        self._walls: dict[int, list[Rule]] = {}
        self._floors: dict[int, list[Rule]] = {}
        for rule in rules:
            if rule.is_horizontal:
                self._floors.setdefault(_nearest(across, rule.top), []).append(rule)
            else:
                self._walls.setdefault(_nearest(down, rule.left), []).append(rule)

    def has_wall(self, row: int, edge: int) -> bool:
        """Whether a rule stands at this edge of columns beside this row."""
        middle = (self.across[row] + self.across[row + 1]) / 2
        return edge in (0, len(self.down) - 1) or any(
            rule.top <= middle <= rule.bottom for rule in self._walls.get(edge, ())
        )

    def has_floor(self, edge: int, column: int) -> bool:
        middle = (self.down[column] + self.down[column + 1]) / 2
        return edge in (0, len(self.across) - 1) or any(
            rule.left <= middle <= rule.right for rule in self._floors.get(edge, ())
        )


def _nearest(edges: Sequence[float], place: float) -> int:
    after = bisect_right(edges, place)
    return min(
        range(max(after - 1, 0), min(after + 1, len(edges))), key=lambda edge: abs(edges[edge] - place)
    )


def with_tables(runs: Sequence[Run], rules: Sequence[Rule]) -> list[Run]:
    """What stands in a grid of rules, or between rules from side to side, becomes one run with its cells."""
    left_over = list(runs)
    found: list[Run] = []
    if len(rules) > MOST_RULES:
        return left_over
    for group in _groups(rules, left_over):
        table, inside = _ruled_table(group, left_over)
        if table:
            taken = {id(run) for run in inside}
            left_over = [run for run in left_over if id(run) not in taken]
            found.append(table)
    return left_over + found


def with_aligned_tables(lines: Sequence[Line], leading: float) -> list[Line]:
    """Lines of a column of the page; those whose cells stand in columns become one line that is a table."""
    made: list[Line] = []
    waiting: list[Line] = []
    for line in lines:
        if waiting and not _goes_on(waiting, line, leading):
            made += _aligned_tables(waiting)
            waiting = []
        waiting.append(line)
    return made + (_aligned_tables(waiting) if waiting else [])


def _aligned_tables(lines: Sequence[Line]) -> list[Line]:
    """A line at the left between two tables with other columns parts them; where they are the same, it names a group of
    rows.
    """
    parts: list[list[Line]] = [[]]
    above, between = list[Line](), list[Line]()
    for is_celled, some in groupby(lines, key=lambda line: len(line.runs) > 1):
        group = list(some)
        if not is_celled:
            between = group
            continue
        left = min((line.left for line in above), default=0.0)
        is_at_left = all(line.left <= left + NEAR for line in between)
        if is_at_left and len(above) > 1 < len(group) and not _have_same_columns(above, group):
            parts.append([])
            above = []
        parts[-1] += [*between, *group]
        above += group
        between = []
    parts[-1] += between
    return [line for part in parts for line in _aligned_table(part)]


def _have_same_columns(above: Sequence[Line], below: Sequence[Line]) -> bool:
    """Whether no column of one lies over two of the other."""
    columns = (_columns(above), _columns(below))
    return all(
        sum(left < other_right and other_left < right for other_left, other_right in others) < 2
        for some, others in (columns, columns[::-1])
        for left, right in some
    )


def _goes_on(lines: Sequence[Line], line: Line, leading: float) -> bool:
    if line.cells or lines[-1].cells:
        return False
    if line.top - lines[-1].bottom > 1.2 * leading * line.size:
        return False
    if len(line.runs) > 1 or len(lines[-1].runs) > 1:
        return True
    # A cell of several lines, not in the first column.
    begun = [run.left for above in lines[-MOST_CELL_LINES:] for run in above.runs[1:]]
    return any(abs(line.left - left) <= NEAR for left in begun)


def _aligned_table(lines: list[Line]) -> list[Line]:
    """The lines as they are, where they make no table."""
    celled = [at for at, line in enumerate(lines) if len(line.runs) > 1]
    if len(celled) < LEAST_LINES:
        return lines
    before, within, after = lines[: celled[0]], lines[celled[0] : celled[-1] + 1], lines[celled[-1] + 1 :]
    # Text runs on from line to line, so that its lines are long; of a table one column may be.
    is_short = all(len(run.text) <= LONGEST_CELL for line in within for run in line.runs[:-1])
    has_items = any(run.text.startswith(BULLETS) for line in within for run in line.runs)
    table = _table_of_lines(within) if is_short and not has_items else None
    return [*before, *([Line.of([table])] if table else within), *after]


def _groups(rules: Sequence[Rule], runs: Sequence[Run]) -> Iterator[list[Rule]]:
    """Rules that meet one another, and those from side to side that have only rows of cells between them."""
    sets = _Sets(len(rules))
    order = sorted(range(len(rules)), key=lambda at: rules[at].top)
    for place, at in enumerate(order):
        for other in order[place + 1 :]:
            if rules[other].top > rules[at].bottom + NEAR:
                break
            if _meet(rules[at], rules[other]):
                sets.join(at, other)
    level = [at for at in order if rules[at].is_horizontal]
    for place, at in enumerate(level):
        below = [each for each in level[place + 1 :] if _are_level(rules[at], rules[each])]
        if below and _holds_rows(rules[at], rules[below[0]], runs):
            sets.join(at, below[0])
    groups: dict[int, list[Rule]] = {}
    for at in order:
        groups.setdefault(sets.root(at), []).append(rules[at])
    yield from groups.values()


class _Sets:
    """Which of some things belong together."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def root(self, at: int) -> int:
        while self._parents[at] != at:
            self._parents[at] = at = self._parents[self._parents[at]]
        return at

    def join(self, one: int, other: int) -> None:
        self._parents[self.root(other)] = self.root(one)


def _are_level(one: Rule, other: Rule) -> bool:
    """Both begin or both end at one place, and lie above one another."""
    shares_end = abs(one.left - other.left) <= NEAR or abs(one.right - other.right) <= NEAR
    overlap = min(one.right, other.right) - max(one.left, other.left)
    return shares_end and overlap >= 0.3 * max(one.right - one.left, other.right - other.left)


def _holds_rows(above: Rule, below: Rule, runs: Sequence[Run]) -> bool:
    """Whether what stands between two rules may be rows of a table: within their ends, and not in lines from end to end."""
    left, right = min(above.left, below.left), max(above.right, below.right)
    between = [run for run in runs if above.top < run.middle < below.top]
    beside = [run for run in between if run.right > left and run.left < right]
    if any(run.left < left - NEAR or run.right > right + NEAR for run in beside):
        return False
    width = right - left
    prose = [
        run
        for run in beside
        if run.left < left + 0.1 * width and run.right - run.left > LONGEST_SHARE * width
    ]
    return bool(beside) and len(prose) <= 1


def _meet(one: Rule, other: Rule) -> bool:
    return (
        one.left <= other.right + NEAR
        and other.left <= one.right + NEAR
        and one.top <= other.bottom + NEAR
        and other.top <= one.bottom + NEAR
    )


def _ruled_table(rules: Sequence[Rule], runs: Sequence[Run]) -> tuple[Run | None, list[Run]]:
    frame = Run(
        "",
        min(rule.left for rule in rules),
        min(rule.top for rule in rules),
        max(rule.right for rule in rules),
        max(rule.bottom for rule in rules),
    )
    inside = [run for run in runs if not run.cells and _is_inside(run, frame)]
    across = _edges([rule.top for rule in rules if rule.is_horizontal])
    uprights = [rule.left for rule in rules if not rule.is_horizontal]
    down = _edges(uprights)
    if not inside or len(across) < 2 or len(across) > MOST_ROWS or len(down) > MOST_COLUMNS:
        return None, []
    if len(down) >= 2 or (down and len(across) >= 2):
        # Often the outer edges are not drawn.
        down = _edges([frame.left, *uprights, frame.right])
        if len(down) > 2 or len(across) > 3:
            grid = Grid(across, down, rules)
            cells = _grid_cells(grid, inside)
            if len(cells) > 1:
                frame.cells = tuple(cells)
                return frame, inside
        return None, []
    table = _table_of_lines(lines_of(inside), across, _head_end(rules, frame))
    return (replace(frame, cells=table.cells), inside) if table else (None, [])


def _head_end(rules: Sequence[Rule], frame: Run) -> float:
    """The first rule from side to side below the one on top."""
    whole = [
        rule.top
        for rule in rules
        if rule.is_horizontal and rule.right - rule.left > WHOLE * (frame.right - frame.left)
    ]
    return next((top for top in sorted(whole) if top > frame.top + NEAR), 0.0)


def _is_inside(run: Run, frame: Run) -> bool:
    return (
        frame.top - NEAR <= run.middle <= frame.bottom + NEAR
        and frame.left - NEAR <= (run.left + run.right) / 2 <= frame.right + NEAR
    )


def _edges(places: Sequence[float]) -> list[float]:
    """One for each cluster of places."""
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > NEAR:
            edges.append(place)
    return edges


def _grid_cells(grid: Grid, runs: Sequence[Run]) -> list[Cell]:
    rows, columns = len(grid.across) - 1, len(grid.down) - 1
    texts: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        row = bisect_right(grid.across, run.middle) - 1
        column = bisect_right(grid.down, (run.left + run.right) / 2) - 1
        texts.setdefault((min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)), []).append(run)
    taken: set[tuple[int, int]] = set()
    cells = []
    for row in range(rows):
        for column in range(columns):
            if (row, column) in taken:
                continue
            wide, high = _spans(grid, row, column)
            places = [(row + down, column + along) for down in range(high) for along in range(wide)]
            taken.update(places)
            held = [run for place in places for run in texts.get(place, ())]
            text = _cell_text(lines_of(held), grid.down[column], grid.down[column + wide])
            cells.append(Cell(row, column, text, high, wide, is_header=row == 0))
    return cells


def _cell_text(lines: Sequence[Line], left: float, right: float) -> str:
    """A line that had room for what follows it ended on purpose."""
    margin = min((line.left - left for line in lines), default=0.0)
    gaps = (right - margin - line.right > ROOM * (line.bottom - line.top) for line in lines)
    return joined((line.text for line in lines), gaps)


def _spans(grid: Grid, row: int, column: int) -> tuple[int, int]:
    """How many columns and rows the cell takes that begins here."""
    wide = high = 1
    while column + wide < len(grid.down) - 1 and not grid.has_wall(row, column + wide):
        wide += 1
    while row + high < len(grid.across) - 1 and not any(
        grid.has_floor(row + high, column + along) for along in range(wide)
    ):
        high += 1
    return wide, high


def _table_of_lines(lines: Sequence[Line], across: Sequence[float] = (), head_end: float = 0.0) -> Run | None:
    """Cells by the gaps that go through nearly all of the lines. None where there are no such gaps. `head_end`: where a rule
    stands below the rows of the head.
    """
    runs = [run for line in lines for run in line.runs]
    celled = sum(len(line.runs) > 1 for line in lines)
    if len(lines) < 2 or celled < LEAST_CELLED * len(lines):
        return None
    columns = _columns(lines)
    if len(columns) < 2:
        return None
    rows = _rows(lines, columns, across)
    above = sum(row[-1].bottom < head_end + NEAR for row in rows)
    heads = above if 0 < above <= len(rows) // 2 else 1
    cells: list[Cell] = []
    for at, row in enumerate(rows):
        cells += _row_cells(at, row, columns, is_header=at < heads)
    cells = _with_labels_going_on(cells, heads)
    return Run(
        "",
        min(run.left for run in runs),
        min(run.top for run in runs),
        max(run.right for run in runs),
        max(run.bottom for run in runs),
        size=lines[0].size,
        cells=tuple(cells),
    )


def _with_labels_going_on(cells: Sequence[Cell], heads: int) -> list[Cell]:
    """A row that has nothing in the first column belongs to what the rows above it are called."""
    labels: list[Cell] = []
    for cell in (cell for cell in cells if cell.column == 0):
        above = labels[-1] if labels else None
        if cell.text or above is None or above.columns > 1 or above.row < heads:
            labels.append(cell)
        else:
            labels[-1] = replace(above, rows=above.rows + 1)
    return sorted(
        [*labels, *(cell for cell in cells if cell.column)], key=lambda cell: (cell.row, cell.column)
    )


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Where each column begins and ends. First white in nearly every line counts, so that cells over several columns are
    known as such; without those, every white does, and a column that is filled in few lines is found too.
    """
    least_gap = LEAST_GUTTER * lines[0].size
    rows = [line.runs for line in lines]
    celled = [row for row in rows if len(row) > 1]
    rough = _covered(celled, least_gap, MOST_CROSSING * len(celled))
    if len(rough) < 2:
        return rough or _covered(rows, least_gap, 0)
    within_one = [[run for run in row if _is_within_one(run, rough, least_gap)] for row in rows]
    return _covered(within_one, least_gap, 0) or rough


def _is_within_one(run: Run, columns: Sequence[tuple[float, float]], least_gap: float) -> bool:
    return sum(run.left < right + least_gap and left - least_gap < run.right for left, right in columns) < 2


def _covered(
    rows: Sequence[Sequence[Run]], least_gap: float, crossing_allowed: float
) -> list[tuple[float, float]]:
    edges = sorted({edge for row in rows for run in row for edge in (run.left, run.right)})
    columns: list[tuple[float, float]] = []
    for start, end in pairwise(edges):
        middle = (start + end) / 2
        if sum(any(run.left < middle < run.right for run in row) for row in rows) <= crossing_allowed:
            continue
        if columns and start - columns[-1][1] < least_gap:
            columns[-1] = (columns[-1][0], end)
        else:
            columns.append((start, end))
    return columns


def _touched(run: Run, columns: Sequence[tuple[float, float]]) -> list[int]:
    return [
        index
        for index, (left, right) in enumerate(columns)
        if min(right, run.right) - max(left, run.left)
        > LEAST_TOUCHED * min(right - left, run.right - run.left)
    ]


def _rows(
    lines: Sequence[Line], columns: Sequence[tuple[float, float]], across: Sequence[float]
) -> list[list[Line]]:
    """Lines of one row: between two rules where every row has them, else those that stand close together."""
    steps = [below.bottom - above.bottom for above, below in pairwise(lines)]
    if len(across) > 3 and _are_rows_ruled(lines, columns, across):
        rows: dict[int, list[Line]] = {}
        for line in lines:
            rows.setdefault(_zone(across, line), []).append(line)
        return [rows[at] for at in sorted(rows)]
    closest = min(steps, default=0.0)
    # Where most of the lines that follow closely have many cells, they are rows.
    close = [line for line, step in zip(lines[1:], steps, strict=True) if step < ROW_GAP * closest]
    rows_among = sum(2 * _filled(line, columns) > len(columns) for line in close)
    is_spread = max(steps, default=0.0) > ROW_GAP * closest and 2 * rows_among < len(close)
    made = [[lines[0]]]
    for line, step in zip(lines[1:], steps, strict=True):
        # Without more room between rows, a line of few cells and none in the first column goes on with the row above.
        has_few = line.left > columns[0][1] and 2 * _filled(line, columns) <= len(columns)
        goes_on = step < ROW_GAP * closest if is_spread else has_few
        if goes_on and _zone(across, line) == _zone(across, made[-1][-1]):
            made[-1].append(line)
        else:
            made.append([line])
    return made


def _are_rows_ruled(
    lines: Sequence[Line], columns: Sequence[tuple[float, float]], across: Sequence[float]
) -> bool:
    """Whether the lines between two rules are one row: not where several of them have all cells, such as below a head that
    has rules of its own.
    """
    full = Counter(_zone(across, line) for line in lines if _filled(line, columns) >= len(columns))
    return max(full.values(), default=0) <= (MOST_FULL if len(columns) > 2 else 2 * MOST_FULL)


def _filled(line: Line, columns: Sequence[tuple[float, float]]) -> int:
    """How many columns have something in this line."""
    return len({column for run in line.runs for column in _touched(run, columns)})


def _zone(across: Sequence[float], line: Line) -> int:
    return bisect_right(across, (line.top + line.bottom) / 2)


def _row_cells(
    at: int, lines: Sequence[Line], columns: Sequence[tuple[float, float]], *, is_header: bool
) -> Iterator[Cell]:
    """A run that reaches over several columns spans them."""
    starts = [left for left, _right in columns]
    texts: dict[tuple[int, int], list[str]] = {}
    for line in lines:
        for run in line.runs:
            first = next(
                (n for n, (_left, right) in enumerate(columns) if run.left < right - 0.1), len(columns) - 1
            )
            last = max(bisect_right(starts, run.right - 1) - 1, first)
            texts.setdefault((first, last), []).append(run.text)
    texts = _apart(texts)
    if is_header:
        texts = {_with_empty(place, texts, len(columns)): parts for place, parts in texts.items()}
    elif len(texts) == 1 and len(columns) > 2:
        # Alone in its row, it is the title of those that follow.
        texts = {(0, len(columns) - 1): next(iter(texts.values()))}
    filled = {column for first, last in texts for column in range(first, last + 1)}
    texts |= {(column, column): [] for column in range(len(columns)) if column not in filled}
    for (first, last), parts in sorted(texts.items()):
        yield Cell(at, first, joined(parts), columns=last - first + 1, is_header=is_header)


def _apart(texts: Mapping[tuple[int, int], list[str]]) -> dict[tuple[int, int], list[str]]:
    """Cells that share a column become one."""
    made: dict[tuple[int, int], list[str]] = {}
    for (first, last), parts in sorted(texts.items()):
        before = next(reversed(made), None)
        if before and first <= before[1]:
            made[before[0], max(before[1], last)] = [*made.pop(before), *parts]
        else:
            made[first, last] = parts
    return made


def _with_empty(
    place: tuple[int, int], texts: Mapping[tuple[int, int], list[str]], columns: int
) -> tuple[int, int]:
    """What heads a column also heads those behind it that have no heading of their own."""
    first, last = place
    end = min((other for other, _last in texts if other > last), default=columns)
    return (first, end - 1) if first else place
