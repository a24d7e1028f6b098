"""Times as people say them, in English and Chinese: what the words say is read first, moments are worked out of that.

A model may fill in the same `TimeWords` for words that no rule knows; what it means in hours is always this code's.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from apps.log_analysis.questions.date_words import Calendar, find_days
from llm_backend import patterns

Day = Literal[
    "today", "yesterday", "day_before_yesterday", "this_week", "last_week",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "this_month", "last_month",
]  # fmt: skip
Part = Literal["early_morning", "morning", "noon", "afternoon", "evening", "night"]
Unit = Literal["minute", "hour", "day", "week"]
Window = tuple[datetime | None, datetime | None]
"""Since, and until; an end that is left open is None."""
_Piece = tuple[int, int, str]
"""Where words stand, and which."""
WEEKDAYS = get_args(Day)[5:12]
# Hours of the day; a night ends the next morning.
PART_HOURS: Mapping[str, tuple[int, int]] = {
    "early_morning": (0, 6), "morning": (6, 12), "noon": (11, 14), "afternoon": (12, 18), "evening": (18, 24),
    "night": (18, 30),
}  # fmt: skip
# Somebody who says “at 14:05” does not mean the second.
AROUND = timedelta(minutes=5)
_DAY_WORDS: Mapping[str, tuple[Day, Part | None]] = {
    "the day before yesterday": ("day_before_yesterday", None), "前天": ("day_before_yesterday", None),
    "前日": ("day_before_yesterday", None), "yesterday": ("yesterday", None), "昨天": ("yesterday", None),
    "昨日": ("yesterday", None), "today": ("today", None), "今天": ("today", None), "今日": ("today", None),
    "last night": ("yesterday", "night"), "昨晚": ("yesterday", "night"), "昨夜": ("yesterday", "night"),
    "tonight": ("today", "night"), "今晚": ("today", "night"), "this morning": ("today", "morning"),
    "今早": ("today", "morning"), "今晨": ("today", "morning"), "this afternoon": ("today", "afternoon"),
    "this evening": ("today", "evening"), "this week": ("this_week", None), "本周": ("this_week", None),
    "这周": ("this_week", None), "last week": ("last_week", None), "上周": ("last_week", None),
    "上星期": ("last_week", None), "this month": ("this_month", None), "本月": ("this_month", None),
    "这个月": ("this_month", None), "last month": ("last_month", None), "上月": ("last_month", None),
    "上个月": ("last_month", None),
}  # fmt: skip
_PART_WORDS: Mapping[str, Part] = {
    "early morning": "early_morning", "凌晨": "early_morning", "morning": "morning", "早上": "morning",
    "早晨": "morning", "清晨": "morning", "上午": "morning", "noon": "noon", "midday": "noon", "中午": "noon",
    "afternoon": "afternoon", "下午": "afternoon", "evening": "evening", "傍晚": "evening", "晚上": "evening",
    "晚间": "evening", "night": "night", "夜里": "night", "夜间": "night", "深夜": "night", "半夜": "night",
}  # fmt: skip
_UNITS: Mapping[str, Unit] = {"m": "minute", "分": "minute", "h": "hour", "小": "hour", "钟": "hour", "d": "day",
                              "天": "day", "日": "day", "w": "week", "周": "week", "星": "week"}  # fmt: skip
_EDGES = {"before": r"(?<![A-Za-z])", "after": r"(?![A-Za-z])", "flags": patterns.IGNORECASE}
_DAY = patterns.words(_DAY_WORDS, **_EDGES)  # type: ignore[arg-type]
_PART = patterns.words(_PART_WORDS, **_EDGES)  # type: ignore[arg-type]
_SINCE_CHANGE = patterns.compile(
    r"\b(?:since|after)(?: the| our)?(?: last| latest| most recent| previous)? (?:deploy(?:ment)?|release|rollout|change)\b"
    r"|(?:自从|自|从)?(?:上一?次|最近一?次|最后一?次|最新一?次)?的?(?:部署|发布|上线|发版|变更)(?:以来|之后|以后|后)",
    patterns.IGNORECASE,
)
_LAST = patterns.compile(
    r"\b(?:last|past|previous) (?P<count>\d{1,4}|an?)? ?(?P<unit>minute|min|hour|hr|day|week)s?\b"
    r"|(?:最近|过去|近)(?P<zh_count>\d{1,4}|[一二两三四五六七八九十百]{1,5}|半)个?(?P<zh_unit>分钟|小时|钟头|天|日|周|星期)"
    r"(?:以内|之内|内|以来|里)?",
    patterns.IGNORECASE,
)
_WEEKDAY = patterns.compile(
    r"\b(?P<last>last )?(?P<name>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
    r"|(?P<zh_last>上个?)?(?:本|这)?(?:周|星期|礼拜)(?P<zh_name>[一二三四五六日天])",
    patterns.IGNORECASE,
)
_CLOCK = (
    r"(?<![\d:.])(?P<hour{0}>\d{{1,2}}|[一二两三四五六七八九十]{{1,3}}(?=点))"
    r"(?::(?P<minute{0}>[0-5]\d)(?::[0-5]\d)?(?: ?(?P<half{0}>[ap])m\b)?| ?(?P<hour_half{0}>[ap])m\b"
    r"|[点时](?P<zh_minute{0}>半|[0-5]?\d(?=分))?分?)(?![\d:.])"
)
_CLOCKS = patterns.compile(
    _CLOCK.format(1)
    + r"(?:(?: ?(?:to|until|till|and|-|–|~|到|至) ?)(?:凌晨|上午|中午|下午|晚上)?"
    + _CLOCK.format(2)
    + r")?",
    patterns.IGNORECASE,
)
# “2 to 4 pm” says the hour of the first by the second.
_BARE_HOUR = patterns.compile(
    r"(?<![\d:.])(\d{1,2})( ?(?:to|and|-|–) ?\d{1,2}(?::\d\d)? ?([ap])m\b)", patterns.IGNORECASE
)
_BARE_HOURS = patterns.compile(
    r"\b(between|from) (\d{1,2}) (and|to) (\d{1,2})(?= ?(?:o'?clock)?(?:[,.?!]|$| (?:on|yesterday|today|this|last)\b))",
    patterns.IGNORECASE,
)
_BARE_CHINESE_HOUR = patterns.compile(r"(?<![\d年月日号:.-])(\d{1,2})(?=[到至~-]\d{1,2}[点时])")
# “12 月 10 日”: people write figures apart.
_SPACED_FIGURE = patterns.compile(
    r"(?<=\d) {1,3}(?=[年月日号点时分天个小周到至])|(?<=[年月日号点时分到至近去]) {1,3}(?=[\d一二两三四五六七八九十半])"
)
_SINCE = patterns.compile(r"(?:\b(?:since|after|from)|自从|自|从)\s*$", patterns.IGNORECASE)
_SINCE_AFTER = patterns.compile(r"^\s*(?:以来|之后|以后|开始|起)")
_BEFORE = patterns.compile(r"\b(?:before|until|till)\s*$", patterns.IGNORECASE)
_BEFORE_AFTER = patterns.compile(r"^\s*(?:之前|以前|前|为止)")


class TimeWords(BaseModel):
    """`words` are those of the question. `begin` and `end`: times of the day, as 14:05."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field("", max_length=100)
    last_count: float | None = Field(None, gt=0, le=1000)
    last_unit: Unit | None = None
    day: Day | None = None
    date: str | None = Field(None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    last_date: str | None = Field(None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    part: Part | None = None
    begin: str | None = Field(None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    end: str | None = Field(None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    is_open_ended: bool = False
    is_since_change: bool = False


class UnreadWords:
    """A question of which one piece after another is understood; `rest` keeps the places of what is not."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def take(self, pattern: patterns.Pattern[str]) -> patterns.Match[str] | None:
        """The first piece that fits, which is understood now."""
        if match := pattern.search(self.rest):
            self.blank(match.start(), match.end())
        return match

    def blank(self, start: int, end: int) -> None:
        self.rest = self.rest[:start] + " " * (end - start) + self.rest[end:]


def read_time(question: UnreadWords, calendar: Calendar) -> TimeWords | None:
    """The first time that the words name, and None where they name none."""
    question.rest = _SPACED_FIGURE.sub("", question.rest)
    if match := question.take(_SINCE_CHANGE):
        return TimeWords(words=match[0], is_since_change=True)
    question.rest = _BARE_HOUR.sub(r"\1\3m\2", question.rest)
    question.rest = _BARE_HOURS.sub(r"\1 \2:00 \3 \4:00", question.rest)
    question.rest = _BARE_CHINESE_HOUR.sub(r"\1点", question.rest)
    if match := question.take(_LAST):
        amount, unit = match["count"] or match["zh_count"], match["unit"] or match["zh_unit"]
        if amount or unit.lower() != "week":
            return TimeWords(words=match[0], last_count=_number(amount), last_unit=_UNITS[unit[0].lower()])
        return TimeWords(words=match[0], day="last_week")
    fields: dict[str, object] = {}
    pieces = [piece] if (piece := _take_day(question, calendar, fields)) else []
    if match := question.take(_PART):
        pieces.append(_piece(match))
        fields["part"] = _PART_WORDS[match[0].lower()]
    if match := question.take(_CLOCKS):
        pieces.append(_piece(match))
        fields["begin"], fields["end"] = (_clock(match, number, fields.get("part")) for number in (1, 2))
    if not pieces:
        return None
    pieces.sort()
    _take_ends(question, pieces[0][0], pieces[-1][1], fields)
    return TimeWords.model_validate({"words": " ".join(words for _, _, words in pieces)[:100], **fields})


def window(words: TimeWords, now: datetime, last_change: datetime | None) -> Window | None:
    """What the words mean at `now`, on its clocks; None for what they do not say, or a change that never was."""
    if words.is_since_change:
        return (last_change, None) if last_change else None
    if words.last_count and words.last_unit:
        return now - timedelta(**{f"{words.last_unit}s": words.last_count}), None
    first, days = _first_day(words, now.date())
    if first is None:
        return None
    if words.begin or words.end:
        since, until = _hours(words, first, now)
    elif words.part and days == 1:
        since, until = (_at(first, hour, now) for hour in PART_HOURS[words.part])
    else:
        since, until = _at(first, 0, now), _at(first + timedelta(days=days), 0, now)
    return since, None if words.is_open_ended else until


def _take_ends(question: UnreadWords, start: int, end: int, fields: dict[str, object]) -> None:
    """“Since” and “before” say which end of the time is open."""
    before, after = UnreadWords(question.rest[:start]), UnreadWords(question.rest[end:])
    if before.take(_SINCE) or after.take(_SINCE_AFTER):
        is_range = fields.get("last_date") != fields.get("date") and "last_date" in fields
        fields["is_open_ended"] = not (fields.get("end") or is_range)
    elif (
        fields.get("begin") and not fields.get("end") and (before.take(_BEFORE) or after.take(_BEFORE_AFTER))
    ):
        fields["begin"], fields["end"] = None, fields["begin"]
    question.rest = before.rest + question.rest[start:end] + after.rest


def _hours(words: TimeWords, day: date, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From one time of the day to another; about one time; or up to one, from midnight where the day was named."""
    if words.begin is None:
        is_day_named = words.day is not None or words.date is not None
        return _at(day, 0, now) if is_day_named else None, _at(day, _clock_hours(words.end), now)
    begin = _clock_hours(words.begin)
    since, until = _at(day, begin, now), _at(day, begin + 1, now)
    if words.end:
        end = _clock_hours(words.end)
        return since, _at(day, end if end > begin else end + 24, now)
    return (since - AROUND, since + AROUND) if begin % 1 else (since, until)


def _take_day(question: UnreadWords, calendar: Calendar, fields: dict[str, object]) -> _Piece | None:
    """A date, a day of the week, or a day's own word."""
    if days := find_days(question.rest, calendar):
        question.blank(days.start, days.end)
        fields["date"], fields["last_date"] = days.first.isoformat(), days.last.isoformat()
        # “Monday, 8 December” names it twice.
        question.take(_WEEKDAY)
        return days.start, days.end, days.words
    if match := question.take(_WEEKDAY):
        number = "一二三四五六日".find((match["zh_name"] or "").replace("天", "日"))
        number = number if match["zh_name"] else WEEKDAYS.index(match["name"].lower())
        monday = calendar.today - timedelta(days=calendar.today.weekday())
        day = monday + timedelta(days=number - (7 if match["zh_last"] else 0))
        if day > calendar.today or (match["last"] and day == calendar.today):
            day -= timedelta(days=7)
        fields["date"] = day.isoformat()
        return _piece(match)
    if match := question.take(_DAY):
        fields["day"], part = _DAY_WORDS[match[0].lower()]
        fields |= {"part": part} if part else {}
        return _piece(match)
    return None


def _piece(match: patterns.Match[str]) -> _Piece:
    return match.start(), match.end(), match[0]


def _number(text: str | None) -> float:
    if text is None or text.lower() in ("a", "an"):
        return 1
    if text == "半":
        return 0.5
    import cn2an

    return float(cn2an.cn2an(text, "smart"))


def _clock(match: patterns.Match[str], number: int, part: object) -> str | None:
    hour_text = match[f"hour{number}"]
    if not hour_text:
        return None
    hour = int(_number(hour_text))
    minute_text = match[f"minute{number}"] or match[f"zh_minute{number}"] or "0"
    half = (match[f"half{number}"] or match[f"hour_half{number}"] or "").lower()
    if hour < 12 and (half == "p" or part in ("afternoon", "evening", "night")):
        hour += 12
    hour = 0 if (half == "a" and hour == 12) or hour >= 24 else hour
    return f"{hour:02d}:{30 if minute_text == '半' else int(minute_text):02d}"


def _clock_hours(text: str | None) -> float:
    return int(text[:2]) + int(text[3:]) / 60 if text else 0


def _first_day(words: TimeWords, today: date) -> tuple[date | None, int]:
    """The day that is meant, or the first of a week; how many days. Hours without a day are today's."""
    monday = today - timedelta(days=today.weekday())
    if words.date:
        try:
            first = date.fromisoformat(words.date)
            return first, (date.fromisoformat(words.last_date or words.date) - first).days + 1
        except ValueError:
            return None, 0
    if words.day in ("this_month", "last_month"):
        last = today.replace(day=1) - timedelta(days=1)
        first = today.replace(day=1) if words.day == "this_month" else last.replace(day=1)
        return first, ((first + timedelta(days=31)).replace(day=1) - first).days
    if words.day in ("this_week", "last_week"):
        return monday - timedelta(days=7 if words.day == "last_week" else 0), 7
    if words.day in WEEKDAYS:
        day = monday + timedelta(days=WEEKDAYS.index(words.day))
        return day - timedelta(days=7 if day > today else 0), 1
    if words.day is None and not (words.part or words.begin or words.end):
        return None, 0
    return today - timedelta(days={"yesterday": 1, "day_before_yesterday": 2}.get(words.day or "", 0)), 1


def _at(day: date, hours: float, now: datetime) -> datetime:
    """So many hours after midnight, by the clock on the wall."""
    days, minutes = divmod(round(hours * 60), 24 * 60)
    return datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60), now.tzinfo)
