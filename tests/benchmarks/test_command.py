"""`python -m benchmarks`, as `./kongming bench` and `eval` call it."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.__main__ import MEASURES
from stack.layout import PROJECT_ROOT

TALKER = """
import subprocess

def add_arguments(parser):
    pass

def run(options):
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
        if "\ndef add_arguments(" in path.read_text()
    ]
    found = [module for modules in MEASURES.values() for module in modules.values()]

    assert sorted(found) == sorted(f"benchmarks.{path.stem}" for path in measures)
    assert MEASURES["eval"]["speech"] == "benchmarks.speech_accuracy"
