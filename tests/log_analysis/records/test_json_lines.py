"""Records in JSON are read under the names that programs give to time, level, host, service and message."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa
import pytest

from apps.log_analysis.records.batch_formats import JsonLineReader, are_json_lines, read_json

# Of 2026-02-03 04:05:06 UTC.
SECONDS = 1_770_091_506


def rows_of(content: bytes) -> list[dict[str, Any]]:
    return [row for table in read_json(content, "UTC") for row in table.to_pylist()]


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (
            {"__REALTIME_TIMESTAMP": f"{SECONDS}000000", "PRIORITY": "3", "_HOSTNAME": "web1",
             "SYSLOG_IDENTIFIER": "sshd", "MESSAGE": "tea"},
            ("error", "web1", "sshd"),
        ),
        (
            {"t": {"$date": "2026-02-03T04:05:06.000+00:00"}, "s": "E", "c": "NETWORK", "msg": "tea"},
            ("error", None, None),
        ),
        (
            {"kind": "Event", "type": "Warning", "lastTimestamp": "2026-02-03T04:05:06Z", "eventTime": None,
             "reportingComponent": "kubelet", "message": "tea"},
            ("warning", None, "kubelet"),
        ),
        ({"level": 50, "time": SECONDS * 1000, "hostname": "web1", "msg": "tea"}, ("error", "web1", None)),
        ({"@t": "2026-02-03T04:05:06.0000000Z", "@mt": "tea", "@l": "Warning"}, ("warning", None, None)),
        (
            {"TimeCreated": f"/Date({SECONDS}000)/", "LevelDisplayName": "错误", "MachineName": "DC1",
             "ProviderName": "Security", "Message": "tea"},
            ("error", "DC1", "Security"),
        ),
        (
            {"@timestamp": "2026-02-03T04:05:06Z", "log": {"level": "error"}, "message": "tea"},
            ("error", None, None),
        ),
        (
            {"date": SECONDS, "log": "tea\n", "stream": "stderr", "level": "error",
             "kubernetes": {"pod_name": "shop-7", "container_name": "shop"}},
            ("error", "shop-7", "shop"),
        ),
        (
            {"Timestamp": "2026-02-03 04:05:06", "LogLevel": "Error", "Category": "Shop.Orders", "Message": "tea"},
            ("error", None, "Shop.Orders"),
        ),
        (
            {"asctime": "2026-02-03 04:05:06,000", "levelname": "ERROR", "name": "shop", "message": "tea"},
            ("error", None, "shop"),
        ),
        (
            {"instant": {"epochSecond": SECONDS, "nanoOfSecond": 7}, "level": "ERROR", "loggerName": "shop.Tea",
             "message": "tea"},
            ("error", None, "shop.Tea"),
        ),
        (
            {"version": "1.1", "host": "web1", "short_message": "tea", "timestamp": SECONDS, "level": 3},
            ("error", "web1", None),
        ),
    ],
)  # fmt: skip
def test_each_program_has_names_of_its_own(record: dict[str, Any], fields: tuple[str | None, ...]) -> None:
    (row,) = [row for table in read_json(orjson.dumps(record), "UTC") for row in table.to_pylist()]

    assert row["time"] == datetime.fromtimestamp(SECONDS, UTC)
    assert (row["level"], row["host"], row["service"], row["message"]) == (*fields, "tea")


def test_a_file_of_an_array_with_an_object_on_each_line_is_read_by_its_keys() -> None:
    lines = pa.array([*[f'  {{"level": "error", "msg": "tea {number}"}},' for number in range(20)], "]"])

    assert are_json_lines(lines)
    rows = JsonLineReader("UTC").read(lines).to_pylist()
    assert [row["message"] for row in rows] == [*[f"tea {number}" for number in range(20)], "]"]


def test_what_a_container_coloured_is_read_without_colours() -> None:
    line = orjson.dumps({"log": "\x1b[31mERROR\x1b[0m no tea\n", "stream": "stderr"})

    (row,) = rows_of(line)

    assert (row["level"], row["message"]) == ("error", "ERROR no tea")
    assert "u001b" not in row["text"]


def test_a_day_in_digits_is_no_number_of_seconds() -> None:
    (row,) = [
        row for table in read_json(b'{"date":"20260203","msg":"tea"}', "UTC") for row in table.to_pylist()
    ]

    assert row["time"] == datetime(2026, 2, 3, tzinfo=UTC)


def container_lines(*messages: str) -> bytes:
    names = {"stream": "stderr", "time": "2026-02-03T04:05:06Z"}
    return b"\n".join(orjson.dumps({"log": f"{message}\n", **names}) for message in messages)


def test_a_stack_trace_that_a_container_wrote_line_by_line_is_one_record() -> None:
    trace = ["ERROR no tea", "\tat shop.Pay(Pay.java:7)", "Caused by: no disk", "\t... 3 more"]

    failed, ready = rows_of(container_lines(*trace, "INFO ready"))

    assert (failed["level"], failed["message"], failed["line"], failed["lines"]) == (
        "error",
        "ERROR no tea",
        0,
        4,
    )
    assert failed["text"].splitlines()[1:] == trace[1:]
    assert (ready["message"], ready["line"], ready["lines"]) == ("INFO ready", 4, 1)


def test_containers_that_write_at_once_keep_their_lines_apart() -> None:
    def line(pod: str, message: str) -> bytes:
        names = {"stream": "stderr", "kubernetes": {"pod_name": pod, "container_name": "shop"}}
        return orjson.dumps({"log": message, **names})

    lines = [line("a", "failed"), line("b", "ready"), line("a", "  at shop.Pay"), line("c", "  indented")]

    assert [row["text"].splitlines()[1:] for row in rows_of(b"\n".join(lines))] == [["  at shop.Pay"], [], []]


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        (b'{\n  "level": "error",\n  "msg": "a"\n}', ["a"]),
        (b'{\n  "msg": "a"\n}\n{\n  "msg": "b"\n}\n', ["a", "b"]),
        (b'\xef\xbb\xbf{"msg": "a"}\n{"msg": "b"}', ["a", "b"]),
        (b'\xef\xbb\xbf[{"msg": "a"}]', ["a"]),
        ('{"msg": "没有茶"}'.encode("gb18030"), ["没有茶"]),
        (b'  {"msg": "a"},\r\n  {"msg": "b"}\r\n', ["a", "b"]),
        (b'{\n"msg": "a"\nno object', ["{", '"msg": "a"', "no object"]),
    ],
)
def test_objects_are_read_however_they_are_laid_out_and_encoded(content: bytes, messages: list[str]) -> None:
    assert [row["message"] for row in rows_of(content)] == messages


@pytest.mark.parametrize("wrapper", [{"Records": ...}, {"apiVersion": "v1", "kind": "List", "items": ...}])
def test_what_wraps_records_is_none_itself(wrapper: dict[str, Any]) -> None:
    items = [{"eventTime": "2026-02-03T04:05:06Z", "eventSource": "s3", "eventName": name} for name in "ab"]
    content = orjson.dumps({name: items if value is ... else value for name, value in wrapper.items()})

    rows = rows_of(content)

    assert [(row["time"], row["service"]) for row in rows] == [
        (datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC), "s3")
    ] * 2
    assert [orjson.loads(row["text"])["eventName"] for row in rows] == ["a", "b"]


def test_a_record_with_a_list_of_its_own_stays_one() -> None:
    (row,) = rows_of(b'{"msg": "order placed", "items": [{"tea": 1}, {"tea": 2}]}')

    assert row["message"] == "order placed"


@pytest.mark.parametrize(
    ("log", "message", "level"),
    [
        ('{"level":"warn","logger":"http","ts":1770091506.1,"msg":"cache miss"}', "cache miss", "warning"),
        ('{"level":"error","error":"no tea"}', '{"level":"error","error":"no tea"}', "error"),
        ("E0203 04:05:06.123456    2217 pod_workers.go:1298] no tea", None, "error"),
        ("{no object", None, None),
    ],
)
def test_what_a_program_wrote_is_read_in_what_its_container_wrote_around_it(
    log: str, message: str | None, level: str | None
) -> None:
    names = {"kubernetes": {"pod_name": "cart-7", "container_name": "cart"}, "stream": "stdout"}
    record = {"time": "2026-02-03T04:05:06Z", "log": f"{log}\n", **names}

    (row,) = rows_of(orjson.dumps(record))

    assert (row["message"], row["level"]) == (message or log, level)
    assert (row["host"], row["service"]) == ("cart-7", "cart")
    assert row["time"] == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_a_trace_within_a_text_is_found_in_batches_as_in_files() -> None:
    line = b'{"msg": "paid request_id=8f3c01aa77"}'

    assert rows_of(line)[0]["trace"] == "8f3c01aa77"
    assert JsonLineReader("UTC").read(pa.array([line.decode()]))["trace"].to_pylist() == ["8f3c01aa77"]


@pytest.mark.parametrize(
    ("record", "level"),
    [
        ({"request_uri": "/tea", "status": 502}, "error"),
        ({"method": "GET", "path": "/tea", "status": "503", "message": "answered"}, "error"),
        ({"request_uri": "/tea", "status": 404}, "info"),
        ({"request_uri": "/tea", "status": 500, "level": "warn"}, "warning"),
        ({"order": "7", "status": 502}, None),
        ({"path": "/tea", "status": "done"}, None),
    ],
)
def test_a_request_that_the_server_failed_is_an_error_where_nothing_else_says_a_level(
    record: dict[str, Any], level: str | None
) -> None:
    assert [row["level"] for row in rows_of(orjson.dumps(record))] == [level]


@pytest.mark.parametrize(
    ("code", "level"), [("AccessDenied", "error"), (0, None), ("OK", None), (None, None)]
)
def test_a_call_that_failed_is_an_error_where_nothing_else_says_a_level(
    code: object, level: str | None
) -> None:
    call = {"eventTime": "2026-02-03T04:05:06Z", "eventName": "ListKeys", "errorCode": code}

    [row] = rows_of(orjson.dumps(call))

    assert row["level"] == level
