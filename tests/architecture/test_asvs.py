"""The page about OWASP ASVS says of every requirement what holds it, and the tests it names exist."""

import ast
import re
from collections import Counter
from functools import cache

import pytest

from config.env import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "security-asvs.md").read_text()
CHAPTER = re.compile(r"^## V(\d+) .* \((\d+) rows?\)$", re.M)
ROW = re.compile(r"^\| V(\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.M)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
STATES = {"met", "not applicable", "compensated", "not met"}
# Levels 1 and 2 of version 5.0.0, by chapter.
REQUIREMENTS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}

Row = tuple[str, str, str, str]
ROWS: list[Row] = ROW.findall(PAGE)
_, _, COMPENSATED = PAGE.partition("## Compensated, not met to the letter")


@cache
def functions_in(path: str) -> set[str]:
    tree = ast.parse((PROJECT_ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_chapter_states_how_many_rows_it_has() -> None:
    found = Counter(int(identity.partition(".")[0]) for identity, *_ in ROWS)

    assert {int(chapter): int(count) for chapter, count in CHAPTER.findall(PAGE)} == found == REQUIREMENTS
    assert len({identity for identity, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_has_a_state_and_what_holds_it(row: Row) -> None:
    _identity, asks, state, reason = row

    assert state in STATES
    assert asks.strip()
    assert len(reason.strip()) > 5
    if state == "met":
        assert "`" in reason or "(" in reason or reason.count(" ") > 2, "name a test, a setting or a reason"


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(PAGE)

    assert [f"{path}::{name}" for path, name in named if name not in functions_in(path)] == []
    assert len(named) == PAGE.count("`tests/") - PAGE.count("`tests/architecture/test_asvs.py`")


def test_the_head_of_the_page_counts_what_its_rows_say() -> None:
    """Whoever reads the four figures alone reads the truth."""
    (told,) = re.findall(
        r"\*\*(\d+) rows: (\d+) met, (\d+) not applicable, (\d+) compensated, (\d+) not met\.\*\*", PAGE
    )
    states = Counter(row[2] for row in ROWS)

    found = [states[state] for state in ("met", "not applicable", "compensated", "not met")]
    assert [int(figure) for figure in told] == [len(ROWS), *found]
    assert states.total() == sum(found), "a state that nobody counts"


def test_a_row_that_is_not_met_to_the_letter_says_what_is_missing_and_what_stands_in_its_place() -> None:
    reasons: dict[str, tuple[str, str]] = {}
    for identities, missing, instead in re.findall(
        r"^\| (V[^|]+) \| ([^|]+) \| ([^|]+) \|$", COMPENSATED, re.M
    ):
        for identity in re.findall(r"V(\d+\.\d+\.\d+)", identities):
            assert identity not in reasons
            reasons[identity] = (missing.strip(), instead.strip())

    assert set(reasons) == {row[0] for row in ROWS if row[2] == "compensated"}
    assert [identity for identity, texts in reasons.items() if min(map(len, texts)) < 15] == []
    assert [row[0] for row in ROWS if row[2] == "not met"] == [], "meet it, or write down what compensates it"
