"""Strengths of models from votes on pairs of their answers: Bradley and Terry (1952) by maximum likelihood.

A tie counts as half a win for each side. Intervals come from the sandwich of Huber and White, as Chatbot Arena has them
(Chiang et al. 2024, arXiv:2403.04132), but are never narrower than those of the likelihood itself: of nothing but ties the
sandwich would say that it is sure. A likelihood has its greatest value only where every model is reached from every other
one by wins (Ford 1957); what is not has no strength, however many votes it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import scipy

Floats = np.ndarray[Any, np.dtype[np.float64]]
# The scale of Elo: 400 points more are odds of ten to one. The models that are compared have this mean.
MEAN, POINTS = 1000.0, 400 / log(10)
NORMAL_95 = 1.959964


@dataclass(frozen=True)
class Duel:
    """All votes on two models: how often either won, and how often neither."""

    first: str
    second: str
    first_wins: int
    second_wins: int
    ties: int = 0

    @property
    def votes(self) -> int:
        return self.first_wins + self.second_wins + self.ties

    @property
    def first_share(self) -> float:
        return (self.first_wins + self.ties / 2) / self.votes


@dataclass(frozen=True)
class Strength:
    """On the scale of Elo, with its 95 % interval."""

    value: float
    low: float
    high: float


def strengths(duels: Sequence[Duel]) -> dict[str, Strength]:
    """Of the models that can be compared; of several groups without a way between them, those with the most votes."""
    names, held = _comparable([duel for duel in duels if duel.votes and duel.first != duel.second])
    if not held:
        return {}
    places = {name: place for place, name in enumerate(names)}
    sides = np.zeros((len(held), len(names)))
    for row, duel in enumerate(held):
        sides[row, places[duel.first]], sides[row, places[duel.second]] = 1, -1
    votes = np.array([duel.votes for duel in held], dtype=np.float64)
    shares = np.array([duel.first_share for duel in held])
    values = _most_likely(sides, votes, shares)
    errors = _standard_errors(sides, votes, held, values)
    return {
        name: Strength(
            MEAN + POINTS * float(value),
            MEAN + POINTS * float(value - NORMAL_95 * error),
            MEAN + POINTS * float(value + NORMAL_95 * error),
        )
        for name, value, error in zip(names, values, errors, strict=True)
    }


def _comparable(duels: Sequence[Duel]) -> tuple[list[str], list[Duel]]:
    """The models of the largest group in which wins lead from each to each, and the duels within it."""
    names = sorted({name for duel in duels for name in (duel.first, duel.second)})
    places = {name: place for place, name in enumerate(names)}
    beats = np.zeros((len(names), len(names)))
    for duel in duels:
        first, second = places[duel.first], places[duel.second]
        beats[first, second] += duel.first_wins + duel.ties
        beats[second, first] += duel.second_wins + duel.ties
    if not names:
        return [], []
    _count, groups = scipy.sparse.csgraph.connected_components(beats, directed=True, connection="strong")
    group_of = dict(zip(names, groups.tolist(), strict=True))
    within = [duel for duel in duels if group_of[duel.first] == group_of[duel.second]]
    votes: dict[int, int] = {}
    for duel in within:
        votes[group_of[duel.first]] = votes.get(group_of[duel.first], 0) + duel.votes
    largest = max(votes, key=lambda group: votes[group], default=None)
    held = [duel for duel in within if group_of[duel.first] == largest]
    return [name for name in names if group_of[name] == largest], held


def _most_likely(sides: Floats, votes: Floats, shares: Floats) -> Floats:
    """Strengths with the sum of 0, which the last term of each function sets: votes only know differences."""

    def loss(values: Floats) -> float:
        leads = sides @ values
        told = votes * (np.logaddexp(0, leads) - shares * leads)
        return float(told.sum() + values.sum() ** 2 / 2)

    def slope(values: Floats) -> Floats:
        return np.asarray(sides.T @ (votes * (_chance(sides @ values) - shares)) + values.sum())

    start = np.zeros(sides.shape[1])
    found = scipy.optimize.minimize(
        loss, start, jac=slope, hess=lambda values: _information(sides, votes, values), method="trust-exact"
    )
    return np.asarray(found.x - found.x.mean())


def _information(sides: Floats, votes: Floats, values: Floats) -> Floats:
    chances = _chance(sides @ values)
    weights = votes * chances * (1 - chances)
    return np.asarray(sides.T @ (weights[:, None] * sides) + 1)


def _standard_errors(sides: Floats, votes: Floats, duels: Sequence[Duel], values: Floats) -> Floats:
    chances = _chance(sides @ values)
    wins = np.array([duel.first_wins for duel in duels])
    ties = np.array([duel.ties for duel in duels])
    squares = wins * (1 - chances) ** 2 + ties * (0.5 - chances) ** 2 + (votes - wins - ties) * chances**2
    inverse = np.linalg.inv(_information(sides, votes, values))
    sandwich = inverse @ (sides.T @ (squares[:, None] * sides)) @ inverse
    # The term that sets the sum stands in the inverse, too, alike for all.
    likelihood = inverse - 1 / len(values) ** 2
    return np.sqrt(np.maximum(np.diag(sandwich), np.diag(likelihood)))


def _chance(leads: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-leads)))
