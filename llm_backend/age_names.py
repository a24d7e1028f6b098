"""How old somebody is, and the ages that a rule is for, as Chinese and English name them."""

from collections.abc import Iterator

from llm_backend import patterns
from llm_backend.number_names import EN, ZH, Named, whole

_OLDEST = 120
_YEARS = r"\s?周?岁"
# “under 12 kg”, “from 5 to 7 pm” and “up to 20 minutes” are no ages.
_NO_UNIT = (
    r"(?![a-z\d])(?![.,:]?\d)(?!-?\s?(?:%|(?:minutes?|hours?|days?|weeks?|months?|nights?|people|persons?|guests?|players?"
    r"|kg|kilos?|pounds?|euros?|cm|m|km|am|pm|a\.m|p\.m|percent|pieces|times)(?![a-z])))"
)
# `below` is the first that is too old, `last` the oldest of them.
_RULES = tuple(
    patterns.compile(pattern)
    for pattern in (
        rf"(?P<first>{ZH})(?:{_YEARS})?[-–—~到至](?P<last>{ZH}){_YEARS}",
        rf"(?:未满|不满|不足|不到|小于|低于)\s?(?P<below>{ZH}){_YEARS}",
        rf"(?P<last>{ZH}){_YEARS}(?:及|或|\(含\))?以下",
        rf"(?<![未不])(?:年?满|超过|大于|至少)\s?(?P<first>{ZH}){_YEARS}(?:及?以上)?",
        rf"(?P<first>{ZH}){_YEARS}(?:及|\(含\))?(?:以上|起)",
        rf"(?<![a-z\d.:])(?:ages?d? |between (?:the ages of )?)?(?P<first>{EN})(?:\s?[–—-]\s?| to | and )"
        rf"(?P<last>{EN}){_NO_UNIT}",
        rf"(?<![a-z])(?:under|below|younger than) (?:the age of )?(?P<below>{EN}){_NO_UNIT}",
        rf"(?<![a-z])(?:over|above|older than|at least|turned) (?:the age of )?(?P<first>{EN}){_NO_UNIT}",
        rf"(?<![a-z\d])(?P<first>{EN}) (?:or|and) (?:over|older|above|up)(?![a-z])",
        rf"(?<![a-z\d])(?P<last>{EN}) (?:or|and) (?:under|younger|below)(?![a-z])",
        r"(?<![a-z])under-?\s?(?P<below>\d{1,2})s(?![a-z])",
    )
)
# “未满14周岁、满10周岁” is one rule.
_BOTH = patterns.compile(r"[而、,且但并]?|,? and |,? but ")
_WHO = "son|daughter|boy|girl|kid|child|lad|mum|mother|dad|father|brother|sister|nephew|niece|grandson|granddaughter"
_TOLD = (
    patterns.compile(rf"(?P<age>{ZH}){_YEARS}"),
    patterns.compile(rf"(?<![a-z\d])(?P<age>{EN})[- ]?(?:years?|yrs?)[- ]?olds?(?![a-z])"),
    patterns.compile(rf"(?<![a-z])aged? (?P<age>{EN})(?![a-z\d])"),
    patterns.compile(
        rf"(?<![a-z])(?:i'?m|i am|he'?s|she'?s|(?:he|she|{_WHO}) is)(?: only| just| already)? (?P<age>{EN}){_NO_UNIT}"
    ),
)


def told(plain: str) -> Iterator[Named]:
    """Of somebody: 八岁, “my 10 year old”, “she's nine”."""
    for pattern in _TOLD:
        for match in pattern.finditer(plain):
            yield Named(frozenset({whole(match["age"])}), *match.span())


def ruled(plain: str) -> list[Named]:
    """Those that a rule is for, in the order of the text: “under 12”, 满10周岁而未满14周岁."""
    found: list[Named] = []
    for match in (match for pattern in _RULES for match in pattern.finditer(plain)):
        ages = _ages(match.groupdict())
        if ages and all(match.end() <= each.start or each.end <= match.start() for each in found):
            found.append(Named(ages, *match.span()))
    rules: list[Named] = []
    for each in sorted(found, key=lambda name: name.start):
        before = rules[-1] if rules else None
        if before and before.values & each.values and _BOTH.fullmatch(plain, before.end, each.start):
            rules[-1] = Named(before.values & each.values, before.start, each.end)
        else:
            rules.append(each)
    return rules


def _ages(parts: dict[str, str | None]) -> frozenset[int]:
    first, last, below = (parts.get(name) for name in ("first", "last", "below"))
    end = whole(last) + 1 if last else whole(below) if below else _OLDEST
    return frozenset(range(whole(first) if first else 0, end))
