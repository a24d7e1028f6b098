from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float32]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
# A text, or terms that somebody took from it already.
Content = str | list[str]


@dataclass(frozen=True)
class Examples:
    """Texts with their embeddings (one row each) and what they are examples of."""

    texts: Sequence[Content]
    vectors: Floats
    labels: Sequence[str]

    def __len__(self) -> int:
        return len(self.texts)

    def __add__(self, other: "Examples") -> "Examples":
        return Examples(
            [*self.texts, *other.texts],
            np.concatenate([self.vectors, other.vectors]),
            [*self.labels, *other.labels],
        )

    def subset(self, places: Sequence[int] | Integers) -> "Examples":
        return Examples(
            [self.texts[place] for place in places],
            self.vectors[np.asarray(places, dtype=np.int64)],
            [self.labels[place] for place in places],
        )


def of_names(names: Sequence[str], vectors: Floats) -> Examples:
    """The name of a class is one more example of it; with ten others it still helps (by half a point)."""
    return Examples([spoken_name(name) for name in names], vectors, names)


def spoken_name(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").strip().lower()
