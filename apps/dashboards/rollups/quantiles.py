"""Quantiles of durations that were counted in bins, so that hours, members and organisations can be merged.

The bins are those of DDSketch: each is ten per cent wider than the one before, from one millisecond to twenty hours, and
whoever asks for a quantile hears the middle of its bin, which is within five per cent of the exact one. What took longer
lies in the last bin. A roll-up keeps them as a sparse vector, a few bytes for each bin that is not empty, and pgvector
sums thousands of those in the time of a count.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, ClassVar

from django.db.models import Aggregate, BinaryField
from pgvector import SparseVector

GROWTH = 1.1
BINS = 192
# SQL: the vector with a one in the bin of a duration in milliseconds. Bins of a sparse vector count from 1, and a
# logarithm of 0 would be an error.
BIN_OF = (
    "('{{' || LEAST({bins}, GREATEST(1, CEIL(LN(GREATEST({ms}, 1)::float8) / LN({growth}::float8))::int + 1))"
    " || ':1}}/{bins}')::sparsevec::vector"
)
# Counts by bin, as they come from the database; None of no durations at all.
Bins = SparseVector | None


class SentBinsField(BinaryField[Bins, Bins]):
    """Bins in the binary form of PostgreSQL, which is read twenty times as fast as its text."""

    def from_db_value(self, value: bytes | None, expression: Any, connection: Any) -> Bins:
        return None if value is None else SparseVector.from_binary(value)


class BinSum(Aggregate):
    """The merged bins of the rows; None where none of them has any."""

    function = "sum"
    template = "sparsevec_send(%(function)s(%(distinct)s(%(expressions)s)::vector)::sparsevec)"
    output_field: ClassVar[Any] = SentBinsField()


def bin_sum_sql(milliseconds: str) -> str:
    """SQL for the bins of all rows of a group, by an expression for the duration of each."""
    bin_of = BIN_OF.format(ms=milliseconds, bins=BINS, growth=GROWTH)
    return f"(sum({bin_of}) FILTER (WHERE {milliseconds} IS NOT NULL))::sparsevec"


def bin_seconds(place: int) -> float:
    """The seconds that stand for all durations of a bin, counted from 0: DDSketch's estimate, from which no end of the
    bin is further away than (GROWTH - 1) / (GROWTH + 1), 4.8%.
    """
    return 0.001 if place == 0 else 2 * GROWTH**place / (GROWTH + 1) / 1000


def quantile(bins: Bins, fraction: float) -> float | None:
    """The seconds that this share of the durations took at most, within five per cent; None of no durations."""
    if bins is None or not bins.values():
        return None
    reached = list(accumulate(bins.values()))
    rank = max(1, math.ceil(fraction * reached[-1]))
    return bin_seconds(bins.indices()[bisect_left(reached, rank)])


def merged(all_bins: Sequence[Bins]) -> Bins:
    counts: dict[int, float] = {}
    known = [bins for bins in all_bins if bins is not None]
    for bins in known:
        for place, count in zip(bins.indices(), bins.values(), strict=True):
            counts[place] = counts.get(place, 0) + count
    return SparseVector(counts, BINS) if known else None
