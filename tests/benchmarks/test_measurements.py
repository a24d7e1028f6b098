"""What is recorded in `docs/measurements`."""

import json

from llm_backend import patterns
from stack.layout import PROJECT_ROOT

RECORDED = sorted((PROJECT_ROOT / "docs" / "measurements").glob("*.json"))
LIST = (PROJECT_ROOT / "docs" / "measurements" / "README.md").read_text(encoding="utf-8")


def test_every_recorded_measurement_is_json_and_stands_in_the_list() -> None:
    for path in RECORDED:
        assert json.loads(path.read_text(encoding="utf-8"))["figures"], path.name
        group, name = path.name.partition("-")[0], path.name.removesuffix("-0.1.0.json")
        assert any(f"`{each}" in LIST for each in (f"{name}`", path.name, f"{group}-*`")), path.name
    assert RECORDED


def test_every_bench_and_evaluation_stands_in_the_list_with_figures_that_exist() -> None:
    """A measure says its name in one line, `COMMAND = "eval name"`."""
    sources = [path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "benchmarks").glob("*.py")]
    commands = sorted(
        name
        for text in sources
        for name in patterns.findall(r'(?m)^COMMAND = "(?:bench|eval) (\w+(?: \w+)?)"', text)
    )
    rows = patterns.findall(
        r"(?m)^\| `(?:bench|eval) (\w+(?: \w+)?)` \| [^|\n]{1,300} \| ([^|\n]{1,400}) \|$", LIST
    )
    assert sorted(name for name, _figures in rows) == commands
    files = {
        file for _name, figures in rows for file in patterns.findall(r"\(([\w.-]{1,80}\.json)\)", figures)
    }
    assert files <= {path.name for path in RECORDED}
