"""Numbers, prices, dates and times of Chinese and English text, made comparable.

`三天`, `3 天` and `three days` are the same figure. A figure with a unit must be found with that unit, or
with none that we know.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from llm_backend import patterns

Figures = Mapping[str, frozenset[str]]
"""Each number with the units it came with; `""` stands for none."""

_UNITS = """
day: 天 日 工作日 个工作日 day days
hour: 小时 个小时 钟头 hour hours hr hrs h
minute: 分钟 minute minutes min mins
second: 秒 秒钟 second seconds sec
week: 周 星期 个星期 week weeks
month: 个月 month months
year: 年 岁 周岁 year years yr
yuan: 元 块 块钱 圆 人民币 yuan rmb cny ¥ ￥
dollar: 美元 美金 dollar dollars usd $
euro: 欧元 euro euros eur €
percent: % percent
kilogram: 公斤 千克 kg kilogram kilograms kilo kilos
gram: 克 g gram grams
metre: 米 m metre metres meter meters
centimetre: 厘米 cm centimetre centimetres
litre: 升 l litre litres liter liters
millilitre: 毫升 ml
degree: 度 摄氏度 ℃ °c degrees
time: 次 times
piece: 件 个 只 台 瓶 盒 包 piece pieces items item
person: 人 位 名 people persons person
page: 页 page pages
"""
UNIT_OF = {
    name: unit
    for unit, names in (line.split(":") for line in _UNITS.strip().splitlines())
    for name in names.split()
}
_NAMES = "|".join(patterns.escape(name) for name in sorted(UNIT_OF, key=len, reverse=True))
MAX_DIGITS = 100
# 两 is the two of counting, 〇 the zero of years.
_CN_DIGITS = {**{digit: value for value, digit in enumerate("零一二三四五六七八九")}, "两": 2, "〇": 0}
_CN_POWERS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_LARGEST, _LARGEST_POWER = "万亿", 10**12
_CN = "零〇一二两三四五六七八九十百千万亿"
_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: value for value, word in enumerate(_SMALL.split())}
COUNT_WORDS = {word: value for word, value in _WORDS.items() if 0 < value <= 12}
"""In English, as people count out what they write in words: one to twelve."""
_WORDS |= {word: 10 * tens for tens, word in enumerate(_TENS.split(), start=2)} | {
    "hundred": 100,
    "thousand": 1000,
}
# Forty-eight is one number, and so is one hundred and fifty.
_DIGIT_WORD = "one|two|three|four|five|six|seven|eight|nine"
_BELOW_HUNDRED = (
    rf"(?:(?:{'|'.join(_TENS.split())})(?:[\s-]+(?:{_DIGIT_WORD})\b)?|(?:{'|'.join(_SMALL.split())}))"
)
_BELOW_THOUSAND = rf"(?:(?:{_DIGIT_WORD})\s+hundred(?:\s+(?:and\s+)?{_BELOW_HUNDRED}\b)?|{_BELOW_HUNDRED})"
_NUMBER_WORDS = rf"{_BELOW_THOUSAND}(?:\s+thousand(?:\s+(?:and\s+)?{_BELOW_THOUSAND}\b)?)?|hundred|thousand"

_NAMED_HALF = "上午|下午|晚上|中午|早上|凌晨|傍晚|夜里|深夜|半夜|午夜|午前|午後|오전|오후"
# 早8点至晚10点; but 最晚10点 is ten at the latest.
_HALF = rf"{_NAMED_HALF}|早|(?<![最不较太])晚"
# 周一八点 is eight o'clock on a Monday, and 早一点 only a little earlier.
_HOUR = (
    r"(?<![\d.])\d{1,2}|(?<![周期拜])(?:二?十[一二三四五六七八九]?|[二两三四五六七八九])"
    rf"|(?:(?<={_NAMED_HALF})|(?<![周期拜])(?=一[点點时時](?:钟|整|半|\d|[一三]刻)))一"
)
_CN_MINUTES = "[二三四五]?十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九]"
_TIME = patterns.compile(
    rf"(?:({_HALF})\s*+)?(?<![\d:])(\d{{1,2}}):(\d{{2}})(?::\d{{2}})?(?![\d:])\s*(am|pm|a\.m|p\.m)?"
)
_CLOCK = patterns.compile(
    rf"(?:({_HALF})\s*+|(?<!\s)\s*+)({_HOUR})\s*(?:[点點时時](?!间|間|候|期|长)|시(?!간))"
    rf"(?:(半|一刻|三刻)|\s?(\d{{1,2}}|{_CN_MINUTES})\s?(?:分(?!钟|鐘)|분(?!간))|(\d{{2}})(?![\d.,:%]|\s*(?:{_NAMES})))?"
    r"|(?<![a-z\d.])(\d{1,2})\s*(am|pm|a\.m|p\.m|o'clock)"
)
_PARTS_OF_HOUR = {"半": 30, "一刻": 15, "三刻": 45}
_NIGHT = frozenset({"晚上", "晚", "夜里", "深夜", "半夜", "午夜"})
_LATER = frozenset({"下午", "傍晚", "午後", "오후", "pm", "p.m"}) | _NIGHT
# Twelve o'clock in them is midnight.
_AROUND_MIDNIGHT = frozenset({"凌晨", "午前", "오전", "am", "a.m"}) | _NIGHT
# 下午2点至5点 and 2–5 pm say the half of the day once.
_HALF_BEFORE = patterns.compile(
    rf"({_HALF})\s*+(\d{{1,2}})(?=[:点點时時])(?:[:点點时時]\d{{2}}|[点點时時]半?)分?\s?(?:至|到|[-–—~～])\s?"
    r"(?=(\d{1,2})[:点點时時])"
)
_HALF_BEHIND = patterns.compile(
    r"(?<![a-z\d.:])(\d{1,2})(:\d{2})?(?=\s?(?:[-–—~]|to|until)\s?(\d{1,2})(?::\d{2})?\s?(am|pm|a\.m|p\.m))"
)
_ISO_DATE = patterns.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_NUMBER = patterns.compile(
    r"(?:([$¥￥€])\s*+|(?<!\s)\s++)?(?<![a-z\d.])(\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*(万亿|[万亿]|百(?!分)|千(?![克米瓦卡]))?"
    rf"\s*({_NAMES})?(?![a-z])"
)
# The 万 of 5万元 is none.
_CN_NUMBER = patterns.compile(rf"(?:(百分之)|(?<![{_CN}\d])(?<!\d\s))([{_CN}]+)\s*({_NAMES})")
# 1亿2000万 and 1万5千 are one number in two steps.
_STEPS = patterns.compile(
    r"(?<![\d.])(\d{1,6})\s?([亿万])\s?(\d{1,4})\s?(千?万|千(?![克米瓦卡]))(?![\d万亿])"
)
# Without a unit of its own: the 三 of 三到五天 and 三月.
_CN_BARE = patterns.compile(
    rf"(?<![{_CN}\d])([{_CN}]{{1,12}})(?=月(?!饼)|楼|\s?[到至~～—-]\s?[{_CN}\d]{{1,12}}\s?(?:{_NAMES}))"
)
_CN_PERCENT = patterns.compile(r"百分之([零〇一二两三四五六七八九十百点\d]+)")
_WORD_NUMBER = patterns.compile(
    rf"\b({_NUMBER_WORDS})\b[\s-]*(?:working|business|calendar)?[\s-]*({_NAMES})?(?![a-z])"
)
# “一” that counts nothing, since it is an article (一个, 一些) or part of a word (一样, 一直, 一定). It is taken out before
# numbers are read.
_NO_COUNT = patterns.compile(r"一(?=个|件|些|下|般|样|直|起|旦|定|切|名|位|只|次(?!性)|块(?!钱))")


def read(plain: str) -> Figures:
    """The figures of a normalised text: each number with all the units in which it occurs."""
    units_of: dict[str, set[str]] = {}
    for number, unit in _read_numbers(plain):
        units_of.setdefault(number, set()).add(unit)
    return {number: frozenset(units) for number, units in units_of.items()}


def agree(figures: Figures, sources: Sequence[Figures]) -> bool:
    """Every claimed figure stands in one of the sources, with its unit or without any."""
    return all(
        # A figure without a unit, here or there, agrees with any.
        any(not unit or {unit, ""} & source[number] for source in sources if number in source)
        for number, units in figures.items()
        for unit in units
    )


def canonical(plain: str) -> str:
    """The text with every figure in one spelling: `三天`, `3 天` and `three days` all become `3day`."""
    plain = _STEPS.sub(_in_one_step, plain)
    plain = _ISO_DATE.sub(lambda match: "-".join(decimal(part) for part in match.groups()), plain)
    plain = _TIME.sub(_clock_of_time, _with_halves(plain))
    plain = _CLOCK.sub(_clock_of_hour, plain)
    plain = _CN_PERCENT.sub(lambda match: f"{_with_point(match[1])}%", plain)
    plain = _CN_NUMBER.sub(lambda match: f"{whole(match[2])}{match[3]}", plain)
    plain = _WORD_NUMBER.sub(lambda match: f"{_in_english(match[1])} {match[2] or ''}", plain)
    return _NUMBER.sub(_canonical_number, plain)


def _canonical_number(match: patterns.Match[str]) -> str:
    unit = UNIT_OF.get(match[1] or match[4] or "", "")
    return f"{decimal(match[2], _power(match[3]))}{unit}"


def _read_numbers(plain: str) -> Iterator[tuple[str, str]]:
    plain, dates = _take(_ISO_DATE, _STEPS.sub(_in_one_step, plain))
    for year, month, day in (match.groups() for match in dates):
        yield from [(decimal(year), "year"), (decimal(month), ""), (decimal(day), "day")]
    plain, times = _take(_TIME, _with_halves(plain))
    for match in times:
        yield _clock_of_time(match), "clock"
    plain, clocks = _take(_CLOCK, plain)
    for match in clocks:
        yield _clock_of_hour(match), "clock"
    yield from _numbers(plain)


def _numbers(plain: str) -> Iterator[tuple[str, str]]:
    for match in _NUMBER.finditer(plain):
        unit = UNIT_OF.get(match[1] or match[4] or "", "")
        yield decimal(match[2], _power(match[3])), unit
    for match in _CN_PERCENT.finditer(plain):
        yield _with_point(match[1]), "percent"
    for match in _CN_NUMBER.finditer(_NO_COUNT.sub("", plain)):
        if not match[1]:
            yield decimal(str(whole(match[2]))), UNIT_OF[match[3]]
    for match in _CN_BARE.finditer(plain):
        yield decimal(str(whole(match[1]))), ""
    for match in _WORD_NUMBER.finditer(plain):
        # “One” and “zero” without a unit are words more often than numbers: “no one”, “the one”.
        if match[2] or _in_english(match[1]) > 1:
            yield str(_in_english(match[1])), UNIT_OF.get(match[2] or "", "")


def _with_point(text: str) -> str:
    """12.5 of 十二点五."""
    number, _point, fraction = text.partition("点")
    digits = "".join(str(whole(each)) for each in fraction)
    return decimal(f"{whole(number)}.{digits or 0}")


def _power(name: str | None) -> int:
    return _LARGEST_POWER if name == _LARGEST else _CN_POWERS.get(name or "", 1)


def _in_english(words: str) -> int:
    total = section = 0
    for word in words.replace("-", " ").split():
        value = _WORDS.get(word, 0)
        if value == 1000:
            total, section = (section or 1) * value, 0
        else:
            section = (section or 1) * value if value == 100 else section + value
    return total + section


def _take(pattern: patterns.Pattern[str], text: str) -> tuple[str, Iterable[patterns.Match[str]]]:
    """What matches is read once and taken out."""
    matches = list(pattern.finditer(text))
    return (pattern.sub(" ", text) if matches else text), matches


def _in_one_step(match: patterns.Match[str]) -> str:
    larger, smaller = _CN_POWERS[match[2]], math.prod(_CN_POWERS[each] for each in match[4])
    rest = int(match[3]) * smaller
    return str(int(match[1]) * larger + rest) if rest < larger else match[0]


def _with_halves(plain: str) -> str:
    """The second time of 下午2点至5点 is one of the afternoon too, and so is the first one of 2–5 pm."""
    plain = _HALF_BEFORE.sub(
        lambda match: match[0] + (match[1] if int(match[2]) < int(match[3]) < 12 else ""), plain
    )

    def with_half(match: patterns.Match[str]) -> str:
        first, second, half = int(match[1]) % 12, int(match[3]) % 12, match[4]
        # From 11 to 1 pm begins in the morning.
        other = "am" if half.startswith("p") else "pm"
        return f"{match[0]} {half if first < second else other}"

    return _HALF_BEHIND.sub(with_half, plain)


def _clock_of_time(match: patterns.Match[str]) -> str:
    return _clock(int(match[2]), int(match[3]), match[1] or match[4])


def _clock_of_hour(match: patterns.Match[str]) -> str:
    minute = _PARTS_OF_HOUR.get(match[3] or "") or whole(match[4] or match[5] or "")
    return _clock(whole(match[6] or match[2]), minute, match[1] or match[7])


def _clock(hour: int, minute: int, half_of_day: str | None) -> str:
    is_early_afternoon = half_of_day == "中午" and hour < 4
    # 晚上2点 is two in the morning.
    is_after_midnight = half_of_day in _NIGHT and hour < 5
    if hour < 12 and (half_of_day in _LATER or is_early_afternoon) and not is_after_midnight:
        hour += 12
    elif hour == 24 or (hour == 12 and half_of_day in _AROUND_MIDNIGHT):
        hour = 0
    return f"{hour}:{minute:02}"


def decimal(digits: str, power: int = 1) -> str:
    try:
        value = Decimal(digits.replace(",", "")) * power
    except InvalidOperation:
        # No number after all, such as 1.2.3: it stays as it is written.
        return digits
    return f"{value.normalize():f}"


def count(text: str) -> int:
    """What is counted out: `two`, `a`, `2`, `二`."""
    return 1 if text in ("a", "an") else COUNT_WORDS.get(text) or whole(text)


def whole(text: str) -> int:
    """`15`, `十五`, `一百二十`, `二十万`. Python refuses to write numbers of thousands of digits, and nobody means one."""
    text = text[:MAX_DIGITS]
    if text.isdigit() and text.isascii():
        return int(text)
    # What stands below 万, and the digits below the last power.
    total = section = part = 0
    for character in text:
        power = _CN_POWERS.get(character, 0)
        if power >= 10_000:
            # 亿 counts all before it, 万 only what stands behind an 亿.
            kept = total if power == 10_000 else 0
            total = kept + ((total - kept + section + part) or 1) * power
            section = part = 0
        elif power:
            section += (part or 1) * power
            part = 0
        else:
            part = part * 10 + _CN_DIGITS.get(character, 0) if part else _CN_DIGITS.get(character, 0)
    return total + section + part
