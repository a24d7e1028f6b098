"""How parsing of labelled logs is counted."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from benchmarks import log_parsing

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
