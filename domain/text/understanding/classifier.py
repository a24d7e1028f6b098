"""One classifier for intents and sentiment, trained in seconds from examples, stored as plain arrays."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from domain.text.understanding.examples import Content, Examples, Floats, Integers
from domain.text.understanding.feature_sets import (
    EmbeddingRegression,
    Neighbours,
    Whitening,
    Words,
    log_shares,
)

# The sum of the views is far too sure of itself. Softened, it tells what was never seen from what was.
SOFTNESS = 0.3
# Of the stored arrays: what another version wrote is refused and trained anew.
FORMAT = 1


@dataclass(frozen=True)
class Mixture:
    """How much each view says. `words_share`: of shared terms in what is near; then no direction is shrunk."""

    meaning: float
    words: float
    neighbours: float
    words_share: float = 0.0
    ratios_share: float = 0.0


# From flat regions of sweeps, see docs/decisions/understanding.md for what they were measured on.
TOPICS = Mixture(meaning=0.5, words=0.7, neighbours=0.5)
# A mood is not a topic: it lies in directions in which texts of one class differ as well, and in single words.
MOODS = Mixture(meaning=0.4, words=0.35, neighbours=1.0, words_share=0.4, ratios_share=1.5)


@dataclass(frozen=True)
class Verdict:
    """`confidence`: between 0 and 1, to compare with a threshold; it is not a probability of being right."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Classifier:
    labels: tuple[str, ...]
    whitening: Whitening
    meaning: EmbeddingRegression
    neighbours: Neighbours
    words: Words
    mixture: Mixture = TOPICS

    @classmethod
    def trained(cls, examples: Examples, mixture: Mixture = TOPICS) -> "Classifier":
        """Raises ValueError when there are not at least two classes."""
        labels = tuple(sorted(set(examples.labels)))
        if len(labels) < 2:
            raise ValueError("a classifier needs examples of at least two classes")
        places = {label: place for place, label in enumerate(labels)}
        classes = np.array([places[label] for label in examples.labels], dtype=np.int64)
        whitening = Whitening.learnt(examples.vectors, classes)
        whitened = whitening(examples.vectors)
        words, term_rows = Words.learnt(examples.texts, classes, ratios_share=mixture.ratios_share)
        near_vectors = whitening.angles(examples.vectors) if mixture.words_share else whitened
        near = Neighbours.learnt(near_vectors, classes, term_rows, words_share=mixture.words_share)
        return cls(labels, whitening, EmbeddingRegression.learnt(whitened, classes), near, words, mixture)

    def shares(self, texts: Sequence[Content], vectors: Floats) -> Floats:
        """One row per text, one column per label, each row adds up to 1."""
        vectors = np.asarray(vectors, dtype=np.float32)
        whitened, term_rows = self.whitening(vectors), self.words.term_weights(texts)
        near_vectors = self.whitening.angles(vectors) if self.mixture.words_share else whitened
        together = (
            self.mixture.meaning * self.meaning.scores(whitened)
            + self.mixture.words * self.words.scores(term_rows)
            + self.mixture.neighbours * self.neighbours.scores(near_vectors, term_rows)
        )
        shares: Floats = np.exp(log_shares(SOFTNESS * together))
        return shares

    def verdicts(self, texts: Sequence[Content], vectors: Floats) -> list[Verdict]:
        shares = self.shares(texts, vectors)
        best: Integers = shares.argmax(axis=1)
        return [
            Verdict(self.labels[place], float(row[place])) for place, row in zip(best, shares, strict=True)
        ]

    def to_bytes(self) -> bytes:
        """Arrays without pickled objects, so that reading them runs no code."""
        file = io.BytesIO()
        description = {"format": FORMAT, "labels": self.labels, "mixture": asdict(self.mixture)}
        head = json.dumps(description, ensure_ascii=False).encode()
        np.savez_compressed(
            file,
            allow_pickle=False,
            head=np.frombuffer(head, dtype=np.uint8),
            mean=self.whitening.mean,
            matrix=self.whitening.matrix.astype(np.float16),
            meaning_weights=self.meaning.weights,
            meaning_bias=self.meaning.bias,
            neighbours=self.neighbours.examples.astype(np.float16),
            neighbour_pulls=self.neighbours.pulls.astype(np.float16),
            neighbour_term_pulls=self.neighbours.term_pulls.astype(np.float16),
            neighbour_bias=self.neighbours.bias,
            **self.words.arrays(),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Classifier":
        """Raises ValueError for what `to_bytes` of this format did not write."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["format"] != FORMAT:
                raise ValueError("these arrays were written by another version: train again")
            return cls(
                tuple(head["labels"]),
                Whitening(arrays["mean"], arrays["matrix"].astype(np.float32)),
                EmbeddingRegression(arrays["meaning_weights"], arrays["meaning_bias"]),
                Neighbours(
                    arrays["neighbours"].astype(np.float32),
                    arrays["neighbour_pulls"].astype(np.float32),
                    _term_pulls(arrays),
                    arrays["neighbour_bias"],
                ),
                Words.of(arrays),
                Mixture(**head["mixture"]) if "mixture" in head else TOPICS,
            )


def _term_pulls(arrays: Mapping[str, Any]) -> Floats:
    """None in what was written before words counted among neighbours; it still judges as it did."""
    if "neighbour_term_pulls" not in arrays:
        return np.zeros((0, 0), dtype=np.float32)
    pulls: Floats = arrays["neighbour_term_pulls"].astype(np.float32)
    return pulls
