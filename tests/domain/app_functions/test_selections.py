"""A part of a text is found, and what is written in its stead takes its place only where it is what was asked for."""

import pytest

from domain.app_functions.selections import find_selection, replace_selection

TEXT = "Our shop moves in May. It is larger than\nthe old one. Come and see it."
PART = "It is larger than\nthe old one."


def changed(act: str, answer: str, selection: str = PART) -> tuple[str, bool]:
    place = find_selection(TEXT, selection)
    result = replace_selection(place["before"], place["part"], place["after"], answer, act)
    return result["text"], result["is_held"]


def test_a_part_is_found_whatever_its_white_space() -> None:
    place = find_selection(TEXT, "It is larger  than the old one.")

    assert (place["part"], place["is_found"]) == (PART, True)
    assert place["before"] + place["part"] + place["after"] == TEXT
    assert find_selection(TEXT, "")["part"] == TEXT
    assert not find_selection(TEXT, "elsewhere")["is_found"]


def test_a_part_that_stands_again_is_told() -> None:
    told = find_selection("谢谢！请周一来。谢谢！", "谢谢！")

    assert (told["before"], told["stands_again"]) == ("", True)
    assert not find_selection(TEXT, PART)["stands_again"]
    assert not find_selection(TEXT, "")["stands_again"]


@pytest.mark.parametrize(
    ("act", "answer", "is_held"),
    [
        ("rewrite", "It has more room.", True),
        ("shorten", "It is larger.", True),
        ("shorten", "It is so very much larger than the old one ever was.", False),
        ("expand", "It is larger.", False),
        ("rewrite", "它更大。", False),
        ("rewrite", "", False),
    ],
)
def test_what_is_not_as_asked_leaves_the_text_as_it_was(act: str, answer: str, is_held: bool) -> None:
    assert changed(act, answer) == (TEXT.replace(PART, answer) if is_held else TEXT, is_held)


def test_what_comes_next_stands_behind_the_part() -> None:
    text, is_held = changed("continue", "<text>\nIt has a garden.\n</text>")

    assert is_held
    assert text == TEXT.replace(PART, f"{PART} It has a garden.")
    assert replace_selection("", "店搬家了。", "", "新店更大。", "continue")["text"] == "店搬家了。新店更大。"
