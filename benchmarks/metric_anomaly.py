"""Anomalies in metric series: the NAB score, and the share of windows found at two alarms a window.

DIR is a folder of the Numenta Anomaly Benchmark: `anomaly_windows.json` with [start, end] by the path of a series, and CSV
files with `timestamp` and `value`. `nab_score` is streaming: each value is scored before it is learnt
from (`benchmarks.nab_scoring` says how the benchmark counts). Two alarms a window: in each series twice as many alarms as it
has windows; streaming they are what crosses the highest such threshold, with the whole series its highest peaks.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import intervals
from benchmarks.labelled_files import table
from benchmarks.nab_scoring import Floats, LabelledScores, Window, nab_result, probation_rows
from logmining.detection.series import EPISODE_VALUES, Episodes, SeriesDetector
from logmining.detection.whole_series import highest_peaks, whole_series_scores

ALARMS_PER_WINDOW = 2


@dataclass(frozen=True)
class LabelledSeries:
    name: str
    times: list[float]
    values: list[float]
    windows: list[Window]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory of series and their windows")


def run(options: argparse.Namespace) -> dict[str, Any]:
    series = labelled_series(options.data)
    start = time.monotonic()
    streamed = [streaming_surprises(each) for each in series]
    seconds = time.monotonic() - start
    episodes = [
        LabelledScores(_begins(each), one.windows) for each, one in zip(streamed, series, strict=True)
    ]
    result = nab_result(episodes)
    streaming_hits = [
        hit
        for one, scores in zip(series, streamed, strict=True)
        for hit in _hits(one, alarms_at_best(scores, one))
    ]
    whole_hits = [hit for one in series for hit in _hits(one, _whole_alarms(one))]
    return {
        "trained_on": [],
        "tested_on": [each.name for each in series],
        "rows": sum(len(each.values) for each in series),
        "windows": len(streaming_hits),
        "nab_score": round(result.score, 2),
        "nab_score_halves": [round(nab_result(episodes[half::2]).score, 2) for half in (0, 1)],
        "nab_threshold": round(result.threshold, 3),
        "nab_found_windows": result.found_windows,
        "nab_false_rows": result.false_rows,
        **intervals.share("window_recall_streaming", streaming_hits),
        **intervals.share("window_recall_whole", whole_hits),
        "values_per_second": round(sum(len(each.values) for each in series) / seconds),
    }


def labelled_series(directory: Path) -> list[LabelledSeries]:
    windows_path = next(iter(sorted(directory.glob("*windows*.json"))), None)
    if windows_path is None:
        raise SystemExit(f"There is no file of windows (*windows*.json) in {directory}.")
    series = []
    for name, windows in sorted(json.loads(windows_path.read_text(encoding="utf-8")).items()):
        if not (directory / name).is_file():
            continue
        rows = table(directory / name)
        times = [_seconds(row["timestamp"]) for row in rows]
        places = [_rows_within(times, _seconds(first), _seconds(last)) for first, last in windows]
        series.append(LabelledSeries(name, times, [float(row["value"]) for row in rows], places))
    if not series:
        raise SystemExit(f"None of the series that {windows_path.name} names is in {directory}.")
    return series


def streaming_surprises(series: LabelledSeries) -> Floats:
    detector = SeriesDetector()
    scores = [
        detector.update(value, at).surprise for value, at in zip(series.values, series.times, strict=True)
    ]
    return np.array(scores)


def alarms_at_best(scores: Floats, series: LabelledSeries) -> list[int]:
    """The alarms of the lowest threshold that raises no more than are allowed; for a while after one there is no other."""
    allowed = ALARMS_PER_WINDOW * len(series.windows)
    first = probation_rows(len(scores))
    alarms: list[int] = []
    for threshold in np.unique(scores[first:])[::-1]:
        raised: list[int] = []
        for row in np.flatnonzero(scores[first:] >= threshold) + first:
            if not raised or row - raised[-1] >= EPISODE_VALUES:
                raised.append(int(row))
        if len(raised) > allowed or threshold <= 0:
            break
        alarms = raised
    return alarms


def _whole_alarms(series: LabelledSeries) -> list[int]:
    scores = whole_series_scores(series.values, series.times)
    scores[: probation_rows(len(scores))] = 0
    return highest_peaks(scores, ALARMS_PER_WINDOW * len(series.windows))


def _begins(surprises: Floats) -> Floats:
    episodes = Episodes()
    return np.array([episodes.surprise(each) for each in surprises])


def _hits(series: LabelledSeries, alarms: Sequence[int]) -> list[bool]:
    return [any(first <= alarm <= last for alarm in alarms) for first, last in series.windows]


def _rows_within(times: Sequence[float], first: float, last: float) -> Window:
    inside = [row for row, at in enumerate(times) if first <= at <= last]
    if not inside:
        raise SystemExit("A window holds no row of its series.")
    return inside[0], inside[-1]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
