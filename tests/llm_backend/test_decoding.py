"""What servers really send, in every cut the network makes of it."""

import json
from collections.abc import Iterable

import pytest

from llm_backend import errors, providers
from llm_backend.decoding import ChatChunk, RepetitionGuard, StreamDecoder, ThinkSplitter, Usage
from llm_backend.sentences import before_repetition


def event(text: str = "", **delta: str) -> bytes:
    body = {"choices": [{"index": 0, "delta": {"content": text, **delta}, "finish_reason": None}]}
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"
WHOLE = event("孔明") + event("借东风") + FINISH + USAGE + DONE


def decode(*pieces: bytes) -> list[ChatChunk]:
    decoder = StreamDecoder(providers.preset("compatible"))
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    return chunks + decoder.close()


def text_of(chunks: list[ChatChunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
def test_the_cut_of_the_network_does_not_matter(size: int) -> None:
    chunks = decode(*(WHOLE[start : start + size] for start in range(0, len(WHOLE), size)))
    assert text_of(chunks) == "孔明借东风"
    assert chunks[-1].usage == Usage(7, 3)
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]


def test_carriage_returns_comments_and_other_fields_are_understood() -> None:
    stream = b": ping\r\n\r\nevent: message\r\nid: 3\r\n" + WHOLE.replace(b"\n", b"\r\n")
    assert text_of(decode(stream)) == "孔明借东风"


def test_a_space_after_the_colon_is_optional() -> None:
    assert text_of(decode(WHOLE.replace(b"data: ", b"data:"))) == "孔明借东风"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_kept_apart_from_the_answer(field: str) -> None:
    chunks = decode(event(**{field: "hm"}) + event("Yes.") + FINISH + DONE)
    assert text_of(chunks) == "Yes."
    assert "".join(chunk.reasoning for chunk in chunks) == "hm"


def test_a_stream_that_just_ends_was_cut() -> None:
    with pytest.raises(errors.ModelUnavailable, match="cut the stream"):
        decode(event("half an ans"))


def test_a_finish_reason_without_done_is_a_complete_answer() -> None:
    assert text_of(decode(event("whole") + FINISH)) == "whole"


def test_a_character_that_no_column_holds_is_left_out() -> None:
    last = event("7").replace(b"null", b'"stop"').replace(b'"7"', b'"\\u00007"')
    chunks = decode(event("a\0b", reasoning="c\0d"), event("\0"), event("\\u0000"), last, DONE)

    assert text_of(chunks) == "ab\\u00007"
    assert "".join(chunk.reasoning for chunk in chunks) == "cd"


def test_an_answer_of_such_characters_alone_is_stopped() -> None:
    with pytest.raises(errors.RunawayOutput):
        decode(*[event("\0" * 100)] * 5000)


def test_thoughts_that_go_round_in_circles_are_stopped() -> None:
    with pytest.raises(errors.RunawayOutput):
        decode(*[event(reasoning_content="Wait, let me check that again. ")] * 2000)


def test_an_event_that_is_not_json_ends_the_answer() -> None:
    with pytest.raises(errors.ModelUnavailable, match="not valid JSON"):
        decode(event("a") + b'data: {"choices": [{"del\n\n')


@pytest.mark.parametrize("payload", [b"[]", b"7", b'"text"', b'{"choices":[7]}', b'{"choices":7}'])
def test_json_of_another_shape_ends_the_answer(payload: bytes) -> None:
    with pytest.raises(errors.ModelUnavailable):
        decode(b"data: " + payload + b"\n\n" + DONE)


def test_a_line_without_end_is_not_collected_for_ever() -> None:
    with pytest.raises(errors.ModelUnavailable, match="4 MiB"):
        decode(*[b"x" * 100_000] * 100)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "out of memory", "code": 500}, errors.ModelUnavailable),
        ({"message": "slots full", "code": 503}, errors.ModelOverloaded),
        ({"message": "too big", "type": "exceed_context_size_error"}, errors.ContextTooLong),
        ("plain words", errors.ModelUnavailable),
    ],
)
def test_an_error_inside_the_stream_is_raised(error: object, expected: type[errors.ModelError]) -> None:
    with pytest.raises(expected):
        decode(b"data: " + json.dumps({"error": error}).encode() + b"\n\n")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_a_leading_think_block_is_reasoning(size: int) -> None:
    whole = "\n<think>Zhuge < Sima?</thin no</think>\n\nAnswer with <think> in it."
    splitter = ThinkSplitter()
    parts = [splitter.feed(whole[start : start + size]) for start in range(0, len(whole), size)]
    assert "".join(text for text, _ in parts).strip() + splitter.flush() == "Answer with <think> in it."
    assert "".join(thought for _, thought in parts) == "Zhuge < Sima?</thin no"


def test_text_that_only_begins_like_a_tag_is_not_lost() -> None:
    assert text_of(decode(event("<thi") + FINISH + DONE)) == "<thi"
    assert text_of(decode(event("<thi") + DONE)) == "<thi"


@pytest.mark.parametrize(
    ("written", "is_cut", "answer"),
    [
        ("I wonder.</think>\nNine.", False, "Nine."),
        ("<think>I wonder.</think>Nine.", False, "Nine."),
        ("Nine.", False, "Nine."),
        ("I wonder for so long", True, ""),
        ("<think>I wonder", False, ""),
    ],
)
def test_thoughts_that_nothing_opens_end_at_their_tag_or_are_the_answer(
    written: str, is_cut: bool, answer: str
) -> None:
    splitter = ThinkSplitter(is_inside=True)
    text = "".join(splitter.feed(letter)[0] for letter in written)

    assert (text + splitter.flush(is_cut=is_cut)).strip() == answer
    assert splitter.flush() == ""


def test_an_unfinished_thought_is_not_shown_as_the_answer() -> None:
    assert text_of(decode(event("<think>secret </th") + FINISH + DONE)) == ""


def watch(texts: Iterable[str]) -> None:
    guard = RepetitionGuard()
    for text in texts:
        guard.see(text)


def test_an_answer_that_repeats_itself_for_ever_is_stopped() -> None:
    with pytest.raises(errors.RunawayOutput):
        watch(["请联系客服。"] * 2000)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("A tram came. It rang. " + "It left. It came. " * 90, "A tram came. It rang. It left. It came."),
        ("带好行李。包括雨衣、" + "雨伞、雨鞋、" * 90, "带好行李。"),
        ("包括" + "雨伞、雨鞋、" * 90, "包括" + "雨伞、雨鞋、" * 4),
        ("\n" * 900, ""),
    ],
)
def test_a_text_in_circles_counts_as_far_as_it_says_something_new(text: str, kept: str) -> None:
    assert before_repetition(text) == kept


@pytest.mark.parametrize("unit", [" ", "\n", "ab", "a whole sentence that comes again and again. "])
def test_loops_of_any_length_are_noticed(unit: str) -> None:
    with pytest.raises(errors.RunawayOutput):
        watch([unit] * 4000)


def test_numbered_lines_and_tables_are_no_loop() -> None:
    watch(f"| row {number} | 0 | 0 |\n" for number in range(3000))


def test_an_answer_without_end_is_stopped() -> None:
    with pytest.raises(errors.RunawayOutput):
        watch(f"{number} " for number in range(1_000_000))


def test_the_chances_of_other_tokens_come_with_the_text() -> None:
    logprobs = {
        "content": [{"token": "yes", "logprob": -0.1, "top_logprobs": [{"token": "no", "logprob": 0.0}]}]
    }
    frame = {"choices": [{"delta": {"content": "yes"}, "logprobs": logprobs}]}

    [chunk] = StreamDecoder(providers.preset("vllm")).feed(b"data: " + json.dumps(frame).encode() + b"\n\n")

    assert chunk.tokens == (("yes", {"no": 1.0}),)


@pytest.mark.parametrize(
    "counts",
    ["many", [7, 3], {"prompt_tokens": "7"}, {"prompt_tokens": -1, "completion_tokens": 1e300}, {}],
)
def test_what_is_no_count_of_tokens_counts_nothing(counts: object) -> None:
    frame = b"data: " + json.dumps({"choices": [], "usage": counts}).encode() + b"\n\n"

    assert [chunk.usage for chunk in decode(event("tea"), FINISH, frame, DONE) if chunk.usage] == []


def test_details_that_are_no_details_are_left_out() -> None:
    counts = {
        "prompt_tokens": 7.0,
        "completion_tokens": 3,
        "completion_tokens_details": [],
        "prompt_tokens_details": 1,
    }
    frame = b"data: " + json.dumps({"choices": [], "usage": counts}).encode() + b"\n\n"

    assert decode(event("tea"), FINISH, frame, DONE)[-1].usage == Usage(7, 3)
