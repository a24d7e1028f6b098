"""Records are found in lines of many programs: when, how bad, where, and what the message is."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from domain.logs.parsing.lines import column_of_lines
from domain.logs.records import MAX_RECORD_LINES, RecordReader
from domain.logs.time_formats import TIME_FORMATS, TimeFormat, detect_time_format

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def records(*lines: str, time_format: TimeFormat | None = None) -> list[dict[str, Any]]:
    column = pa.array(lines, pa.string())
    reader = RecordReader(time_format, NOW) if time_format else RecordReader.detect(column, NOW)
    rows: list[dict[str, Any]] = reader.read(column, is_last=True).to_pylist()
    return rows


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("2026-02-03 04:05:06,789 INFO ready", "2026-02-03T04:05:06.789"),
        ("2026-02-03T04:05:06.123456+08:00 ready", "2026-02-02T20:05:06.123456"),
        ("2026/02/03 04:05:06 [error] 7#7: no file", "2026-02-03T04:05:06"),
        ("- 1117838570 2005.06.03 R02 2005-06-03-15.42.50.675872 RAS", "2005-06-03T15:42:50.675872"),
        ("20171223-22:15:29:606|Step_LSC|ready", "2017-12-23T22:15:29.606"),
        ("10.0.0.1 - - [03/Feb/2026:04:05:06 +0000] GET", "2026-02-03T04:05:06"),
        ("Date: 03 Feb 2026 04:05:06 -0500 mail", "2026-02-03T09:05:06"),
        ("[Sun Dec 04 04:47:44 2005] [notice] ready", "2005-12-04T04:47:44"),
        ("<34>Feb  3 04:05:06 web1 sshd[7]: ready", "2026-02-03T04:05:06"),
        ("Dec 10 06:55:46 web1 sshd[7]: a year is not written", "2025-12-10T06:55:46"),
        ("17/06/09 20:10:40 INFO executor: ready", "2017-06-09T20:10:40"),
        ("02/13/26 04:05:06 ready", "2026-02-13T04:05:06"),
        ("10,02/13/26,04:05:06,Assign,10.0.0.7", "2026-02-13T04:05:06"),
        ("20260203040506 ready", "2026-02-03T04:05:06"),
        ("[20260203_040506.123] ready", "2026-02-03T04:05:06.123"),
        ("Friday, February 13, 2026 4:05:06 PM ready", "2026-02-13T16:05:06"),
        ("02-03 04:05:06.811  1702  2395 D WindowManager: ready", "2026-02-03T04:05:06.811"),
        ("I0203 04:05:06.000001 7 main.go:12] ready", "2026-02-03T04:05:06.000001"),
        ("081109 203615 148 INFO dfs.DataNode: ready", "2008-11-09T20:36:15"),
        ("1770091506.25 ready", "2026-02-03T04:05:06.25"),
        ("1770091506250 ready", "2026-02-03T04:05:06.25"),
        ("04:05:06 ready", "2026-03-05T04:05:06"),
        ("04:05:06 PM ready", "2026-03-04T16:05:06"),
        ("[GIN] 2026/02/03 - 04:05:06 | 200 | GET /", "2026-02-03T04:05:06"),
        ("Feb  3 2026 12:05:06+08:00 HUAWEI %%01SSH/4/FAIL(s)[2]:tea", "2026-02-03T04:05:06"),
        ("2月 03 04:05:06 web1 sshd[7]: ready", "2026-02-03T04:05:06"),
        ("2026/2/3 4:05:06 ready", "2026-02-03T04:05:06"),
        ("2026/2/3 4:05:06 PM ready", "2026-02-03T16:05:06"),
        ("2026/2/3 下午 4:05:06 准备就绪", "2026-02-03T16:05:06"),
        ("2026年2月3日 04:05:06 准备就绪", "2026-02-03T04:05:06"),
        ("2026年2月3日4时5分6秒 准备就绪", "2026-02-03T04:05:06"),
        ("2026年2月3日 上午12:05:06 准备就绪", "2026-02-03T00:05:06"),
        ("2/3/2026 12:05:06 PM ready", "2026-02-03T12:05:06"),
        ("2/13/2026, 4:05:06\u202fPM ready", "2026-02-13T16:05:06"),
        ("13/2/2026 4:05:06 pm ready", "2026-02-13T16:05:06"),
        ("13.02.2026 04:05:06 ready", "2026-02-13T04:05:06"),
        ("02/13/2026 04:05:06 ready", "2026-02-13T04:05:06"),
        ("Feb 03, 2026 4:05:06 PM org.apache.Catalina start", "2026-02-03T16:05:06"),
        ("十二月 03, 2025 4:05:06 下午 org.apache.Catalina start", "2025-12-03T16:05:06"),
        ("03-FEB-2025 04:05:06 * service_update * tea * 0", "2025-02-03T04:05:06"),
        ('[03/Feb/2025 04:05:06] "GET /tea HTTP/1.1" 200 7', "2025-02-03T04:05:06"),
        ("=ERROR REPORT==== 3-Feb-2025::04:05:06 ===", "2025-02-03T04:05:06"),
        ("250203  4:05:06 [ERROR] no tea", "2025-02-03T04:05:06"),
        ("[2/3/25 4:05:06:789 CST] 00000021 servlet E no tea", "2025-02-03T04:05:06.789"),
        ("[25-2-3 4:05:06:789 CST] 00000021 servlet E no tea", "2025-02-03T04:05:06.789"),
        ("####<2025-2-3 下午4时5分6秒 CST> <Error> <HTTP> no tea", "2025-02-03T16:05:06"),
    ],
)
def test_the_format_of_the_time_is_found_by_itself(line: str, time: str) -> None:
    (record,) = records(line)
    assert record["time"] == datetime.fromisoformat(time).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-02-03 04:05:06.001 UTC [7] postgres@shop FATAL:  no such user", "critical"),
        ("[2026-02-03T04:05:06,123][WARN ][o.e.b.Bootstrap ] [node-1] slow", "warning"),
        ("[Tue Feb 03 04:05:06.123456 2026] [core:error] [pid 7] no file", "error"),
        ("[2026-02-03 04:05:06,123: ERROR/ForkPoolWorker-1] Task tea raised", "error"),
        ("E, [2026-02-03T04:05:06.123456 #1234] ERROR -- : no tea", "error"),
        ("[2026-02-03 04:05:06] local.ERROR: no tea", "error"),
        ("2026-02-03 04:05:06.123|main|WARN|shop.Order|no tea", "warning"),
        ("2026-02-03T04:05:06.123+0800\twarn\tapi/handler.go:12\tno tea", "warning"),
        ('time="2026-02-03T04:05:06Z" level=error msg="no tea"', "error"),
        ("ts=2026-02-03T04:05:06.123Z caller=main.go:12 level=warn msg=tea", "warning"),
        ("[04:05:06 FTL] no tea", "critical"),
        ("2026-02-03T04:05:06.1Z stdout F 2026-02-03 04:05:06 INFO tea", "info"),
        ("2026-02-03T04:05:06.1Z stderr F E0203 04:05:06.000001 7 main.go:12] tea", "error"),
        ("03-Feb-2026 04:05:06.123 严重 [main] shop.Tea 没有茶", "error"),
        ("2026-02-03 04:05:06 【警告】没有茶", "warning"),
        ("错误\t2026/2/3 4:05:06\tApplication Error\t1000\t没有茶", "error"),
        ("ERROR 2026-02-03 04:05:06,123 views no tea", "error"),
        ("2026-02-03 04:05:06,ERROR,payment,no tea", "error"),
        ('"2026-02-03 04:05:06","web1","warning","no tea"', "warning"),
        ("2026-02-03 04:05:06;错误;没有茶", "error"),
        ("2026-02-03 04:05:06, no error, no tea", None),
        ("WARN [2026-02-03 04:05:06,123] shop.Tea: slow", "warning"),
        ("E0203 04:05:06.000001 7 main.go:12] no tea", "error"),
        ("Feb  3 04:05:06 web1 shop[7]: ERROR no tea", "error"),
        ("2026-02-03T04:05:06Z error: no tea", "error"),
        ("warn: no tea", "warning"),
        ("2026-02-03 04:05:06.001 CST [7] 致命错误:  没有茶", "critical"),
        ("####<Feb 3, 2026 4:05:06 AM CST> <Error> <HTTP> <app1> no tea", "error"),
        ("[03-Feb-2026 04:05:06 Asia/Shanghai] PHP Fatal error:  Uncaught Error: no tea", "critical"),
        ("[03-Feb-2026 04:05:06 UTC] PHP Parse error:  no tea", "error"),
        ("[03-Feb-2026 04:05:06] PHP Warning:  no tea", "warning"),
        ("[2026-02-03 04:05:06,123] {taskinstance.py:1850} ERROR - no tea", "error"),
        ("1:M 03 Feb 2026 04:05:06.123 # no tea", "warning"),
        ("1:M 03 Feb 2026 04:05:06.123 * tea", "notice"),
        ('10.0.0.7 - - [03/Feb/2026:04:05:06 +0000] "GET /tea HTTP/1.1" 502 157 "-" "curl"', "error"),
        ('10.0.0.7 - - [03/Feb/2026:04:05:06 +0000] "POST /tea?n=500 HTTP/2.0" 404 500 "-" "-"', "info"),
        ("Error: 7 of 9", None),
        ("2026-02-03 04:05:06 GET /error 200", None),
        ("2026-02-03 04:05:06 信息已关闭", None),
    ],
)
def test_a_level_is_read_wherever_programs_write_it(line: str, level: str | None) -> None:
    assert [record["level"] for record in records(line)] == [level]


@pytest.mark.parametrize("client", ["203.0.113.66", "2001:db8::7"])
def test_whoever_asked_stands_in_the_message_of_an_access_log(client: str) -> None:
    line = f'{client} - anna [03/Feb/2026:04:05:06 +0000] "GET /tea HTTP/1.1" 404 157'

    assert [record["message"] for record in records(line)] == [f'{client} "GET /tea HTTP/1.1" 404 157']


@pytest.mark.parametrize(
    ("header", "word", "level"),
    [
        ("Feb 03, 2026 4:05:06 AM", "SEVERE", "error"),
        ("二月 03, 2026 4:05:06 上午", "警告", "warning"),
        ("Feb 03, 2026 4:05:06 AM", "CONFIG", "debug"),
    ],
)
def test_java_s_own_format_has_level_and_message_below(header: str, word: str, level: str) -> None:
    first, second = records(
        f"{header} shop.Tea brew", f"{word}: no tea", "java.io.IOException: gone", "\tat shop.Tea.brew(Tea.java:7)",
        f"{header} shop.Tea brew",
    )  # fmt: skip

    assert (first["level"], first["service"], first["message"]) == (level, "shop.Tea", "no tea")
    assert first["lines"] == 4
    assert (second["level"], second["message"]) == (None, "shop.Tea brew")


def test_colours_of_a_terminal_hide_neither_time_nor_level() -> None:
    line = "\x1b[2m2026-02-03T04:05:06.5Z\x1b[0m \x1b[31mERROR\x1b[0m \x1b[2mshop\x1b[0m: no \x1b[1;38;5;208mtea\x1b[0m"
    column = column_of_lines(f"{line}\n{line}".encode())

    (row, _again) = records(*column.to_pylist())

    assert row["time"] == datetime(2026, 2, 3, 4, 5, 6, 500_000, tzinfo=UTC)
    assert (row["level"], row["service"], row["message"]) == ("error", "shop", "no tea")
    assert row["text"] == "2026-02-03T04:05:06.5Z ERROR shop: no tea"


def test_a_person_may_say_how_the_time_is_written() -> None:
    time_format = TimeFormat.from_strptime("%d.%m.%Y %H:%M:%S")
    (record,) = records("03.02.2026 04:05:06 INFO ready", time_format=time_format)
    assert record["time"] == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    (record,) = records("04:05 下午 ready", time_format=TimeFormat.from_strptime("%I:%M %p"))
    assert record["time"].hour == 16
    for wrong in ("%Q", "%d.%m.%Y", "%H:%M %H"):
        with pytest.raises(ValueError, match=wrong):
            TimeFormat.from_strptime(wrong)


def test_an_hour_of_one_digit_begins_a_record() -> None:
    lines = [f"2026/2/3 {hour}:05:06 ready" for hour in range(24)]

    assert [record["time"].hour for record in records(*lines)] == list(range(24))


def test_which_number_is_the_month_is_told_by_other_days() -> None:
    months_first = records("02/03/2026 04:05:06 a", "02/13/2026 04:05:06 b")
    days_first = records("02/03/2026 04:05:06 a", "13/03/2026 04:05:06 b")

    assert [record["time"].month for record in (*months_first, *days_first)] == [2, 2, 3, 3]


@pytest.mark.parametrize(
    ("line", "hour", "message"),
    [
        ("2026-02-03 04:05:06.789 UTC [7] LOG:  ready", 4, "[7] LOG:  ready"),
        ("2026-02-03 12:05:06+08 [7] LOG:  ready", 4, "[7] LOG:  ready"),
        ("2026-02-03 12:05:06 Zookeeper is ready", 4, "Zookeeper is ready"),
        ("Tue Feb  3 04:05:06 UTC 2026 ready", 4, "ready"),
        ("Tue Feb  3 12:05:06 CST 2026 ready", 4, "ready"),
    ],
)
def test_a_zone_is_read_where_one_is_written(line: str, hour: int, message: str) -> None:
    time_format = detect_time_format(pa.array([line]))
    assert time_format

    (record,) = records(line, time_format=replace(time_format, zone=SHANGHAI))

    assert (record["time"].hour, record["message"]) == (hour, message)


SHANGHAI = "Asia/Shanghai"
SYSLOG = next(each for each in TIME_FORMATS if each.name == "syslog")
CLOCK = next(each for each in TIME_FORMATS if each.name == "clock")
DAY_OF_MONTH = TimeFormat.from_strptime("%d %H:%M:%S")


@pytest.mark.parametrize(
    ("time_format", "zone", "now", "line", "time"),
    [
        (SYSLOG, "UTC", "2028-01-05 12:00", "Dec 31 04:05:06", "2027-12-31 04:05:06"),
        (SYSLOG, "UTC", "2029-01-05 12:00", "Feb 10 04:05:06", "2028-02-10 04:05:06"),
        (SYSLOG, "UTC", "2029-01-05 12:00", "Feb 29 04:05:06", "2028-02-29 04:05:06"),
        (SYSLOG, "UTC", "2028-02-29 16:30", "Feb 29 16:29:00", "2028-02-29 16:29:00"),
        (SYSLOG, "UTC", "2028-02-29 16:30", "Mar  1 16:29:00", "2028-03-01 16:29:00"),
        (SYSLOG, "UTC", "2028-02-29 16:30", "Mar  1 16:31:00", "2027-03-01 16:31:00"),
        (SYSLOG, SHANGHAI, "2027-12-31 23:30", "Jan  1 07:29:00", "2027-12-31 23:29:00"),
        (SYSLOG, "America/New_York", "2028-01-01 02:00", "Dec 31 20:59:00", "2028-01-01 01:59:00"),
        (CLOCK, SHANGHAI, "2028-02-28 16:30", "00:29:00", "2028-02-28 16:29:00"),
        (CLOCK, "UTC", "2028-03-01 00:20", "23:59:58", "2028-02-29 23:59:58"),
        (CLOCK, "UTC", "2028-02-29 23:59", "00:00:04", "2028-03-01 00:00:04"),
        (CLOCK, SHANGHAI, "2028-02-28 16:20", "23:59:58", "2028-02-28 15:59:58"),
        (DAY_OF_MONTH, "UTC", "2028-03-05 12:00", "29 04:05:06", "2028-02-29 04:05:06"),
        (DAY_OF_MONTH, "UTC", "2027-12-31 23:30", "31 23:29:00", "2027-12-31 23:29:00"),
    ],
)
def test_what_is_not_written_of_a_date_is_the_last_possible(
    time_format: TimeFormat, zone: str, now: str, line: str, time: str
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    times = replace(time_format, zone=zone).times(pa.array([line]), moment)

    assert times.tolist() == [datetime.fromisoformat(time)]


def test_there_is_no_such_day() -> None:
    assert [record["time"] for record in records("2026-02-30 04:05:06 a", "2026-13-01 04:05:06 b")] == [
        None,
        None,
    ]


def test_lines_without_a_time_belong_to_the_record_before() -> None:
    first, second = records(
        "2026-02-03 04:05:06 ERROR app.pay: failed",
        "Traceback (most recent call last):",
        '  File "pay.py", line 3, in charge',
        "ValueError: no card",
        "2026-02-03 04:05:07 INFO app.pay: next",
    )
    assert (first["line"], first["lines"], first["message"]) == (0, 4, "failed")
    assert first["text"].endswith("\nValueError: no card")
    assert (second["line"], second["lines"], second["message"]) == (4, 1, "next")


def test_a_trace_that_is_all_there_is_has_the_time_of_its_first_line() -> None:
    java = ["2026-02-03 04:05:06,789 ERROR shop.Pay - failed", *["\tat shop.Pay.charge(Pay.java:7)"] * 60]
    python = [
        "2026-02-03 04:05:06,789 - shop.pay - ERROR - failed",
        *[
            "Traceback (most recent call last):",
            *['  File "pay.py", line 3, in charge'] * 9,
            "KeyError: 7",
            "",
        ],
        *[
            "During handling of the above exception, another exception occurred:",
            "",
            "Traceback (most recent",
        ],
        *[
            "Traceback (most recent call last):",
            *['  File "pay.py", line 9, in refund'] * 9,
            "ValueError: no card",
        ],
    ]

    for lines in (java, python):
        [row] = records(*lines)
        assert (row["time"].hour, row["level"], row["lines"]) == (4, "error", len(lines))


def test_below_a_line_with_nothing_but_the_time_stands_the_message() -> None:
    oracle = ["Tue Feb 03 04:05:06 2026", "Errors in file /u01/orcl_7.trc:", "ORA-00600: internal error code"]
    mysql = ["# Time: 2026-02-03T04:05:06.5Z", "# Query_time: 12.3  Rows_sent: 1", "SELECT * FROM tea;"]

    for lines in (oracle, mysql):
        first, second = records(*lines, *lines)
        assert first["message"] == second["message"] == "\n".join(lines[1:])
        assert first["text"] == "\n".join(lines)


def test_of_net_s_console_the_message_stands_below_level_and_category() -> None:
    lines = ["fail: Shop.Orders[13]", "      No tea.", "      at Shop.Pay()"]

    first, second = records(*lines, "info: Shop.Hosting[14]", "      Ready.")

    assert (first["level"], first["service"]) == ("error", "Shop.Orders")
    assert first["message"].startswith("No tea.\n")
    assert (second["level"], second["service"], second["message"]) == ("info", "Shop.Hosting", "Ready.")


def test_a_trace_in_a_file_of_kubernetes_is_one_record() -> None:
    time = "2026-02-03T04:05:06.123456789Z stderr F"

    failed, ready = records(
        f"{time} ERROR no tea", f"{time}   at shop.Pay", f"{time} Caused by: no disk", f"{time} ready"
    )

    assert (failed["level"], failed["lines"], ready["lines"]) == ("error", 3, 1)


def test_what_postgresql_says_more_of_an_error_belongs_to_it() -> None:
    said = "2026-02-03 04:05:06.123 CST [7] tea@shop"
    first, second = records(
        f"{said} ERROR:  duplicate key",
        f"{said} DETAIL:  Key (id)=(42) already exists.",
        f"{said} STATEMENT:  INSERT INTO tea",
        "\tVALUES (42)",
        f"{said} LOG:  checkpoint starting",
    )

    assert (first["level"], first["lines"], second["lines"]) == ("error", 4, 1)
    assert first["text"].endswith("INSERT INTO tea\n\tVALUES (42)")


def test_without_any_time_what_is_indented_belongs_to_the_line_before() -> None:
    rows = records("Exception in thread main", "\tat a.B.c(B.java:7)", "Caused by: no disk", "ready")
    assert [row["lines"] for row in rows] == [3, 1]


@pytest.mark.slow
def test_records_are_the_same_however_the_lines_come() -> None:
    lines = [
        line
        for second in range(20)
        for line in (f"2026-02-03 04:05:{second:02} INFO a: {second}", *["  more"] * (second % 4))
    ]
    whole = records(*lines)
    reader = RecordReader(detect_time_format(pa.array(lines)), NOW)
    parts: list[dict[str, Any]] = []
    for start in range(0, len(lines), 3):
        parts += reader.read(pa.array(lines[start : start + 3])).to_pylist()
    parts += reader.read(pa.array([], pa.string()), is_last=True).to_pylist()
    assert parts == whole


def test_a_record_has_an_end() -> None:
    first = "2026-02-03 04:05:06 INFO a"
    rows = records(
        first, *["no time"] * (2 * MAX_RECORD_LINES), time_format=detect_time_format(pa.array([first]))
    )
    assert [row["lines"] for row in rows] == [MAX_RECORD_LINES, MAX_RECORD_LINES, 1]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("Feb  3 04:05:06 web1 sshd[7]: closed", (None, "web1", "sshd", "closed")),
        ("2026-02-03 04:05:06 7 INFO dfs.DataNode: closed", ("info", None, "dfs.DataNode", "closed")),
        ("2026-02-03 04:05:06 [main] WARN org.app.Foo - closed", ("warning", None, "org.app.Foo", "closed")),
        ("2026-02-03 04:05:06 - ERROR [a[b=1]/0:Q@7] - closed", ("error", None, None, "closed")),
        ("[Sun Dec 04 04:47:44 2005] [crit] closed", ("critical", None, None, "closed")),
        ("02-03 04:05:06.811  17  23 E Manager: closed", ("error", None, "Manager", "closed")),
        ("2026-02-03 04:05:06 INFO web: closed", ("info", None, "web", "closed")),
        ("2026-02-03 04:05:06,123 ERROR web[7]: closed", ("error", None, "web", "closed")),
        ("2026-02-03 04:05:06 web INFO: closed", (None, None, None, "web INFO: closed")),
        ("2026-02-03 04:05:06 closed", (None, None, None, "closed")),
        ("2026-02-03 04:05:06 information is closed", (None, None, None, "information is closed")),
        ("ERROR:stock.sync:disk full", ("error", None, "stock.sync", "disk full")),
        ("INFO:https://tea.example", (None, None, None, "INFO:https://tea.example")),
        (
            "2026-02-03T04:05:06.123+08:00 ERROR 7 --- [shop] [nio-8080-exec-1] o.a.c.[/].[dispatcherServlet]    : no tea",
            ("error", None, "o.a.c.[/].[dispatcherServlet]", "no tea"),
        ),
        (
            "2026-02-03 04:05:06.123  WARN 7 --- [   main] shop.Tea : slow",
            ("warning", None, "shop.Tea", "slow"),
        ),
        ('time="2026-02-03T04:05:06Z" level=error msg="no tea"', ("error", None, None, 'msg="no tea"')),
        (
            "2026-11-01 08:00:00,123 - stock.sync - ERROR - disk full",
            ("error", None, "stock.sync", "disk full"),
        ),
        (
            'time=2026-11-01T08:00:00.123Z level=warn service=search msg="heap high"',
            ("warning", None, "search", 'msg="heap high"'),
        ),
    ],
)
def test_level_host_and_service_stand_before_the_message(line: str, fields: tuple[str | None, ...]) -> None:
    (record,) = records(line)
    assert (record["level"], record["host"], record["service"], record["message"]) == fields


@pytest.mark.parametrize(
    "text", ["trace_id=4bf92f3577b34da6", "[req-4bf92f3577b34da6]", '"traceId": "4bf92f3577b34da6"']
)
def test_the_trace_of_a_record_is_found(text: str) -> None:
    (record,) = records(f"2026-02-03 04:05:06 INFO {text} done")
    assert record["trace"] == "4bf92f3577b34da6"


def test_nothing_and_nonsense_are_records_too() -> None:
    assert records() == []
    assert [row["time"] for row in records("\x00\x01", "", "::::")] == [None, None, None]
