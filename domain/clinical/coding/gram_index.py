"""Finds texts that share characters with a line: weighted n-grams in sparse matrices, exact and bounded."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import scipy

Floats = np.ndarray[Any, np.dtype[np.float32]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
# Single characters say little and stand in many names: they would be most of the work.
SINGLE_SHARE = 0.5


class GramIndex:
    """`rows`: one normalised row per text. What a query's rows are compared with at once is `similarities`."""

    def __init__(
        self, vocabulary: dict[str, int], weights: Floats, counts: "scipy.sparse.csr_matrix"
    ) -> None:
        self._vocabulary = vocabulary
        self.weights = weights
        weighted = counts.multiply(weights).tocsr().astype(np.float32)
        self.totals: Floats = np.maximum(np.asarray(weighted.sum(axis=1)).ravel(), 1e-6)
        self._columns = _unit_rows(weighted).T.tocsr()
        self._shares = scipy.sparse.csr_matrix(weighted.multiply(1 / self.totals[:, None])).T.tocsr()

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Self:
        """`texts`: the grams of each."""
        vocabulary: dict[str, int] = {}
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for grams in texts:
            for gram, count in Counter(grams).items():
                columns.append(vocabulary.setdefault(gram, len(vocabulary)))
                # A gram that is said ten times does not tell ten times as much.
                values.append(1 + np.log(count) if count > 1 else 1.0)
            ends.append(len(columns))
        counts = scipy.sparse.csr_matrix(
            (np.array(values, np.float32), columns, ends), shape=(len(texts), len(vocabulary))
        )
        # Rare grams tell more: inverse document frequency, smoothed.
        present = np.bincount(columns, minlength=len(vocabulary))
        rarity = np.log((1 + len(texts)) / (1 + present)) + 1
        lengths = np.array([SINGLE_SHARE if len(gram) == 1 else 1.0 for gram in vocabulary])
        return cls(vocabulary, (rarity * lengths).astype(np.float32), counts)

    def similarities(self, queries: Sequence[Sequence[str]]) -> Floats:
        """Cosine of each asked text (rows) with each text of the index (columns)."""
        cosines: Floats = (_unit_rows(self._gram_counts(queries, is_weighted=True)) @ self._columns).toarray()
        return cosines

    def contained(self, queries: Sequence[Sequence[str]]) -> Floats:
        """Which share of each text of the index, by weight, stands in each asked text."""
        shares: Floats = (self._gram_counts(queries, is_weighted=False) @ self._shares).toarray()
        return shares

    def weight(self, grams: Sequence[str]) -> float:
        """Grams that the index has never seen count as the rarest."""
        rarest = float(self.weights.max()) if len(self.weights) else 1.0
        places = (self._vocabulary.get(gram) for gram in grams)
        return sum(rarest if place is None else float(self.weights[place]) for place in places)

    def _gram_counts(
        self, queries: Sequence[Sequence[str]], *, is_weighted: bool
    ) -> "scipy.sparse.csr_matrix":
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for grams in queries:
            for gram in dict.fromkeys(grams):
                if (place := self._vocabulary.get(gram)) is not None:
                    columns.append(place)
                    values.append(float(self.weights[place]) if is_weighted else 1.0)
            ends.append(len(columns))
        shape = (len(queries), len(self._vocabulary))
        return scipy.sparse.csr_matrix((np.array(values, np.float32), columns, ends), shape=shape)


def _unit_rows(rows: "scipy.sparse.csr_matrix") -> "scipy.sparse.csr_matrix":
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return scipy.sparse.csr_matrix(rows.multiply(1 / np.maximum(lengths, 1e-6)[:, None]))
