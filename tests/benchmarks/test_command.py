"""`python -m benchmarks`, as `./kongming bench` and `eval` call it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal

import pytest

from benchmarks import __main__ as command
from benchmarks.__main__ import MEASURES, parser_of
from stack.layout import PROJECT_ROOT

TALKER = """
import subprocess

def run():
    print("said by the measure")
    subprocess.run(["echo", "said by its process"], check=True)
    return {"accuracy": 1.0}
"""
CALL = "import sys, benchmarks.__main__ as command; command.MEASURES['eval']['talk'] = 'talker'; command.main({arguments})"


def called(directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (directory / "talker.py").write_text(TALKER)
    code = CALL.format(arguments=["eval", "talk", *arguments])
    environment = {"PYTHONPATH": f"{directory}:{PROJECT_ROOT}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )


def test_with_json_nothing_but_the_json_goes_to_standard_output(tmp_path: Path) -> None:
    done = called(tmp_path, "--json")

    assert json.loads(done.stdout)["figures"] == {"accuracy": 1.0}
    assert sorted(done.stderr.splitlines()) == ["said by its process", "said by the measure"]


def test_without_it_the_json_is_the_last_line(tmp_path: Path) -> None:
    *said, last = called(tmp_path).stdout.splitlines()

    assert "said by its process" in said
    assert json.loads(last)["name"] == "talk"


def test_every_measure_says_by_which_command_it_is_called() -> None:
    measures = [
        path
        for path in (PROJECT_ROOT / "benchmarks").glob("*.py")
        if "\ndef run(" in path.read_text() and "__main__" not in path.stem
    ]
    found = [module for modules in MEASURES.values() for module in modules.values()]

    assert sorted(found) == sorted(f"benchmarks.{path.stem}" for path in measures)
    assert MEASURES["eval"]["speech"] == "benchmarks.speech_accuracy"


def test_every_measure_can_be_called_before_an_installation_is_entered() -> None:
    code = "import importlib; from benchmarks.__main__ import MEASURES as verbs\n"
    code += "for name in {each for names in verbs.values() for each in names.values()}: importlib.import_module(name)"
    environment = {"PYTHONPATH": str(PROJECT_ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert not done.returncode, done.stderr


def test_the_arguments_of_a_measure_are_its_options() -> None:
    def run(
        data: Annotated[Sequence[Path], "where rows are"],
        limit: Annotated[int | None, "so many"] = None,
        half: Literal["first", "second"] | None = None,
        from_: str = "start",
        is_shown: bool = False,
    ) -> None: ...

    measure = ModuleType("measure")
    measure.run = run  # type: ignore[attr-defined]
    parser = parser_of(measure, "eval measure")

    told = ["--data", "one", "two", "--limit", "3", "--half", "second", "--from", "end", "--is-shown"]
    assert vars(parser.parse_args(told)) == {
        "data": [Path("one"), Path("two")], "limit": 3, "half": "second", "from_": "end", "is_shown": True,
    }  # fmt: skip
    assert vars(parser.parse_args(["--data", "one"])) == {
        "data": [Path("one")], "limit": None, "half": None, "from_": "start", "is_shown": False,
    }  # fmt: skip
    assert "where rows are" in parser.format_help()
    for wrong in ([], ["--data", "one", "--half", "third"]):
        with pytest.raises(SystemExit):
            parser.parse_args(wrong)


def test_a_name_of_two_words_comes_before_the_one_that_takes_any() -> None:
    assert command.called(["eval", "app", "export_import", "--json"]) == (
        "eval", "app export_import", ["--json"],
    )  # fmt: skip
    assert command.called(["eval", "app", "summarise"]) == ("eval", "app NAME", ["--name", "summarise"])
    assert command.called(["eval", "app", "--help"]) == ("eval", "app NAME", ["--help"])
    assert command.called(["eval", "speech", "--data", "x"]) == ("eval", "speech", ["--data", "x"])
    assert command.called(["eval"]) == ("eval", "", [])
