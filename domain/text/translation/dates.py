"""Days of the year and of the week, which a translation may write otherwise and must not move: 3月5日 is not May 3."""

from collections.abc import Iterator
from typing import NamedTuple

from llm_backend import figures, patterns

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
MONTH_OF = {name: number for number, name in enumerate(_MONTHS.split(), start=1)}
_NAMES = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_NUMERALS = "[一二三四五六七八九十]{1,3}"
_CHINESE_DAY = patterns.compile(
    rf"(?<![\d一二三四五六七八九十])(\d{{1,2}}|{_NUMERALS})月(\d{{1,2}}|{_NUMERALS})[日号]"
)
_ISO_DAY = patterns.compile(r"(?<!\d)\d{4}-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_BEHIND = patterns.compile(rf"(?<![a-z])({_NAMES})\.?\s{{1,2}}(?:the\s)?(\d{{1,2}})(?!\d|[:.]\d|\s?%)")
_DAY_BEFORE = patterns.compile(rf"(?<![\d:.])(\d{{1,2}})\s{{1,2}}(?:of\s)?({_NAMES})(?![a-z])")
_CHINESE_MONTH = patterns.compile(rf"(?<![\d一二三四五六七八九十])(1[0-2]|[1-9]|{_NUMERALS})月(?!饼|饷|嫂)")
# Of a sentence's first word nobody knows whether it is a month: May I …, March on!
_MONTH = patterns.compile(
    r"(?<![A-Za-z])(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t?(?:ember)?|ober|ember)?(?![A-Za-z])(?<!^May)(?<!^March)"
)
_WEEKDAYS = "mon tue wed thu fri sat sun"
_WEEKDAY_OF = {name: number for number, name in enumerate(_WEEKDAYS.split(), start=1)}
_CHINESE_WEEKDAY = patterns.compile(r"(?:周|星期|礼拜)([一二三四五六日天])(?![年月周天])")
_WEEKDAY = patterns.compile(
    r"(?<![A-Za-z])(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:(?:s|nes|rs|ur)?days?)?(?![A-Za-z])"
)


class Day(NamedTuple):
    month: int
    day: int


def moved_days(before: str, after: str) -> list[str]:
    """Of two plain texts, the days of the first that have another month in the second, or month and day exchanged."""
    source, translation = dict(_days(before)), dict(_days(after))
    others = set(translation) - set(source)
    return [
        written
        for day, written in source.items()
        if day not in translation
        and any(other.day == day.day or other == (day.day, day.month) for other in others)
    ]


def months_changed(source: str, translation: str) -> list[str]:
    """Where each of the two names a month that the other one does not."""
    before, after = dict(months(source)), dict(months(translation))
    lost = [written for month, written in before.items() if month not in after]
    return lost if set(after) - set(before) else []


def weekdays_changed(source: str, translation: str) -> list[str]:
    """Where each of the two names a day of the week that the other one does not."""
    before, after = dict(weekdays(source)), dict(weekdays(translation))
    lost = [written for day, written in before.items() if day not in after]
    return lost if set(after) - set(before) else []


def _days(plain: str) -> Iterator[tuple[Day, str]]:
    for match in _CHINESE_DAY.finditer(plain):
        yield Day(figures.whole(match[1]), figures.whole(match[2])), match[0]
    for match in _ISO_DAY.finditer(plain):
        yield Day(int(match[1]), int(match[2])), match[0]
    for match in _DAY_BEHIND.finditer(plain):
        yield Day(MONTH_OF[match[1][:3]], int(match[2])), match[0]
    for match in _DAY_BEFORE.finditer(plain):
        yield Day(MONTH_OF[match[2][:3]], int(match[1])), match[0]


def months(text: str) -> Iterator[tuple[int, str]]:
    for match in _CHINESE_MONTH.finditer(text):
        yield figures.whole(match[1]), match[0]
    for match in _MONTH.finditer(text):
        yield MONTH_OF[match[1].lower()], match[0]


def weekdays(text: str) -> Iterator[tuple[int, str]]:
    for match in _CHINESE_WEEKDAY.finditer(text):
        yield "一二三四五六日".find(match[1].replace("天", "日")) + 1, match[0]
    for match in _WEEKDAY.finditer(text):
        yield _WEEKDAY_OF[match[1].lower()], match[0]
