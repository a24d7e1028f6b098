"""Times as people say them, in English and Chinese: what the words say is read first, moments are worked out of that.

A model may fill in the same `TimeWords` for words that no rule knows; what it means in hours is always this code's.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from domain.logs.questions.clock_words import (
    AFTER_MIDNIGHT,
    SPELLED,
    clock_hours,
    read_clock,
    spelled_number,
)
from domain.logs.questions.date_words import (
    FIRST_YEAR,
    LAST_YEAR,
    ZH_NUMBER,
    Calendar,
    find_days,
    with_years,
)
from domain.logs.questions.unread_words import UnreadWords
from llm_backend import patterns

Day = Literal[
    "today", "yesterday", "day_before_yesterday", "this_week", "last_week",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "this_month", "last_month",
]  # fmt: skip
Part = Literal["early_morning", "morning", "noon", "afternoon", "evening", "night"]
Unit = Literal["second", "minute", "hour", "day", "week", "month", "year"]
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
# On either side of “to”.
MAX_SPAN_CHARACTERS, MAX_LINKS = 60, 30
# Somebody who says “at 14:05” does not mean the second.
AROUND = timedelta(minutes=5)
# A model may say any number of years, and no calendar goes back that far.
MAX_BACK = timedelta(days=36_500)
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
    "上个月": ("last_month", None), "上一周": ("last_week", None), "上一个月": ("last_month", None),
    "前一天": ("yesterday", None), "前一日": ("yesterday", None),
}  # fmt: skip
_PART_WORDS: Mapping[str, Part] = {
    "early morning": "early_morning", "凌晨": "early_morning", "morning": "morning", "早上": "morning",
    "早晨": "morning", "清晨": "morning", "上午": "morning", "noon": "noon", "midday": "noon", "中午": "noon",
    "afternoon": "afternoon", "下午": "afternoon", "evening": "evening", "傍晚": "evening", "晚上": "evening",
    "晚间": "evening", "night": "night", "夜里": "night", "夜间": "night", "深夜": "night", "半夜": "night",
}  # fmt: skip
_UNITS: Mapping[str, Unit] = {
    "s": "second", "秒": "second", "mo": "month", "月": "month", "m": "minute", "分": "minute", "h": "hour",
    "小": "hour", "钟": "hour", "d": "day", "天": "day", "日": "day", "w": "week", "周": "week", "星": "week",
    "y": "year", "年": "year",
}  # fmt: skip
_UNIT_LENGTHS: Mapping[str, timedelta] = {
    **{unit: timedelta(**{f"{unit}s": 1}) for unit in ("second", "minute", "hour", "day", "week")},
    "month": timedelta(days=30), "year": timedelta(days=365),
}  # fmt: skip
_EDGES = {"before": r"(?<![A-Za-z])", "after": r"(?![A-Za-z])", "flags": patterns.IGNORECASE}
_DAY = patterns.words(_DAY_WORDS, **_EDGES)  # type: ignore[arg-type]
_PART = patterns.words(_PART_WORDS, **_EDGES)  # type: ignore[arg-type]
_SINCE_CHANGE = patterns.compile(
    r"\b(?:since|after)(?: the| our)?(?: last| latest| most recent| previous)? (?:deploy(?:ment)?|release|rollout|change)\b"
    r"|(?:自从|自|从)?(?:上一?次|最近一?次|最后一?次|最新一?次)?的?(?:部署|发布|上线|发版|变更)(?:以来|之后|以后|后)",
    patterns.IGNORECASE,
)
_ZH_AMOUNT = r"\d{1,4}(?:\.\d{1,2})?|[一二两三四五六七八九十百]{1,5}|半|几"
# “3月” is March, and “2025年” a year.
_ZH_UNIT = (
    r"秒钟?|分钟|小时|钟头|天|日|周|星期|(?<=[个半])月|(?<!\d\d)年"
    r"|(?:(?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week)s?|[smhdw])(?![A-Za-z])"
)
_LAST = patterns.compile(
    rf"\b(?:last|past|previous) (?:(?P<count>\d{{1,4}}(?:\.\d{{1,2}})?|{'|'.join(SPELLED)})(?:\b ?|(?=[a-z])))?"
    r"(?P<unit>second|sec|minute|min|hour|hr|day|week|month)s?\b"
    r"|\b(?:last|past|previous) (?P<short_count>\d{1,4}) ?(?P<short_unit>[smhdw])\b"
    rf"|(?:最近的?|过去的?|近|这(?!一)|上(?=一个?小时)|(?<![以之])前(?!一[天日]))"
    rf"(?P<zh_count>{_ZH_AMOUNT})(?:个(?P<zh_half>半)?)?(?P<zh_unit>{_ZH_UNIT})(?: ?(?:以内|之内|内|以来|里))?"
    rf"|(?<![\d.])(?P<within_count>{_ZH_AMOUNT})(?:个(?P<within_half>半)?)?(?P<within_unit>{_ZH_UNIT}) ?(?:以内|之内|内)",
    patterns.IGNORECASE,
)
_AGO = patterns.compile(
    rf"\b(?P<count>\d{{1,4}}(?:\.\d{{1,2}})?|{'|'.join(SPELLED)}) ?(?P<unit>minute|min|hour|hr)s? (?:ago|earlier)\b"
    rf"|(?<![\d.近去这])(?P<zh_count>{_ZH_AMOUNT})(?:个(?P<zh_half>半)?)?(?P<zh_unit>分钟|小时|钟头)"
    r"(?:之前|以前|前(?![端台后面置缀]))",
    patterns.IGNORECASE,
)
# “错误最多的前 3 个小时” are the first of a list.
_OF_MOST = patterns.compile(r"最\S{0,4}\s?\Z")
_WEEKDAY = patterns.compile(
    r"\b(?P<last>last )?(?P<name>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
    r"|(?P<zh_last>[上大]{0,2}上个?)?(?:本|这)?(?:周|星期|礼拜)(?P<zh_name>[一二三四五六日天])(?!志)",
    patterns.IGNORECASE,
)
_CLOCK = (
    r"(?<![\d:.])(?P<hour{0}>\d{{1,2}}|" + ZH_NUMBER + r"(?=点))"
    r"(?::(?P<minute{0}>[0-5]\d)(?::[0-5]\d(?:[.,]\d{{1,9}})?)?(?: ?(?P<half{0}>[ap])m\b)?| ?(?P<hour_half{0}>[ap])m\b"
    r"|[点时](?P<zh_minute{0}>半|[一三]刻|[0-5]\d(?!\d)|\d(?=分)|[零〇]?" + ZH_NUMBER + r"(?=分)"
    r"|[二三四五]十[一二三四五六七八九]?)?分?)(?![\d:.])"
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
_ZERO_HOUR = patterns.compile(r"\bmidnight\b|[零〇]点", patterns.IGNORECASE)
# At either end of a time; by itself noon is some hours.
_NOON_OF_SPAN = patterns.compile(
    r"\b(?:noon|midday)\b(?= ?(?:to|until|till|and|-|–))|(?<=\bto )(?:noon|midday)\b|(?<=\band )(?:noon|midday)\b",
    patterns.IGNORECASE,
)
_TO_NOW = patterns.compile(
    r"[到至](?:现在|目前|此刻)(?:为止)?|至今(?![天日早晚])|\b(?:up )?(?:to|until|till) (?:now|the present)\b",
    patterns.IGNORECASE,
)
# “12 月 10 日”: people write figures apart.
_SPACED_FIGURE = patterns.compile(
    r"(?<=\d) {1,3}(?=[年月日号点时分天个小周到至])|(?<=[年月日号点时分到至近去]) {1,3}(?=[\d一二两三四五六七八九十半])"
)
_SINCE = patterns.compile(r"(?:\b(?:since|after|from)|自从|自|从)\s*$", patterns.IGNORECASE)
_SINCE_AFTER = patterns.compile(r"^\s*(?:以来|之后|以后|开始|起)")
_BEFORE = patterns.compile(
    r"(?:\b(?P<before>before)|\b(?:until|till)|截至|截止到?|直到)\s*$", patterns.IGNORECASE
)
_BEFORE_AFTER = patterns.compile(r"^\s*(?:(?P<before>之前|以前|前(?![端台后面置缀]))|为止)")
_AROUND_BEFORE = patterns.compile(
    r"(?:\b(?:around|about)|大约|大概|差不多)(?: ?在| at)?\s*$", patterns.IGNORECASE
)
_AROUND_AFTER = patterns.compile(r"^\s*(?:前后|左右|上下)")
_LINK = patterns.compile(
    r"\s{0,3}(?:\b(?:to|until|till|through|and)\b|[-–—~到至和])\s{0,3}", patterns.IGNORECASE
)
_BARE_DAY = patterns.compile(rf"(?:\d{{1,2}}|{ZH_NUMBER})[日号]")


class TimeWords(BaseModel):
    """`words` are those of the question. `begin` and `end`: times of the day, as 14:05, of the first and the last day.

    `open_start`: everything before this time, or also what is in it. `is_ago`: so long ago, and not since then.
    """

    model_config = ConfigDict(extra="forbid")

    words: str = Field("", max_length=100)
    last_count: float | None = Field(None, gt=0, le=9999)
    last_unit: Unit | None = None
    is_ago: bool = False
    day: Day | None = None
    date: str | None = Field(None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    last_date: str | None = Field(None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    part: Part | None = None
    begin: str | None = Field(None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    end: str | None = Field(None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    is_open_ended: bool = False
    open_start: Literal["before", "until"] | None = None
    is_since_change: bool = False


def read_time(question: UnreadWords, calendar: Calendar) -> TimeWords | None:
    """The first time that the words name, and None where they name none."""
    question.rest = with_years(_SPACED_FIGURE.sub("", question.rest), calendar)
    if match := question.take(_SINCE_CHANGE):
        return TimeWords(words=match[0], is_since_change=True)
    question.rest = _ZERO_HOUR.sub("0:00", question.rest)
    question.rest = _NOON_OF_SPAN.sub("12:00", question.rest)
    to_now = question.take(_TO_NOW)
    question.rest = _BARE_HOUR.sub(r"\1\3m\2", question.rest)
    question.rest = _BARE_HOURS.sub(r"\1 \2:00 \3 \4:00", question.rest)
    question.rest = _BARE_CHINESE_HOUR.sub(r"\1点", question.rest)
    if (
        last := _read_ago(question, is_to_now=to_now is not None)
        or _read_last(question)
        or _read_span(question, calendar)
    ):
        return last
    fields: dict[str, object] = {}
    pieces = _take_pieces(question, calendar, fields)
    if not pieces:
        return None
    _take_ends(question, pieces[0][0], pieces[-1][1], fields)
    if to_now and not (fields.get("end") or fields.get("open_start")):
        fields["is_open_ended"] = True
    return TimeWords.model_validate({"words": " ".join(words for _, _, words in pieces)[:100], **fields})


def window(words: TimeWords, now: datetime, last_change: datetime | None) -> Window | None:
    """What the words mean at `now`, on its clocks; None for what they do not say, or a change that never was."""
    if words.is_since_change:
        return (last_change, None) if last_change else None
    if words.last_count and words.last_unit:
        return _counted_back(words.last_count, _UNIT_LENGTHS[words.last_unit], words, now)
    first, days = _first_day(words, now.date())
    if first is None:
        return None
    if words.begin or words.end:
        since, until = _hours(words, first, now)
    elif words.part and days == 1:
        since, until = (_at(first, hour, now) for hour in PART_HOURS[words.part])
    else:
        since, until = _at(first, 0, now), _at(first + timedelta(days=days), 0, now)
    if words.open_start:
        return None, since if words.open_start == "before" else until
    until = None if words.is_open_ended else until
    if since and since > now and words.day is None and words.date is None:
        # “23 点的错误”, said at noon, is of the last night: nobody has logs of the next one.
        since, until = since - timedelta(days=1), until and until - timedelta(days=1)
    return since, until


def _counted_back(count: float, unit: timedelta, words: TimeWords, now: datetime) -> Window:
    """“In the last two hours”, “since two hours ago”, and “two hours ago”, which is half an hour more or less."""
    moment = now - min(count * unit, MAX_BACK)
    if words.open_start:
        return None, moment
    if not words.is_ago or words.is_open_ended:
        return moment, None
    around = max(unit / 2, AROUND)
    return moment - around, moment + around


def _read_ago(question: UnreadWords, *, is_to_now: bool) -> TimeWords | None:
    match = question.take(_AGO)
    number = spelled_number(match["count"] or match["zh_count"]) if match else None
    if match is None or not number:
        return None
    fields: dict[str, object] = {
        "last_count": number + (0.5 if match["zh_half"] else 0),
        "is_ago": not is_to_now,
    }
    _take_ends(question, match.start(), match.end(), fields)
    unit = _unit(match["unit"] or match["zh_unit"])
    return TimeWords.model_validate({"words": match[0], "last_unit": unit, **fields})


def _unit(name: str) -> Unit:
    return _UNITS.get(name[:2].lower()) or _UNITS[name[0].lower()]


def _read_last(question: UnreadWords) -> TimeWords | None:
    """The last so many hours; nothing where no number is said, or none of this world."""
    match = _LAST.search(question.rest)
    if match is None or (match[0][:1] == "前" and _OF_MOST.search(question.rest[: match.start()])):
        return None
    amount = match["count"] or match["short_count"] or match["zh_count"] or match["within_count"]
    unit = match["unit"] or match["short_unit"] or match["zh_unit"] or match["within_unit"]
    if not amount and unit.lower() in ("week", "month"):
        question.blank(match.start(), match.end())
        return TimeWords(words=match[0], day="last_week" if unit.lower() == "week" else "last_month")
    number = spelled_number(amount or "a")
    if not number:
        return None
    number += 0.5 if match["zh_half"] or match["within_half"] else 0
    question.blank(match.start(), match.end())
    return TimeWords(words=match[0], last_count=number, last_unit=_unit(unit))


def _read_span(question: UnreadWords, calendar: Calendar) -> TimeWords | None:
    """From a time of one day to a time of another, each said with its day: “昨天 22 点到今天 6 点”."""
    text = question.rest
    for link in islice(_LINK.finditer(text), MAX_LINKS):
        first: dict[str, object] = {}
        last: dict[str, object] = {}
        begin = max(0, link.start() - MAX_SPAN_CHARACTERS)
        before = _take_pieces(UnreadWords(text[begin : link.start()]), calendar, first)
        if not before or begin + before[-1][1] != link.start():
            continue
        # “到 21 日” is of the same month.
        month = str(first.get("date", "")) if _BARE_DAY.match(text, link.end()) else ""
        head = f"{month[:4]}年{month[5:7]}月" if month else ""
        following = text[link.end() : link.end() + MAX_SPAN_CHARACTERS]
        after = _take_pieces(UnreadWords(head + following), calendar, last)
        if not after or after[0][0] or (span := _span(first, last, calendar)) is None:
            continue
        shift = link.end() - len(head)
        for start, end, _words in after:
            question.blank(max(shift + start, link.end()), shift + end)
        begin += before[0][0]
        question.blank(begin, link.end())
        question.rest = _SINCE.sub("", question.rest[:begin]) + question.rest[begin:]
        return TimeWords.model_validate({"words": text[begin : shift + after[0][1]][:100], **span})
    return None


def _span(
    first: Mapping[str, object], last: Mapping[str, object], calendar: Calendar
) -> dict[str, object] | None:
    """The fields of both as one; none where one of them has no day, or the second is before the first."""
    (first_day, _), (second_day, days) = (
        _first_day(TimeWords.model_validate(each), calendar.today) for each in (first, last)
    )
    has_days = all("day" in each or "date" in each for each in (first, last))
    if not has_days or first_day is None or second_day is None or first.get("end") or last.get("end"):
        return None
    last_day = second_day + timedelta(days=days - 1)
    if "date" in last and "last_date" not in last:
        # “上周一到周五”: the second is of the same week.
        last_day = first_day + timedelta(days=(last_day.weekday() - first_day.weekday()) % 7)
    begin = _day_hours(first.get("begin"), first.get("part"), end=False)
    end = _day_hours(last.get("begin"), last.get("part"), end=True)
    first_day += timedelta(days=int(begin // 24))
    # What ends at midnight ends with the day before.
    last_day += timedelta(days=-(-end // 24) - 1)
    if last_day < first_day:
        return None
    times = {"begin": begin % 24, "end": end % 24}
    clocks = {name: f"{int(hours):02d}:{round(hours % 1 * 60):02d}" for name, hours in times.items() if hours}
    return {"date": first_day.isoformat(), "last_date": last_day.isoformat(), **clocks}


def _day_hours(clock: object, part: object, *, end: bool) -> float:
    """Hours after the midnight before a day: of a clock, of the begin or end of a part of it, or of all of it."""
    if clock:
        hours = clock_hours(str(clock))
        return hours + 24 if hours < AFTER_MIDNIGHT.get(part, 0) else hours
    return PART_HOURS.get(str(part), (0, 24))[end]


def _take_pieces(question: UnreadWords, calendar: Calendar, fields: dict[str, object]) -> list[_Piece]:
    """A day, a part of it and its hours, as far as they are said, in the order of the words."""
    pieces = [piece] if (piece := _take_day(question, calendar, fields)) else []
    if match := question.take(_PART):
        pieces.append(_piece(match))
        fields["part"] = _PART_WORDS[match[0].lower()]
    if match := question.take(_CLOCKS):
        pieces.append(_piece(match))
        fields["begin"], fields["end"] = (read_clock(match, number, fields.get("part")) for number in (1, 2))
    return sorted(pieces)


def _take_ends(question: UnreadWords, start: int, end: int, fields: dict[str, object]) -> None:
    """“Since” and “before” say which end of the time is open."""
    before, after = UnreadWords(question.rest[:start]), UnreadWords(question.rest[end:])
    if before.take(_AROUND_BEFORE) or after.take(_AROUND_AFTER):
        _widen(fields)
    if before.take(_SINCE) or after.take(_SINCE_AFTER):
        is_range = fields.get("last_date") != fields.get("date") and "last_date" in fields
        fields["is_open_ended"] = not (fields.get("end") or is_range)
    elif not fields.get("end") and (match := before.take(_BEFORE) or after.take(_BEFORE_AFTER)):
        if fields.get("begin"):
            fields["begin"], fields["end"] = None, fields["begin"]
        elif fields.get("part") == "noon":
            fields["end"] = "12:00"
        else:
            fields["open_start"] = "before" if match["before"] else "until"
    question.rest = before.rest + question.rest[start:end] + after.rest


def _widen(fields: dict[str, object]) -> None:
    """“三点左右” is half an hour on either side; other times have some minutes of their own."""
    hours = clock_hours(str(fields["begin"])) if fields.get("begin") and not fields.get("end") else 0
    if hours >= 1 and not hours % 1:
        fields["begin"], fields["end"] = f"{int(hours) - 1:02d}:30", f"{int(hours):02d}:30"


def _hours(words: TimeWords, day: date, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From one time of the day to another, of this or a later day; about one time; or up to one, from midnight where the
    day was named.
    """
    last_day = date.fromisoformat(words.last_date) if words.last_date else day
    if last_day > day:
        end_day = last_day if words.end else last_day + timedelta(days=1)
        return _at(day, clock_hours(words.begin), now), _at(end_day, clock_hours(words.end), now)
    if words.begin is None:
        is_day_named = words.day is not None or words.date is not None
        until = _at(_day_of_hour(words, day, clock_hours(words.end), now), clock_hours(words.end), now)
        return _at(day, 0, now) if is_day_named else None, until
    begin = clock_hours(words.begin)
    day = _day_of_hour(words, day, begin, now)
    since, until = _at(day, begin, now), _at(day, begin + 1, now)
    if words.end:
        end = clock_hours(words.end)
        return since, _at(day, end if end > begin else end + 24, now)
    is_around = begin % 1 and not words.is_open_ended
    return (since - AROUND, since + AROUND) if is_around else (since, until)


def _day_of_hour(words: TimeWords, day: date, hours: float, now: datetime) -> date:
    """“昨晚 2 点” is of today; “半夜 3 点” is of the last night that there was."""
    next_day = day + timedelta(days=1)
    is_next = hours < AFTER_MIDNIGHT.get(words.part, 0) and _at(next_day, hours, now) <= now
    return next_day if is_next else day


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
        weeks = len((match["zh_last"] or "").replace("个", ""))
        day = monday + timedelta(days=number - 7 * weeks)
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


def _first_day(words: TimeWords, today: date) -> tuple[date | None, int]:
    """The day that is meant, or the first of a week; how many days. Hours without a day are today's."""
    monday = today - timedelta(days=today.weekday())
    if words.date:
        try:
            first, last = (date.fromisoformat(each) for each in (words.date, words.last_date or words.date))
        except ValueError:
            return None, 0
        is_usual = first.year >= FIRST_YEAR and last.year <= LAST_YEAR
        return (first, (last - first).days + 1) if is_usual else (None, 0)
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
