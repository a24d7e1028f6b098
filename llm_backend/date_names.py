"""Months and days of the year as Chinese and English name them: one, or from one to another (12月至次年4月)."""

from collections.abc import Iterator

from llm_backend import patterns
from llm_backend.number_names import ZH, Named, whole

# As if each month had 31 days.
DAYS = 372
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH_ZH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_MONTH_EN = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_TO = r"\s?(?:[-–—~到至]|to|through|until|till|and)\s?(?:次年|翌年|第二年|当年|the end of )?"


def _date_zh(number: int) -> str:
    day = rf"(?:\s?(?P<day{number}>{ZH})\s?[日号]|[上中下]旬|初|中|底|末)?"
    return rf"(?P<month{number}>{_MONTH_ZH})\s?月(?!饼|嫂|卡|租|票|费|次)份?{day}"


def _date_en(number: int) -> str:
    before = rf"(?:(?<![\d:.£€$])(?P<before{number}>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?)?"
    behind = rf"(?: (?:the )?(?P<behind{number}>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:%]))?"
    return rf"{before}(?<![a-z])(?P<month{number}>{_MONTH_EN})(?![a-z])(?:\.(?= \d))?{behind}"


_NO_DATE_BEFORE = r"(?<![\d一二三四五六七八九十个.])"
_PATTERNS = (
    # 5–9月: the first is a month too.
    patterns.compile(rf"{_NO_DATE_BEFORE}(?P<month1>{_MONTH_ZH})\s?[-–—~到至]\s?{_date_zh(2)}"),
    patterns.compile(rf"{_NO_DATE_BEFORE}{_date_zh(1)}(?:{_TO}{_date_zh(2)})?"),
    patterns.compile(rf"{_date_en(1)}(?:{_TO}{_date_en(2)})?"),
)
# What else “may” stands behind is a verb.
_BEFORE_MAY = patterns.compile(r"(?<![a-z])(?:in|of|from|until|till|since|during|by|to) \Z")


def named(plain: str) -> Iterator[Named]:
    """Every day that is meant: day 0 is the first of January, day 31 the first of February."""
    behind = 0
    found = (match for pattern in _PATTERNS for match in pattern.finditer(plain))
    for match in sorted(found, key=lambda match: (match.start(), -match.end())):
        parts = match.groupdict()
        if match.start() < behind or not _is_date(plain, match, parts):
            continue
        behind = match.end()
        first, last = _days_of(parts, 1), _days_of(parts, 2 if parts["month2"] else 1)
        # 12月至次年4月 goes over the end of the year.
        end = last.stop + (DAYS if last.stop <= first.start else 0)
        yield Named(frozenset(day % DAYS for day in range(first.start, end)), *match.span())


def _is_date(plain: str, match: patterns.Match[str], parts: dict[str, str | None]) -> bool:
    is_dated = parts.get("before1") or parts.get("behind1") or parts["month2"]
    return parts["month1"] != "may" or bool(is_dated or _BEFORE_MAY.search(plain[: match.start()][-8:]))


def _days_of(parts: dict[str, str | None], number: int) -> range:
    name = parts[f"month{number}"] or ""
    months = _MONTHS.split()
    month = months.index(name[:3]) if name[:3] in months else whole(name) - 1
    day = next(
        (parts[key] for key in (f"day{number}", f"before{number}", f"behind{number}") if parts.get(key)), None
    )
    return (
        range(31 * month + whole(day) - 1, 31 * month + whole(day))
        if day
        else range(31 * month, 31 * month + 31)
    )
