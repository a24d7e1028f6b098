import json
import time

import pytest

from llm_backend.structured import GrowingText

ANSWER = {
    "action": "answer",
    "arguments": {"text": "not this", "many": ["text", {"text": "nor this"}]},
    "text": '“Tea” costs 12 元 \\ box\n\ttab é 😀 "quoted" [1].',
    "after": "ignored",
}


def fed(written: str, size: int) -> GrowingText:
    growing = GrowingText("text")
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    shown = "".join(growing.feed(piece) for piece in pieces) + growing.close()
    assert shown == growing.text
    return growing


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize("indent", [None, 2])
def test_the_text_comes_out_whole_in_whatever_cut(size: int, is_ascii: bool, indent: int | None) -> None:
    growing = fed(json.dumps(ANSWER, ensure_ascii=is_ascii, indent=indent), size)

    assert growing.text == ANSWER["text"]
    assert growing.members == {"action": "answer"}
    assert not growing.is_plain


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_a_code_fence_around_the_object_is_no_text(size: int) -> None:
    assert fed(f"```json\n{json.dumps(ANSWER)}\n```", size).text == ANSWER["text"]


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_plain_words_are_the_text(size: int) -> None:
    growing = fed("Tea costs 12 yuan [1].", size)

    assert growing.is_plain
    assert growing.text == "Tea costs 12 yuan [1]."


def test_text_is_shown_before_the_object_ends() -> None:
    growing = GrowingText("text")

    assert growing.feed('{"action": "answer", "text": "Two to fo') == "Two to fo"
    assert growing.members == {"action": "answer"}
    assert growing.feed("ur days") == "ur days"


def test_an_escape_cut_in_two_waits_for_its_rest() -> None:
    growing = GrowingText("text")

    assert growing.feed('{"text": "a\\') == "a"
    assert growing.feed("n\\ud83d") == "\n"
    assert growing.feed("\\ude00") == "😀"


def test_an_empty_or_unfinished_answer_has_no_text() -> None:
    assert fed("", 1).text == ""
    assert fed('{"action": "not_fo', 3).text == ""


def test_a_long_answer_is_read_in_linear_time() -> None:
    growing = GrowingText("text")
    growing.feed('{"text": "')
    started = time.thread_time()
    for _ in range(20_000):
        growing.feed("word ")

    assert len(growing.text) == 100_000
    assert time.thread_time() - started < 1
