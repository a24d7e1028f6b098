"""What a doctor may read and mend stands in files, and nothing in them is there for nobody."""

import ast
import tomllib
from pathlib import Path

import pytest

from domain.clinical.word_lists import expression, read_patterns
from tests.architecture.test_code import ROOT, tree_of

PACKAGE = ROOT / "domain/clinical"
# Modules whose whole file is looked up by name; others walk through theirs.
LOOKING_UP = [
    "dialogue/answers_zh",
    "dialogue/clause_topics_en",
    "dialogue/clause_topics_zh",
    "dialogue/text_normalisation_en",
    "dialogue/text_normalisation_zh",
    "drafting/conversation_en",
    "drafting/conversation_zh",
    "grounding/laterality",
    "grounding/terms",
]


def test_alternatives_stand_as_the_file_says() -> None:
    assert expression("a|b") == expression(["a", "b"]) == "a|b"
    habit = {"section": "social", "words": ["smoke"], "beginnings": ["drink"], "anywhere": ["烟"]}
    assert expression(habit) == r"\b(?:smoke)\b|\b(?:drink)\w*|烟"


def test_a_name_may_hold_an_earlier_one_and_lie_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text("[en.says]\nkin = 'mother|father'\ntold = ['(?:{kin}) has', 'a{0,1}unt']\n")

    told = read_patterns(path, "en.says")["told"]

    assert [bool(told.search(text)) for text in ("father has", "mother says", "unt")] == [True, False, True]


@pytest.mark.parametrize("name", LOOKING_UP)
def test_every_name_of_a_file_is_looked_for_and_every_name_looked_for_is_there(name: str) -> None:
    looked_for = {
        key.value
        for node in ast.walk(tree_of(PACKAGE / f"{name}.py"))
        for key in _keys(node)
        if isinstance(key, ast.Constant)
    }
    written = (PACKAGE / f"{name}.toml").read_text()
    inner = {each for each in tomllib.loads(written) if f"{{{each}}}" in written}
    assert looked_for - inner == set(tomllib.loads(written)) - inner


def _keys(node: ast.AST) -> list[ast.expr]:
    """Of `_WORDS["pain"]`, and of the short form that some modules have for it."""
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("_WORDS", "_RULES")
    ):
        return [node.slice]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_has":
        return node.args[:1]
    return []
