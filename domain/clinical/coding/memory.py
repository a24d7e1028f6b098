"""What a hospital has confirmed before, as a reason to propose it again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from domain.clinical.coding.entries import Pair
from domain.clinical.coding.gram_index import GramIndex
from domain.clinical.coding.lines import Line
from domain.clinical.coding.normalisation import bare_name, grams

NEAREST = 12
Votes = dict[str, float]


@dataclass(frozen=True)
class Memory:
    """`names`: of each pair, folded to what two spellings of a name share."""

    index: GramIndex
    names: tuple[tuple[str, ...], ...]
    counts: "Counter[str]"

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Self:
        names = tuple(tuple(dict.fromkeys(bare_name(name) for name in pair.names)) for pair in pairs)
        index = GramIndex.of([grams(Line.of(pair.text).forms[-1]) for pair in pairs])
        return cls(index, names, Counter(name for each in names for name in each))

    def votes(self, line: Line, unit_grams: Sequence[Sequence[str]], own: int | None) -> tuple[Votes, Votes]:
        """Of the lines like the whole one, and like a part of it. `own`: a pair that must not vote."""
        near = self.index.similarities(unit_grams)
        # While learning, a line that voted for itself would teach that votes are always right.
        if own is not None:
            near[:, own] = 0
        whole = near[: len(line.forms)].max(axis=0)
        return self._voted(whole), self._voted(near.max(axis=0), single=True)

    def confirmed(self, name: str, own: int | None) -> int:
        count = self.counts[name]
        return count - 1 if own is not None and name in self.names[own] else count

    def _voted(self, near: "np.ndarray[tuple[int], np.dtype[np.float32]]", *, single: bool = False) -> Votes:
        votes: Votes = {}
        for place in np.argsort(-near)[:NEAREST]:
            # Squared: one line that is nearly the same outweighs several that share a word.
            share = float(near[place]) ** 2
            names = self.names[place]
            for name in names:
                before = votes.get(name, 0.0)
                votes[name] = max(before, share / len(names)) if single else before + share
        return votes
