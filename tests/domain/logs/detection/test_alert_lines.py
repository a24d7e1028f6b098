"""Lines that a person should look at: level and words must agree."""

import pytest

from domain.logs.detection.alert_lines import MAX_CHARACTERS, line_evidence, line_shape, lines_evidence


@pytest.mark.parametrize(
    ("level", "text"),
    [
        ("FATAL", "mount of /scratch FAILED on io-node 7"),
        ("CRITICAL", "connection to the database refused"),
        ("ERROR", "out of memory: killed process 4711 (java)"),
        (None, "kernel panic - not syncing: VFS: unable to mount root"),
        (None, "EXT4-fs error (device sda5): detected aborted journal"),
    ],
)
def test_a_grave_level_with_words_of_failure_is_an_alert(level: str | None, text: str) -> None:
    assert line_evidence(text, level).is_alert


@pytest.mark.parametrize(
    ("level", "text"),
    [
        ("FATAL", "instruction address: 0x00004ed8"),
        ("FATAL", "program interrupt: trap instruction.........0"),
        ("FATAL", "error loading /home/a/b: No such file or directory"),
        ("FATAL", "error loading job: permission denied"),
        ("ERROR", "request failed"),
        ("INFO", "14 ddr errors detected and corrected on rank 0"),
        ("INFO", "0 errors in 3 files"),
        (None, "authentication failure; user=root rhost=10.0.0.1"),
        (None, "connect to mail.example.org: Connection timed out"),
        ("INFO", "GET /errors/panic HTTP/1.1 status: 200"),
    ],
)
def test_details_callers_mistakes_and_what_went_well_are_none(level: str | None, text: str) -> None:
    assert not line_evidence(text, level).is_alert


def test_words_are_whole_words_in_any_case() -> None:
    assert line_evidence("KERNEL PANIC, FAILED").is_alert
    assert line_evidence("terrorist mirrors failsafe panicle").groups == ()


def test_what_is_said_steadily_without_a_grave_level_is_routine() -> None:
    steady = [("probe failed: connection refused", None), ("request served", "INFO")] * 100
    bursts = [("request served", "INFO")] * 150 + [("probe failed: connection refused", None)] * 50

    assert not lines_evidence(steady)[0].is_alert
    assert lines_evidence(bursts)[-1].is_alert


def test_the_first_error_of_a_kind_is_believed_a_little_more() -> None:
    lines = [("request failed on node a", "ERROR")]
    many = [*lines * 10, ("cannot write checkpoint", "ERROR")]

    assert [each.score for each in lines_evidence(many)] == [2.0] * 10 + [2.5]


def test_a_shape_has_no_numbers() -> None:
    assert line_shape("blk_12 took 3.5ms on 10.0.0.1:80") == "# took # on #"


@pytest.mark.parametrize("text", ["", "\x00" * 50, "error " * 100_000, "." * 100_000, "9" * 100_000])
def test_hostile_lines_are_read_as_far_as_a_limit(text: str) -> None:
    assert line_evidence(text, "no level at all").score <= 10
    assert len(line_shape(text)) <= MAX_CHARACTERS
    assert lines_evidence([]) == []
