"""Numbers as they come from outside, checked once: what is no number is refused before any statistic is made of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Numbers = Sequence[float] | Floats | Ints
Table = Sequence[Sequence[float]] | Floats | Ints


def finite(name: str, values: Numbers | Table, *, dimensions: int = 1) -> Floats:
    """Raises ValueError where a value is missing, endless or no number, or the table has another form."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimension(s), not {array.ndim}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds what is no finite number")
    return array


def not_negative(name: str, values: Numbers | Table, *, dimensions: int = 1) -> Floats:
    """As `finite`; raises ValueError for a negative value, too."""
    array = finite(name, values, dimensions=dimensions)
    if (array < 0).any():
        raise ValueError(f"{name} must not be negative")
    return array


def same_length(**arrays: Floats | Ints) -> int:
    """How many rows there are. Raises ValueError where they differ or there are none."""
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1 or not min(lengths.values()):
        raise ValueError(f"these need the same number of rows, and at least one: {lengths}")
    return min(lengths.values())
