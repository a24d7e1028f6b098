"""Dates as people write them, in English and Chinese. A year that nobody names is the latest with records of that day."""

from dataclasses import dataclass
from datetime import date, timedelta

from llm_backend import patterns

Match = patterns.Match[str]
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
# Numbers as calendars and clocks have them; of others no number is made.
ZH_NUMBER = r"(?:[二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_ZH = rf"\d{{1,2}}|{ZH_NUMBER}"
# Nobody logs outside these, and no calendar calculates at its ends.
FIRST_YEAR, LAST_YEAR = 1971, 2199
_DATE = patterns.compile(
    r"(?<![\d/.-])(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})(?:[日号]|(?![\d/-]))"
    rf"|(?<![\d一二三四五六七八九十])(?:(?P<zh_year>\d{{4}})年)?(?P<zh_month>{_ZH})月份?"
    rf"(?P<zh_day>(?:{_ZH})(?=[日号])|\d{{1,2}}(?!\d| ?[日号点时分:.个月年条次台]))[日号]?"
    rf"|\b(?P<en_month>{_MONTH})\.? (?P<en_day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<en_year>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<first_day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<last_month>{_MONTH})\b(?:,? (?P<last_year>(?:19|20)\d\d)\b)?"
    r"|(?<![\w/.:-])(?P<slash_one>\d{1,2})/(?P<slash_two>\d{1,2})(?:/(?P<slash_year>20\d\d))?(?![\w/.:-])"
    # As logs write it: both of two figures.
    r"|(?<![A-Za-z\d_/.:-])(?P<short_month>0[1-9]|1[0-2])-(?P<short_day>[0-2]\d|3[01])(?![A-Za-z\d_/.:-])",
    patterns.IGNORECASE,
)
_WHOLE_MONTH = patterns.compile(
    r"(?<![\d一二三四五六七八九十])(?:(?P<year>\d{4})年)?(?P<month>\d{1,2}|十[一二]|[一二三四五六七八九十])月份?(?![\d一二三四五六七八九十])"
    rf"|\b(?:in|during|of) (?P<en_month>{_MONTH})\b(?! ?\d{{1,2}}\b)(?:,? (?P<en_year>(?:19|20)\d\d)\b)?",
    patterns.IGNORECASE,
)
_TO = r"\s{0,3}(?:to|until|till|through|and|-|–|—|~|到|至)\s{0,3}"
_TO_DATE = patterns.compile(_TO, patterns.IGNORECASE)
_TO_DAY = patterns.compile(
    _TO + rf"(?:(?P<zh>{_ZH})[日号]" + r"|(?P<en>\d{1,2})(?:st|nd|rd|th)?(?![\w:月点时]| ?[ap]m))",
    patterns.IGNORECASE,
)
_AGO = patterns.compile(
    r"\b(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven) (?P<unit>day|week)s? ago\b"
    rf"|(?<![\d近去一二三四五六七八九十])(?P<zh_count>\d{{1,3}}|{ZH_NUMBER})"
    r"(?P<zh_unit>天|日|周|个星期)(?:之前|以前|前)"
    r"|(?P<three>大前[天日])",
    patterns.IGNORECASE,
)
# “28号”, but no “1号机” and no “3日志”.
_DAY_OF_MONTH = patterns.compile(
    rf"(?<![\d年月/.:一二三四五六七八九十第每前后次同某隔-])(?P<zh>{_ZH})(?:日(?![志期本常程均活内])|号(?![机线楼库柜节服主门店仓槽盘卡口进实集队分站位设码]))"
    r"|\bon (?:the )?(?P<en>\d{1,2})(?:st|nd|rd|th)\b",
    patterns.IGNORECASE,
)
_WEEKEND = patterns.compile(r"(?:上个?|[这本])?周末|\b(?:(?:last|this|the) )?weekend\b", patterns.IGNORECASE)
_BEFORE_LAST = patterns.compile(
    r"(?P<zh>[上大]{1,3}上)个?(?P<zh_unit>周|星期|礼拜|月)(?![一二三四五六日天末])|\bthe (?P<unit>week|month) before last\b",
    patterns.IGNORECASE,
)
# “去年10月” has the year of the calendar; by itself it is all of it.
_NAMED_YEAR = patterns.compile(rf"(?P<name>前年|去年|今年) ?的?(?=(?:{_ZH})月)")
# And “上个月20号” its month.
_NAMED_MONTH = patterns.compile(
    rf"(?<!上)(?:(?P<back>上{{1,3}})一?个?|本|这个?|当)月 ?的?(?=(?:{_ZH})[日号])"
)
_WHOLE_YEAR = patterns.compile(
    r"(?<!\d)(?P<year>20\d\d)年(?!\d)|(?P<name>前年|去年|今年|\b(?:last|this) year\b)", patterns.IGNORECASE
)
_YEARS_BACK = {"前年": 2, "去年": 1, "last year": 1, "今年": 0, "this year": 0}
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}


@dataclass(frozen=True)
class Days:
    """The first and the last day that the words mean. `start` and `end`: where these stand."""

    words: str
    start: int
    end: int
    first: date
    last: date


@dataclass(frozen=True)
class Calendar:
    """Today, and the days of the first and the last record where there are any."""

    today: date
    first_record: date | None = None
    last_record: date | None = None

    def day(self, month: int, day: int, year: int | None = None) -> date | None:
        """Without a year the latest such day that has records around it, or else the latest that was."""
        if year:
            return _day(year, month, day)
        if self.first_record and self.last_record:
            for each in range(self.last_record.year, self.first_record.year - 1, -1):
                found = _day(each, month, day)
                if found and self.first_record <= found <= self.last_record:
                    return found
        # 29 February has no day a year before.
        years = range(self.today.year, self.today.year - 9, -1)
        found_days = (found for each in years if (found := _day(each, month, day)))
        return next((found for found in found_days if found <= self.today), None)

    def day_of_month(self, day: int) -> date | None:
        """The latest such day of the last months that has records around it, or else the latest that was."""
        months = (self.today.year * 12 + self.today.month - 1 - back for back in range(12))
        days = [found for each in months if (found := _day(each // 12, each % 12 + 1, day))]
        days = [each for each in days if each <= self.today]
        if self.first_record and self.last_record:
            first, last = self.first_record, self.last_record
            return next((each for each in days if first <= each <= last), next(iter(days), None))
        return next(iter(days), None)

    def weekend(self, *, is_over: bool) -> tuple[date, date]:
        """Saturday and Sunday of this one, where it has begun, or of the last."""
        saturday = self.today - timedelta(days=(self.today.weekday() - 5) % 7)
        if is_over and self.today.weekday() >= 5:
            saturday -= timedelta(days=7)
        return saturday, saturday + timedelta(days=1)


def with_years(text: str, calendar: Calendar) -> str:
    """“去年10月” as “2025年10月”, and “上个月20号” as “2026年10月20号”."""

    def month(match: Match) -> str:
        months = calendar.today.year * 12 + calendar.today.month - 1 - len(match["back"] or "")
        return f"{months // 12}年{months % 12 + 1}月"

    text = _NAMED_MONTH.sub(month, text)
    return _NAMED_YEAR.sub(lambda match: f"{calendar.today.year - _YEARS_BACK[match['name']]}年", text)


def find_days(text: str, calendar: Calendar) -> Days | None:
    """The first date of a text, with the one that it reaches to; a month; or a day that was so long ago."""
    for match in _DATE.finditer(text):
        if first := _date(match, calendar):
            return _through(text, match, first, calendar)
    if month := _WHOLE_MONTH.search(text):
        return _month(month, calendar)
    if days := _relative_days(text, calendar):
        return days
    for match in _DAY_OF_MONTH.finditer(text):
        if first := calendar.day_of_month(_number(match["zh"] or match["en"])):
            return _through(text, match, first, calendar)
    return None


def _relative_days(text: str, calendar: Calendar) -> Days | None:
    """Counted from today: weeks and months before the last, whole years, days ago, weekends."""
    if match := _BEFORE_LAST.search(text):
        return _before_last(match, calendar)
    if match := _WHOLE_YEAR.search(text):
        year = int(match["year"] or calendar.today.year - _YEARS_BACK[match["name"].lower()])
        return Days(match[0], match.start(), match.end(), date(year, 1, 1), date(year, 12, 31))
    if ago := _AGO.search(text):
        count = 3 if ago["three"] else _number(ago["count"] or ago["zh_count"])
        is_week = (ago["unit"] or ago["zh_unit"] or "").lower() in ("week", "周", "个星期")
        day = calendar.today - timedelta(days=count * (7 if is_week else 1))
        return Days(ago[0], ago.start(), ago.end(), day, day)
    if weekend := _WEEKEND.search(text):
        is_over = weekend[0].lower().startswith(("上", "last"))
        return Days(weekend[0], weekend.start(), weekend.end(), *calendar.weekend(is_over=is_over))
    return None


def _before_last(match: Match, calendar: Calendar) -> Days:
    """“上上周”, “the month before last”: whole weeks and months."""
    count = len(match["zh"] or "上上")
    if (match["unit"] or match["zh_unit"]).lower() in ("month", "月"):
        months = calendar.today.year * 12 + calendar.today.month - 1 - count
        first = date(months // 12, months % 12 + 1, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    else:
        first = calendar.today - timedelta(days=calendar.today.weekday() + 7 * count)
        last = first + timedelta(days=6)
    return Days(match[0], match.start(), match.end(), first, last)


def _through(text: str, match: Match, first: date, calendar: Calendar) -> Days:
    """“To 12 December” and “到12日” behind a date say its last day."""
    last, end = first, match.end()
    if (link := _TO_DATE.match(text, end)) and (second := _DATE.match(text, link.end())):
        last, end = _date(second, calendar) or first, second.end()
    elif number := _TO_DAY.match(text, end):
        last = _day(first.year, first.month, _number(number["zh"] or number["en"])) or first
        end = number.end()
    if last < first:
        last, end = first, match.end()
    return Days(text[match.start() : end], match.start(), end, first, last)


def _date(match: Match, calendar: Calendar) -> date | None:
    if match["year"]:
        return calendar.day(int(match["month"]), int(match["day"]), int(match["year"]))
    if match["zh_month"]:
        zh_year = int(match["zh_year"]) if match["zh_year"] else None
        return calendar.day(_number(match["zh_month"]), _number(match["zh_day"]), zh_year)
    if match["short_month"]:
        return calendar.day(int(match["short_month"]), int(match["short_day"]))
    if match["slash_one"]:
        one, two = int(match["slash_one"]), int(match["slash_two"])
        slash_year = int(match["slash_year"]) if match["slash_year"] else None
        return calendar.day(one, two, slash_year) if one <= 12 else calendar.day(two, one, slash_year)
    month, day = match["en_month"] or match["last_month"], match["en_day"] or match["first_day"]
    year = match["en_year"] or match["last_year"]
    return calendar.day(_month_number(month), int(day), int(year) if year else None)


def _month(match: Match, calendar: Calendar) -> Days | None:
    year = match["year"] or match["en_year"]
    month = _number(match["month"]) if match["month"] else _month_number(match["en_month"])
    first = _day(int(year), month, 1) if year else _month_with_records(month, calendar)
    if first is None:
        return None
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Days(match[0], match.start(), match.end(), first, last)


def _month_with_records(month: int, calendar: Calendar) -> date | None:
    if calendar.first_record and calendar.last_record:
        for year in range(calendar.last_record.year, calendar.first_record.year - 1, -1):
            first = _day(year, month, 1)
            if first and calendar.first_record.replace(day=1) <= first <= calendar.last_record:
                return first
    return calendar.day(month, 1)


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if number := _COUNTS.get(text.lower()):
        return number
    import cn2an

    return int(cn2an.cn2an(text, "smart"))


def _day(year: int, month: int, day: int) -> date | None:
    """None for the thirtieth of February, which nobody can mean, and for years in which nobody logs."""
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
