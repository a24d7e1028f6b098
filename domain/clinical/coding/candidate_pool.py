"""Which terms of a catalogue are worth a closer look for a line, and what is known of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.clinical.coding import features
from domain.clinical.coding.entries import Entry
from domain.clinical.coding.features import Evidence
from domain.clinical.coding.gram_index import Floats, GramIndex, Integers
from domain.clinical.coding.lines import Line
from domain.clinical.coding.memory import Memory
from domain.clinical.coding.normalisation import bare_name, fold, grams, without_sides

# How many terms are looked at closely. Each way of finding brings some that the others miss: by the whole line, by each
# of its parts, by being contained in it, by meaning.
POOL = 60
PER_UNIT = 6
BY_CONTAINED = 10
BY_MEANING = 15


@dataclass(frozen=True)
class Pool:
    """Candidates of one line: their places among the entries, and what is known of each."""

    line: Line
    places: Integers
    units: tuple[str, ...]
    names: tuple[str, ...]
    numbers: Floats

    def words(self) -> list[list[str]]:
        return [
            features.words(self.line, name, unit) for name, unit in zip(self.names, self.units, strict=True)
        ]


class TermIndex:
    """The entries and the matrices they are found by."""

    def __init__(self, entries: Sequence[Entry], vectors: Floats | None = None) -> None:
        self.entries = list(entries)
        spellings = [
            (place, name) for place, entry in enumerate(entries) for name in (entry.name, *entry.aliases)
        ]
        # Row by row of the index: whose spelling it is. Aliases have rows of their own.
        self._owners = np.array([place for place, _ in spellings], dtype=np.int64)
        self.plain = [without_sides(fold(entry.name)) for entry in entries]
        self.index = GramIndex.of([grams(without_sides(fold(name))) for _, name in spellings])
        self._has_aliases = len(spellings) > len(self.entries)
        self.bare = [bare_name(entry.name) for entry in entries]
        self.by_bare = {name: place for place, name in enumerate(self.bare)}
        self.vectors = vectors

    def pool(
        self, line: Line, memory: Memory | None = None, vector: Floats | None = None, own: int | None = None
    ) -> Pool:
        unit_grams = line.asked
        near = self._of_entries(self.index.similarities(unit_grams))
        forms = len(line.forms)
        inside = self._of_entries(self.index.contained(unit_grams[:forms]))
        votes, by_part = memory.votes(line, unit_grams, own) if memory else ({}, {})
        meaning = self.vectors @ vector if self.vectors is not None and vector is not None else None
        places = self._places_worth_a_look(near, inside, [*votes, *by_part], meaning)
        some = near[:, places]
        units = tuple(line.units[row] for row in some.argmax(axis=0))
        names = [self.bare[place] for place in places]
        evidence = Evidence(
            some[:forms].max(axis=0),
            some.max(axis=0),
            inside[0, places],
            inside[-1, places],
            units,
            np.array([memory.confirmed(name, own) if memory else 0 for name in names], np.float32),
            np.array([votes.get(name, 0.0) for name in names], np.float32),
            np.array([by_part.get(name, 0.0) for name in names], np.float32),
            meaning[places] if meaning is not None else np.zeros(len(places), np.float32),
        )
        codes = [self.entries[place].code for place in places]
        plain = tuple(self.plain[place] for place in places)
        return Pool(line, places, units, plain, features.dense(line, plain, codes, evidence))

    def _of_entries(self, scores: Floats) -> Floats:
        """An entry is as near as the nearest of its names."""
        if not self._has_aliases:
            return scores
        best = np.zeros((len(scores), len(self.entries)), np.float32)
        np.maximum.at(best.T, self._owners, scores.T)
        return best

    def _places_worth_a_look(
        self, near: Floats, inside: Floats, voted_names: Sequence[str], meaning: Floats | None
    ) -> Integers:
        # Being like the line and being contained in it both count; contained alone favours short names.
        together = near.max(axis=0) + 0.3 * inside.max(axis=0)
        places = list(_first(together, POOL))
        for row in near:
            places += list(_first(row, PER_UNIT))
        places += list(_first(inside.max(axis=0) + 0.1 * near.max(axis=0), BY_CONTAINED))
        if meaning is not None:
            places += list(_first(meaning, BY_MEANING))
        places += [self.by_bare[name] for name in voted_names if name in self.by_bare]
        return np.array(list(dict.fromkeys(int(place) for place in places)), dtype=np.int64)


def _first(scores: Floats, count: int) -> Integers:
    if len(scores) <= count:
        return np.argsort(-scores)
    some = np.argpartition(-scores, count)[:count]
    places: Integers = some[np.argsort(-scores[some])]
    return places
