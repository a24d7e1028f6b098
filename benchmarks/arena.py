"""Scores of the blind arena from simulated votes whose strengths are known.

In each of `SEEDS` seeds two models are drawn for each of 2,000 votes and the vote by the chance that Bradley and Terry give
them; then the scores of all votes are held against what they were drawn from. With `ties`, a part of the votes are equal,
drawn so that the expected share of either side stays what it was. Nothing is set by these votes.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

import numpy as np

from domain.exams.bradley_terry import Duel, strengths

COMMAND = "eval arena"
VOTES, SEEDS = 2000, 100
# On the scale of Elo, with unequal steps; their mean is that of the scores.
KNOWN = {"A": 1230.0, "B": 1130.0, "C": 1020.0, "D": 960.0, "E": 880.0, "F": 780.0}


def run(
    votes: Annotated[int, "votes of each seed"] = VOTES, seeds: Annotated[int, "so many seeds"] = SEEDS
) -> dict[str, Any]:
    decided, tied = (_outcome(votes, seeds, ties) for ties in (0.0, 0.3))
    return {
        "votes": votes,
        "seeds": seeds,
        "models": len(KNOWN),
        **decided,
        **{f"{name}_with_ties": figure for name, figure in tied.items()},
    }


def _outcome(votes: int, seeds: int, ties: float) -> dict[str, Any]:
    """`order_recovered`: in so many seeds; `neighbours_recovered`: the share of neighbouring pairs in their order."""
    ordered, neighbours, covered, widths = 0, 0, Counter[str](), []
    for seed in range(seeds):
        found = strengths(duels(votes, seed, ties))
        values = [found[name].value for name in KNOWN]
        right = sum(better > worse for better, worse in pairwise(values))
        neighbours += right
        ordered += right == len(KNOWN) - 1
        covered.update(name for name, each in found.items() if each.low <= KNOWN[name] <= each.high)
        widths += [each.high - each.low for each in found.values()]
    return {
        "order_recovered": ordered,
        "neighbours_recovered": round(neighbours / seeds / (len(KNOWN) - 1), 4),
        "interval_covers": round(sum(covered.values()) / len(KNOWN), 1),
        "interval_covers_by_model": {name: covered[name] for name in KNOWN},
        "interval_points": round(float(np.mean(widths)), 1),
    }


def duels(votes: int, seed: int, ties: float) -> Sequence[Duel]:
    chance, names = np.random.default_rng(seed), list(KNOWN)
    counts: Counter[tuple[str, str, str]] = Counter()
    for _vote in range(votes):
        first, second = (names[place] for place in chance.choice(len(names), 2, replace=False))
        wins = 1 / (1 + 10 ** ((KNOWN[second] - KNOWN[first]) / 400))
        equal = ties * 2 * min(wins, 1 - wins)
        drawn = chance.random()
        outcome = "first" if drawn < wins - equal / 2 else "tie" if drawn < wins + equal / 2 else "second"
        counts[first, second, outcome] += 1
    pairs = dict.fromkeys((first, second) for first, second, _outcome in counts)
    return [
        Duel(*pair, *(counts[*pair, outcome] for outcome in ("first", "second", "tie"))) for pair in pairs
    ]
