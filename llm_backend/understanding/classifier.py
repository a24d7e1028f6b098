"""One classifier for intents and sentiment, trained in seconds from examples, stored as plain arrays."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm_backend.understanding.examples import Content, Examples, Floats, Integers
from llm_backend.understanding.views import Meaning, Neighbours, Whitening, Words, log_shares

# From a flat region of a sweep, see docs/decisions/understanding.md for what it was measured on.
MEANING_WEIGHT = 0.5
WORDS_WEIGHT = 0.7
NEIGHBOURS_WEIGHT = 0.5
# The sum of the views is far too sure of itself. Softened, it tells what was never seen from what was.
SOFTNESS = 0.3
FORMAT = 1


@dataclass(frozen=True)
class Verdict:
    """`confidence`: between 0 and 1, to compare with a threshold; it is not a probability of being right."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Classifier:
    labels: tuple[str, ...]
    whitening: Whitening
    meaning: Meaning
    neighbours: Neighbours
    words: Words

    @classmethod
    def trained(cls, examples: Examples) -> "Classifier":
        """Raises ValueError when there are not at least two classes."""
        labels = tuple(sorted(set(examples.labels)))
        if len(labels) < 2:
            raise ValueError("a classifier needs examples of at least two classes")
        places = {label: place for place, label in enumerate(labels)}
        classes = np.array([places[label] for label in examples.labels], dtype=np.int64)
        whitening = Whitening.learnt(examples.vectors, classes)
        whitened = whitening(examples.vectors)
        return cls(
            labels,
            whitening,
            Meaning.learnt(whitened, classes),
            Neighbours.learnt(whitened, classes),
            Words.learnt(examples.texts, classes),
        )

    def shares(self, texts: Sequence[Content], vectors: Floats) -> Floats:
        """One row per text, one column per label, each row adds up to 1."""
        whitened = self.whitening(np.asarray(vectors, dtype=np.float32))
        together = (
            MEANING_WEIGHT * self.meaning.scores(whitened)
            + WORDS_WEIGHT * self.words.scores(texts)
            + NEIGHBOURS_WEIGHT * self.neighbours.scores(whitened)
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
        head = json.dumps({"format": FORMAT, "labels": self.labels}, ensure_ascii=False).encode()
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
                Meaning(arrays["meaning_weights"], arrays["meaning_bias"]),
                Neighbours(
                    arrays["neighbours"].astype(np.float32),
                    arrays["neighbour_pulls"].astype(np.float32),
                    arrays["neighbour_bias"],
                ),
                Words.of(arrays),
            )
