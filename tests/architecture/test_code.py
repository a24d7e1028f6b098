"""Limits that keep the code readable. They are read from the sources, so new files are held to them at once."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from apps.core import desks
from tests import parallel

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "apps",
    "benchmarks",
    "config",
    "domain",
    "llm_backend",
    "stack",
    "tests",
)
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60

FORBIDDEN_WORDS = {
    "util",
    "utils",
    "helper",
    "helpers",
    "common",
    "misc",
    "manager",
    "handler",
    "base",
    "abstract",
    "impl",
    "data",
    "info",
}
# Names that a framework or a standard gave: Django's, asyncio's, the `data` field of server-sent events.
# The last one is what fsspec calls it.
GIVEN_NAMES = {"UserManager", "data_received", "sse_data", "info", "handle_DATA"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> tuple[Path, ...]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return tuple(path for path in found if "migrations" not in path.parts)


@cache
def tree_of(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text())
    except SystemError:
        # Python 3.11 counts depth for all threads together: a traceback printed by another one disturbs it.
        return ast.parse(path.read_text())


@cache
def nodes_by_kind(path: Path) -> dict[type[ast.AST], list[Any]]:
    """Every walk of this folder looks for some kinds: one passage through a source serves them all."""
    kinds: dict[type[ast.AST], list[Any]] = {}
    for node in ast.walk(tree_of(path)):
        kinds.setdefault(type(node), []).append(node)
    return kinds


def nodes_of(path: Path, *kinds: type[ast.AST]) -> list[Any]:
    """All nodes of these kinds in a source, kind by kind."""
    return [node for kind in kinds for node in nodes_by_kind(path).get(kind, [])]


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """(place, node) of all nodes of these kinds in all sources."""
    for path in sources():
        for node in nodes_of(path, *kinds):
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node


def is_vague(name: str) -> bool:
    """`process` is a fine noun for what the system runs; as a verb it says nothing."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = [word.lower() for word in spaced.split("_") if word]
    is_verb = len(words) > 1 and words[0] == "process" and not name[0].isupper()
    return is_verb or bool(FORBIDDEN_WORDS.intersection(words))


def test_files_are_short() -> None:
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}

    assert {path: lines for path, lines in long.items() if lines > MAX_FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = [
        f"{place} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for place, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    ]

    assert long == []


def test_names_say_what_a_thing_is() -> None:
    vague = [
        f"{place} {node.name}"
        for place, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        if is_vague(node.name) and node.name not in GIVEN_NAMES and not place.startswith("tests/")
    ]
    vague += [str(path.relative_to(ROOT)) for path in sources() if is_vague(path.stem)]

    assert vague == []


def test_unforeseen_errors_are_never_swallowed() -> None:
    """`except Exception` may look at an error, but must raise it again."""
    swallowed = [
        place
        for place, node in nodes(ast.ExceptHandler)
        if _catches_all(node) and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]

    assert swallowed == []


def test_nothing_is_imported_by_a_star() -> None:
    stars = [place for place, node in nodes(ast.ImportFrom) if any(alias.name == "*" for alias in node.names)]

    assert stars == []


def desk_names() -> list[str]:
    return [desk.name for desk in desks.all_desks()]


def test_every_app_of_the_frame_has_its_place_in_the_layers() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = " ".join(settings["contracts"][0]["layers"])
    names = {path.parent.name for path in (ROOT / "apps").glob("*/apps.py")} - set(desk_names())

    assert [name for name in sorted(names) if not re.search(rf"apps\.{name}\b", layers)] == []


@pytest.mark.parametrize(
    "desk", [each for each in desks.all_desks() if each.layers], ids=lambda each: each.name
)
def test_every_topic_of_a_desk_has_its_place_in_the_layers(desk: desks.Desk) -> None:
    topics = {path.parent.name for path in (ROOT / "apps" / desk.name).glob("*/__init__.py")}
    topics -= {"management", "migrations", "templatetags"}

    assert topics - set(re.findall(r"\w+", " ".join(desk.layers))) == set()


@pytest.mark.parametrize("desk", desk_names())
def test_a_desk_imports_no_other_desk(desk: str) -> None:
    others = set(desk_names()) - {desk}
    imported = {
        f"{place} {module}"
        for place, node in nodes(ast.Import, ast.ImportFrom)
        if place.startswith(f"apps/{desk}/")
        for module in _modules(node)
        if module.split(".")[0] == "apps" and module.split(".")[1:2] and module.split(".")[1] in others
    }

    assert imported == set()


def test_the_environment_is_read_in_one_place() -> None:
    """Settings are typed and documented in config/env.py; nothing in the product looks past it."""
    readers = [
        place
        for place, node in nodes(ast.Attribute)
        if node.attr in ("getenv", "environ") and place.startswith("apps/")
    ]

    assert readers == []


def test_what_reads_all_sources_runs_in_one_process() -> None:
    """Each process that reads them parses them for itself."""
    readers = {str(Path(__file__).relative_to(ROOT))}
    for path in [path for path in sources() if path.name.startswith("test_")]:
        imports = [node for node in nodes_of(path, ast.ImportFrom) if node.module == __name__]
        names = {alias.name for node in imports for alias in node.names}
        if {"nodes", "nodes_of"} & names or {"sources", "tree_of"} <= names:
            readers.add(str(path.relative_to(ROOT)))

    assert readers == parallel.READ_SOURCES


def _catches_all(clause: ast.ExceptHandler) -> bool:
    caught = [clause.type] if not isinstance(clause.type, ast.Tuple) else clause.type.elts
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException"))
        for kind in caught
    )


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
