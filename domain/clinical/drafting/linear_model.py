"""A linear classifier of features, trained in seconds, stored as plain arrays and names."""

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Features = Sequence[str]
# Counted up when files of an older version can no longer be read rightly.
FORMAT = 1
# What fewer examples have is no feature of a label.
MIN_EXAMPLES = 2


@dataclass(frozen=True)
class LinearModel:
    """`places`: column of each known feature. `rarity`: how few examples have it."""

    labels: tuple[str, ...]
    places: dict[str, int]
    rarity: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def trained(
        cls,
        examples: Sequence[Features],
        labels: Sequence[str],
        *,
        strength: float = 10.0,
        is_balanced: bool = False,
    ) -> "LinearModel":
        """What MIN_EXAMPLES have is a feature. Raises ValueError when there is only one label."""
        from sklearn.linear_model import LogisticRegression

        counts_by_feature = Counter(feature for each in examples for feature in set(each))
        features = [feature for feature, count in sorted(counts_by_feature.items()) if count >= MIN_EXAMPLES]
        places = {feature: place for place, feature in enumerate(features)}
        counts = np.array([counts_by_feature[feature] for feature in features], dtype=np.float32)
        # Smoothed, so that a feature of all examples still weighs something.
        rarity = (np.log((1 + len(examples)) / (1 + counts)) + 1).astype(np.float32)
        matrix = _matrix(examples, places, rarity)
        regression = LogisticRegression(
            C=strength, max_iter=300, class_weight="balanced" if is_balanced else None
        )
        regression.fit(matrix, list(labels))
        weights, bias = regression.coef_, regression.intercept_
        # Of two labels scikit-learn keeps one row: the other is its opposite.
        if len(regression.classes_) == 2:
            weights, bias = np.vstack([-weights, weights]) / 2, np.concatenate([-bias, bias]) / 2
        return cls(
            tuple(str(label) for label in regression.classes_),
            places,
            rarity,
            weights.astype(np.float32),
            bias.astype(np.float32),
        )

    def shares(self, examples: Sequence[Features]) -> Floats:
        """One row per example, one column per label, each row adds up to 1. By the softmax of the scores."""
        if not examples:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        scores = _matrix(examples, self.places, self.rarity) @ self.weights.T + self.bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares

    def label(self, example: Features) -> str:
        """The likeliest one."""
        return self.labels[int(self.shares([example])[0].argmax())]

    def to_bytes(self) -> bytes:
        """Arrays without pickled objects, so that reading them runs no code."""
        head = json.dumps({"format": FORMAT, "labels": self.labels, "features": list(self.places)})
        file = io.BytesIO()
        np.savez_compressed(
            file,
            allow_pickle=False,
            head=np.frombuffer(head.encode(), dtype=np.uint8),
            rarity=self.rarity,
            # Half the size: a hospital's words are many.
            weights=self.weights.astype(np.float16),
            bias=self.bias,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "LinearModel":
        """Raises ValueError for what `to_bytes` of this format did not write."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            head = json.loads(arrays["head"].tobytes())
            if head["format"] != FORMAT:
                raise ValueError("these arrays were written by another version: train again")
            places = {feature: place for place, feature in enumerate(head["features"])}
            weights = arrays["weights"].astype(np.float32)
            return cls(tuple(head["labels"]), places, arrays["rarity"], weights, arrays["bias"])


def _matrix(examples: Sequence[Features], places: dict[str, int], rarity: Floats) -> "scipy.sparse.spmatrix":
    """Rows of length 1: a long example says no more than a short one."""
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for features in examples:
        counts = Counter(places[each] for each in features if each in places)
        row = {place: (1 + np.log(count)) * rarity[place] for place, count in counts.items()}
        length = float(np.sqrt(sum(value * value for value in row.values()))) or 1.0
        columns.extend(row)
        values.extend(float(value) / length for value in row.values())
        ends.append(len(columns))
    return scipy.sparse.csr_matrix(
        (values, columns, ends), shape=(len(examples), len(places)), dtype=np.float32
    )
