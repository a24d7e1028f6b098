"""Anomalies in metric series: the NAB score, and the share of windows found at two alarms a window.

DIR is a folder of the Numenta Anomaly Benchmark: `anomaly_windows.json` with [start, end] by the path of a series, and CSV
files with `timestamp` and `value`. `nab_score` is streaming: each value is scored before it is learnt
from (`benchmarks.nab_scoring` says how the benchmark counts). Two alarms a window: in each series twice as many alarms as it
has windows; streaming they are what crosses the highest such threshold, with the whole series its highest peaks.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.labelled_files import json_content, table
from benchmarks.nab_scoring import Floats, LabelledScores, Window, nab_result, probation_rows
from domain.logs.detection.series import EPISODE_VALUES, Episodes, SeriesDetector
from domain.logs.detection.whole_series import highest_peaks, whole_series_scores

COMMAND = "eval metric_anomaly"

ALARMS_PER_WINDOW = 2


@dataclass(frozen=True)
class LabelledSeries:
    name: str
    times: list[float]
    values: list[float]
    windows: list[Window]


@dataclass(frozen=True)
class SeriesScores:
    episodes: LabelledScores
    streaming_hits: list[bool]
    whole_hits: list[bool]
    streaming_seconds: float


def run(data: Annotated[Path, "directory of series and their windows"]) -> dict[str, Any]:
    series = labelled_series(data)
    scores = [series_scores(each) for each in series]
    episodes = [each.episodes for each in scores]
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
        **intervals.share("window_recall_streaming", [hit for each in scores for hit in each.streaming_hits]),
        **intervals.share("window_recall_whole", [hit for each in scores for hit in each.whole_hits]),
        "values_per_second": round(rows / sum(each.streaming_seconds for each in scores)),
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


def series_scores(series: LabelledSeries) -> SeriesScores:
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
    return SeriesScores(scores, _hits(series, streaming), _hits(series, peaks), seconds)


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
