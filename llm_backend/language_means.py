"""What all texts of one language have in common in an embedding model, so that it can be taken away between two of them.

A vector of multilingual-e5 says what a text is about and, less loudly, in which language it is written. Passages in another
language share the latter, not all to the same degree: those nearest to the question's language come first, whatever they
are about. Without the mean vector of each language (Libovický et al. 2020) what they are about is left.
`./kongming train language_means` makes the file from texts that are named there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("language_means.npz")
MODEL = "multilingual-e5-small"
# Of the means. From 0.7 to 1.0 the right one of 120 paragraphs in another language is first equally often.
SHARE = 0.8

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class CentredQuestion:
    """A question without its language, for passages of another one.

    Of a passage's vector p of length one the cosine with the question is (p·`vector` - p̄·`vector`) / |p - p̄|, where p̄,
    `passage_mean`, is what passages of their language have in common.
    """

    vector: Floats
    passage_mean: Floats

    @property
    def offset(self) -> float:
        return float(self.vector @ self.passage_mean)

    @property
    def square(self) -> float:
        return float(self.passage_mean @ self.passage_mean)


def centred_question(vector: Sequence[float], *, model: str, is_chinese: bool) -> CentredQuestion | None:
    """For English passages where the question is Chinese, and the other way round; None for a model of no known means."""
    if model != MODEL:
        return None
    means = _means()
    own, other = ("zh", "en") if is_chinese else ("en", "zh")
    question = np.asarray(vector, dtype=np.float32) - SHARE * means[f"query_{own}"]
    return CentredQuestion(question / np.linalg.norm(question), SHARE * means[f"passage_{other}"])


@cache
def _means() -> dict[str, Floats]:
    with np.load(FILE) as file:
        return {name: file[name].astype(np.float32) for name in file.files}
