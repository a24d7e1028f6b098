"""Rows of tables become records, under their headings."""

from datetime import UTC, datetime

import pytest

from apps.accounts.actors import Actor
from tests.log_analysis.stored_lines import log_source, read_records

pytestmark = pytest.mark.django_db

FAILED = (
    "An account failed to log on.\r\n\r\nAccount For Which Logon Failed:\r\n\tAccount Name:\t\tsvc_backup"
)
EVENT_VIEWER = (
    "\ufeffKeywords,Date and Time,Source,Event ID,Task Category\r\n"
    f'Audit Failure,12/1/2026 1:40:07 PM,Security-Auditing,4625,Logon,"{FAILED}"\r\n'
    'Audit Success,12/1/2026 1:40:05 PM,Security-Auditing,4624,Logon,"An account ""tea"" was logged on."\r\n'
)


def test_an_export_of_event_viewer_is_read_with_the_lines_of_its_messages(alice_actor: Actor) -> None:
    table = read_records(log_source(alice_actor.organisation), EVENT_VIEWER.encode())

    first, second = table.to_pylist()
    assert first["message"] == FAILED.replace("\r", "")
    assert (first["time"], first["service"]) == (
        datetime(2026, 12, 1, 13, 40, 7, tzinfo=UTC),
        "Security-Auditing",
    )
    assert second["message"] == 'An account "tea" was logged on.'
    assert (first["line"], first["lines"], second["line"]) == (1, 4, 5)


@pytest.mark.parametrize(
    "content",
    [
        "时间;级别;主机;内容\n2026-12-01 13:40:07;错误;web1;没有茶\n",
        "@timestamp\tlog.level\thost\tmessage\n2026-12-01T13:40:07Z\tERROR\tweb1\t没有茶\n",
        '"TimeCreated","LevelDisplayName","MachineName","Message"\n"12/1/2026 1:40:07 PM","Error","web1","没有茶"\n',
    ],
)
def test_columns_are_known_by_the_names_that_programs_and_people_give_them(
    alice_actor: Actor, content: str
) -> None:
    (row,) = read_records(log_source(alice_actor.organisation), content.encode()).to_pylist()

    assert (row["time"], row["level"], row["host"], row["message"]) == (
        datetime(2026, 12, 1, 13, 40, 7, tzinfo=UTC),
        "error",
        "web1",
        "没有茶",
    )


def test_lines_with_commas_and_no_headings_are_no_rows(alice_actor: Actor) -> None:
    content = "2026-12-01 13:40:07,123 ERROR name, level and time of tea\n"

    (row,) = read_records(log_source(alice_actor.organisation), content.encode()).to_pylist()

    assert (row["level"], row["message"]) == ("error", "name, level and time of tea")
