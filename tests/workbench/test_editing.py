"""Changes of a file as functions of its text: what was asked for, and not a letter else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.workbench import selectors
from domain.workflows import editing, outline, problems, yaml_reading
from domain.workflows.editing import EditRefused
from domain.workflows.problems import FileRefused
from tests.sample import examples
from tests.workbench.conftest import REPLY

COMMENTED = """\
# What it is for
app: notes  # its address
title: {en: Notes, zh: 笔记}   # in both
inputs:
  # what comes in
  text: {type: text}   # long
steps:
  # the first
  - id: first
    kind: ask   # a model
    prompt: |
      # Heading of the prompt
      {{ inputs.text }}

      # not a comment
  # the second
  # in two lines
  - {id: second, kind: write, text: "{{ first.text }}"}   # flow

  - kind: write
    # above a member
    text: "a 😀 b"
    id: third
outputs: {out: {value: "{{ second.text }}"}}
examples: []
# the end"""
GUIDE = (
    (Path(__file__).parents[2] / "docs" / "apps.md").read_text().partition("```yaml\n")[2].partition("```")[0]
)
FILES = [REPLY, COMMENTED, GUIDE, *selectors.shipped_texts().values()]
HOSTILE = [
    '"}}: \n- x',
    "a: b",
    "# no comment",
    "- x",
    "",
    " ",
    "no",
    "08",
    "1_0",
    "null",
    "&a *b !c",
    "{{ x }}",
    "'",
    "\t",
    "a\n\n b\n",
]
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec="utf-8"), max_size=30))
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(-999, 999), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["id", "kind", "en", "a_b"]), inner)
    ),
    max_leaves=8,
)


def comments(text: str) -> list[str]:
    """Those of COMMENTED that stand on lines of their own, outside of texts."""
    return [
        line for line in text.split("\n") if line.lstrip().startswith("# ") and not line.startswith("      ")
    ]


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for name, each in pairs for found in paths(each, (*path, name)))]


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(st.data())
def test_a_change_says_what_was_asked_and_leaves_the_rest(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES))
    before = yaml_reading.read(text).value
    path = data.draw(st.sampled_from(paths(before)[1:]))
    value = data.draw(VALUES)
    after = editing.put(text, path, value)

    said = yaml_reading.read(after).value
    assert json.dumps(editing.at(said, path)) == json.dumps(value)
    others = [each for each in paths(before) if each[: len(path)] != path and path[: len(each)] != each]
    assert [editing.at(said, each) for each in others] == [editing.at(before, each) for each in others]


@pytest.mark.slow
@settings(max_examples=examples(30), deadline=None)
@given(st.data())
def test_steps_are_added_moved_and_removed_in_any_file(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES))
    steps = editing.value_at(text, ("steps",))
    place = data.draw(st.integers(0, len(steps) - 1))
    step = {"id": "new", "kind": "write", "text": data.draw(TEXTS)}
    added = editing.insert_item(text, ("steps",), place, step)

    assert editing.value_at(added, ("steps", place)) == step
    moved = editing.move_item(added, ("steps",), place, 1)
    assert editing.value_at(moved, ("steps", place + 1)) == step
    assert editing.move_item(moved, ("steps",), place + 1, -1).strip() == added.strip()
    assert editing.remove(added, ("steps", place)).strip() == text.strip()
    assert comments(moved) if text is COMMENTED else True


def test_comments_and_other_lines_stay_as_they_were() -> None:
    text = editing.put(COMMENTED, ("steps", 0, "prompt"), "Sum this up:\n{{ inputs.text }}\n")
    text = editing.put(text, ("steps", 0, "kind"), "write")
    text = editing.put(text, ("steps", 1, "text"), "a\nb: c")
    text = editing.put(text, ("inputs", "tone"), {"type": "choice", "options": ["warm"]})
    text = editing.remove(text, ("steps", 2))

    assert comments(text) == [each for each in comments(COMMENTED) if each != "    # above a member"]
    assert text.split("\n")[:6] == COMMENTED.split("\n")[:6]
    assert "kind: write   # a model" in text
    assert '  - {id: second, kind: write, text: "a\\nb: c"}   # flow' in text
    assert "  tone: {type: choice, options: [warm]}" in text


def test_a_step_is_moved_with_the_comments_above_it_and_not_with_lines_of_a_prompt() -> None:
    text = editing.move_item(COMMENTED, ("steps",), 1, -1)
    second, first = (
        text.index("  # the second\n  # in two lines\n  - {id: second"),
        text.index("  # the first\n"),
    )

    assert second < first
    assert "      # not a comment\n" in text[first:]


@pytest.mark.parametrize(
    "words", ["{{ inputs.text }} 👍🏽", '"😀": yes', "a: \\\\U0001F600 😀", "\\U0001F600", "a: \\UFFFFFFFF"]
)
def test_pictures_among_words_stay_readable_between_quotation_marks(words: str) -> None:
    text = editing.put(COMMENTED, ("steps", 1, "text"), words)

    assert editing.value_at(text, ("steps", 1, "text")) == words
    assert not any(each in words and each not in text for each in "👍😀")


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        (("steps", 0), ["  # the first", "      # Heading of the prompt", "      # not a comment"]),
        (("steps", 1), ["  # the second", "  # in two lines"]),
        (("steps", 2), ["    # above a member"]),
        (("steps", 2, "text"), ["    # above a member"]),
    ],
)
def test_what_is_removed_takes_the_comments_above_it_along(path: problems.Path, gone: list[str]) -> None:
    """Left there, they would describe what came below."""
    assert comments(editing.remove(COMMENTED, path)) == [
        each for each in comments(COMMENTED) if each not in gone
    ]


def test_what_cannot_be_changed_by_itself_is_refused() -> None:
    odd = "app: x\nsteps:\n  -\n    id: a\n  -\n    id: b\n"
    with pytest.raises(EditRefused):
        editing.move_item(odd, ("steps",), 0, 1)
    with pytest.raises(EditRefused):
        editing.move_item(REPLY, ("steps",), 0, -1)
    with pytest.raises(FileRefused):
        editing.put(REPLY, ("description",), "x" * yaml_reading.MAX_BYTES)


def test_names_are_offered_while_other_parts_are_wrong() -> None:
    text = COMMENTED.replace("{{ first.text }}", "{{ frist.text }}").replace(
        "outputs: {out", "outputs: {out: {}, b"
    )
    assert list(outline.names_at(text, ("outputs", "out"))) == ["inputs.text", "first.text", "third.text"]
    assert list(outline.names_at(text, ("steps", 1))) == ["inputs.text", "first.text"]
    many = "app: x\nsteps:\n" + "  - {id: a, kind: write, text: x}\n" * 2500
    assert list(outline.names_at(many, ("steps", 2))) == ["a.text"]
