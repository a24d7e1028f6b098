"""In which order a person reads what stands on a slide: by its columns where it has some, else line by line."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

# Left, top, right and bottom.
Sides = tuple[float, ...]
Said = TypeVar("Said")
ACROSS, DOWN = 0, 1
# Columns are about as wide as each other: what is much narrower than its neighbour is a number or a label of it.
MOST_WIDER = 2
# Gaps are of one kind down to this share of the widest.
LEAST_SHARE = 0.5
# Parts of a slide have parts.
DEEPEST = 20


class Placed(NamedTuple, Generic[Said]):
    """Something that says something, where it stands."""

    sides: Sides
    said: Said


def in_order(placed: Sequence[Placed[Said]], depth: int = 0) -> list[Placed[Said]]:
    """Parts that the widest empty space parts, one after the other. A headline has space below it; of columns the space
    between them is wider than that between what stands in one.
    """
    parts = _parts(placed) if len(placed) > 1 and depth < DEEPEST else []
    if not parts:
        return _in_lines(placed)
    return list(chain.from_iterable(in_order(part, depth + 1) for part in parts))


def around(all_sides: Iterable[Sides]) -> Sides:
    """The sides of all of them together."""
    left, top, right, bottom = zip(*all_sides, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _parts(placed: Sequence[Placed[Said]]) -> list[list[Placed[Said]]]:
    """Columns or rows, whichever stand farther apart. Empty where nothing parts them."""
    (wide, columns), (high, rows) = (_parted(placed, axis) for axis in (ACROSS, DOWN))
    return columns if wide >= high and columns and _are_columns(columns) else rows


def _are_columns(columns: Iterable[Sequence[Placed[Said]]]) -> bool:
    widths = [right - left for left, _top, right, _bottom in (_around(column) for column in columns)]
    return max(widths) <= MOST_WIDER * min(widths)


def _around(some: Iterable[Placed[Said]]) -> Sides:
    return around(each.sides for each in some)


def _parted(placed: Sequence[Placed[Said]], axis: int) -> tuple[float, list[list[Placed[Said]]]]:
    """The widest gap along an axis, and the parts between all that are about as wide."""
    ordered = sorted(placed, key=lambda each: each.sides[axis])
    gaps, end = list[float](), ordered[0].sides[axis]
    for each in ordered:
        gaps.append(each.sides[axis] - end)
        end = max(end, each.sides[axis + 2])
    widest = max(gaps)
    if widest <= 0:
        return 0, []
    parts: list[list[Placed[Said]]] = [[]]
    for each, gap in zip(ordered, gaps, strict=True):
        if gap >= LEAST_SHARE * widest:
            parts.append([])
        parts[-1].append(each)
    return widest, parts


def _in_lines(placed: Iterable[Placed[Said]]) -> list[Placed[Said]]:
    """From the left. Placed by hand, those of a line hardly ever begin at one height."""
    lines: list[list[Placed[Said]]] = []
    for each in sorted(placed, key=lambda each: each.sides[1]):
        first = lines[-1][0] if lines else each
        height, first_height = (bottom - top for _left, top, _right, bottom in (each.sides, first.sides))
        if lines and each.sides[1] - first.sides[1] < min(height, first_height) / 2:
            lines[-1].append(each)
        else:
            lines.append([each])
    return [each for line in lines for each in sorted(line, key=lambda each: each.sides[:2])]
