"""Messages of syslog are read as programs and devices write them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.log_analysis.records.syslog import read_syslog
from apps.log_analysis.sources.syslog_framing import encode_message
from tests.log_analysis.stored_lines import log_source, read_records

ARRIVAL = datetime(2026, 3, 5, 12, tzinfo=UTC)


def read(*messages: str, zone: str = "UTC") -> list[dict[str, Any]]:
    content = b"".join(
        encode_message(each.encode(), "10.0.0.9", int(ARRIVAL.timestamp() * 1000)) for each in messages
    )
    return [row for table in read_syslog(content, zone) for row in table.to_pylist()]


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (
            '<11>1 2026-02-03T04:05:06.5+08:00 web1 shop 7 ID1 [a b="x\\]y"][c d="1"] \ufefftea is out',
            ("2026-02-02T20:05:06.500", "error", "web1", "shop", "tea is out"),
        ),
        (
            '<11>1 2026-02-03T04:05:06Z web1 shop 7 ID1 [a b="app[1]" c="2"] tea is out',
            ("2026-02-03T04:05:06", "error", "web1", "shop", "tea is out"),
        ),
        ("<14>1 - - - - - - tea", ("2026-03-05T12:00:00", "info", "10.0.0.9", None, "tea")),
        (
            "<10>Feb  3 04:05:06 web1 sshd[7]: tea",
            ("2026-02-03T04:05:06", "critical", "web1", "sshd", "tea"),
        ),
        ("<12>Dec 31 04:05:06 web1 tea", ("2025-12-31T04:05:06", "warning", "web1", None, "tea")),
        (
            "<13>2026-02-03T04:05:06Z web1 cron: tea",
            ("2026-02-03T04:05:06", "notice", "web1", "cron", "tea"),
        ),
        ("<15>Feb  3 04:05:06 kernel: tea", ("2026-02-03T04:05:06", "debug", "10.0.0.9", "kernel", "tea")),
        ("<189>45: %SYS-5-X: tea", ("2026-03-05T12:00:00", "notice", "10.0.0.9", None, "45: %SYS-5-X: tea")),
        (
            "<189>Feb  3 04:05:06 2026 H3C %%10IFNET/3/UP: tea",
            ("2026-02-03T04:05:06", "notice", "H3C", "%%10IFNET/3/UP", "tea"),
        ),
        (
            "<189>Feb  3 2026 12:05:06+08:00 HUAWEI %%01SSH/4/FAIL(s)[2]:tea",
            ("2026-02-03T04:05:06", "notice", "HUAWEI", "%%01SSH/4/FAIL(s)", "tea"),
        ),
        (
            "<166>Feb 03 2026 04:05:06: %ASA-6-302013: tea",
            ("2026-02-03T04:05:06", "info", "10.0.0.9", "%ASA-6-302013", "tea"),
        ),
        (
            "<166>Feb 03 2026 04:05:06 asa1 : %ASA-6-302013: tea",
            ("2026-02-03T04:05:06", "info", "asa1", "%ASA-6-302013", "tea"),
        ),
        (
            "<187>123: Feb  3 04:05:06.123 CST: %LINK-3-UPDOWN: tea",
            ("2026-02-03T04:05:06.123", "error", "10.0.0.9", "%LINK-3-UPDOWN", "tea"),
        ),
        (
            "<187>123: SW2: *Mar  1 00:01:12.123: %LINK-3-UPDOWN: tea",
            ("2026-03-05T12:00:00", "error", "SW2", "%LINK-3-UPDOWN", "tea"),
        ),
        (
            "<187>Feb  3 04:05:06 UTC: %LINK-3-UPDOWN: tea",
            ("2026-03-05T12:00:00", "error", "10.0.0.9", "%LINK-3-UPDOWN", "tea"),
        ),
        ("<14>Feb  3 04:05:06 CRON: tea", ("2026-02-03T04:05:06", "info", "10.0.0.9", "CRON", "tea")),
        ("tea", ("2026-03-05T12:00:00", None, "10.0.0.9", None, "tea")),
        ("<13>Feb 30 04:05:06 web1 a: tea", ("2026-03-05T12:00:00", "notice", "web1", "a", "tea")),
        (
            "<999>1 [a",
            ("2026-03-05T12:00:00", "debug", "10.0.0.9", None, "1 [a"),
        ),
    ],
)
def test_time_level_host_and_program_are_read(message: str, fields: tuple[str | None, ...]) -> None:
    [row] = read(message)

    assert row["time"] == datetime.fromisoformat(str(fields[0])).replace(tzinfo=UTC)
    assert (row["level"], row["host"], row["service"], row["message"]) == fields[1:]


@pytest.mark.parametrize("time", ["Feb  3 04:05:06", "2026-02-03 04:05:06", "2026-02-02T20:05:06Z"])
def test_times_without_a_zone_are_those_of_the_source(time: str) -> None:
    [row] = read(f"<13>{time} web1 a: tea", zone="Asia/Shanghai")

    assert row["time"] == datetime(2026, 2, 2, 20, 5, 6, tzinfo=UTC)


def test_lines_without_a_priority_go_on_with_the_message_before() -> None:
    rows = read("<13>Feb  3 04:05:06 web1 a: failed", "  at b.c", "ValueError: d", "<13>next")

    assert [row["text"].splitlines()[1:] for row in rows] == [["  at b.c", "ValueError: d"], []]


def test_the_trace_of_a_message_is_found() -> None:
    [row] = read("<13>1 - h a - - - trace_id=4bf92f3577b34da6 done")

    assert row["trace"] == "4bf92f3577b34da6"


def test_a_batch_of_none_is_no_record() -> None:
    assert read() == []


@pytest.mark.django_db
def test_a_file_of_messages_as_devices_sent_them_is_read_like_what_they_send(alice_actor: Actor) -> None:
    content = (
        '<28>1 2026-12-01T02:10:11.5+08:00 core-rtr mib2d 1533 LINK_DOWN [junos@2636 port="ge-0/0/3"] ifName ge-0/0/3\n'
        "  admin down\n"
        "<187>Dec  1 02:10:12 core-rtr rpd[7]: peer lost\n"
    )
    source = log_source(alice_actor.organisation)
    source.time_zone = "Asia/Shanghai"

    first, second = read_records(source, content.encode()).to_pylist()

    assert (first["level"], first["host"], first["service"]) == ("warning", "core-rtr", "mib2d")
    assert first["message"] == "ifName ge-0/0/3"
    assert str(first["text"]).endswith("ifName ge-0/0/3\n  admin down")
    assert (second["level"], second["service"], second["message"]) == ("error", "rpd", "peer lost")
    assert second["time"] == datetime(2026, 11, 30, 18, 10, 12, tzinfo=UTC)
    assert (first["line"], first["lines"], second["line"]) == (0, 2, 2)
