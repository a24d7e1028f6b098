"""How parsing of labelled logs is counted."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import log_lines, log_miners, log_parsing, made_log_systems
from domain.logs.parsing import masking

HEAD = "LineId,Content,EventId,EventTemplate\n"


def measured(folder: Path) -> dict[str, Any]:
    return log_parsing.run(folder)


def write_system(folder: Path, name: str, *rows: str) -> None:
    (folder / name).mkdir()
    (folder / name / f"{name}_2k.log_structured.csv").write_text(HEAD + "\n".join(rows) + "\n")


@pytest.mark.slow
def test_a_line_is_right_when_its_template_has_the_lines_of_its_event_and_no_other(tmp_path: Path) -> None:
    write_system(
        tmp_path,
        "Shop",
        "1,took 5 ms,E1,took <*> ms",
        "2,took 6 ms,E1,took <*> ms",
        "3,connected to 10.0.0.1:80,E2,connected to <*>:<*>",
        "4,lost 7,E3,lost <*>",
        "5,lost 8,E4,lost eight",
    )
    write_system(tmp_path, "Linux", "1,ready,E1,ready")

    figures = measured(tmp_path)

    assert figures["by_system"]["Shop"] == {
        "grouping_accuracy": 0.6,
        "fga": 0.5714,
        "pair_f1": 0.6667,
        "template_accuracy": 0.8,
        "lines": 5,
        "templates": 3,
        "events": 4,
    }
    assert (figures["grouping_accuracy"], figures["grouping_accuracy_min"]) == (0.8, 0.6)
    low, high = figures["grouping_accuracy_interval"]
    assert low <= 0.8 <= high
    assert figures["lowest_system"] == "Shop"
    assert (figures["not_chosen_on"]["grouping_accuracy"], figures["chosen_on"]["grouping_accuracy"]) == (
        0.6,
        1.0,
    )


def test_a_folder_without_labelled_lines_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="structured"):
        measured(tmp_path)


@pytest.mark.slow
def test_what_nobody_read_is_told_apart(tmp_path: Path) -> None:
    write_system(tmp_path, "Shop", "1,took 5 ms,E1,took <*> ms")
    write_system(tmp_path, "Spark", "1,ready,E1,ready")

    figures = measured(tmp_path)

    assert "Shop" in figures["unseen_systems"]
    assert "Spark" not in figures["unseen_systems"]
    assert not set(figures["unseen_systems"]) & set(figures["limits_chosen_on"])
    assert (figures["grouping_accuracy"], figures["fga"]) == (1.0, 1.0)
    assert 0.92 < figures["unseen_grouping_accuracy"] <= 1
    assert 0.85 < figures["unseen_fga"] <= 1


def test_lines_of_a_made_system_are_the_same_each_time_and_say_which_statement_wrote_them() -> None:
    systems = made_log_systems.made_systems()
    assert systems == made_log_systems.made_systems()
    assert len(systems) == 12
    for system in systems:
        assert len(system.lines) == made_log_systems.LINES_OF_SYSTEM
        statements = {line.statement for line in system.lines}
        assert len(statements) > 20
        assert not any("<?" in line.text or "?>" in line.text for line in system.lines)


@pytest.mark.slow
def test_twelve_made_systems_fall_into_their_statements() -> None:
    figures = log_parsing.run()
    assert figures["made"]["grouping_accuracy"] > 0.95
    assert min(each["grouping_accuracy"] for each in figures["made"]["by_system"].values()) > 0.9


def test_both_miners_get_the_same_lines_and_tell_what_they_took(tmp_path: Path) -> None:
    path = tmp_path / "lines.log"
    log_lines.write_lines(path, 500, ["GET /a1 took 22 ms"])
    ours, theirs = (log_miners.main(name, path, masking.MASK) for name in ("logmining", "drain3"))
    assert ours.lines == theirs.lines == 500
    assert ours.templates > 10
    assert theirs.templates > 10
    assert min(ours.highest_mb, theirs.highest_mb, ours.cpu_seconds, theirs.cpu_seconds) > 0


def test_made_lines_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for name in ("one", "other"):
        log_lines.write_lines(tmp_path / name, 50, ["disk 7 full"])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
