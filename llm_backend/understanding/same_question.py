"""Two questions as one example, so that the classifier can learn whether they ask the same.

For curated answers: a visitor's question against the one that the answer was written for.
"""

from collections.abc import Sequence

import numpy as np

from llm_backend.understanding.examples import Examples, Floats
from llm_backend.understanding.terms import terms

SHARED, ONLY_ONE = "=", "≠"
PRODUCT_SCALE = 4.0
SUM_SCALE = 0.5


def pair_examples(
    pairs: Sequence[tuple[str, str]], first: Floats, second: Floats, labels: Sequence[str]
) -> Examples:
    """`first` and `second`: the embeddings of the questions, one row per pair. The order of a pair is nothing."""
    texts = [compared(one, other) for one, other in pairs]
    return Examples(texts, _together(first, second), labels)


def compared(one: str, other: str) -> list[str]:
    """The terms that both have, and those that only one has, marked as such."""
    mine, yours = set(terms(one)), set(terms(other))
    return [SHARED + term for term in sorted(mine & yours)] + [
        ONLY_ONE + term for term in sorted(mine ^ yours)
    ]


def _together(first: Floats, second: Floats) -> Floats:
    parts = [np.abs(first - second), PRODUCT_SCALE * first * second, SUM_SCALE * (first + second)]
    return np.concatenate(parts, axis=1)
