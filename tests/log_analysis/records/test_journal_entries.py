"""Entries of systemd's journal become records with time, level, host, program and message."""

from datetime import UTC, datetime

import pytest

from apps.accounts.actors import Actor
from tests.log_analysis.stored_lines import log_source, read_records


def entry(second: int, message: bytes) -> bytes:
    time = 1_770_091_506_000_000 + second * 1_000_000
    fields = f"__CURSOR=s=1;i={second}\n__REALTIME_TIMESTAMP={time}\nPRIORITY=3\nSYSLOG_IDENTIFIER=smbd\n_HOSTNAME=files01\n"
    return fields.encode() + message + b"\n_PID=7\n\n"


@pytest.mark.django_db
def test_an_export_of_the_journal_is_read_entry_by_entry(alice_actor: Actor) -> None:
    lines = b"stack:\n  at tea\nEND"
    long = b"MESSAGE\n" + len(lines).to_bytes(8, "little") + lines
    content = entry(0, b"MESSAGE=I/O error, dev=sdb") + entry(1, long)

    first, second = read_records(log_source(alice_actor.organisation), content).to_pylist()

    assert (first["message"], second["message"]) == ("I/O error, dev=sdb", "stack:\n  at tea\nEND")
    assert (first["level"], first["service"], first["host"]) == ("error", "smbd", "files01")
    assert (first["time"], second["time"]) == tuple(
        datetime(2026, 2, 3, 4, 5, second, tzinfo=UTC) for second in (6, 7)
    )
    assert (first["line"], second["line"]) == (0, 8)
