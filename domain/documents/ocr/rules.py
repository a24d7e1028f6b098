"""The ruled lines of a page: which of them make the grid of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]

# In heights of a letter. No stroke is as long.
SHORTEST_RULE = 1.6
# Of a side of a cell that must be drawn, or the cell goes on behind it: scans have gaps.
DRAWN_SHARE = 0.6
MOST_TABLES = 40
DARK = 15


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal rule."""

    left: float
    right: float
    y: float


@dataclass(frozen=True)
class Grid:
    """`xs`, `ys`: where the rules between columns and rows stand, outer ones included.

    `spans`: row, column, rows, columns of each cell.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    spans: tuple[tuple[int, int, int, int], ...]

    def cell_at(self, x: float, y: float) -> int | None:
        for place, (row, column, rows, columns) in enumerate(self.spans):
            inside_x = self.xs[column] <= x < self.xs[column + columns]
            if inside_x and self.ys[row] <= y < self.ys[row + rows]:
                return place
        return None


def find(page: Grey, letter_height: float) -> tuple[list[Rule], list[Grid]]:
    """Horizontal rules, and the grids that they make together with vertical ones."""
    length = max(16, round(letter_height * SHORTEST_RULE))
    dark = cv2.adaptiveThreshold(page, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, DARK)
    across = _strokes(np.asarray(dark, dtype=np.uint8), (length, 1))
    down = _strokes(np.asarray(dark, dtype=np.uint8), (1, length))
    rules = [Rule(x, x + width, y + height / 2) for x, y, width, height in _components(across)]
    grids = []
    for x, y, width, height in _components(across | down)[:MOST_TABLES]:
        if width > length and height > length / 2:
            box = np.s_[y : y + height, x : x + width]
            if grid := _grid(across[box], down[box], x, y):
                grids.append(grid)
    return rules, grids


def _strokes(dark: Mask, shape: tuple[int, int]) -> Mask:
    opened = cv2.morphologyEx(dark, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, shape))
    # Crooked scans break a rule into stairs.
    thickened = cv2.dilate(opened, np.ones((3, 3), dtype=np.uint8))
    return np.asarray(thickened, dtype=np.uint8)


def _components(mask: Mask) -> list[tuple[int, int, int, int]]:
    """Left, top, width, height of what hangs together, the largest first."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    boxes = [(int(x), int(y), int(width), int(height)) for x, y, width, height, _ in stats[1:]]
    return sorted(boxes, key=lambda box: -box[2] * box[3])


def _grid(across: Mask, down: Mask, left: int, top: int) -> Grid | None:
    ys = _rule_positions(across.mean(axis=1) / 255, across.shape[1])
    xs = _rule_positions(down.mean(axis=0) / 255, down.shape[0])
    if len(xs) < 2 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) < 2:
        return None
    spans = _spans(across, down, xs, ys)
    if len(spans) < 2:
        return None
    return Grid(tuple(x + left for x in xs), tuple(y + top for y in ys), tuple(spans))


def _rule_positions(shares: npt.NDArray[np.float64], length: int) -> list[float]:
    """The middle of each rule, which may run through a part of the table alone."""
    is_rule = shares > max(0.08, 20 / length)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_rule.astype(np.int8), [0]])))
    middles = [float(start + end) / 2 for start, end in edges.reshape(-1, 2)]
    return [place for index, place in enumerate(middles) if not index or place - middles[index - 1] > 6]


def _spans(
    across: Mask, down: Mask, xs: Sequence[float], ys: Sequence[float]
) -> list[tuple[int, int, int, int]]:
    """Cells between which no rule is drawn are one, as long as they are a rectangle together."""
    rows, columns = len(ys) - 1, len(xs) - 1
    taken = np.zeros((rows, columns), dtype=bool)
    spans = []
    for row in range(rows):
        for column in range(columns):
            if taken[row, column]:
                continue
            wide = 1
            while column + wide < columns and not taken[row, column + wide]:
                if _is_drawn(down, ys[row], ys[row + 1], xs[column + wide], is_vertical=True):
                    break
                wide += 1
            high = 1
            while row + high < rows:
                if _is_drawn(across, xs[column], xs[column + wide], ys[row + high], is_vertical=False):
                    break
                high += 1
            taken[row : row + high, column : column + wide] = True
            spans.append((row, column, high, wide))
    return spans


def _is_drawn(mask: Mask, start: float, end: float, place: float, *, is_vertical: bool) -> bool:
    near = slice(max(0, round(place) - 3), round(place) + 4)
    along = slice(round(start) + 3, max(round(start) + 4, round(end) - 3))
    part = mask[along, near] if is_vertical else mask[near, along].T
    return bool(part.size) and float((part > 0).any(axis=1).mean()) >= DRAWN_SHARE
