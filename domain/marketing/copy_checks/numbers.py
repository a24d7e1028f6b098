"""Numbers, prices and dates of copy, each with its place and made comparable: 三天, 3 天 and 3 days are the same."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.marketing.copy_checks import word_lists
from domain.marketing.copy_checks.folding import Span, longest
from llm_backend import chinese_numerals, day_names, figures, patterns

MONEY, DISCOUNT, PER_CENT, DAY, YEAR, HOUR = "money", "折", "%", "天", "年", "小时"
KILOGRAM, JIN = "千克", "斤"
BOUNDS = ("least", "most")
# Right before a number, with a verb between at most, and right behind it. What is not over 50 is 50 at most.
_BOUND_BEFORE = patterns.compile(
    r"(?:(?P<most>最多|至多|最[高长久大]|不超过|不多于|不高于|(?<!不)(?:少于|低于)|up to|at most|(?:no|not) more than"
    r"|(?<!no )(?<!not )less than|within|under|below)"
    r"|(?P<least>至少|最[少短]|起码|不少于|不低于|(?<!不)(?:超过|多于|高于)|at least|(?:no|not) less than"
    r"|(?<!no )(?<!not )more than|over|above))[^\W\d]{0,4}\s?$"
)
_BOUND_BEHIND = patterns.compile(
    r"\s?(?:(?P<most>[以之]?内|以下|封顶|or less|or fewer|max)"
    r"|(?P<least>以上|起(?![来床步])|[以之]?后|or more|and up|\+))(?![a-z])"
)
_BOUND_REACH = 24
# The same of a day: until it, and from it on.
_EDGE_BEFORE = patterns.compile(
    r"(?:(?P<most>截[至止]|[至到]|(?<![a-z])(?:until|till|through|by|before|to|end(?:s|ing)?|clos(?:es|ing)|expires?))"
    r"|(?P<least>[自从]|(?<![a-z])(?:from|since|as of|start(?:s|ing)?|begin(?:s|ning)?|opens?|launch(?:es|ing)?)))"
    r"(?: on|[:于在])?\s?$"
)
_EDGE_BEHIND = patterns.compile(
    r"\s?(?:\d{1,2}(?::\d{2}|\s?点)\s?)?(?:(?P<most>[之以]?前|止|截止|结束|到期|为止)|(?P<least>起(?![来床步])|开始|开[抢售业幕]|上市|发售))"
)
_MONTHS = """jan(?:uary)? feb(?:ruary)? mar(?:ch)? apr(?:il)? may june? july? aug(?:ust)? sept?(?:ember)? oct(?:ober)?
nov(?:ember)? dec(?:ember)?"""
_MONTH_OF = {name[:3]: number for number, name in enumerate(_MONTHS.split(), start=1)}
_MONTH = rf"(?<![a-z])(?:{'|'.join(_MONTHS.split())})\.?(?![a-z])"
_DATES = (
    patterns.compile(r"(?:(?P<year>\d{4})\s?年\s?)?(?<!\d)(?P<month>\d{1,2})\s?月(?!\s?饼)(?:\s?(?P<day>\d{1,2})\s?[日号])?"),
    patterns.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    patterns.compile(r"(?P<month>[一二三四五六七八九十]{1,3})月(?P<day>[一二三四五六七八九十]{1,3})[日号]"),
    patterns.compile(rf"(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d%])"),
    patterns.compile(rf"(?<![\d.])(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{_MONTH})(?![a-z])"),
)  # fmt: skip
_CLOCKS = (
    patterns.compile(r"(?<!\d)(?<!\d:)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?![\d:])(?:\s?(?P<half>am|pm))?"),
    patterns.compile(r"(?<![\d.])(?P<hour>\d{1,2})\.(?P<minute>\d{2})\s?(?P<half>am|pm)(?![a-z])"),
    patterns.compile(r"(?<![\d.])(?P<hour>\d{1,2})\s?(?P<half>am|pm)(?![a-z])"),
)
_SPOKEN_CLOCK = patterns.compile(
    r"(?P<half>上午|下午|晚上|中午|早上|凌晨|晚|早)?\s?(?P<hour>\d{1,2}|[一二两三四五六七八九十]{1,3})\s?点(?P<minute>半|\d{1,2}(?=分))?"
)
_POWERS = {
    "百": 100,
    "千": 1000,
    "hundred": 100,
    "k": 1000,
    "thousand": 1000,
    "万": 10_000,
    "million": 10**6,
    "亿": 10**8,
}
_NUMERALS = "零一二两三四五六七八九十百千万"
# Alone they are a hundred years and a thousand people; elsewhere they stand for many.
_ROUND = {"百": "100", "千": "1000", "万": "10000"}
_WORDS = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety"""
_VALUE_OF = dict(zip(_WORDS.split(), [*range(2, 21), *range(30, 100, 10)], strict=True))
# One of something is an article, but not of a term: 一年质保, 一周内发货, “a one-year warranty”.
_TERM = "年|个月|周|个?星期|天|个?小时|分钟"
_TERM_EN = "year|month|week|day|hour"
_ONE_OF_TIME = patterns.compile(
    rf"一(?P<unit>{_TERM})|(?<![a-z])(?:one|an?)[ -](?P<unit_en>{_TERM_EN})(?![a-z])"
)
_ONE_TERM = patterns.compile(
    rf"(?<![第每几{_NUMERALS}])一(?P<unit>{_TERM})"
    r"(?=[之以]?内(?![心外涵])|(?:免费)?(?:质保|保修|联保|包换|包退|无理由|试用)|送达|到货|发货)"
    rf"|(?<![a-z])(?:(?<=within )|(?<=in ))(?:one|an?) (?P<within>{_TERM_EN})(?![a-z])"
    rf"|(?<![a-z])one[ -](?P<unit_en>{_TERM_EN})(?= (?:limited )?(?:warranty|guarantee|trial|returns?|delivery)(?![a-z]))"
    rf"|(?<=质保)期?[:为]?一(?P<behind>{_TERM})|(?<=保修)期?[:为]?一(?P<repaired>{_TERM})"
)
SAME_TERMS = {
    ("7", "天"): "周",
    ("30", "天"): "个月",
    ("365", "天"): "年",
    ("12", "个月"): "年",
    ("60", "分钟"): "小时",
}
# Below it a numeral in words counts what is at hand: 两种系法, “three oils”.
FEW = 10
_LISTS = word_lists.read("facts")
_CERTAIN_UNITS = frozenset(_LISTS["certain_units"])
_SAME_UNIT: dict[str, str] = {name: names[0] for names in _LISTS["same_units"] for name in names}
_UNIT, _PRICE = word_lists.alternatives(_LISTS["units"]), word_lists.alternatives(_LISTS["price_tails"])
_DIGITS = patterns.compile(
    rf"(?:(?P<before>{word_lists.alternatives(_LISTS['price_words'])})\s?)?(?<![\d.a-z])(?<!\d,)(?P<whole>(?:(?P<currency>[$¥£€])\s?)?"
    rf"(?P<digits>(?:\d{{1,3}}(?:,\d{{3}}){{1,5}}(?!\d)|\d{{1,20}}+)(?:\.\d{{1,10}}+)?))(?:\s?(?P<power>[万亿百]|千(?![克米瓦卡焦])|k(?![a-z])|million|thousand))?"
    rf"(?:[\s-]?(?:(?P<price>{_PRICE})|(?P<unit>{_UNIT})))?"
)
# 12.10-12.12 are days, 2.5-3.5 kg are none.
_DAY_RANGE = patterns.compile(
    r"(?<![\d.])(?P<first>(?:1[0-2]|[1-9])\.[0-3]?\d)\s?[-~至到]\s?(?P<last>(?:1[0-2]|[1-9])\.[0-3]?\d)"
    rf"(?![\d.]|\s?(?:{_PRICE}|{_UNIT}))"
)
# “9 to 5” at the end of a clause, or before its days.
_HOUR_RANGE = patterns.compile(
    r"(?<![\d.$¥£€-])(?<!\d:)(?P<first>\d{1,2})(?:\s?[ap]m)?\s?(?:-|to|until|till)\s?(?P<last>\d{1,2})(?:\s?[ap]m)?"
    rf"(?=\s?(?:[,;()\n]|\.(?!\d)|$|daily|every|on |(?:{day_names.NAMES_EN})))"
)
_CHINESE_NUMERAL = patterns.compile(
    rf"(?<![第几数每个{_NUMERALS}])(?!千[克米瓦卡焦])(?P<digits>[{_NUMERALS}]{{1,12}}+)\s?(?:(?P<price>元|块钱|块(?![㐀-鿿])|折)|(?P<unit>{_UNIT}))"
)
_ENGLISH_NUMERAL = patterns.compile(
    rf"(?<![a-z-])(?P<digits>{'|'.join(sorted(_VALUE_OF, key=len, reverse=True))})"
    rf"(?:\s(?P<power>hundred|thousand|million))?(?:[\s-](?P<unit>{_UNIT}))?(?![a-z])"
)
_CHINESE_PERCENT = patterns.compile(
    r"百分之(?P<digits>[零一二三四五六七八九十]{1,5}|\d{1,3}(?:\.\d{1,4})?)(?!百)"
)
# 三成 is 30%, 成分 and 三成熟 are no shares.
_TENTHS_OF_ALL = patterns.compile(
    r"(?<![\d第一二三四五六七八九十])(?P<digits>[1-9一二三四五六七八九])成(?![为了功本立交熟员就都分长年])"
)
_HALF_PRICE = patterns.compile(r"半价")
_HALF_PRICE_EN = patterns.compile(r"(?<![a-z])half[- ](?:(?:the )?price|off)(?![a-z])")
# The same offer as each language says it.
HALF_PRICES = (("5", DISCOUNT), ("50", PER_CENT))
# One of something is an article mostly: 一元 and 一折 are prices where a sale goes on.
_ONE = patterns.compile(
    r"(?<![一-鿿])一(?:元(?=购|秒|抢|起|换|体验|试|钱|领)|(?P<tenth>折)(?=起|优惠|秒|抢|特|清|促|封))"
)
_TENTHS = patterns.compile(r"[一二三四五六七八九]{2}|[1-9]{2}")
_CODE = patterns.compile(r"(?<![a-z\d])([a-z]{1,8})-?\d[a-z\d]{0,20}")
# “Q3”, “day 1” and “v2” are names of steps.
_STEPS = frozenset(
    {"q", "day", "v", "vol", "no", "top", "step", "p", "part", "ep", "ch", "week", "lv", "under", "over"}
)


@dataclass(frozen=True)
class Number:
    """`unit`: one name for all that mean the same, "" for none. `is_certain`: in digits, or with a unit that measures."""

    value: str
    unit: str
    span: Span
    is_certain: bool

    @property
    def is_bare(self) -> bool:
        return not self.unit


@dataclass(frozen=True)
class Moment:
    """A date's month and day, 0 where it is left open; or a time of day."""

    first: int
    second: int
    is_clock: bool
    span: Span
    year: str = ""

    def agrees(self, other: "Moment") -> bool:
        if self.is_clock != other.is_clock:
            return False
        if self.is_clock:
            # 7:30 in the evening may be 19:30.
            return (self.first - other.first) % 12 == 0 and self.second == other.second
        return self.first == other.first and (self.second == other.second or 0 in (self.second, other.second))


def moments(plain: str, *, reads_spoken: bool = False) -> list[Moment]:
    """`reads_spoken`: 下午三点 and “9 to 5” too, which copy tells stories with and briefs fix appointments by."""
    all_moments = [_clock(match) for pattern in _CLOCKS for match in pattern.finditer(plain)]
    if reads_spoken:
        all_moments += [_clock(match) for match in _SPOKEN_CLOCK.finditer(plain)]
        ends = ((match, name) for match in _HOUR_RANGE.finditer(plain) for name in ("first", "last"))
        all_moments += [Moment(int(match[name]), 0, True, Span(*match.span(name))) for match, name in ends]
    for match in _DAY_RANGE.finditer(plain):
        for name in ("first", "last"):
            month, _, day = match[name].partition(".")
            all_moments.append(Moment(int(month), int(day), False, Span(*match.span(name))))
    for pattern in _DATES:
        for match in pattern.finditer(plain):
            parts = match.groupdict(default="")
            month = _MONTH_OF.get(parts["month"][:3]) or figures.whole(parts["month"])
            day = figures.whole(parts["day"] or "0")
            all_moments.append(Moment(month, day, False, Span(*match.span()), parts.get("year", "")))
    return longest(all_moments, len(plain))


def _clock(match: patterns.Match[str]) -> Moment:
    parts = match.groupdict(default="")
    hour, minute = figures.whole(parts["hour"]), parts.get("minute") or "0"
    is_later = parts["half"] in ("pm", "下午", "晚上", "晚") and hour < 12
    minutes = 30 if minute == "半" else figures.whole(minute)
    return Moment(hour + 12 * is_later, minutes, True, Span(*match.span()))


def weekdays(plain: str) -> Iterator[tuple[frozenset[int], Span]]:
    """What is said by name: 周一至周五, “Mondays”."""
    return ((name.days, Span(name.start, name.end)) for name in day_names.by_name(plain))


def days_named(plain: str) -> frozenset[int]:
    """By name or together: 周六, 周末, “weekdays”."""
    return frozenset[int]().union(*(name.days for name in day_names.listed(plain)))


def known_weekdays(plain: str) -> frozenset[int]:
    """All that a text names by name or together; none where it names none by name."""
    by_name = [name.days for name in day_names.by_name(plain)]
    together = [name.days for name in day_names.together(plain)]
    return frozenset[int]().union(*by_name, *together) if by_name else frozenset()


def numbers(plain: str) -> Iterator[Number]:
    """Of folded text; dates have been taken out before."""
    for match in _DIGITS.finditer(plain):
        is_money = bool(match["currency"] or match["price"] or (match["before"] and not match["unit"]))
        unit = _price_unit(match["price"]) if is_money else _unit(match["unit"])
        value = _tenths(match["digits"], unit)
        value = value or figures.decimal(match["digits"], _POWERS.get(match["power"] or "", 1))
        start = match.start("before") if match["before"] else match.start("whole")
        yield Number(value, unit, Span(start, match.end()), True)
    for match in _CHINESE_NUMERAL.finditer(plain):
        unit = _price_unit(match["price"]) if match["price"] else _unit(match["unit"])
        value = _tenths(match["digits"], unit)
        value = value or chinese_numerals.exact(match["digits"]) or _ROUND.get(match["digits"]) or ""
        if value and value not in "01":
            is_certain = (
                bool(match["price"]) or match["unit"] in _CERTAIN_UNITS or int(value.split(".")[0]) >= FEW
            )
            yield Number(value, unit, Span(*match.span()), is_certain)
    for match in _ENGLISH_NUMERAL.finditer(plain):
        value = _VALUE_OF[match["digits"]] * _POWERS.get(match["power"] or "", 1)
        is_certain = match["unit"] in _CERTAIN_UNITS or value > FEW
        yield Number(str(value), _unit(match["unit"]), Span(*match.span()), is_certain)


def terms_of_one(plain: str, *, reads_any: bool = False) -> Iterator[Number]:
    """`reads_any`: what may be an article, too."""
    for match in (_ONE_OF_TIME if reads_any else _ONE_TERM).finditer(plain):
        yield Number("1", _unit(next(filter(None, match.groups()))), Span(*match.span()), True)


def bound(plain: str, span: Span) -> str:
    """How a number is bounded by the words around it: one of BOUNDS, or none."""
    before = _BOUND_BEFORE.search(plain[max(0, span.start - _BOUND_REACH) : span.start])
    match = before or _BOUND_BEHIND.match(plain, span.end)
    return str(match.lastgroup) if match else ""


def edge(plain: str, span: Span) -> str:
    """The same of a moment."""
    match = _EDGE_BEFORE.search(plain[max(0, span.start - _BOUND_REACH) : span.start])
    match = match or _EDGE_BEHIND.match(plain, span.end)
    return str(match.lastgroup) if match else ""


def prices_in_words(plain: str) -> Iterator[Number]:
    """What is said without a figure and a unit beside each other: 半价, “half off”, 一元购, 百分之九十."""
    for match in _HALF_PRICE.finditer(plain):
        yield Number("5", DISCOUNT, Span(*match.span()), True)
    for match in _HALF_PRICE_EN.finditer(plain):
        yield Number("50", PER_CENT, Span(*match.span()), True)
    for match in _ONE.finditer(plain):
        yield Number("1", DISCOUNT if match["tenth"] else MONEY, Span(*match.span()), True)
    for match in _CHINESE_PERCENT.finditer(plain):
        digits = match["digits"]
        value = figures.decimal(digits) if digits[0].isdigit() else str(figures.whole(digits))
        yield Number(value, PER_CENT, Span(*match.span()), True)
    for match in _TENTHS_OF_ALL.finditer(plain):
        yield Number(f"{figures.whole(match['digits'])}0", PER_CENT, Span(*match.span()), True)


def says_half_price(plain: str) -> bool:
    return bool(_HALF_PRICE.search(plain) or _HALF_PRICE_EN.search(plain))


def codes(plain: str) -> Iterator[Span]:
    """Letters with a number behind them: SPF50, B12."""
    return (Span(*match.span()) for match in _CODE.finditer(plain) if match[1] not in _STEPS)


def _tenths(digits: str, unit: str) -> str:
    """八五折 and 85折 are 8.5折; empty for what is written otherwise."""
    if unit != DISCOUNT or not _TENTHS.fullmatch(digits):
        return ""
    return figures.decimal(".".join(str(figures.whole(digit)) for digit in digits))


def _price_unit(tail: str | None) -> str:
    return DISCOUNT if tail == DISCOUNT else MONEY


def _unit(name: str | None) -> str:
    return _SAME_UNIT.get(name or "", name or "")
