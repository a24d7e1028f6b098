"""Hours of the day as Chinese and English name them: one, or from one to another (11:30–13:30, 5 to 7 pm)."""

from collections.abc import Iterator

from llm_backend import patterns
from llm_backend.number_names import IN_CHINESE, Named, whole

_DAY, _HALF_DAY, _STEP = 1440, 720, 5
_EARLIER = ("凌晨", "清晨", "早上", "早晨", "上午", "半夜", "早", "a", "in the morning")
_LATER = ("中午", "下午", "傍晚", "晚上", "夜里", "晚", "p", "in the afternoon", "in the evening", "at night")
_NIGHT = ("晚上", "夜里", "晚", "at night")
_NAMED = {"noon": 720, "midday": 720, "midnight": 1440}
_MINUTES = {"半": 30, "一刻": 15, "三刻": 45}


def _zh(number: int) -> str:
    return (
        rf"(?:(?P<part{number}>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|早|晚)\s?)?(?<![\d:.])"
        rf"(?P<hour{number}>\d{{1,2}}(?=[点时:])|{IN_CHINESE}(?=点))"
        rf"(?:[点时](?![间段])(?:(?P<more{number}>半|[一三]刻|\d{{1,2}}(?=分))分?|[钟整])?"
        rf"|:(?P<minute{number}>\d\d)(?!\d|:|\s?[ap]\.?m))"
    )


def _en(number: int) -> str:
    part = r"in the (?:morning|afternoon|evening)|at night"
    return (
        rf"(?<![a-z\d:.£€$])(?:{_en_hour(number)}\s?(?:(?P<half{number}>[ap])\.?m(?![a-z])"
        rf"|(?:o'clock )?(?P<part{number}>{part})|o'clock)|(?P<name{number}>noon|midday|midnight))"
    )


def _en_hour(number: int) -> str:
    words = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    return rf"(?P<hour{number}>\d{{1,2}}|{words})(?:[:.](?P<minute{number}>\d\d))?"


_TO = r"\s?(?:[-–—~到至]|to|until|till|and)\s?(?:次日|第二天|当天)?"
_ONE = (patterns.compile(_zh(1)), patterns.compile(_en(1)))
# “5 to 7 pm” says the half of the day once.
_SPANS = (
    patterns.compile(f"{_zh(1)}{_TO}{_zh(2)}"),
    patterns.compile(f"{_en(1)}{_TO}{_en(2)}"),
    patterns.compile(rf"(?<![a-z\d:.£€$]){_en_hour(1)}{_TO}{_en(2)}"),
)


def single(plain: str) -> Iterator[Named]:
    """In minutes. “9 o'clock” may be either, and comes twice."""
    for pattern in _ONE:
        for match in pattern.finditer(plain):
            parts = match.groupdict()
            minute, is_sure = _minute(parts, 1)
            for each in (minute,) if is_sure else (minute, minute + _HALF_DAY):
                yield Named(_steps(each, each), *match.span())


def spans(plain: str) -> Iterator[Named]:
    """From when to when, every five minutes."""
    behind = 0
    found = (match for pattern in _SPANS for match in pattern.finditer(plain))
    for match in sorted(found, key=lambda match: (match.start(), -match.end())):
        if match.start() >= behind:
            behind = match.end()
            yield Named(_steps(*_first_and_last(match.groupdict())), *match.span())


def _first_and_last(parts: dict[str, str | None]) -> tuple[int, int]:
    last, is_sure = _minute(parts, 2, parts.get("part1"))
    first, _ = _minute(parts, 1)
    # From 11 to 1 pm begins in the morning, from 5 to 7 pm in the evening.
    if "part1" not in parts and first + _HALF_DAY < last:
        first += _HALF_DAY
    if last <= first:
        last += _HALF_DAY if not is_sure and last + _HALF_DAY > first else _DAY
    return first, last


def _minute(parts: dict[str, str | None], number: int, usual_part: str | None = None) -> tuple[int, bool]:
    """Of the day, and whether it is sure which half of it is meant."""
    if name := parts.get(f"name{number}"):
        return _NAMED[name], True
    part = parts.get(f"part{number}") or parts.get(f"half{number}") or usual_part
    hour = whole(parts[f"hour{number}"] or "")
    minute = whole(parts.get(f"minute{number}") or "0") + _MINUTES.get(parts.get(f"more{number}") or "", 0)
    if part in _LATER and (hour < 12 or (hour == 12 and part in _NIGHT)):
        hour += 12
    if part in _EARLIER and hour == 12:
        hour = 0
    return 60 * hour + minute, bool(part) or hour > 12 or hour == 0


def _steps(first: int, last: int) -> frozenset[int]:
    return frozenset(minute % _DAY for minute in range(first - first % _STEP, last + 1, _STEP))
