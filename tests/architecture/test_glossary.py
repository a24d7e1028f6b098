"""docs/glossary.md says which words are used; names that it retired do not come back."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from llm_backend import patterns
from tests.architecture.test_code import ROOT, nodes_of, sources

GLOSSARY = ROOT / "docs" / "glossary.md"
# Names from before the glossary, one `path:name` a line. Take a line off with the name; add none.
RETIRED_NAMES = Path(__file__).with_name("retired_names.txt")


def snake_case(name: str) -> str:
    return patterns.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")


@cache
def retired_words() -> frozenset[str]:
    """The last column of each table."""
    columns = [
        line.rstrip(" |").rpartition("|")[2] for line in GLOSSARY.read_text().splitlines() if line[:2] == "| "
    ]
    return frozenset(word for column in columns for word in patterns.findall(r"`([^`]{1,60})`", column))


def is_retired(name: str, *, module: str = "") -> bool:
    """`module`: the dotted name where `name` is one; a word with a dot retires that module alone."""
    return any(fnmatchcase(module if "." in word else snake_case(name), word) for word in retired_words())


def offenders() -> Iterator[str]:
    for path in sources():
        place = path.relative_to(ROOT)
        if place.parts[0] == "tests":
            continue
        dotted = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
        stem = dotted.rpartition(".")[2]
        if is_retired(stem, module=dotted):
            yield f"{place}:{stem}"
        for node in nodes_of(path, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
            if is_retired(node.name):
                yield f"{place}:{node.name}"


def test_retired_words_name_nothing_new() -> None:
    """A file that moved takes its old names along: what is listed under a path that is gone stays allowed."""
    listed = RETIRED_NAMES.read_text().split()
    moved = {name for path, name in (line.split(":") for line in listed) if not (ROOT / path).exists()}
    new = {each for each in offenders() if each not in listed and each.partition(":")[2] not in moved}

    assert sorted(new) == [], "docs/glossary.md has the word for it"


@pytest.mark.parametrize(
    "name", ["Wanted", "_wanted", "QueueStanding", "ShownPatient", "growing_json", "CuratedAnswer"]
)
def test_a_retired_word_is_known_in_every_spelling(name: str) -> None:
    assert is_retired(name)


@pytest.mark.parametrize("name", ["understanding", "Message", "forgotten", "kind_label", "views", "status"])
def test_other_words_are_free(name: str) -> None:
    assert not is_retired(name)


def test_a_word_with_a_dot_retires_one_module() -> None:
    assert is_retired("figures", module="llm_backend.figures")
