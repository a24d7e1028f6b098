"""How parsing of labelled logs is counted."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from benchmarks import log_lines, log_miners, log_parsing
from logmining.parsing import masking

HEAD = "LineId,Content,EventId,EventTemplate\n"


def measured(folder: Path) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    log_parsing.add_arguments(parser)
    return log_parsing.run(parser.parse_args(["--data", str(folder)]))


def write_system(folder: Path, name: str, *rows: str) -> None:
    (folder / name).mkdir()
    (folder / name / f"{name}_2k.log_structured.csv").write_text(HEAD + "\n".join(rows) + "\n")


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
