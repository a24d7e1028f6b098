"""Days of the week as Chinese and English name them: one, a range, a list, and those that go together (周末)."""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from llm_backend import patterns

# 每周五次 is five times, 三周五天 three weeks and five days, and 周三五折 half price on one day.
_NO_WEEKDAY = "[年月周天次个节堂场杯瓶粒片袋点折元块十百千万人位件款%]"
_ZH = patterns.compile(
    r"(?<![\d一二两三四五六七八九十几])(?<!黑色)(?<!疯狂)(?:周|星期|礼拜)(?P<first>[一二三四五六日天])(?![年月周天次个节堂场杯瓶粒片袋])"
    r"(?:\s?[至到~–—-]\s?(?:周|星期|礼拜)?(?P<last>[一二三四五六日天]))?"
    rf"(?P<more>(?:[、和及/]?[一二三四五六日天](?!{_NO_WEEKDAY})){{0,5}})"
)
NAMES_EN = "mon|tue|wed|thu|fri|sat|sun"
_EN = (
    patterns.compile(
        rf"(?<![a-z])(?<!black )(?<!cyber )(?<!good )(?P<first>{NAMES_EN})(?:s|nes|rs|ur)?days?"
        rf"(?:\s?(?:[–—-]|to|through)\s?(?P<last>{NAMES_EN})(?:s|nes|rs|ur)?(?:days?)?)?(?![a-z])"
    ),
    patterns.compile(
        rf"(?<![a-z])(?P<first>{NAMES_EN})[rs]{{0,2}}\s?(?:[–—-]|to)\s?(?P<last>{NAMES_EN})[rs]{{0,2}}(?![a-z])"
    ),
)
_DAY_OF = {
    **{name: number for number, name in enumerate("一二三四五六日")},
    **{name: number for number, name in enumerate(NAMES_EN.split("|"))},
    "天": 6,
}
EVERY_DAY = frozenset(range(7))
_TOGETHER = {
    frozenset(range(5)): patterns.compile(r"(?<![个\d])(?<!\d )工作日|平日|(?<![a-z])weekdays?(?![a-z])"),
    frozenset((5, 6)): patterns.compile(r"周末|双休日|(?<![a-z])weekends?(?![a-z])"),
    EVERY_DAY: patterns.compile(
        r"每天|每日|天天|(?<![a-z])(?:every ?day|daily|all week|(?:7|seven) days a week)(?![a-z])"
    ),
}
_JOINT = patterns.compile(r"\s?[、，,和及与/&]\s?|,? and ")


class DayName(NamedTuple):
    """`days`: Monday is 0."""

    days: frozenset[int]
    start: int
    end: int


def by_name(plain: str) -> Iterator[DayName]:
    """周一至周五, “Mondays”."""
    for pattern in (_ZH, *_EN):
        for match in pattern.finditer(plain):
            parts = match.groupdict(default="")
            first = _DAY_OF[parts["first"]]
            last = _DAY_OF[parts["last"] or parts["first"]]
            days = {day % 7 for day in range(first, last + (8 if last < first else 1))}
            days |= {_DAY_OF[each] for each in parts.get("more", "") if each in _DAY_OF}
            yield DayName(frozenset(days), *match.span())


def together(plain: str) -> Iterator[DayName]:
    """Weekdays, 周末, “daily”."""
    for days, pattern in _TOGETHER.items():
        for match in pattern.finditer(plain):
            yield DayName(days, *match.span())


def listed(plain: str) -> list[DayName]:
    """All of them, in the order of the text; “Saturday and Sunday” are one."""
    found: list[DayName] = []
    for name in sorted(chain(by_name(plain), together(plain)), key=lambda name: name.start):
        before = found[-1] if found else DayName(frozenset(), 0, 0)
        if found and _JOINT.fullmatch(plain, before.end, name.start):
            found[-1] = DayName(before.days | name.days, before.start, name.end)
        elif name.start >= before.end:
            found.append(name)
    return found
