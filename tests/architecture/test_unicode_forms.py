"""Normalising a stranger's text takes time in proportion to its length, and there is one place that does it."""

import ast
import unicodedata

import pytest

from llm_backend import unicode_forms
from tests.architecture.floods import cpu_seconds
from tests.architecture.test_code import nodes
from tests.architecture.test_text_functions import FUNCTIONS

PACKAGES = ("apps/", "config/", "domain/", "llm_backend/")
# Two classes of marks in turn: each has to be moved past all before it.
MARKS = ["\u0301\u0323", "\u0f73", "\uff9e\u0301", "\U0001d165\u0323"]
OWN = "llm_backend/unicode_forms.py"


def test_only_one_module_normalises() -> None:
    found = {
        place.partition(":")[0]
        for place, node in nodes(ast.Attribute, ast.ImportFrom)
        if place.startswith(PACKAGES)
        and (
            node.module == "unicodedata" and "normalize" in _names(node)
            if isinstance(node, ast.ImportFrom)
            else node.attr == "normalize" and ast.unparse(node.value) == "unicodedata"
        )
    }

    assert found == {OWN}, "use llm_backend.unicode_forms"


def _names(node: ast.ImportFrom) -> set[str]:
    return {each.name for each in node.names}


@pytest.mark.parametrize("marks", MARKS, ids=ascii)
@pytest.mark.parametrize("normalise", [unicode_forms.nfkc, unicode_forms.nfc])
def test_a_megabyte_of_marks_is_normalised_in_moments(normalise: object, marks: str) -> None:
    text = "a" + marks * (500_000 // len(marks))

    assert cpu_seconds(lambda: normalise(text), at_most=5) < 2  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    ["", "Ａｂ", "ﬁ", "e\u0301", "a\u0323\u0301" * 15, "Ṩ", "한국어", "Việt Nam", "ｶﾞ", "x" + "\u0301" * 30],
)
def test_what_people_write_is_normalised_as_ever(text: str) -> None:
    assert unicode_forms.nfkc(text) == unicodedata.normalize("NFKC", text)
    assert unicode_forms.nfc(text) == unicodedata.normalize("NFC", text)


def test_every_character_that_begins_with_a_mark_counts_as_one() -> None:
    """Also after the next version of Unicode."""
    marks = {
        character
        for character in map(chr, (*range(0xD800), *range(0xE000, 0x110000)))
        if unicodedata.combining(unicodedata.normalize("NFKD", character)[0])
    }

    assert marks == set(unicode_forms._MARKS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_reader_is_slow_for_a_run_of_marks(name: str) -> None:
    FUNCTIONS[name]("I have 三天 of pain.")

    assert cpu_seconds(lambda: FUNCTIONS[name]("a" + MARKS[0] * 10_000 + "x"), at_most=5) < 2
