"""Three ways to look at a message. Each scores every class; together they see more than the best one alone.

Scores are logarithms of shares, so that a weighted sum of views is a product of opinions. What a view has
learnt is arrays of numbers (`arrays`), never code.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from domain.text.understanding.examples import Content, Floats, Integers
from domain.text.understanding.terms import terms

Arrays = dict[str, np.ndarray[Any, Any]]
# The share of a sphere in the covariance within classes: with few examples its directions are mostly chance.
ROUNDNESS = 0.7
# Regularisation, chosen from a flat region: see “Measured” in docs/decisions/understanding.md.
LOGISTIC_C = 10.0
MARGIN_C = 0.5
RATIO_C = 1.0
# Margins of one-against-all classifiers are flat; this makes their softmax as sure as the classifier is.
MARGIN_SHARPNESS = 2.0
NEIGHBOUR_SHARPNESS = 4.0
NEIGHBOUR_REACH = 3.0
RIDGE = 0.1
# Words alone can explain every example; together with them it takes more to keep chance out.
MIXED_RIDGE = 0.3
# Solving takes the cube of their number: 2 s for this many. What is more is left to the other views.
MOST_NEIGHBOURS = 5000
# From this many texts on, a term that stands in one of them only says nothing.
MANY_TEXTS = 500


@dataclass(frozen=True)
class Whitening:
    """Shrinks the directions in which texts of one class differ anyway, then compares angles."""

    mean: Floats
    matrix: Floats

    @classmethod
    def learnt(cls, vectors: Floats, classes: Integers) -> "Whitening":
        mean = vectors.mean(axis=0)
        angles = _unit(vectors - mean)
        counts = np.bincount(classes)
        means = np.zeros((len(counts), vectors.shape[1]))
        np.add.at(means, classes, angles)
        inside = angles - (means / np.maximum(counts, 1)[:, None])[classes]
        covariance = inside.T @ inside / len(vectors)
        size = covariance.shape[0]
        # A floor keeps a set whose classes have one text each usable.
        round_part = max(np.trace(covariance) / size, 1e-6) * np.eye(size)
        values, directions = np.linalg.eigh(ROUNDNESS * round_part + (1 - ROUNDNESS) * covariance)
        matrix = (directions / np.sqrt(values)) @ directions.T
        return cls(mean.astype(np.float32), matrix.astype(np.float32))

    def __call__(self, vectors: Floats) -> Floats:
        """Unit vectors, between which an angle tells one class from another."""
        return _unit(self.angles(vectors) @ self.matrix)

    def angles(self, vectors: Floats) -> Floats:
        """Angles as seen from the middle of all examples, with no direction shrunk."""
        return _unit(vectors - self.mean)


@dataclass(frozen=True)
class EmbeddingRegression:
    """Logistic regression on the embedding."""

    weights: Floats
    bias: Floats

    @classmethod
    def learnt(cls, whitened: Floats, classes: Integers) -> "EmbeddingRegression":
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=LOGISTIC_C, max_iter=200, tol=1e-3).fit(whitened, classes)
        weights, bias = _row_per_class(model.coef_, model.intercept_)
        # Half for and half against: the softmax of two such rows is the logistic function of one.
        scale = 0.5 if len(model.classes_) == 2 else 1.0
        return cls(scale * weights, scale * bias)

    def scores(self, whitened: Floats) -> Floats:
        return log_shares(whitened @ self.weights.T + self.bias)


@dataclass(frozen=True)
class Neighbours:
    """Kernel ridge regression: each example pulls what is near it to its class. Keeps what no straight line can.

    Two texts are near by their meaning and, as far as `words_share` says, by the terms they have in common. That
    part is a straight line, so what the examples pull by it is kept once for each term (`term_pulls`).
    """

    examples: Floats
    pulls: Floats
    term_pulls: Floats
    bias: Floats

    @classmethod
    def learnt(
        cls, vectors: Floats, classes: Integers, term_rows: Any = None, *, words_share: float = 0.0
    ) -> "Neighbours":
        # The same examples make the same classifier.
        places = np.random.default_rng(0).permutation(len(classes))[:MOST_NEIGHBOURS]
        examples, signs = (
            vectors[places],
            np.where(classes[places, None] == np.arange(classes.max() + 1), 1, -1),
        )
        near = _nearness(examples, examples)
        if words_share:
            near += words_share * (term_rows[places] @ term_rows[places].T).toarray()
        near += (MIXED_RIDGE if words_share else RIDGE) * np.eye(len(places), dtype=np.float32)
        bias = signs.mean(axis=0)
        pulls = scipy.linalg.solve(near, signs - bias, assume_a="pos", overwrite_a=True, check_finite=False)
        term_pulls = words_share * (term_rows[places].T @ pulls) if words_share else np.zeros((0, len(bias)))
        return cls(examples, pulls.astype(np.float32), term_pulls.astype(np.float32), bias.astype(np.float32))

    def scores(self, vectors: Floats, term_rows: Any) -> Floats:
        scores = _nearness(vectors, self.examples) @ self.pulls + self.bias
        if len(self.term_pulls):
            scores = scores + term_rows @ self.term_pulls
        return log_shares(NEIGHBOUR_SHARPNESS * scores)


@dataclass(frozen=True)
class Words:
    """A linear classifier on weighted terms: exact words, which embeddings blur."""

    vocabulary: Sequence[str]
    rarity: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def learnt(
        cls, texts: Sequence[Content], classes: Integers, *, ratios_share: float = 0.0
    ) -> tuple["Words", Any]:
        """Learns from the weighted terms of the texts. `ratios_share`: that of a second classifier, on ratios of how often
        the terms stand in a class and elsewhere (Wang and Manning 2012)."""
        from sklearn.svm import LinearSVC

        vectorizer = _vectorizer(min_df=2 if len(texts) >= MANY_TEXTS else 1)
        term_rows = vectorizer.fit_transform(texts)
        model = LinearSVC(C=MARGIN_C, random_state=0).fit(term_rows, classes)
        weights, bias = _row_per_class(model.coef_, model.intercept_)
        if ratios_share:
            by_ratio, its_bias = _by_ratio(term_rows, classes)
            weights, bias = weights + ratios_share * by_ratio, bias + ratios_share * its_bias
        return cls(list(vectorizer.get_feature_names_out()), vectorizer.idf_, weights, bias), term_rows

    def __post_init__(self) -> None:
        vectorizer = _vectorizer(vocabulary={term: place for place, term in enumerate(self.vocabulary)})
        vectorizer.idf_ = np.asarray(self.rarity, dtype=np.float64)
        object.__setattr__(self, "_vectorizer", vectorizer)

    def term_weights(self, texts: Sequence[Content]) -> Any:
        """The weighted terms of each text, a sparse row."""
        return self._vectorizer.transform(texts)  # type: ignore[attr-defined]

    def scores(self, term_rows: Any) -> Floats:
        return log_shares(MARGIN_SHARPNESS * (term_rows @ self.weights.T + self.bias))

    def arrays(self) -> Arrays:
        vocabulary = np.frombuffer(json.dumps(self.vocabulary, ensure_ascii=False).encode(), dtype=np.uint8)
        return {
            "words_vocabulary": vocabulary,
            "words_rarity": self.rarity.astype(np.float32),
            "words_weights": self.weights.astype(np.float16),
            "words_bias": self.bias,
        }

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray[Any, Any]]) -> "Words":
        return cls(
            json.loads(arrays["words_vocabulary"].tobytes()),
            arrays["words_rarity"],
            arrays["words_weights"].astype(np.float32),
            arrays["words_bias"],
        )


def log_shares(scores: Floats) -> Floats:
    """Softmax of each row, as logarithms."""
    from_best = scores - scores.max(axis=1, keepdims=True)
    shares: Floats = from_best - np.log(np.exp(from_best).sum(axis=1, keepdims=True))
    return shares


def _vectorizer(**options: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer=_as_terms, sublinear_tf=True, dtype=np.float32, **options)


def _as_terms(content: Content) -> list[str]:
    return terms(content) if isinstance(content, str) else content


def _by_ratio(term_rows: Any, classes: Integers) -> tuple[Floats, Floats]:
    """A linear classifier for each class against the others, on terms scaled by the logarithm of their ratio."""
    from sklearn.svm import LinearSVC

    present = (term_rows > 0).astype(np.float32)
    rows, biases = [], []
    for each in range(classes.max() + 1):
        inside, outside = (
            1 + np.asarray(present[mask].sum(axis=0)).ravel() for mask in (classes == each, classes != each)
        )
        ratio = np.log((inside / inside.sum()) / (outside / outside.sum())).astype(np.float32)
        model = LinearSVC(C=RATIO_C, random_state=0).fit(term_rows.multiply(ratio).tocsr(), classes == each)
        rows.append(model.coef_[0] * ratio)
        biases.append(model.intercept_[0])
    return np.array(rows, dtype=np.float32), np.array(biases, dtype=np.float32)


def _row_per_class(weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """scikit-learn keeps one row where there are two classes."""
    if len(weights) == 1:
        weights, bias = np.concatenate([-weights, weights]), np.concatenate([-bias, bias])
    return weights.astype(np.float32), bias.astype(np.float32)


def _nearness(one: Floats, other: Floats) -> Floats:
    """Gaussian of the distance between unit vectors: 1 for the same, falling off with the angle."""
    near: Floats = np.exp(NEIGHBOUR_REACH * (one @ other.T - 1))
    return near


def _unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, 1e-9)
    return unit
