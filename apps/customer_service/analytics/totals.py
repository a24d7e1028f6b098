"""Sums over the conversations of a period, a day, an intent …; each says in SQL how it is counted from the fact rows."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from apps.analytics.reports import total
from apps.analytics.values import Share


def _number(condition: str, what: str = "*") -> Any:
    return total(f"count({what}) FILTER (WHERE {condition})")


def _sum(column: str) -> Any:
    return total(f"sum({column})")


def _average(expression: str, condition: str = "true") -> Any:
    return total(f"avg({expression}) FILTER (WHERE {condition})", None)


def _at_most(column: str, fraction: float) -> Any:
    return total(f"percentile_cont({fraction}) WITHIN GROUP (ORDER BY {column})", None)


@dataclass(frozen=True)
class Totals:
    """Times in seconds: of how many they are known, and what half of those and nine in ten took at most."""

    conversations: int = total("count(*)")
    messages: int = _sum("messages")
    automated: int = _number("is_automated")
    pending: int = _number("is_pending")
    answered: int = _number("bot_answers > 0")
    deflected: int = _number("is_deflected")
    with_person: int = _number("had_person")
    handed_off: int = _number("handoffs > 0")
    resolved: int = _number("state = 'resolved'")
    resolved_with_person: int = _number("state = 'resolved' AND (had_person OR resolution = 'person')")
    settled: int = _number("is_settled")
    reopened: int = _number("reopen_count > 0")
    ratings: int = total("count(score)")
    ratings_good: int = _number("score >= 4")
    bot_ratings: int = _number("NOT had_person", "score")
    person_ratings: int = _number("had_person", "score")
    understood: int = total("count(trend_last)")
    ended_negative: int = _number("is_negative_at_end")
    bot_answers: int = _sum("bot_answers")
    staff_replies: int = _sum("staff_replies")
    unanswered: int = _sum("unanswered")
    from_model: int = _sum("from_model")
    from_curated: int = _sum("from_curated")
    from_quotes: int = _sum("from_quotes")
    from_passages: int = _sum("from_passages")
    from_lookups: int = _sum("from_lookups")
    sentences: int = _sum("sentences")
    unsupported: int = _sum("unsupported")
    bot_first_count: int = total("count(bot_seconds)")
    staff_first_count: int = total("count(staff_seconds)")
    staff_first_open_count: int = total("count(staff_open_seconds)")
    handle_count: int = total("count(handle_seconds)")
    resolution_count: int = total("count(resolution_seconds)")
    rating_mean: float | None = _average("score")
    bot_rating_mean: float | None = _average("score", "NOT had_person")
    person_rating_mean: float | None = _average("score", "had_person")
    trend_change: float | None = _average("trend_last - trend_first")
    bot_first_median: float | None = _at_most("bot_seconds", 0.5)
    bot_first_p90: float | None = _at_most("bot_seconds", 0.9)
    staff_first_median: float | None = _at_most("staff_seconds", 0.5)
    staff_first_p90: float | None = _at_most("staff_seconds", 0.9)
    staff_first_open_median: float | None = _at_most("staff_open_seconds", 0.5)
    staff_first_open_p90: float | None = _at_most("staff_open_seconds", 0.9)
    handle_median: float | None = _at_most("handle_seconds", 0.5)
    handle_p90: float | None = _at_most("handle_seconds", 0.9)
    resolution_median: float | None = _at_most("resolution_seconds", 0.5)
    resolution_p90: float | None = _at_most("resolution_seconds", 0.9)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in row.items() if name in names and value is not None})

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


SHARES = tuple(name for name in vars(Totals) if name.endswith("_share"))
