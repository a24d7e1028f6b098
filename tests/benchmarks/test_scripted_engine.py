"""The fake must be honest: it keeps its schedule and tells the truth about what it saw."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from benchmarks import engine_script
from llm_backend import chat, errors, event_loop
from tests.scripted_engine_fixture import ScriptedEngine


def ask(engine: ScriptedEngine, text: str = "hi", **options: Any) -> chat.Completion:
    endpoint = chat.Endpoint(engine.url, options.pop("model", "scripted"))
    request = chat.ChatRequest([{"role": "user", "content": text}], **options)
    return event_loop.run(chat.complete(endpoint, request))


def test_tokens_come_on_schedule_and_never_early(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"tokens": 20, "first_token_ms": 100, "gap_ms": 10})
    started = time.monotonic()
    ask(scripted_engine)
    assert time.monotonic() - started >= 0.29
    [request] = scripted_engine.requests()
    assert request["first_token_at"] - request["started_at"] >= 0.099
    assert request["tokens_sent"] == 20


def test_a_request_can_choose_its_script_itself(scripted_engine: ScriptedEngine) -> None:
    assert ask(scripted_engine, 'say it [[script {"text": "hello"}]]').text == "hello"
    assert ask(scripted_engine, model="scripted-reasoning").reasoning == "First I think about it."
    with pytest.raises(errors.ModelRefusedKey):
        ask(scripted_engine, model="scripted-http-401")


def test_queued_scripts_are_used_once_and_in_order(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"text": "one"}, {"text": "two"})
    assert [ask(scripted_engine).text for _ in range(2)] == ["one", "two"]
    assert ask(scripted_engine).text.startswith("t0 ")


def test_an_answer_is_held_until_it_is_released(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"tokens": 5, "hold_after": 2})
    with ThreadPoolExecutor() as others:
        answer = others.submit(ask, scripted_engine)
        scripted_engine.wait_for(lambda seen: seen["requests"] and seen["requests"][-1]["tokens_sent"] == 2)
        assert not answer.done()
        scripted_engine.release()
        assert answer.result().text == "t0 t1 t2 t3 t4 "


def test_max_tokens_are_obeyed(scripted_engine: ScriptedEngine) -> None:
    assert ask(scripted_engine, max_tokens=3).text == "t0 t1 t2 "


def test_the_record_knows_how_many_ran_at_once(scripted_engine: ScriptedEngine) -> None:
    endpoint = chat.Endpoint(scripted_engine.url, "scripted")
    script = '[[script {"first_token_ms": 100}]]'

    async def crowd() -> None:
        request = chat.ChatRequest([{"role": "user", "content": script}])
        await asyncio.gather(*(chat.complete(endpoint, request) for _ in range(5)))

    event_loop.run(crowd())
    record = scripted_engine.record()
    assert (record["seen"], record["peak"], record["in_flight"]) == (5, 5, 0)
    assert {request["outcome"] for request in record["requests"]} == {"finished"}


class Inner(BaseModel):
    kind: Literal["a", "b"]


class Answer(BaseModel):
    name: str = Field(min_length=2)
    score: int = Field(ge=3)
    is_good: bool
    inner: Inner
    many: list[Inner] = Field(min_length=2)
    perhaps: str | None = None


def test_a_schema_without_a_script_gets_an_answer_that_follows_it(scripted_engine: ScriptedEngine) -> None:
    text = ask(scripted_engine, json_schema=Answer.model_json_schema()).text
    assert len(Answer.model_validate_json(text).many) == 2


def test_a_script_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValueError, match="tokns"):
        engine_script.Script.model_validate({"tokns": 3})


class Reply(BaseModel):
    action: Literal["answer", "not_found"]
    text: str


def test_a_text_under_a_schema_has_as_many_numbered_tokens_as_without(
    scripted_engine: ScriptedEngine,
) -> None:
    completion = ask(scripted_engine, json_schema=Reply.model_json_schema())
    assert completion.usage.output_tokens == len(ask(scripted_engine).text.split())
    reply = Reply.model_validate_json(completion.text)
    assert (reply.action, reply.text) == ("answer", ask(scripted_engine).text)


def test_a_picture_counts_as_a_picture_and_the_script_stands_in_the_text_beside_it(
    scripted_engine: ScriptedEngine,
) -> None:
    content = chat.with_picture('What is it? [[script {"text": "A teapot."}]]', "AAAA" * 10_000)
    endpoint = chat.Endpoint(scripted_engine.url, "scripted")
    request = chat.ChatRequest([{"role": "user", "content": content}])
    completion = event_loop.run(chat.complete(endpoint, request))
    assert completion.text == "A teapot."
    assert completion.usage.input_tokens < 2000
