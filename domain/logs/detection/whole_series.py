"""A series that lies there whole: what is odd is seen from both sides."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import IsolationForest

from domain.logs.detection.season import DAY_SECONDS, SLOT_SECONDS
from domain.logs.detection.series import EPISODE_VALUES, RECENT_VALUES, SEASON_MEAN_VALUES

Floats = np.ndarray[Any, np.dtype[np.float64]]

MAX_WINDOWS = 100_000
_LONG_WINDOW = 3 * SEASON_MEAN_VALUES
_SMOOTHED_VALUES = 6


def whole_series_scores(values: Sequence[float], times: Sequence[float] | None = None) -> Floats:
    """How easily each value is set apart from the others (isolation forest), with its windows and its time of day.

    What is not a number scores 0. Of very long series, means of equal stretches are scored.
    """
    series = np.asarray(values, dtype=np.float64)
    is_number = np.isfinite(series)
    if is_number.sum() < 2:
        return np.zeros(len(series))
    series = np.interp(np.arange(len(series)), np.flatnonzero(is_number), series[is_number])
    seconds = None if times is None else np.asarray(times, dtype=np.float64)
    stretch = -(-len(series) // MAX_WINDOWS)
    if stretch > 1:
        series = np.pad(series, (0, -len(series) % stretch), mode="edge").reshape(-1, stretch).mean(axis=1)
    features = np.stack(_features(series, None if seconds is None else seconds[::stretch]), axis=1)
    forest = IsolationForest(random_state=0).fit(features)
    scores = _rolling(-forest.score_samples(features), _SMOOTHED_VALUES)[0]
    return np.where(is_number, np.repeat(scores, stretch)[: len(is_number)], 0.0)


def highest_peaks(scores: Floats, count: int, *, apart: int = EPISODE_VALUES) -> list[int]:
    """The places of the highest scores, the highest first, none within `apart` values of another."""
    peaks: list[int] = []
    free = scores > 0
    for place in np.argsort(-scores, kind="stable"):
        if len(peaks) == count:
            break
        if free[place]:
            peaks.append(int(place))
            free[max(0, place - apart + 1) : place + apart] = False
    return peaks


def _features(series: Floats, seconds: Floats | None) -> list[Floats]:
    features = [series, np.diff(series, prepend=series[0])]
    for window in (RECENT_VALUES, SEASON_MEAN_VALUES):
        features += _rolling(series, window)
    features += _rolling(series, _LONG_WINDOW)[:2]
    if seconds is not None and np.isfinite(seconds).all() and np.ptp(seconds) > 2 * DAY_SECONDS:
        distances = series - _medians_of_slots(series, seconds)
        features += [
            distances,
            *(_rolling(distances, each)[0] for each in (RECENT_VALUES, SEASON_MEAN_VALUES)),
        ]
    return features


def _medians_of_slots(series: Floats, seconds: Floats) -> Floats:
    slots = (seconds % DAY_SECONDS // SLOT_SECONDS).astype(np.int64)
    medians = np.zeros(int(slots.max()) + 1)
    for slot in np.unique(slots):
        medians[slot] = np.median(series[slots == slot])
    return medians[slots]


def _rolling(series: Floats, window: int) -> list[Floats]:
    """Mean, spread, minimum and maximum of the window around each value; at the ends, of the part that is there."""
    # Sums of squares of large values would swallow a small spread.
    deviations = series - series.mean()
    sums, squares = (np.concatenate(([0.0], np.cumsum(each))) for each in (deviations, deviations**2))
    places = np.arange(len(series))
    starts = np.maximum(0, places - window // 2)
    ends = np.minimum(len(series), places - window // 2 + window)
    means = (sums[ends] - sums[starts]) / (ends - starts)
    variances = np.maximum(0.0, (squares[ends] - squares[starts]) / (ends - starts) - means**2)
    with_margins = np.pad(series, (window // 2, window - 1 - window // 2), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(with_margins, window)
    return [means + series.mean(), np.sqrt(variances), windows.min(axis=1), windows.max(axis=1)]
