"""Sums over the conversations of a period, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

FEWEST = 5


@dataclass(frozen=True)
class Share:
    """A part of a whole. Of fewer than five nobody should read a percentage."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return 100 * self.part / self.whole if self.whole >= FEWEST else None


@dataclass(frozen=True)
class Spread:
    """Seconds that half of them and nine in ten took at most."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Totals:
    """Named as the columns of `aggregates`; times in seconds."""

    conversations: int = 0
    messages: int = 0
    automated: int = 0
    pending: int = 0
    answered: int = 0
    deflected: int = 0
    with_person: int = 0
    handed_off: int = 0
    resolved: int = 0
    resolved_with_person: int = 0
    settled: int = 0
    reopened: int = 0
    ratings: int = 0
    ratings_good: int = 0
    bot_ratings: int = 0
    person_ratings: int = 0
    understood: int = 0
    ended_negative: int = 0
    bot_answers: int = 0
    unanswered: int = 0
    from_model: int = 0
    from_curated: int = 0
    from_passages: int = 0
    from_lookups: int = 0
    sentences: int = 0
    unsupported: int = 0
    bot_first_count: int = 0
    staff_first_count: int = 0
    staff_first_open_count: int = 0
    handle_count: int = 0
    resolution_count: int = 0
    rating_mean: float | None = None
    bot_rating_mean: float | None = None
    person_rating_mean: float | None = None
    trend_change: float | None = None
    bot_first_median: float | None = None
    bot_first_p90: float | None = None
    staff_first_median: float | None = None
    staff_first_p90: float | None = None
    staff_first_open_median: float | None = None
    staff_first_open_p90: float | None = None
    handle_median: float | None = None
    handle_p90: float | None = None
    resolution_median: float | None = None
    resolution_p90: float | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            **{field.name: row[field.name] for field in fields(cls) if row.get(field.name) is not None}
        )

    @property
    def automated_share(self) -> Share:
        """Those whose day is not over yet are left out; those still open count against the assistant."""
        return Share(self.automated, self.conversations - self.pending)

    @property
    def deflected_share(self) -> Share:
        return Share(self.deflected, self.answered)

    @property
    def reopened_share(self) -> Share:
        return Share(self.reopened, self.settled)

    @property
    def rated_share(self) -> Share:
        return Share(self.ratings, self.settled)

    @property
    def good_share(self) -> Share:
        return Share(self.ratings_good, self.ratings)

    @property
    def negative_share(self) -> Share:
        return Share(self.ended_negative, self.understood)

    @property
    def unanswered_share(self) -> Share:
        return Share(self.unanswered, self.bot_answers)

    @property
    def unsupported_share(self) -> Share:
        return Share(self.unsupported, self.sentences)

    @property
    def bot_first(self) -> Spread:
        return Spread(self.bot_first_count, self.bot_first_median, self.bot_first_p90)

    @property
    def staff_first(self) -> Spread:
        return Spread(self.staff_first_count, self.staff_first_median, self.staff_first_p90)

    @property
    def staff_first_open(self) -> Spread:
        """Only of the time in which the desk was open."""
        return Spread(self.staff_first_open_count, self.staff_first_open_median, self.staff_first_open_p90)

    @property
    def handle(self) -> Spread:
        return Spread(self.handle_count, self.handle_median, self.handle_p90)

    @property
    def resolution(self) -> Spread:
        return Spread(self.resolution_count, self.resolution_median, self.resolution_p90)
