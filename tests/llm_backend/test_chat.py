"""The client against a real server process that behaves well, badly, and not at all."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from llm_backend import chat, errors
from tests.scripted_engine_fixture import ScriptedEngine

QUESTION: list[chat.Message] = [{"role": "user", "content": "When do you open?"}]


@pytest.fixture(autouse=True)
async def close_session() -> AsyncIterator[None]:
    yield
    await chat.close_session()


def endpoint(engine: ScriptedEngine, **options: Any) -> chat.Endpoint:
    return chat.Endpoint(engine.url, "scripted", **options)


async def nothing_in_flight(engine: ScriptedEngine) -> dict[str, Any]:
    return await asyncio.to_thread(engine.wait_for, lambda record: record["in_flight"] == 0, 0.5)


async def test_an_answer_comes_whole_and_in_order(scripted_engine: ScriptedEngine) -> None:
    seen: list[str] = []
    completion = await chat.complete(
        endpoint(scripted_engine), chat.ChatRequest(QUESTION), on_delta=lambda text, _: seen.append(text)
    )
    assert completion.text == "".join(f"t{number} " for number in range(16)) == "".join(seen)
    assert completion.usage.output_tokens == 16
    assert completion.finish_reason == "stop"
    assert completion.first_token_seconds is not None
    assert completion.first_token_seconds < completion.seconds


async def test_what_was_asked_reaches_the_server(scripted_engine: ScriptedEngine) -> None:
    request = chat.ChatRequest(QUESTION, temperature=0, max_tokens=9, stop=("\n",), seed=3, json_schema={})
    await chat.complete(endpoint(scripted_engine, api_key="secret"), request)
    [record] = scripted_engine.requests()
    assert record["authorization"] == "Bearer secret"
    wanted = {
        "model": "scripted",
        "temperature": 0,
        "max_tokens": 9,
        "stop": ["\n"],
        "seed": 3,
        "stream": True,
    }
    assert wanted.items() <= record["body"].items()


async def test_a_key_is_never_printed() -> None:
    assert "secret" not in repr(chat.Endpoint("http://127.0.0.1", "m", api_key="secret"))


@pytest.mark.parametrize("url", ["http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/"])
def test_both_ways_to_write_the_address_are_understood(url: str) -> None:
    assert chat.api_address(url, "chat/completions") == "http://h:1/v1/chat/completions"


def test_another_version_in_the_address_is_kept() -> None:
    assert chat.api_address("http://h/api/v3", "models") == "http://h/api/v3/models"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"status": 500}, errors.ModelUnavailable),
        ({"status": 302}, errors.ModelUnavailable),
        ({"status": 503}, errors.ModelOverloaded),
        ({"status": 401}, errors.ModelRefusedKey),
        ({"status": 403}, errors.ModelRefusedKey),
        ({"status": 404}, errors.ModelRejectedRequest),
        ({"status": 413}, errors.ContextTooLong),
        ({"status": 400, "error_message": "maximum context length is 4096"}, errors.ContextTooLong),
        ({"status": 400, "error_message": "no such option"}, errors.ModelRejectedRequest),
        ({"cut_after": 3}, errors.ModelUnavailable),
        ({"garbage_after": 3}, errors.ModelUnavailable),
        ({"error_after": 3}, errors.ModelUnavailable),
        ({"repeat": "again ", "gap_ms": 0}, errors.RunawayOutput),
    ],
)
async def test_each_failure_has_its_error(
    scripted_engine: ScriptedEngine, script: dict[str, Any], expected: type[errors.ModelError]
) -> None:
    scripted_engine.script(script)
    with pytest.raises(errors.ModelError) as caught:
        await chat.complete(endpoint(scripted_engine), chat.ChatRequest(QUESTION))
    assert type(caught.value) is expected


async def test_a_busy_server_says_when_to_come_back(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"status": 429, "retry_after": 7})
    with pytest.raises(errors.ModelOverloaded) as caught:
        await chat.complete(endpoint(scripted_engine), chat.ChatRequest(QUESTION))
    assert caught.value.retry_after == 7


async def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = chat.Endpoint(f"http://127.0.0.1:{unused.getsockname()[1]}", "m")
        with pytest.raises(errors.ModelUnavailable, match="cannot be reached"):
            await chat.complete(nobody, chat.ChatRequest(QUESTION))


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://127.0.0.1/v1"])
async def test_an_address_that_is_none_is_unavailable(url: str) -> None:
    with pytest.raises(errors.ModelUnavailable):
        await chat.complete(chat.Endpoint(url, "m"), chat.ChatRequest(QUESTION))


async def test_a_server_that_never_answers_is_given_up(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"is_silent": True})
    with pytest.raises(errors.ModelUnavailable, match="in time"):
        await chat.complete(endpoint(scripted_engine, first_token_seconds=0.1), chat.ChatRequest(QUESTION))
    await nothing_in_flight(scripted_engine)


async def test_a_stream_that_falls_silent_is_given_up(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"stall_after": 2})
    slow = endpoint(scripted_engine, between_tokens_seconds=0.1)
    generation = chat.Generation(slow, chat.ChatRequest(QUESTION))
    with pytest.raises(errors.ModelUnavailable, match=r"sent nothing for 0\.1 s"):
        await generation.run()
    assert generation.so_far().text == "t0 t1 "
    assert generation.so_far().usage.is_estimated
    record = await nothing_in_flight(scripted_engine)
    assert record["requests"][0]["outcome"] == "closed_by_client"


async def test_cancelling_closes_the_request_at_the_server(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"tokens": 10_000, "gap_ms": 20})
    begun = asyncio.Event()
    task = asyncio.create_task(
        chat.complete(endpoint(scripted_engine), chat.ChatRequest(QUESTION), on_delta=lambda *_: begun.set())
    )
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = await nothing_in_flight(scripted_engine)
    assert record["requests"][0]["outcome"] == "closed_by_client"


async def test_leaving_early_closes_the_request_at_the_server(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"tokens": 10_000, "gap_ms": 20})
    async with aclosing(chat.stream(endpoint(scripted_engine), chat.ChatRequest(QUESTION))) as chunks:
        async for chunk in chunks:
            assert chunk.text == "t0 "
            break
    await nothing_in_flight(scripted_engine)


@pytest.mark.parametrize("uses_think_tags", [True, False])
async def test_reasoning_does_not_reach_the_answer(
    scripted_engine: ScriptedEngine, uses_think_tags: bool
) -> None:
    scripted_engine.script({"reasoning": "I wonder.", "text": "Nine.", "uses_think_tags": uses_think_tags})
    completion = await chat.complete(endpoint(scripted_engine), chat.ChatRequest(QUESTION))
    assert (completion.reasoning, completion.text) == ("I wonder.", "Nine.")


@pytest.mark.parametrize(
    ("written", "answer", "thoughts"),
    [
        ("I wonder.\nNine?\n</think>\n\nNine.", "Nine.", "I wonder.\nNine?"),
        ("The tag </think> ends thoughts.", "The tag </think> ends thoughts.", ""),
        ("Write:\n<think>\n…\n</think>\nand then.", "Write:\n<think>\n…\n</think>\nand then.", ""),
    ],
)
async def test_thoughts_that_the_template_began_are_no_part_of_the_answer(
    scripted_engine: ScriptedEngine, written: str, answer: str, thoughts: str
) -> None:
    scripted_engine.script({"text": written})
    completion = await chat.complete(endpoint(scripted_engine), chat.ChatRequest(QUESTION))
    assert (completion.text, completion.reasoning) == (answer, thoughts)


async def test_thoughts_that_the_template_began_are_seen_once_at_most(
    scripted_engine: ScriptedEngine,
) -> None:
    thinking = {"text": "I wonder.\nNine?\n</think>\n\nNine."}
    scripted_engine.script(thinking, thinking, {"text": "Ten, at once."}, {"text": "Eleven."})
    told: list[tuple[str, str]] = []
    for _ in range(4):
        shown: list[str] = []
        answer = await chat.complete(
            endpoint(scripted_engine),
            chat.ChatRequest(QUESTION),
            on_delta=lambda text, _, shown=shown: shown.append(text),  # type: ignore[misc]
        )
        told.append(("".join(shown).strip(), answer.reasoning.strip()))

    assert told == [
        ("I wonder.\nNine?\n</think>\n\nNine.", "I wonder.\nNine?"),
        ("Nine.", "I wonder.\nNine?"),
        ("Ten, at once.", ""),
        ("Eleven.", ""),
    ]


async def test_an_answer_without_usage_gets_an_estimate(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"text": "Nine o'clock.", "sends_usage": False})
    completion = await chat.complete(endpoint(scripted_engine), chat.ChatRequest(QUESTION))
    assert completion.usage.is_estimated
    assert 2 <= completion.usage.output_tokens <= 6


async def test_a_hundred_answers_run_at_the_same_time(scripted_engine: ScriptedEngine) -> None:
    request = chat.ChatRequest(
        [{"role": "user", "content": '[[script {"first_token_ms": 150, "tokens": 3}]]'}]
    )
    answers = await asyncio.gather(*(chat.complete(endpoint(scripted_engine), request) for _ in range(100)))
    assert {answer.text for answer in answers} == {"t0 t1 t2 "}
    assert scripted_engine.record()["peak"] == 100
