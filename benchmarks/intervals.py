"""How sure a figure is: beside NAME stands NAME_interval, the middle 95 % of a bootstrap over rows.

A row is what was drawn on its own: a line, or a whole dialogue where what is counted in it hangs together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)

Counts = tuple[Sequence[float], Sequence[float]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Places = np.ndarray[Any, np.dtype[np.int64]]


def share(
    name: str, parts: Iterable[float], wholes: Iterable[float] | None = None, *, digits: int = 4
) -> dict[str, Any]:
    """All parts over all wholes; a whole is 1 for each row unless given. Of no rows the figure is None.

    A mean is the share of values, an F1 that of twice what is right in what was found and wanted.
    """
    return mean_of_shares(name, [counts(parts, wholes)], digits=digits)


def shares(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """The mean of each figure of the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    figures = [share(name, [row[name] for row in rows if name in row]) for name in names]
    return {name: figure for each in figures for name, figure in each.items()}


def f1(
    name: str, rows: Iterable[tuple[int, int, int]], *, parts: tuple[str, str] = ("precision", "recall")
) -> dict[str, Any]:
    """Micro-averaged, with precision and recall, from what is found, wanted and right in each row."""
    found_counts, wanted_counts, right = zip(*rows, strict=True)
    both = [one + other for one, other in zip(found_counts, wanted_counts, strict=True)]
    return {
        **share(name, [2 * each for each in right], both),
        **share(parts[0], right, found_counts),
        **share(parts[1], right, wanted_counts),
    }


def f1_of_sets(
    name: str,
    rows: Iterable[tuple[AbstractSet[Any], AbstractSet[Any]]],
    *,
    parts: tuple[str, str] = ("precision", "recall"),
) -> dict[str, Any]:
    """From what is found and what is wanted in each row."""
    return f1(name, [(len(found), len(wanted), len(found & wanted)) for found, wanted in rows], parts=parts)


def by_group(name: str, figures: Mapping[str, Mapping[str, Any]], *, of: str) -> dict[str, Any]:
    """One figure of each group, and beside them how sure each is."""
    return {
        name: {group: each[of] for group, each in figures.items()},
        f"{name}_interval": {group: each[f"{of}_interval"] for group, each in figures.items()},
    }


def mean_of_shares(name: str, groups: Sequence[Counts], *, digits: int = 4) -> dict[str, Any]:
    """Of groups that count alike whatever their size; each is drawn from on its own, empty ones are left out."""
    every = [(np.array(parts, np.float64), np.array(wholes, np.float64)) for parts, wholes in groups]
    pairs = [(parts, wholes) for parts, wholes in every if wholes.sum()]
    if not pairs:
        return {name: None, f"{name}_interval": None}
    mean = float(np.mean([parts.sum() / wholes.sum() for parts, wholes in pairs]))
    resampled_means = np.mean([_shares_of_resamples(parts, wholes) for parts, wholes in pairs], axis=0)
    edges = np.nanpercentile(resampled_means, PERCENTILES)
    return {name: round(mean, digits), f"{name}_interval": [round(float(edge), digits) for edge in edges]}


def statistic(
    name: str, value_of: Callable[[Places], float], rows: int, *, digits: int = 4, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """What is no share: `value_of` the places of the rows that were drawn, nan where these have no value."""
    edges = np.nanpercentile([value_of(places) for places in _draws(rows, resamples)], PERCENTILES)
    value = round(float(value_of(np.arange(rows))), digits)
    return {name: value, f"{name}_interval": [round(float(edge), digits) for edge in edges]}


def counts(parts: Iterable[float], wholes: Iterable[float] | None = None) -> Counts:
    part_list = list(parts)
    return part_list, [1.0] * len(part_list) if wholes is None else list(wholes)


def _shares_of_resamples(parts: Floats, wholes: Floats) -> Floats:
    """The share of each resample; one that happens to hold no whole has none."""
    sums = [(parts[places].sum(), wholes[places].sum()) for places in _draws(len(parts), RESAMPLES)]
    return np.array([part / whole if whole > 0 else np.nan for part, whole in sums])


def _draws(rows: int, count: int) -> Iterator[Places]:
    """As many places as there are rows, again and again; the same ones every time."""
    chance = np.random.default_rng(0)
    return (chance.integers(0, rows, rows) for _ in range(count))
