"""Proposes the terms of a catalogue for a diagnosis, a drug or a test as it was written. A person confirms.

Without training it goes by shared characters and by what holds for any catalogue; from a hospital's confirmed
pairs it learns which differences matter. What it was measured at: docs/decisions/coding.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from domain.clinical.coding.candidate_pool import Pool, TermIndex
from domain.clinical.coding.chooser import Chooser, ScoredTerm
from domain.clinical.coding.entries import Candidate, Entry, Pair
from domain.clinical.coding.gram_index import Floats
from domain.clinical.coding.lines import Line
from domain.clinical.coding.memory import Memory
from domain.clinical.coding.normalisation import bare_name
from domain.clinical.coding.ranker import Ranker, share

# The chooser learns from scores as they will be: of lines that the ranker has not seen.
HALVES = 2
MIN_PAIRS = 50

Embed = Callable[[Sequence[str]], Floats]
Progress = Callable[[int, int], None]


class TooFewPairs(ValueError):
    """There is not enough to learn from."""


@dataclass(frozen=True)
class Weights:
    """What was learnt, apart from the catalogue and the pairs."""

    ranker: Ranker
    chooser: Chooser

    @classmethod
    def untrained(cls) -> Self:
        return cls(Ranker.untrained(), Chooser.untrained())


@dataclass(frozen=True)
class Proposal:
    """`line_terms`: the terms that a line lists. `candidates`: what else a person may choose from, the likeliest first."""

    line_terms: list[Candidate]
    candidates: list[Candidate]


@dataclass(frozen=True)
class Catalogue:
    """`embed`: gives the unit vectors of lines, where `vectors` of the entries' names are known."""

    terms: TermIndex
    weights: Weights
    memory: Memory | None = None
    embed: Embed | None = None

    @classmethod
    def of(
        cls,
        entries: Sequence[Entry],
        *,
        pairs: Sequence[Pair] = (),
        weights: Weights | None = None,
        vectors: Floats | None = None,
        embed: Embed | None = None,
    ) -> Self:
        """`vectors`: of the entries' names, computed once by the caller and kept. `pairs`: those confirmed so far.
        Raises ValueError without entries, and where vectors and entries differ in number.
        """
        if not entries:
            raise ValueError("a catalogue needs at least one entry")
        if vectors is not None and len(vectors) != len(entries):
            raise ValueError("there must be one vector for each entry")
        memory = Memory.of(pairs) if pairs else None
        return cls(TermIndex(entries, vectors), weights or Weights.untrained(), memory, embed)

    def trained(self, pairs: Sequence[Pair], on_progress: Progress | None = None) -> Self:
        """A catalogue that has learnt from confirmed pairs. Raises TooFewPairs."""
        if len(pairs) < MIN_PAIRS:
            raise TooFewPairs(
                f"{MIN_PAIRS} confirmed lines at least are needed to learn from; there are {len(pairs)}"
            )
        memory = Memory.of(pairs)
        examples = [
            self._example(pair, memory, own, on_progress, len(pairs)) for own, pair in enumerate(pairs)
        ]
        if not any(example.is_right.any() for example in examples):
            raise TooFewPairs("none of the confirmed names is found in the catalogue for its line")
        walks = []
        for half in range(HALVES):
            ranker = _ranker([example for place, example in enumerate(examples) if place % HALVES != half])
            walks += [self._walk(example, ranker) for example in examples[half::HALVES]]
        return replace(self, weights=Weights(_ranker(examples), Chooser.trained(walks)), memory=memory)

    def candidates(self, text: str, limit: int = 10) -> list[Candidate]:
        """The terms that the line may mean, the likeliest first."""
        return [self._candidate(place, score) for place, score in self._ordered(text)[1][:limit]]

    def list_terms(self, text: str) -> list[Candidate]:
        """The terms that the line lists: one for each diagnosis, none for an empty line."""
        return self.propose(text, 0).line_terms

    def propose(self, text: str, limit: int = 10) -> Proposal:
        """Both at once, for the work of one."""
        line, places_by_score = self._ordered(text)
        terms = [self._scored(place, score) for place, score in places_by_score]
        choices = self.weights.chooser.chosen(line, terms)
        return Proposal(
            [self._candidate(*places_by_score[place]) for place in choices],
            [self._candidate(place, score) for place, score in places_by_score[:limit]],
        )

    def _ordered(self, text: str) -> tuple[Line, list[tuple[int, float]]]:
        line = Line.of(text)
        if not bare_name(text):
            return line, []
        vector = self.embed([text])[0] if self.embed and self.terms.vectors is not None else None
        pool = self.terms.pool(line, self.memory, vector)
        words = pool.words() if self.weights.ranker.vocabulary else []
        scores = self.weights.ranker.scores(pool.numbers, words)
        order = np.argsort(-scores, kind="stable")
        return line, [(int(pool.places[each]), float(scores[each])) for each in order]

    def _candidate(self, place: int, score: float) -> Candidate:
        entry = self.terms.entries[place]
        return Candidate(entry.code, entry.name, round(share(score), 4))

    def _scored(self, place: int, score: float) -> ScoredTerm:
        return ScoredTerm(self.terms.plain[place], self.terms.entries[place].code, score)

    def _example(
        self, pair: Pair, memory: Memory, own: int, on_progress: Progress | None, count: int
    ) -> "_Example":
        if on_progress and own % 100 == 0:
            on_progress(own, count)
        vector = self.embed([pair.text])[0] if self.embed and self.terms.vectors is not None else None
        pool = self.terms.pool(Line.of(pair.text), memory, vector, own)
        right = {bare_name(name) for name in pair.names}
        return _Example(
            pool, pool.words(), np.array([self.terms.bare[place] in right for place in pool.places])
        )

    def _walk(self, example: "_Example", ranker: Ranker) -> tuple[Line, list[ScoredTerm], list[bool]]:
        scores = ranker.scores(example.pool.numbers, example.words)
        order = np.argsort(-scores, kind="stable")
        terms = [self._scored(int(example.pool.places[each]), float(scores[each])) for each in order]
        return example.pool.line, terms, [bool(example.is_right[each]) for each in order]


@dataclass(frozen=True)
class _Example:
    pool: Pool
    words: list[list[str]]
    is_right: "np.ndarray[Any, np.dtype[np.bool_]]"


def _ranker(examples: Sequence[_Example]) -> Ranker:
    return Ranker.trained(
        np.vstack([example.pool.numbers for example in examples]),
        [example.words for example in examples],
        np.concatenate([example.is_right for example in examples]),
    )
