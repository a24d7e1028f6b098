"""How often something happens: 每日两次 is twice a day and every twelve hours, not three times daily."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from domain.text.translation.segments import Pair
from llm_backend import figures, patterns

_MONTH = Fraction(365 * 24, 12)
_UNITS = (
    ("分钟 minute", Fraction(1, 60)),
    ("小时 钟头 hour hourly", Fraction(1)),
    ("天 日 晚 day night daily nightly", Fraction(24)),
    ("周 星期 礼拜 week weekly", Fraction(168)),
    ("月 month monthly", _MONTH),
    ("季度 季 quarter quarterly", 3 * _MONTH),
    ("年 year yearly annually annual annum", 12 * _MONTH),
)
_HOURS_OF = {name: hours for names, hours in _UNITS for name in names.split()}
_VALUE_OF = {
    **{word: Fraction(value) for word, value in figures.COUNT_WORDS.items()},
    "once": Fraction(1),
    "twice": Fraction(2),
    "thrice": Fraction(3),
    "other": Fraction(2),
    "second": Fraction(2),
    "third": Fraction(3),
    "隔": Fraction(2),
    "half": Fraction(1, 2),
    "半": Fraction(1, 2),
}
_NUMERALS = "一二两三四五六七八九十"
_CN = rf"\d{{1,3}}|[{_NUMERALS}]{{1,3}}"
_CN_UNIT = "(?P<unit>分钟|小时|钟头|天|日|晚|周|星期|礼拜|月|季度?|年)"
_CN_TIMES = rf"(?P<count>{_CN})[次回]"
_CN_BETWEEN = rf"[^，。；、,;各\d{_NUMERALS}]"
_EN = rf"\d{{1,3}}|{'|'.join(figures.COUNT_WORDS)}"
_EN_TIMES = rf"(?<![a-z\d])(?P<count>once|twice|thrice|(?:{_EN})(?= times))(?: times)?"
_EN_UNIT = rf"(?:(?P<periods>half|other|second|third|{_EN})[\s-])?(?:a\s)?"
_EN_UNIT += "(?P<unit>minute|hour|day|night|week|month|quarter|year)s?"
_EN_ADVERB = "(?P<unit>hourly|daily|nightly|weekly|monthly|quarterly|yearly|annually|annual|(?<=per )annum)"
_FORMS = {
    "zh": (
        # 隔两天 is the second or the third day, and 每周一 each Monday.
        patterns.compile(r"每?(?P<periods>隔)一?个?(?P<unit>[天日周月年])(?:一次)?"),
        patterns.compile(
            rf"每隔?(?P<periods>半|{_CN})?个?{_CN_UNIT}(?![一二三四五六日天末](?![次回]))(?:{_CN_BETWEEN}{{0,6}}{_CN_TIMES})?"
        ),
        patterns.compile(rf"(?<![{_NUMERALS}\d第])[一1]个?{_CN_UNIT}{_CN_BETWEEN}{{0,4}}{_CN_TIMES}"),
        # 两天一次
        patterns.compile(
            rf"(?<![{_NUMERALS}\d第每隔])(?P<periods>[二两三四五六七八九十]|\d{{1,2}})个?{_CN_UNIT}{_CN_TIMES}"
        ),
        patterns.compile(rf"{_CN_TIMES}\s?[/／每]\s?{_CN_UNIT}"),
        # 按月收费, 年薪
        patterns.compile(r"按(?P<unit>[日天周月季年])(?![期龄代级份])"),
        patterns.compile(rf"(?<![{_NUMERALS}\d上下本前后每半这那个几数])(?P<unit>[周月季年])(?=[费租薪供])"),
    ),
    "en": (
        patterns.compile(rf"{_EN_TIMES}\s(?:a|an|per|each|every|in an?|in every)\s{_EN_UNIT}(?![a-z])"),
        patterns.compile(rf"{_EN_TIMES}\s{_EN_ADVERB}(?![a-z])"),
        patterns.compile(rf"{_EN_TIMES}\s?/\s?{_EN_UNIT}(?![a-z])"),
        patterns.compile(rf"(?<![a-z])(?:every|each|per)\s{_EN_UNIT}(?![a-z])"),
        patterns.compile(rf"(?<![a-z-]){_EN_ADVERB}(?![a-z])"),
    ),
}
# Two in one, or one in two: nobody knows.
_DOUBTFUL = patterns.compile(r"(?<![a-z])(?:bi|semi)-?(?:week|month|annual)|(?<![a-z])fortnight|half-year")


class Frequency(NamedTuple):
    """So many times in so many hours. Without the times it is only a period: five cups a day."""

    times: Fraction | None
    hours: Fraction


def changed(source: str, translation: str, pair: Pair) -> list[str]:
    """What the source says of how often, where the translation says it otherwise; none for languages not known here."""
    if (
        pair.source not in _FORMS
        or pair.target not in _FORMS
        or _DOUBTFUL.search(f"{source}\n{translation}".lower())
    ):
        return []
    before, after = dict(_frequencies(source, pair.source)), dict(_frequencies(translation, pair.target))
    lost = [written for one, written in before.items() if not any(_agree(one, other) for other in after)]
    has_others = any(not any(_agree(one, other) for other in before) for one in after)
    return lost if has_others else []


def _frequencies(text: str, language: str) -> Iterator[tuple[Frequency, str]]:
    plain = text.lower()
    for pattern in _FORMS[language]:
        for match in pattern.finditer(plain):
            groups = match.groupdict()
            hours = _HOURS_OF[groups["unit"]] * _value(groups.get("periods") or "one")
            count = groups.get("count")
            if hours:
                yield Frequency(_value(count) if count else None, hours), match[0]
        # What was read once is not read again by a shorter form.
        plain = pattern.sub(" · ", plain)


def _agree(one: Frequency, other: Frequency) -> bool:
    """Twice a month is every two weeks, or nearly; five cups a day and twice a day are both of a day."""
    is_period = one.times is None or other.times is None
    if is_period and _is_near(one.hours / other.hours):
        return True
    rate, other_rate = (1 if each.times is None else each.times for each in (one, other))
    return _is_near(rate * other.hours / (other_rate * one.hours)) if other_rate else rate == other_rate


def _is_near(ratio: Fraction) -> bool:
    return Fraction(9, 10) < ratio < Fraction(11, 10)


def _value(text: str) -> Fraction:
    return _VALUE_OF.get(text) or Fraction(figures.whole(text))
