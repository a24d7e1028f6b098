"""Times as people say them become moments, by the words alone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.logs.questions.date_words import Calendar
from domain.logs.questions.pasted_text import half_width, on_clocks
from domain.logs.questions.time_words import TimeWords, read_time, window
from domain.logs.questions.unread_words import UnreadWords

# A Friday.
NOW = datetime(2026, 11, 27, 10, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
DEPLOY = datetime(2026, 11, 26, 16, 5, tzinfo=ZoneInfo("Asia/Shanghai"))


def written(words: TimeWords | None, change: datetime | None = DEPLOY) -> str:
    assert words
    times = window(words, NOW, change)
    assert times
    return " ".join(f"{moment:%d.%H:%M}" if moment else "…" for moment in times)


@pytest.mark.parametrize(
    ("question", "expected", "rest"),
    [
        ("支付服务昨天下午的错误", "26.12:00 26.18:00", "支付服务 的错误"),
        ("errors of checkout since the last deploy", "26.16:05 …", "errors of checkout"),
        ("自上次部署以来的告警", "26.16:05 …", "的告警"),
        ("timeouts to 10.0.0.7 last night", "26.18:00 27.06:00", "timeouts to 10.0.0.7"),
        ("昨晚的超时", "26.18:00 27.06:00", "的超时"),
        ("最近半小时", "27.10:00 …", ""),
        ("过去三天内", "24.10:30 …", ""),
        ("in the last 2 hours", "27.08:30 …", "in the"),
        ("errors in the past hour", "27.09:30 …", "errors in the"),
        ("errors last week", "16.00:00 23.00:00", "errors"),
        ("本周的错误", "23.00:00 30.00:00", "的错误"),
        ("上周三的错误", "18.00:00 19.00:00", "的错误"),
        ("周三的错误", "25.00:00 26.00:00", "的错误"),
        ("since Monday", "23.00:00 …", ""),
        ("last Friday", "20.00:00 21.00:00", ""),
        ("between 2 and 4 pm yesterday", "26.14:00 26.16:00", "between"),
        ("今天下午3点到5点半", "27.15:00 27.17:30", ""),
        ("昨天三点之后", "26.03:00 …", ""),
        ("from 22:00 to 2:00 on 2026-11-20", "20.22:00 21.02:00", "on"),
        ("at 9am", "27.09:00 27.10:00", "at"),
        ("at 14:05 yesterday", "26.14:00 26.14:10", "at"),
        ("before 9:00 today", "27.00:00 27.09:00", ""),
        ("11月20日上午", "20.06:00 20.12:00", ""),
        ("Nov 20 in the early morning", "20.00:00 20.06:00", "in the"),
        ("errors since yesterday", "26.00:00 …", "errors"),
        ("yesterday checkout errors at 9am", "26.09:00 26.10:00", "checkout errors at"),
        ("昨天凌晨", "26.00:00 26.06:00", ""),
        ("11 月 20 日哪个 IP", "20.00:00 21.00:00", "哪个 IP"),
        ("十一月二十日的错误", "20.00:00 21.00:00", "的错误"),
        ("November 20th, 2026 14:30", "20.14:25 20.14:35", ""),
        ("20 of November at 9am", "20.09:00 20.10:00", "at"),
        ("2026年11月20日 9 点到 10 点", "20.09:00 20.10:00", ""),
        ("昨天 9 到 10 点的错误", "26.09:00 26.10:00", "的错误"),
        ("errors between 9 and 10 yesterday", "26.09:00 26.10:00", "errors between"),
        ("between 9 and 10", "27.09:00 27.10:00", "between"),
        ("今天下午三点的登录", "27.15:00 27.16:00", "的登录"),
        ("最近 两小时", "27.08:30 …", ""),
        ("last 30 minutes", "27.10:00 …", ""),
        ("近 24h 内的错误", "26.10:30 …", "的错误"),
        ("最近 5min 的日志", "27.10:25 …", "的日志"),
        ("最近30秒", "27.10:29 …", ""),
        ("last 90 seconds", "27.10:28 …", ""),
        ("11月20的错误", "20.00:00 21.00:00", "的错误"),
        ("11月20 15:00", "20.15:00 20.16:00", ""),
        ("昨天下午三点左右的错误", "26.14:30 26.15:30", "的错误"),
        ("errors around 3pm yesterday", "26.14:30 26.15:30", "errors"),
        ("昨晚2点前后", "27.01:30 27.02:30", ""),
        ("上周一的登录", "16.00:00 17.00:00", "的登录"),
        ("last Monday", "23.00:00 24.00:00", ""),
        ("11月10日到12日", "10.00:00 13.00:00", ""),
        ("from Nov 10 to Nov 12", "10.00:00 13.00:00", ""),
        ("Nov 10-12", "10.00:00 13.00:00", ""),
        ("since 11/20", "20.00:00 …", ""),
        ("三天前的错误", "24.00:00 25.00:00", "的错误"),
        ("2 days ago", "25.00:00 26.00:00", ""),
        ("this month", "01.00:00 01.00:00", ""),
        ("上个月", "01.00:00 01.00:00", ""),
        ("in October 2026", "01.00:00 01.00:00", ""),
        ("10 月份的错误", "01.00:00 01.00:00", "的错误"),
        # Of twelve hours as people say them, and a night that ends the next morning.
        ("昨晚2点的错误", "27.02:00 27.03:00", "的错误"),
        ("昨晚12点", "27.00:00 27.01:00", ""),
        ("昨晚10点到2点", "26.22:00 27.02:00", ""),
        ("last night at 2am", "27.02:00 27.03:00", "at"),
        ("半夜3点到5点", "27.03:00 27.05:00", ""),
        ("昨天晚上8点到12点", "26.20:00 27.00:00", ""),
        ("今天中午1点", "27.13:00 27.14:00", ""),
        ("凌晨12点半", "27.00:25 27.00:35", ""),
        # As people type durations.
        ("errors last 24h", "26.10:30 …", "errors"),
        ("past 15m", "27.10:15 …", ""),
        ("last three hours", "27.07:30 …", ""),
        ("最近1440分钟", "26.10:30 …", ""),
        ("前三个小时的错误", "27.07:30 …", "的错误"),
        ("1小时内的错误", "27.09:30 …", "的错误"),
        ("最近1.5小时的错误", "27.09:00 …", "的错误"),
        ("past 2.5 hours", "27.08:00 …", ""),
        ("过去一个半小时", "27.09:00 …", ""),
        ("两个半小时内的错误", "27.08:00 …", "的错误"),
        # Hours without a day that are still to come are the last ones that were.
        ("晚上8点的错误", "26.20:00 26.21:00", "的错误"),
        ("errors between 11pm and 1am", "26.23:00 27.01:00", "errors between"),
        ("after 23:00", "26.23:00 …", ""),
        ("after 9:30", "27.09:30 …", ""),
        # Up to now.
        ("今天0点到现在的错误", "27.00:00 …", "的错误"),
        ("昨天至今", "26.00:00 …", ""),
        ("11月20日到目前为止的错误", "20.00:00 …", "的错误"),
        ("errors from yesterday to now", "26.00:00 …", "errors"),
        ("since midnight", "27.00:00 …", ""),
        ("昨天零点到8点", "26.00:00 26.08:00", ""),
        ("noon to 3pm yesterday", "26.12:00 26.15:00", ""),
        # Days without a month, and by other names.
        ("20号的错误", "20.00:00 21.00:00", "的错误"),
        ("28号下午的错误", "28.12:00 28.18:00", "的错误"),
        ("20号到22号", "20.00:00 23.00:00", ""),
        ("20号22点到21号6点", "20.22:00 21.06:00", ""),
        ("上个月 20 号到 25 号的错误", "20.00:00 26.00:00", "的错误"),
        ("本月5日下午2点", "05.14:00 05.15:00", ""),
        ("on the 20th", "20.00:00 21.00:00", ""),
        ("大前天的错误", "24.00:00 25.00:00", "的错误"),
        ("上周末的错误", "21.00:00 23.00:00", "的错误"),
        ("errors at the weekend", "21.00:00 23.00:00", "errors at"),
        # From a time of one day to a time of another.
        ("2026-11-20 14:00:00 到 2026-11-20 15:30:00", "20.14:00 20.15:30", ""),
        ("2026-11-20 14:00:00.123 - 2026-11-21 09:00:00.456", "20.14:00 21.09:00", ""),
        ("11月20日晚上8点到21日凌晨2点", "20.20:00 21.02:00", ""),
        ("昨天22点到今天6点的错误", "26.22:00 27.06:00", "的错误"),
        ("from yesterday 22:00 to today 06:00", "26.22:00 27.06:00", ""),
        ("昨晚到今早", "26.18:00 27.12:00", ""),
        ("11月1日0点到11月2日0点", "01.00:00 02.00:00", ""),
        ("上周一到周五", "16.00:00 21.00:00", ""),
        ("errors between Monday and Wednesday", "23.00:00 26.00:00", "errors between"),
        ("errors yesterday and today", "26.00:00 28.00:00", "errors"),
        # Up to a day.
        ("before 2026-11-20", "… 20.00:00", ""),
        ("昨天之前的错误", "… 26.00:00", "的错误"),
        ("截至昨天", "… 27.00:00", ""),
        ("昨天前端的错误", "26.00:00 27.00:00", "前端的错误"),
        ("11/20/2026", "20.00:00 21.00:00", ""),
        ("上周日志", "16.00:00 23.00:00", "日志"),
        # Some time ago, and since then.
        ("一小时前的错误", "27.09:00 27.10:00", "的错误"),
        ("10分钟前", "27.10:15 27.10:25", ""),
        ("两小时前到现在", "27.08:30 …", ""),
        ("过去的24小时", "26.10:30 …", ""),
        ("上一小时的错误", "27.09:30 …", "的错误"),
        ("上一周", "16.00:00 23.00:00", ""),
        ("前一天的错误", "26.00:00 27.00:00", "的错误"),
        ("最近3小时前端的错误", "27.07:30 …", "前端的错误"),
        ("半小时前开始的错误", "27.10:00 …", "的错误"),
        ("errors since 2 hours ago", "27.08:30 …", "errors"),
        ("before 2 hours ago", "… 27.08:30", ""),
        ("这两天的错误", "25.10:30 …", "的错误"),
        ("最近几个小时", "27.07:30 …", ""),
        ("in the last few hours", "27.07:30 …", "in the"),
        ("近半个月", "12.10:30 …", ""),
        ("11月20日这一天", "20.00:00 21.00:00", "这一天"),
        ("上上周", "09.00:00 16.00:00", ""),
        ("上上周三", "11.00:00 12.00:00", ""),
        ("the week before last", "09.00:00 16.00:00", ""),
        # Minutes in words, and days as logs write them.
        ("昨天15点30", "26.15:25 26.15:35", ""),
        ("昨天十五点二十分", "26.15:15 26.15:25", ""),
        ("昨天下午三点一刻到四点三刻", "26.15:15 26.16:45", ""),
        ("昨晚十点零五分", "26.22:00 26.22:10", ""),
        ("11-20 15:00", "20.15:00 20.16:00", ""),
    ],
)
def test_words_become_moments_and_the_rest_is_left(question: str, expected: str, rest: str) -> None:
    unread = UnreadWords(question)

    assert written(read_time(unread, Calendar(NOW.date()))) == expected
    assert " ".join(unread.rest.split()) == rest


def test_a_day_of_a_named_month_is_in_that_month() -> None:
    days = [("本月3号", 11), ("上月3号", 10), ("上个月的3号", 10), ("上上个月3号", 9)]
    for question, month in days:
        words = read_time(UnreadWords(question), Calendar(NOW.date()))
        assert words
        assert words.date == f"2026-{month:02d}-03"


@pytest.mark.parametrize(
    "question",
    [
        "last 0 hours",
        "最近十百天",
        "errors of 9999-12-31",
        "十百点",
        "errors of checkout",
        "近 3 米",
        "timeouts to 10.0.0.7:5000",
        "code 500",
        "order 1027",
        "前端的错误",
        "some time",
        "1号机的错误",
        "3日志",
        "第20号订单",
        "这一台",
        "build 11-20-3",
    ],
)
def test_what_names_no_time_has_none(question: str) -> None:
    assert read_time(UnreadWords(question), Calendar(NOW.date())) is None


def test_a_day_without_a_month_is_the_last_one_with_records() -> None:
    recorded = Calendar(NOW.date(), date(2026, 9, 1), date(2026, 9, 25))

    for calendar, month in ((recorded, 9), (Calendar(NOW.date()), 11)):
        time = read_time(UnreadWords("20号的错误"), calendar)
        assert time
        assert time.date == f"2026-{month:02d}-20"


def test_since_a_change_that_never_was_means_nothing() -> None:
    words = read_time(UnreadWords("since the last deploy"), Calendar(NOW.date()))

    assert words
    assert window(words, NOW, None) is None


@pytest.mark.parametrize(
    ("today", "question", "expected"),
    [
        ("2028-01-10", "errors on 20 March", "2027-03-20"),
        ("2028-02-29", "3月1日的错误", "2027-03-01"),
        ("2028-01-10", "errors on 29 February", "2024-02-29"),
        ("2028-02-29", "2月29日的错误", "2028-02-29"),
        ("2029-01-01", "errors on 31 December", "2028-12-31"),
    ],
)
def test_a_day_without_a_year_is_the_last_one_also_around_a_leap_day(
    today: str, question: str, expected: str
) -> None:
    words = read_time(UnreadWords(question), Calendar(date.fromisoformat(today)))

    assert words
    assert words.date == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("12 月 10 日", "2025-12-10"),
        ("Dec 10", "2025-12-10"),
        ("3 January", "2026-01-03"),
        ("12/10", "2025-12-10"),
        ("2024-12-10", "2024-12-10"),
        ("6月5日", "2025-06-05"),
        ("2月20日", "2025-02-20"),
        ("in December", "2025-12-01"),
    ],
)
def test_a_year_that_nobody_names_is_the_latest_with_records(question: str, expected: str) -> None:
    calendar = Calendar(NOW.date(), date(2024, 11, 1), date(2026, 1, 20))

    words = read_time(UnreadWords(question), calendar)

    assert words
    assert words.date == expected


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("去年10月的错误", "2025-10-01", "2025-10-31"),
        ("去年十月三日", "2025-10-03", "2025-10-03"),
        ("2024年十月三日", "2024-10-03", "2024-10-03"),
        ("去年的错误", "2025-01-01", "2025-12-31"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("上上个月", "2026-09-01", "2026-09-30"),
    ],
)
def test_a_year_that_is_named_is_that_year(question: str, first: str, last: str) -> None:
    words = read_time(UnreadWords(question), Calendar(NOW.date()))

    assert words
    assert (words.date, words.last_date) == (first, last)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("昨天 15：00 到 １７：００", "昨天 15:00 到 17:00"),
        ("登录失败：10.0.0.3", "登录失败：10.0.0.3"),
        ("2026-11-20T07:00:00Z 到 2026-11-20T09:00:00.5Z", "2026-11-20 15:00:00 到 2026-11-20 17:00:00"),
        ("2026-11-20 07:00:00 UTC", "2026-11-20 15:00:00"),
        ("2026-11-20T15:00:00+08:00", "2026-11-20 15:00:00"),
        ("2026-11-20T15:00", "2026-11-20 15:00:00"),
        ("2026-11-20 15:00-17:00", "2026-11-20 15:00:00-17:00"),
        ("[20/Nov/2026:07:00:00 +0000]", "2026-11-20 15:00:00"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_what_is_pasted_is_read_on_the_clocks_of_the_house(question: str, text: str) -> None:
    assert on_clocks(half_width(question), NOW.tzinfo) == text


def test_a_day_that_no_calendar_has_means_nothing() -> None:
    assert window(TimeWords(date="2026-02-30"), NOW, None) is None
