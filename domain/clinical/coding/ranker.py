"""Orders the candidates of a line: one straight line through numbers and words, trained in seconds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import scipy

from domain.clinical.coding.features import DENSE
from domain.clinical.coding.gram_index import Floats

# Held low: a hospital's few confirmed lines must not be learnt by heart.
STRENGTH = 0.3
TOLERANCE = 0.01
# What stands in fewer lines is chance, and somebody's own words: it is neither learnt nor stored.
MIN_LINES = 3
# What holds for any catalogue, on the scale of a logistic function; the rest is left to a hospital's own pairs.
GENERAL: Mapping[str, float] = {
    "whole_cosine": 2.0,
    "part_cosine": 4.0,
    "contained": 1.0,
    "contained_expanded": 2.0,
    "name_covered": 1.0,
    "name_touched": 2.0,
    "longest_in_name": 0.5,
    "longest_in_part": 1.5,
    "is_a_part": 1.5,
    "is_in_text": 0.5,
    "meaning": 2.0,
    "behind_best": -2.0,
    "numbers_differ": -0.5,
    "contradicts": -1.5,
    "is_unspecified": -0.7,
    "is_external_cause": -1.5,
    "is_of_birth": -0.4,
    "is_short": -0.5,
}
GENERAL_BIAS = -9.0


@dataclass(frozen=True)
class Ranker:
    """`weights`: of `DENSE`, then of the words of `vocabulary`. Numbers are taken as distances from `mean`."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    vocabulary: dict[str, int] = field(default_factory=dict)

    @classmethod
    def untrained(cls) -> Self:
        size = len(DENSE)
        weights = np.array([GENERAL.get(name, 0.0) for name in DENSE], np.float32)
        return cls(np.zeros(size, np.float32), np.ones(size, np.float32), weights, GENERAL_BIAS)

    @classmethod
    def trained(
        cls, numbers: Floats, words: Sequence[Sequence[Sequence[str]]], is_right: "np.ndarray[Any, Any]"
    ) -> Self:
        """`words`: for each confirmed line those of each candidate. `numbers`, `is_right`: a row for each candidate."""
        from sklearn.linear_model import LogisticRegression

        counts = Counter(word for line in words for word in {word for each in line for word in each})
        often = sorted(word for word, count in counts.items() if count >= MIN_LINES)
        vocabulary = {word: place for place, word in enumerate(often)}
        mean = numbers.mean(axis=0)
        scale = 1 / (numbers.std(axis=0) + 1e-6)
        # A number that never differed would be blown up by the first line where it does.
        scale[numbers.std(axis=0) < 1e-6] = 0
        rows = scipy.sparse.hstack(
            [
                scipy.sparse.csr_matrix((numbers - mean) * scale),
                _word_matrix([each for line in words for each in line], vocabulary),
            ]
        ).tocsr()
        model = LogisticRegression(C=STRENGTH, solver="liblinear", tol=TOLERANCE, random_state=0).fit(
            rows, is_right
        )
        return cls(
            mean.astype(np.float32),
            scale.astype(np.float32),
            model.coef_[0].astype(np.float32),
            float(model.intercept_[0]),
            vocabulary,
        )

    def scores(self, numbers: Floats, words: Sequence[Sequence[str]]) -> Floats:
        """Logarithms of odds. `words` are not looked at by a ranker that has learnt none."""
        size = len(self.mean)
        odds = (numbers - self.mean) * self.scale @ self.weights[:size] + self.bias
        if self.vocabulary:
            odds = odds + _word_matrix(words, self.vocabulary) @ self.weights[size:]
        return np.asarray(odds, np.float32)


def _word_matrix(words: Sequence[Sequence[str]], vocabulary: Mapping[str, int]) -> "scipy.sparse.csr_matrix":
    columns: list[int] = []
    ends = [0]
    for each in words:
        columns += sorted({vocabulary[word] for word in each if word in vocabulary})
        ends.append(len(columns))
    ones = np.ones(len(columns), np.float32)
    return scipy.sparse.csr_matrix((ones, columns, ends), shape=(len(words), len(vocabulary)))


def share(logit: float) -> float:
    """The probability that a logarithm of odds stands for, from 0 to 1."""
    return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))
