"""The score of the Numenta Anomaly Benchmark, standard profile.

After Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015, and the code of numenta/NAB
(`nab/sweeper.py`, `nab/scorer.py`, `nab/optimizer.py`): the first 15 % of a series (of 5,000 rows at most) do not count; in
a window the earliest detection counts, by a sigmoid of its place in the window; a missed window costs 1; every row above the
threshold outside of windows costs up to 0.11, less close behind one; one threshold for all series, the one with the best
total, because that is how NAB does it; the total is scaled so that 0 is a detector that says nothing and 100 a perfect one.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Window = tuple[int, int]  # first and last row

FALSE_ALARM_WEIGHT = 0.11
PROBATION_SHARE = 0.15
MAX_PROBATION_ROWS = 5000
# Further behind a window than three times its length a false alarm costs in full.
MAX_RELATIVE_PLACE = 3.0


@dataclass(frozen=True)
class LabelledScores:
    """`windows` in the order of rows. A row scored 0 raises no alarm at any threshold."""

    scores: Floats
    windows: Sequence[Window]


@dataclass(frozen=True)
class NabResult:
    score: float
    threshold: float
    found_windows: int
    false_rows: int


def nab_result(series: Sequence[LabelledScores]) -> NabResult:
    window_count = sum(len(each.windows) for each in series)
    rows = sorted(
        (row for place, each in enumerate(series) for row in _counted_rows(place, each)),
        key=lambda row: -row[0],
    )
    best = NabResult(-float(window_count), math.inf, 0, 0)
    gains: dict[tuple[int, int], float] = {}
    total, false_rows = best.score, 0
    for score, equals in groupby(rows, key=lambda row: row[0]):
        for _, weight, window in equals:
            if window is None:
                total, false_rows = total + weight, false_rows + 1
            elif weight > gains.get(window, -1.0):
                total += weight - gains.get(window, -1.0)
                gains[window] = weight
        if total > best.score:
            best = NabResult(total, score, len(gains), false_rows)
    if not window_count:
        return best
    return replace(best, score=100 * (best.score + window_count) / (2 * window_count))


def probation_rows(rows: int) -> int:
    return int(PROBATION_SHARE * min(rows, MAX_PROBATION_ROWS))


def _counted_rows(
    place: int, series: LabelledScores
) -> Iterator[tuple[float, float, tuple[int, int] | None]]:
    """Of each row that can raise an alarm: its score, what the alarm brings, and the window that it finds."""
    weights, windows = _row_weights(len(series.scores), series.windows)
    first = probation_rows(len(series.scores))
    for row in np.flatnonzero(series.scores[first:] > 0) + first:
        window = windows[row]
        yield float(series.scores[row]), weights[row], None if window is None else (place, window)


def _row_weights(rows: int, windows: Sequence[Window]) -> tuple[list[float], list[int | None]]:
    weights, window_places = [-FALSE_ALARM_WEIGHT] * rows, [None] * rows  # type: list[float], list[int | None]
    for number, (first, last) in enumerate(windows):
        length = last - first + 1
        until = windows[number + 1][0] if number + 1 < len(windows) else rows
        for row in range(first, last + 1):
            weights[row] = _scaled_sigmoid((row - last - 1) / length) / _scaled_sigmoid(-1.0)
            window_places[row] = number
        for row in range(last + 1, until):
            weights[row] = FALSE_ALARM_WEIGHT * _scaled_sigmoid((row - last) / max(1, length - 1))
    return weights, window_places


def _scaled_sigmoid(relative_place: float) -> float:
    """1 well before the end of a window, 0 at its end, -1 well behind."""
    if relative_place > MAX_RELATIVE_PLACE:
        return -1.0
    return 2 / (1 + math.exp(5 * relative_place)) - 1
