"""What a metric can be: a count, a share, a ratio, a time, a mean; with its words, and how far it difference."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.numbers import duration_text, money_text

# Of fewer nobody should read a percentage, nor a change against the period before.
MIN_SAMPLE = 5


@dataclass(frozen=True)
class Change:
    """`direction`: 1 for more than before, -1 for less, 0 where it is the same once it is rounded."""

    text: str
    direction: int


# Written where somebody reads them: a year of series has thousands of values of which only the numbers are asked for.
Words = str | Callable[[], str]


@dataclass(frozen=True)
class Value:
    """`number` is what files, programs and lines get, in `unit`; people read `text`, and `note` below it.

    `sample`: how much it rests on; None where a change is worth saying however little there is now. `is_score`: a mark
    on a scale, of which people say by how much it moved, not by which share.
    """

    unit: Literal["count", "percent", "seconds", "number", "money"]
    number: float | None
    words: Words
    sample: int | None
    note_words: Words = ""
    is_score: bool = False

    @property
    def text(self) -> str:
        return self.words if isinstance(self.words, str) else self.words()

    @property
    def note(self) -> str:
        return self.note_words if isinstance(self.note_words, str) else self.note_words()

    def change(self, before: "Value") -> Change | None:
        if self.number is None or before.number is None:
            return None
        samples = [each.sample for each in (self, before) if each.sample is not None]
        if min(samples or [int(before.number)]) < MIN_SAMPLE:
            return None
        if self.unit == "percent":
            # Of the rounded ones: people subtract what they read.
            difference: float = round(self.number) - round(before.number)
            text = ngettext("%(points)+d point", "%(points)+d points", abs(difference)) % {
                "points": difference
            }
        elif self.is_score:
            difference = round(self.number - before.number, 2)
            text = f"{difference:+.2f}"
        elif before.number:
            difference = round(100 * (self.number - before.number) / before.number)
            text = _("%(percent)+d%%") % {"percent": difference}
        else:
            return None
        return Change(text if difference else _("no change"), (difference > 0) - (difference < 0))


@dataclass(frozen=True)
class Share:
    """A part of a whole."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return 100 * self.part / self.whole if self.whole >= MIN_SAMPLE else None

    @property
    def ratio(self) -> float | None:
        """Between 0 and 1, of however few; None of nothing."""
        return self.part / self.whole if self.whole > 0 else None

    @property
    def value(self) -> Value:
        """“63 %”; of fewer than five “3 of 4”, of none a dash."""
        percent = self.percent
        if percent is None:
            return Value("percent", None, self._counts if self.whole > 0 else "–", self.whole)
        return Value("percent", percent, lambda: percent_text(percent), self.whole, self._counts)

    def _counts(self) -> str:
        return _("%(part)s of %(whole)s") % {"part": f"{self.part:,}", "whole": f"{self.whole:,}"}


def count(number: int) -> Value:
    return Value("count", number, lambda: f"{number:,}", sample=None)


def ratio(middle: float | None, sample: int) -> Value:
    """A mean or a median of ratios between 0 and 1."""
    if middle is None:
        return Value("percent", None, "–", sample)
    return Value("percent", 100 * middle, lambda: percent_text(100 * middle), sample)


def duration(median: float | None, sample: int, p90: float | None = None) -> Value:
    """The seconds that half of a sample took at most, and nine in ten of it."""

    def note() -> str:
        return _("90%% within %(length)s") % {"length": duration_text(p90)}

    is_known = p90 is not None and sample >= MIN_SAMPLE
    return Value("seconds", median, lambda: duration_text(median), sample, note if is_known else "")


def money(amount: Decimal | float, currency: str, sample: int | None = None) -> Value:
    """In whole units of the currency from a hundred on. `sample`: how much was paid for."""
    digits = 0 if amount >= 100 else None
    return Value("money", float(amount), lambda: money_text(amount, currency, digits=digits), sample)


def rate(number: float | None, unit: str, sample: int) -> Value:
    """So many of something in a second."""
    return Value("number", number, lambda: "–" if number is None else f"{number:,.1f} {unit}", sample)


def mean(number: float | None, sample: int, *, sign: Literal["+", ""] = "") -> Value:
    return Value(
        "number", number, lambda: "–" if number is None else f"{number:{sign}.2f}", sample, is_score=True
    )


def percent_text(percent: float) -> str:
    """In whole ones, except that some are never told as none and not quite all never as all."""
    text = f"{percent:.0f}"
    if 0 < percent < 0.5:
        text = f"{max(percent, 0.001):.1g}"
    elif 99.5 <= percent < 100:
        text = f"{min(percent, 99.9):.1f}"
    return f"{text}%"
