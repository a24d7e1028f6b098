"""Events of Windows in XML become records with time, level, host, provider and message."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from apps.accounts.actors import Actor
from apps.log_analysis.records.event_xml import EventXmlReader, are_events
from tests.log_analysis.stored_lines import log_source, read_records

STOPPED = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Service Control Manager' Guid='{555908d1-a6d7-4695-8e1e-26931d2012f4}' EventSourceName='SCM'/>"
    "<EventID Qualifiers='49152'>7034</EventID><Version>0</Version><Level>2</Level><Task>0</Task><Opcode>0</Opcode>"
    "<Keywords>0x8080000000000000</Keywords><TimeCreated SystemTime='2026-11-20T08:00:01.1234567Z'/>"
    "<EventRecordID>9001</EventRecordID><Correlation/><Execution ProcessID='716' ThreadID='824'/>"
    "<Channel>System</Channel><Computer>DC1.tea.example</Computer><Security/></System><EventData>"
    "<Data Name='param1'>Print Spooler</Data><Data Name='param2'>3</Data><Data>tea &amp; cups</Data></EventData>"
)
RENDERED = (
    "<RenderingInfo Culture='zh-CN'>"
    "<Message>Print Spooler 服务意外地终止了，这发生了 3 次。\n\n详细信息: &lt;无&gt;</Message>"
    "<Level>错误</Level><Task></Task></RenderingInfo>"
)


def rows_of(*lines: str) -> list[dict[str, object]]:
    return EventXmlReader("UTC").read(pa.array(lines), is_last=True).to_pylist()


def test_an_event_is_read_by_its_elements() -> None:
    (row,) = rows_of(STOPPED + "</Event>")

    assert (row["time"], row["level"]) == (datetime(2026, 11, 20, 8, 0, 1, 123456, tzinfo=UTC), "error")
    assert (row["host"], row["service"]) == ("DC1.tea.example", "Service Control Manager")
    assert row["message"] == "EventID=7034 param1=Print Spooler param2=3 tea & cups"
    assert row["text"] == STOPPED + "</Event>"


def test_a_message_that_was_rendered_is_the_message_over_as_many_lines_as_it_has() -> None:
    lines = [*f"{STOPPED}{RENDERED}</Event>".split("\n"), "", STOPPED + "</Event>"]

    first, second = rows_of(*lines)

    assert first["message"] == "Print Spooler 服务意外地终止了，这发生了 3 次。\n\n详细信息: <无>"
    assert (first["line"], first["lines"], second["line"]) == (0, 4, 4)
    assert str(first["text"]).endswith("</Event>")


def test_values_of_a_provider_s_own_schema_are_read_under_their_names() -> None:
    event = STOPPED.partition("<EventData>")[0].replace("<Level>2<", "<Level>0<")
    event += (
        "<UserData><LogFileCleared xmlns='http://manifests.microsoft.com/win/2004/08/windows/eventlog'>"
        "<SubjectUserName>li</SubjectUserName><Channel>Security</Channel></LogFileCleared></UserData></Event>"
    )

    (row,) = rows_of(event)

    assert row["message"] == "EventID=7034 SubjectUserName=li Channel=Security"
    assert row["level"] == "info"


@pytest.mark.parametrize("between", ["\r\n", ""], ids=["lines", "one_line"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.django_db
def test_a_file_of_events_is_recognised(alice_actor: Actor, encoding: str, between: str) -> None:
    """Event Viewer saves them as one line."""
    events = [STOPPED.replace("08:00:01", f"08:00:0{second}") + "</Event>" for second in range(3)]
    content = between.join(["<Events>", *events, "</Events>"]).encode(encoding)

    table = read_records(log_source(alice_actor.organisation), content)

    assert table["time"].to_pylist()[1:] == [
        datetime(2026, 11, 20, 8, 0, second, 123456, tzinfo=UTC) for second in range(3)
    ]
    assert table["level"].to_pylist()[1:] == ["error"] * 3


def test_other_xml_and_lines_that_quote_an_event_are_none() -> None:
    assert not are_events(
        pa.array(["<log4j:event level='ERROR'>", f"2026-11-20 08:00:00 INFO got {STOPPED}"])
    )
