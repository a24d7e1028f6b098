"""Records in JSON are read under the names that programs give to time, level, host, service and message."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from apps.log_analysis.records.batch_formats import read_json

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
    ],
)  # fmt: skip
def test_each_program_has_names_of_its_own(record: dict[str, Any], fields: tuple[str | None, ...]) -> None:
    (row,) = [row for table in read_json(orjson.dumps(record), "UTC") for row in table.to_pylist()]

    assert row["time"] == datetime.fromtimestamp(SECONDS, UTC)
    assert (row["level"], row["host"], row["service"], row["message"]) == (*fields, "tea")


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
