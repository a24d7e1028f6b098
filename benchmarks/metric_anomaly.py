"""Anomalies in metric series: the NAB score, and the share of windows found at two alarms a window.

DIR is a folder of the Numenta Anomaly Benchmark: `anomaly_windows.json` with [start, end] by the path of a series, and CSV
files with `timestamp` and `value`. `nab_score` is streaming: each value is scored before it is learnt
from (`nab_result` says how the benchmark counts). Two alarms a window: in each series twice as many alarms as it
has windows; streaming they are what crosses the highest such threshold, with the whole series its highest peaks.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.labelled_files import json_content, table
from domain.logs.detection.series import EPISODE_VALUES, Episodes, SeriesDetector
from domain.logs.detection.whole_series import highest_peaks, whole_series_scores

COMMAND = "eval metric_anomaly"

ALARMS_PER_WINDOW = 2
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
    """By the standard profile, after Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", ICMLA 2015, and
    the code of numenta/NAB (`nab/sweeper.py`, `nab/scorer.py`, `nab/optimizer.py`): the first 15 % of a series (of 5,000
    rows at most) do not count; in a window the earliest detection counts, by a sigmoid of its place in the window; a missed
    window costs 1; every row above the threshold outside of windows costs up to 0.11, less close behind one; one threshold
    for all series, the one with the best total, because that is how NAB does it; the total is scaled so that 0 is a detector
    that says nothing and 100 a perfect one.
    """
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


@dataclass(frozen=True)
class LabelledSeries:
    name: str
    times: list[float]
    values: list[float]
    windows: list[Window]


def run(data: Annotated[Path, "directory of series and their windows"]) -> dict[str, Any]:
    series = labelled_series(data)
    episodes, streaming, whole, seconds = zip(*map(series_scores, series), strict=True)
    result = nab_result(episodes)
    rows = sum(len(each.values) for each in series)
    return {
        "trained_on": [],
        "tested_on": [each.name for each in series],
        "rows": rows,
        "windows": sum(len(each.windows) for each in series),
        "nab_score": round(result.score, 2),
        "nab_score_halves": [round(nab_result(episodes[half::2]).score, 2) for half in (0, 1)],
        "nab_threshold": round(result.threshold, 3),
        "nab_found_windows": result.found_windows,
        "nab_false_rows": result.false_rows,
        **intervals.share("window_recall_streaming", [hit for each in streaming for hit in each]),
        **intervals.share("window_recall_whole", [hit for each in whole for hit in each]),
        "values_per_second": round(rows / sum(seconds)),
    }


def labelled_series(directory: Path) -> list[LabelledSeries]:
    windows_path = next(iter(sorted(directory.glob("*windows*.json"))), None)
    if windows_path is None:
        raise SystemExit(f"There is no file of windows (*windows*.json) in {directory}.")
    listed = sorted(json_content(windows_path).items())
    series = [_series(directory, *each) for each in listed if (directory / each[0]).is_file()]
    if not series:
        raise SystemExit(f"None of the series that {windows_path.name} names is in {directory}.")
    return series


def _series(directory: Path, name: str, windows: Sequence[tuple[str, str]]) -> LabelledSeries:
    rows = table(directory / name)
    times, places = [_seconds(row["timestamp"]) for row in rows], []
    for first, last in windows:
        inside = [row for row, at in enumerate(times) if _seconds(first) <= at <= _seconds(last)]
        if not inside:
            raise SystemExit(f"The window from {first} to {last} holds no row of {name}.")
        places.append((inside[0], inside[-1]))
    return LabelledSeries(name, times, [float(row["value"]) for row in rows], places)


def series_scores(series: LabelledSeries) -> tuple[LabelledScores, list[bool], list[bool], float]:
    """Of episodes; of each window whether it is hit streaming, and with the whole series; the seconds of streaming."""
    begin = time.monotonic()
    detector, episodes = SeriesDetector(), Episodes()
    pairs = zip(series.values, series.times, strict=True)
    surprises = np.array([detector.update(value, at).surprise for value, at in pairs])
    seconds = time.monotonic() - begin
    begins = np.array([episodes.surprise(each) for each in surprises])
    whole = whole_series_scores(series.values, series.times)
    whole[: probation_rows(len(whole))] = 0
    count = ALARMS_PER_WINDOW * len(series.windows)
    streaming, peaks = streaming_alarms(surprises, count), highest_peaks(whole, count)
    scores = LabelledScores(begins, series.windows)
    return scores, _hits(series, streaming), _hits(series, peaks), seconds


def streaming_alarms(scores: Floats, max_alarms: int) -> list[int]:
    """The alarms of the lowest threshold that raises no more than these; for a while after one there is no other."""
    first = probation_rows(len(scores))
    alarms: list[int] = []
    for threshold in np.unique(scores[first:])[::-1]:
        rows: list[int] = []
        for row in np.flatnonzero(scores[first:] >= threshold) + first:
            if not rows or row - rows[-1] >= EPISODE_VALUES:
                rows.append(int(row))
        if len(rows) > max_alarms or threshold <= 0:
            break
        alarms = rows
    return alarms


def _hits(series: LabelledSeries, alarms: Sequence[int]) -> list[bool]:
    return [any(first <= alarm <= last for alarm in alarms) for first, last in series.windows]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
