"""What a sentence about people says that code alone can find: figures with their bounds, deeds, and words that deny.

Chinese and English. Each part has its place in the sentence, so that whatever no part covers can be told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llm_backend import patterns
from llm_backend.figures import decimal, whole

Span = tuple[int, int]
# Typed by many Chinese keyboards; each is one character, so places stay.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty"""
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
NUMBER_WORDS = {word: value for value, word in enumerate(_SMALL.split())} | _TENS
POWERS = {"": 1, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "亿": 100_000_000}
# Unit → what it is called.
_UNITS = """
age: 周岁|岁|years old|year old|years of age
day: 天|日|days|day
week: 个星期|星期|个礼拜|礼拜|周|weeks|week
month: 个月|月|months|month
quarter: 个季度|季度|quarters|quarter
year: 年|years|year
money: 块钱|块|元|人民币|yuan|rmb|cny|dollars|dollar|euros|euro|usd|eur
times: 次|回|单|笔|times|time
percent: %|折
"""
MAX_VALUE = 1e15
DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
# Comparison → the words before a figure, and behind it, that say so. The longest one decides.
_BEFORE = """
<=: 不超过|不高于|不大于|不多于|至多|最多|at most|no more than|not more than|up to|until
>=: 不低于|不少于|不小于|至少|最少|at least|no less than|not less than|from|since
<: 不到|不足|未满|少于|低于|小于|less than|fewer than|under|below|younger than|before
>: 超过|大于|高于|多于|不止|more than|over|above|exceeding|greater than|older than|after
"""
_AFTER = """
>=: 及以上|或以上|以上|起|以后|之后|or more|or older|or above|and above|and over|and older|plus|+
<=: 及以下|或以下|以下|以内|之内|or less|or fewer|or younger|or under|and under|and below
<: 以前|之前
"""
RANGE_SIGNS = ("到", "至", "-", "~", "–", "—", "to", "and")
WINDOW_BEFORE = (
    *("最近的", "最近", "过去的", "过去", "近", "在", "这", "within the last", "within the past", "within"),
    *(
        "in the last",
        "in the past",
        "over the last",
        "over the past",
        "during the last",
        "the last",
        "the past",
    ),
    *("last", "past", "for", "in"),
)
WINDOW_AFTER = ("以内", "之内", "以来", "里", "内", "中", "以上", "or more")
# No window back from today: when something happened.
AGO = ("前", "之前", "以前", "ago", "后", "later")
_DEEDS = """
bought: 购买|买|下过单|下了单|下单|成交|消费过|bought|buy|buys|purchased|purchase|purchases|ordered|order|orders
clicked: 点击|点过|clicked|click|clicks
opened: 打开|拆开|opened|open|opens
written_to: 联系过|联系|触达|收到|发送过|发过|contacted|received|receive|receives
"""
DENIALS = (
    *(
        "从来没有",
        "从来没",
        "从没有",
        "从未",
        "从没",
        "还没有",
        "还没",
        "尚未",
        "没有",
        "没",
        "未",
        "并未",
        "不曾",
    ),
    *("haven't", "hasn't", "hadn't", "didn't", "don't", "doesn't", "isn't", "aren't", "wasn't", "weren't"),
    *("have not", "has not", "did not", "do not", "does not", "not", "never", "nothing", "no", "without"),
)
EXCEPTIONS = (
    *(
        "不住在",
        "不住",
        "不在",
        "不是",
        "不属于",
        "非",
        "除了",
        "除",
        "不喜欢",
        "except for",
        "except",
        "outside of",
    ),
    *(
        "outside",
        "other than",
        "not in",
        "not from",
        "not",
        "don't live in",
        "don't come from",
        "aren't",
        "isn't",
    ),
)
_BETWEEN = frozenset(("the", "in", "from", "a", "people", "those", "customers", "live", "在", "来自"))
ALWAYS = ("从来没有", "从来没", "从没有", "从未", "从没", "never")
OR_WORDS = ("或者", "或是", "或", "要么", "or", "either")


def _longest_first(lines: str) -> list[tuple[str, str]]:
    """Word → what it stands for."""
    split = (line.partition(": ") for line in lines.strip().splitlines())
    pairs = [(word, key) for key, _sign, words in split for word in words.split("|")]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


DEEDS, UNITS = _longest_first(_DEEDS), _longest_first(_UNITS)
BOUNDS_BEFORE, BOUNDS_AFTER = _longest_first(_BEFORE), _longest_first(_AFTER)
BREAKS = frozenset("，,。.；;！!？?\n")
_TURNS = ("但是", "但", "并且", "而且", "且", " but ", " and ", " who ", " or ", "或者", "或")

_CN = "零〇一二两三四五六七八九十百千万亿"
_NUMBER = patterns.compile(
    rf"(?<![a-z\d.])(\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?([万亿千百k](?![a-z]))?|([{_CN}]{{1,12}})|(半)(?=年|个月)"
    rf"|\b({'|'.join(NUMBER_WORDS)}|half a|an?)\b(?=[ -])"
)
_DATE = patterns.compile(r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?!\d)")
_LONE_WINDOW = patterns.compile(r"\b(?:the|this|a) (?:last|past) (week|month|quarter|year)\b")


@dataclass(frozen=True)
class Figure:
    """A number of the sentence. `days`: of a time; `comparison`: as a rule has it, "" where nothing is said of bounds.

    `is_window`: that many days back from today. `span`: with its unit and the words about it. `day`: a date.
    """

    span: Span
    value: float
    unit: str = ""
    comparison: str = ""
    days: int = 0
    is_window: bool = False
    day: str = ""


@dataclass(frozen=True)
class Deed:
    """Something that people did, or did not: `denial` is where the sentence says so."""

    span: Span
    event: str
    denial: Span | None = None
    is_ever: bool = False


def normalised(text: str) -> str:
    """In small letters and ASCII signs, each character where it was."""
    plain = text.translate(_FULL_WIDTH).replace("’", "'")
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in plain)


def occurrences(sentence: str, words: str) -> Iterator[Span]:
    """Where these words stand; Latin ones as whole words."""
    start = sentence.find(words)
    while words and start >= 0:
        end = start + len(words)
        if not (_is_inside_word(sentence, start) or _is_inside_word(sentence, end)):
            yield start, end
        start = sentence.find(words, start + 1)


def clause(sentence: str, at: int) -> Span:
    """From the last comma or turn before a place to the next one."""
    before = [place + 1 for place in range(at) if is_break(sentence, place)]
    after = [place for place in range(at, len(sentence)) if is_break(sentence, place)]
    for word in _TURNS:
        before += [place + len(word) for place in (sentence.rfind(word, 0, at),) if place >= 0]
        after += [place for place in (sentence.find(word, at),) if place >= 0]
    return max(before, default=0), min(after, default=len(sentence))


def is_break(sentence: str, at: int) -> bool:
    """Whether a sign ends a clause; not the comma of 1,000."""
    is_in_number = (
        sentence[at] in ",." and sentence[at + 1 : at + 2].isdigit() and sentence[at - 1 : at].isdigit()
    )
    return sentence[at] in BREAKS and not is_in_number


def read_numbers(sentence: str) -> list[Figure]:
    found, taken = [], list[Span]()
    for match in _DATE.finditer(sentence):
        year, month, day = (int(each) for each in match.groups())
        span, comparison = _bounds(sentence, match.start(), match.end())
        found.append(Figure(span, 0, "date", comparison, day=f"{year:04}-{month:02}-{day:02}"))
        taken.append(match.span())
    for match in _LONE_WINDOW.finditer(sentence):
        start = _with_word_before(sentence, match.start(), ("within", "in", "over", "during"))
        days = DAYS[match[1]]
        found.append(Figure((start, match.end()), 1, match[1], "", days, is_window=True))
        taken.append(match.span())
    numbers = [match for match in _NUMBER.finditer(sentence) if not overlaps(match.span(), taken)]
    for place, match in enumerate(numbers):
        upper = numbers[place + 1] if place + 1 < len(numbers) else None
        figure = _figure(sentence, match, numbers[place - 1] if place else None, upper)
        if figure is not None:
            found.append(figure)
    return sorted(found, key=lambda each: each.span)


def deeds(sentence: str, taken: Iterable[Span]) -> list[Deed]:
    """`taken`: where attributes are named, which may hold the same words."""
    found: list[Deed] = []
    covered = list(taken)
    for word, event in DEEDS:
        for span in occurrences(sentence, word):
            if not overlaps(span, covered):
                covered.append(span)
                denial = denial_at(sentence, span)
                is_ever = denial is not None and sentence[slice(*denial)] in ALWAYS
                found.append(Deed(span, event, denial, is_ever))
    return sorted(found, key=lambda each: each.span)


def denial_at(sentence: str, span: Span) -> Span | None:
    """The word of the same clause that denies what stands at `span`: before it, or “nothing” right behind it."""
    start, end = clause(sentence, span[0])
    before = [each for word in DENIALS for each in occurrences(sentence, word) if start <= each[0] < span[0]]
    behind = [
        each
        for word in ("nothing", "no", "none")
        for each in occurrences(sentence, word)
        if span[1] <= each[0] <= min(span[1] + 2, end)
    ]
    longest = sorted([*before, *behind], key=lambda each: (each[1], each[1] - each[0]))
    return longest[-1] if longest else None


def exception_at(sentence: str, span: Span) -> Span | None:
    """The words right before `span` that leave out what stands there."""
    for word in sorted(EXCEPTIONS, key=len, reverse=True):
        for start, end in occurrences(sentence, word):
            between = sentence[end : span[0]].strip()
            if end <= span[0] and all(word in _BETWEEN for word in between.split()):
                return start, end
    return None


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _figure(
    sentence: str,
    match: patterns.Match[str],
    lower: patterns.Match[str] | None,
    upper: patterns.Match[str] | None,
) -> Figure | None:
    value = _value(match)
    start, end, unit, unit_end = match.start(), match.end(), "", match.end()
    name, named = _unit_at(sentence, end)
    if name:
        unit, unit_end = named, end + len(name)
    elif start and sentence[start - 1] in "¥￥$€":
        unit, start = "money", start - 1
    is_word = match[3] == "一" or match[5] in ("a", "an", "half a")
    if (is_word and unit not in DAYS) or value > MAX_VALUE:
        # One of them, not a number of them; or more than anybody counts.
        return None
    lower_joint = lower and sentence[lower.end() : match.start()].strip(" 岁元天")
    upper_joint = upper and sentence[unit_end : upper.start()].strip()
    if lower and lower_joint in RANGE_SIGNS:
        return Figure((start, unit_end), value, unit, "<=", _days(value, unit))
    if upper and upper_joint in RANGE_SIGNS and (upper_joint != "and" or "between" in sentence[:start]):
        unit = unit or _unit_at(sentence, upper.end())[1]
        between = _with_word_before(sentence, start, ("between", "from", "从"))
        return Figure((between, upper.start()), value, unit, ">=", _days(value, unit))
    days = _days(value, unit)
    if days and not any(
        sentence.startswith(word, unit_end) for word in AGO if not _is_within(sentence, unit_end)
    ):
        before = _with_word_before(sentence, start, WINDOW_BEFORE)
        after = next((word for word in WINDOW_AFTER if sentence.startswith(word, unit_end)), "")
        span, comparison = _bounds(sentence, start, unit_end)
        return Figure(
            (min(before, span[0]), max(unit_end + len(after), span[1])), value, unit, comparison, days, True
        )
    span, comparison = _bounds(sentence, start, unit_end)
    return Figure(span, value, unit, comparison, days)


def _is_within(sentence: str, at: int) -> bool:
    return any(sentence.startswith(word, at) for word in WINDOW_AFTER)


def _value(match: patterns.Match[str]) -> float:
    if match[1]:
        return float(decimal(match[1], POWERS[match[2] or ""]))
    if match[3]:
        return float(whole(match[3]))
    return 0.5 if match[4] or match[5] == "half a" else float(NUMBER_WORDS.get(match[5], 1))


def _days(value: float, unit: str) -> int:
    # Half a year is 180 days to those who count so, like six months.
    return 180 if (value, unit) == (0.5, "year") else round(value * DAYS.get(unit, 0))


def _unit_at(sentence: str, at: int) -> tuple[str, str]:
    """What follows of a unit's name, with the space or hyphen before it, and which unit that is."""
    rest = sentence[at : at + 16]
    gap = rest[: len(rest) - len(rest.lstrip(" -"))]
    for name, unit in UNITS:
        if rest.startswith(name, len(gap)) and not _is_inside_word(sentence, at + len(gap) + len(name)):
            return gap + name, unit
    return "", ""


def _bounds(sentence: str, start: int, end: int) -> tuple[Span, str]:
    """With the words before and behind a figure that make it a bound."""
    for word, comparison in BOUNDS_AFTER:
        gap = 1 if sentence[end : end + 1] == " " else 0
        if sentence.startswith(word, end + gap):
            return (start, end + gap + len(word)), comparison
    for word, comparison in BOUNDS_BEFORE:
        begin = _with_word_before(sentence, start, (word,))
        if begin < start:
            return (begin, end), comparison
    return (start, end), ""


def _with_word_before(sentence: str, start: int, words: Iterable[str]) -> int:
    """Where the longest of these words begins that ends right before `start`, else `start` itself."""
    end = len(sentence[:start].rstrip(" ¥￥$€"))
    for word in sorted(words, key=len, reverse=True):
        begin = end - len(word)
        if begin >= 0 and sentence.startswith(word, begin) and not _is_inside_word(sentence, begin):
            return begin
    return start


def _is_inside_word(sentence: str, at: int) -> bool:
    """Whether a Latin word or number goes on across a place."""
    pair = sentence[max(at - 1, 0) : at + 1] if at else ""
    return len(pair) == 2 and pair.isascii() and pair[0].isalnum() and pair[1].isalnum()
