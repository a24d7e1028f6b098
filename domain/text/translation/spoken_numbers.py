"""Numbers as people say and write them beside their digits: 1米75, half past nine, 万分之五, 叁万元, two dozen."""

from collections.abc import Iterator
from decimal import Decimal

from domain.text.translation import proportions
from domain.text.translation.dates import MONTH_OF
from llm_backend import figures, patterns

_DIGITS = "零〇一二两三四五六七八九"
_NUMERAL = f"{_DIGITS}十百千万亿"
# Of contracts and invoices; alone they are names and verbs.
_FORMAL = patterns.compile(r"[零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万亿]{2,20}(?=[元圆]|整)")
_PLAIN = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟", "一二二三三四五六六七八九十百千")
_REWRITTEN = tuple(
    (patterns.compile(pattern), replacement)
    for pattern, replacement in (
        # 1米75, 2块5, 3万5.
        (
            r"(?<![\d.])(\d{1,9})([米块])(\d{1,2})(?![\d%]|[.,:]\d|\s?[个层楼米厘毫公号月日年人分])",
            r"\1.\3\2",
        ),
        (r"(?<![\d.])(\d{1,6})万(\d)(?![\d%]|[.,:]\d|\s?[个千百十万亿层楼号月日年人点分])", r"\1.\2万"),
        # 1个半小时, 3天半.
        (r"(?<![\d.])(\d{1,6})个半(?=小时|钟头|月|星期|学期)", r"\1.5个"),
        (r"(?<![\d.])(\d{1,6})(天|年|周|小时)半(?![天年月日路夜价折数个小额工])", r"\1.5\2"),
        (r"(?<!\d)([0-4]\d)年(?=\d{1,2}月)", r"20\1年"),
        (r"(?<![\d.])([1-9])成(?![为了功本立交熟员就都分长年])", r"\g<1>0%"),
        # The nineties, with or without their century.
        (r"(?:上个?世纪|二十世纪|20世纪)([1-9])0年代", r"19\g<1>0年代"),
        (r"(?<![\d纪])([3-9])0年代", r"19\g<1>0年代"),
        (r"(?<=the )['’]?([3-9])0['’]?s(?![a-z])", r"19\g<1>0年代"),
    )
)
_DECADE_IN_WORDS = patterns.compile(r"(?:(上个?世纪|二十世纪)|(?<!世纪))([三四五六七八九])十年代")
_SHARE_OF_MANY = patterns.compile(
    r"([万千])分之(\d{1,6}(?:\.\d{1,6})?)|(?<![\d.])(\d{1,6}(?:\.\d{1,6})?)\s?‰"
)
_SHARE_IN_WORDS = patterns.compile(rf"([万千百])分之([{_DIGITS}十]{{1,5}})(?:点([{_DIGITS}]{{1,4}}))?")
_FRACTION_IN_WORDS = patterns.compile(rf"([{_DIGITS}十百]{{1,5}})分之([{_DIGITS}十百]{{1,5}})")
_MEASURE_IN_WORDS = patterns.compile(
    r"([一二两三四五六七八九])(?:米([一二三四五六七八九]{1,2})|块([一二三四五六七八九]))(?![个层楼米厘毫公号月日年人分])"
)
_SHORT_IN_WORDS = patterns.compile(
    r"([一二两三四五六七八九])([万千百])([一二三四五六七八九])(?![十百千万亿])"
)
_POINT_IN_WORDS = patterns.compile(rf"([{_NUMERAL}]{{1,8}})点([{_DIGITS}]{{1,6}})(万|亿|万亿)?(?![钟分])")
_HALF_IN_WORDS = patterns.compile(
    r"([一二两三四五六七八九十]{1,3})(?:个半(?=小时|钟头|月|星期|学期)|(?:天|年|周|小时)半(?![天年月日路夜价折数个小额工]))"
)
_TENTHS_IN_WORDS = patterns.compile(r"([一二两三四五六七八九])成(?![为了功本立交熟员就都分长年])")
_COUNT = rf"\d{{1,6}}|{'|'.join(figures.COUNT_WORDS)}"
_PAST_HOUR = patterns.compile(rf"(half|quarter|ten|five|twenty) (past|to) ({_COUNT})(?![\w:])")
_MINUTES = {"half": 30, "quarter": 15, "ten": 10, "five": 5, "twenty": 20}
_BEFORE_HOUR = patterns.compile(
    r"差(一刻|十分|五分)钟?\s?(?:到|不到)?([一二两三四五六七八九十]{1,2}|\d{1,2})点|([一二两三四五六七八九十]{1,2}|\d{1,2})点差(一刻|十分|五分)"
)
_AND_A_HALF = patterns.compile(rf"({_COUNT}) and a half(?![a-z])")
_UNIT_AND_A_HALF = patterns.compile(
    rf"(?<![a-z\d.])(an?|{_COUNT})[ -](hour|day|week|month|year|mile)s? and a half(?![a-z])"
)
_HALF_A_UNIT = patterns.compile(r"(?<![a-z])half(?: an?|-an?)?[ -](hour|day|year)(?![a-z])")
_HALF_IN_CHINESE = patterns.compile(r"(?<![个天日周年时一二两三四五六七八九十])半个?(小时|钟头|天|年|月)")
_HALF_MEASURE = patterns.compile(r"(?<![一两几多大])半(?=[杯勺匙碗瓶袋包片粒颗块份])")
_HOURS = patterns.compile(r"(?<![\d.:])(\d{1,3}(?:\.\d{1,2})?)\s?个?(?:小时|钟头|hours?|hrs?|h)(?![a-z])")
_MANY = patterns.compile(rf"(?:({_COUNT}) )?(dozen|decade)s?(?![a-z])")
_MIDNIGHT = patterns.compile(r"(?<![a-z])midnight(?![a-z])|午夜|零点|子夜|零时")
_HALF_HOUR = patterns.compile(r"(?<![a-z])half(?: an|-an)?[ -]hour(?![a-z])|半个?(?:小时|钟头)")
_MONTH = patterns.compile(
    rf"(?<![a-z])({'|'.join(MONTH_OF)})t?\.?\s{{0,2}}\d|\d\s{{0,2}}({'|'.join(MONTH_OF)})t?(?![a-z])|(?<![a-z])(sep)t?\."
)
_PER_MANY = patterns.compile(
    rf"(?<![a-z\d.])({_COUNT}) (?:per|in (?:a|every)|out of (?:a|every)) (ten thousand|thousand|mille|hundred)(?!\w)"
)
# What a word is worth, whatever stands beside it: half is 0.5, 50% or 1/2.
_WORTH = {
    **dict.fromkeys(("no", "zero", "free", "without"), ("0",)),
    "half": ("0.5", "50", "1", "2"),
    "halves": ("1", "2"),
    "quarter": ("0.25", "25", "1", "4"),
    "quarters": ("0.75", "75", "4"),
    "third": ("1", "3"),
    "thirds": ("3",),
    "twice": ("2",),
    **dict.fromkeys(("double", "doubled", "doubles"), ("2", "1", "100")),
    **dict.fromkeys(("triple", "tripled"), ("3", "2", "200")),
    "fortnight": ("14", "2"),
}
_FRACTION = patterns.compile(r"(?<![\d/.])(\d)\s?/\s?(\d{1,2})(?![\d/.])")
_PART = patterns.compile(r"(?<![\d.])\d{0,9}\.(5|25|75)(?!\d)")
_PARTS = {"5": ("1", "2"), "25": ("1", "4"), "75": ("3", "4")}
_WORD = patterns.compile(r"[a-z]++")
_QUARTER_OF_YEAR = patterns.compile(
    r"(?<![a-z])(?:first|second|third|fourth|last|next|this|that|previous|per|each|every) quarter(?![a-z])|quarter of \d{4}"
)
_TIMES = patterns.compile(rf"(?<![\d.])(\d{{1,4}}(?:\.\d{{1,2}})?|[{_DIGITS}十]{{1,3}})倍")
_WEIGHT = patterns.compile(
    rf"(?:每|(?<![\d.])(\d{{1,5}}(?:\.\d{{1,2}})?)|([{_DIGITS}十半]{{1,3}}))\s?(?:(?:市|台)?(斤)|(两)(?![个位名者侧边种次地国岸端]))"
)
_ROUND_THE_CLOCK = patterns.compile(
    r"24\s?/\s?7|7\s?[×x*]\s?24(?:\s?小时| hours)?|全天候|全天|昼夜|(?:a)?round[ -]the[ -]clock|24\s?小时|24 hours"
)
_PHONE = patterns.compile(r"(?<![\d.,])\+?\d(?:[ -]?\d){6,17}(?!\d|[.,]\d)")


def written_out(text: str) -> str:
    """A text in small letters with the numbers in it written as one reads them."""
    text = _FORMAL.sub(lambda match: match[0].translate(_PLAIN), text)
    text = _SHARE_OF_MANY.sub(lambda match: _share(match[1], match[2] or match[3]), text)
    text = _SHARE_IN_WORDS.sub(
        lambda match: _share(match[1], f"{figures.whole(match[2])}.{_digits(match[3] or '')}"), text
    )
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    return text


def with_halves(plain: str) -> str:
    """The text with its halves of units in digits: 两个半小时, an hour and a half, half a day."""
    plain = _HALF_IN_WORDS.sub(
        lambda match: f"{figures.whole(match[1])}.5{match[0][len(match[1]) :].replace('半', '')}", plain
    )
    plain = _HALF_IN_CHINESE.sub(r"0.5个\1", plain)
    plain = _UNIT_AND_A_HALF.sub(lambda match: f"{figures.count(match[1])}.5 {match[2]}s", plain)
    plain = _AND_A_HALF.sub(lambda match: f"{figures.count(match[1])}.5", plain)
    return _HALF_A_UNIT.sub(r"0.5 \1s", plain)


def _share(of: str | None, part: str) -> str:
    value = Decimal(part) / {"万": 100, "百": 1}.get(of or "", 10)
    return f"{value.normalize():f}%"


def also_read(plain: str) -> set[str]:
    """What else a text may be said to say in numbers: another language writes as digits what this one has in words."""
    return {figures.decimal(value) if ":" not in value else value for value in _values(plain)}


def _values(plain: str) -> Iterator[str]:
    for word in _WORD.findall(_QUARTER_OF_YEAR.sub(" ", plain)):
        yield from _WORTH.get(word, ())
    for match in _MONTH.finditer(plain):
        yield str(MONTH_OF[next(filter(None, match.groups()))])
    for match in _MANY.finditer(plain):
        yield str((figures.count(match[1]) if match[1] else 1) * (12 if match[2] == "dozen" else 10))
    if _MIDNIGHT.search(plain):
        yield from ("0:00", "24:00")
    yield from _parts(plain)
    yield from _shares(plain)
    yield from _clocks(plain)
    yield from _decimals_in_chinese(plain)
    yield from _words_in_chinese(plain)
    yield from _weights(plain)
    for times in _TIMES.findall(plain):
        count = Decimal(times) if times[0].isdigit() else Decimal(figures.whole(times))
        # Three times as much is 300%, and 200% more.
        yield from (str(count * 100), str((count - 1) * 100))


def _parts(plain: str) -> Iterator[str]:
    """Halves, quarters and the like: ½ cup may stand as 0.5 or 1/2."""
    for match in (*_AND_A_HALF.finditer(plain), *_UNIT_AND_A_HALF.finditer(plain)):
        yield str(figures.count(match[1]) + Decimal("0.5"))
    for hours in _HOURS.findall(with_halves(plain)):
        yield str(Decimal(hours) * 60)
    for match in _FRACTION.finditer(plain):
        if int(match[2]) in (2, 4, 5, 8, 10):
            yield str(Decimal(match[1]) / Decimal(match[2]))
    for match in _PART.finditer(plain):
        yield from _PARTS[match[1]]
    if _HALF_HOUR.search(plain):
        yield from ("30", "0.5")


def _shares(plain: str) -> Iterator[str]:
    """In per cent: three per thousand, two fifths."""
    for match in _PER_MANY.finditer(plain):
        yield str(Decimal(figures.count(match[1])) / {"ten thousand": 100, "hundred": 1}.get(match[2], 10))
    for part in proportions.parts(plain):
        yield str((Decimal(part.numerator) * 100 / part.denominator).quantize(Decimal("0.01")))


def _clocks(plain: str) -> Iterator[str]:
    """Both of the day: half past nine may be in the evening."""
    times = [
        (figures.count(match[3]), _MINUTES[match[1]], match[2] == "past")
        for match in _PAST_HOUR.finditer(plain)
    ]
    for match in _BEFORE_HOUR.finditer(plain):
        minutes = {"一刻": 15, "十分": 10, "五分": 5}[match[1] or match[4]]
        times.append((figures.whole(match[2] or match[3]), minutes, False))
    for hour, minutes, is_past in times:
        of_day = hour * 60 + (minutes if is_past else -minutes)
        for moment in (of_day, of_day + 12 * 60):
            yield f"{moment // 60 % 24}:{moment % 60:02}"


def _decimals_in_chinese(plain: str) -> Iterator[str]:
    for match in _FRACTION_IN_WORDS.finditer(plain):
        whole, part = figures.whole(match[1]), figures.whole(match[2])
        if whole and 100 * part % whole == 0:
            yield from (str(100 * part // whole), str(Decimal(part) / whole))
    for match in _MEASURE_IN_WORDS.finditer(plain):
        yield f"{figures.whole(match[1])}.{_digits(match[2] or match[3])}"
    for match in _SHORT_IN_WORDS.finditer(plain):
        power = figures.whole(f"一{match[2]}")
        yield str(figures.whole(match[1]) * power + figures.whole(match[3]) * power // 10)
    for match in _POINT_IN_WORDS.finditer(plain):
        power = figures.whole(f"一{match[3]}") if match[3] else 1
        yield str(Decimal(f"{figures.whole(match[1])}.{_digits(match[2])}") * power)


def _weights(plain: str) -> Iterator[str]:
    """In grams or millilitres and in kilograms: 斤 are 500 g, 两 a tenth of it."""
    for match in _WEIGHT.finditer(plain):
        count = Decimal("0.5") if match[2] == "半" else Decimal(match[1] or figures.whole(match[2] or "一"))
        grams = count * (500 if match[3] else 50)
        yield from (str(grams), str(grams / 1000))


def _words_in_chinese(plain: str) -> Iterator[str]:
    for match in _HALF_IN_WORDS.finditer(plain):
        yield f"{figures.whole(match[1])}.5"
    for match in _TENTHS_IN_WORDS.finditer(plain):
        yield f"{figures.whole(match[1])}0"
    for match in _DECADE_IN_WORDS.finditer(plain):
        yield f"19{figures.whole(match[2])}0"
    if "一半" in plain or "半价" in plain:
        yield "50"
    if _HALF_MEASURE.search(plain):
        yield from _WORTH["half"]


def without_round_the_clock(text: str, other: str) -> str:
    """24/7 is around the clock in any other words."""
    return _ROUND_THE_CLOCK.sub(" ", text) if _ROUND_THE_CLOCK.search(other) else text


def phone_digits(plain: str) -> list[str]:
    """Of what may be telephone numbers, the digits, however they are grouped."""
    return ["".join(each for each in found if each.isdigit()) for found in _PHONE.findall(plain)]


def with_same_phones(text: str, other: str) -> str:
    """The text with the telephone numbers of the other one in one piece, however they are grouped."""
    there = set(phone_digits(other))

    def joined(match: patterns.Match[str]) -> str:
        digits = "".join(each for each in match[0] if each.isdigit())
        return digits if digits in there else match[0]

    return _PHONE.sub(joined, text)


def _digits(numerals: str) -> str:
    return "".join(str(figures.whole(each)) for each in numerals)
