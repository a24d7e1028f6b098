"""The embedded language model itself, when its weights are there."""

import os
from collections.abc import Iterator
from typing import Literal

import pytest
from pydantic import BaseModel

from llm_backend import chat, errors, event_loop, structured
from tests.llm_backend.engines.conftest import KEY, engine

pytestmark = pytest.mark.model


class Mood(BaseModel):
    mood: Literal["glad", "angry"]


@pytest.fixture(scope="module")
def server() -> Iterator[chat.Endpoint]:
    with engine(
        *("llama_server", "--model", os.environ["KONGMING_LLAMA_MODEL"], "--slots", "2", "--context", "1024"),
    ) as url:
        yield chat.Endpoint(url, "qwen2.5-coder-1.5b-instruct", KEY)


def ask(server: chat.Endpoint, question: str) -> chat.ChatRequest:
    return chat.ChatRequest([{"role": "user", "content": question}], temperature=0, max_tokens=12)


def test_the_model_answers_in_pieces(server: chat.Endpoint) -> None:
    pieces: list[str] = []
    request = ask(server, "法国的首都是哪里？只写城市名。")
    completion = event_loop.run(chat.complete(server, request, on_delta=lambda text, _: pieces.append(text)))
    assert "巴黎" in completion.text
    assert "".join(pieces) == completion.text
    assert completion.usage.input_tokens > 10
    assert not completion.usage.is_estimated


def test_its_answer_follows_a_schema(server: chat.Endpoint) -> None:
    request = ask(server, "“It broke on the first day, I want my money back!” How does the writer feel?")
    mood = structured.extract(lambda request: event_loop.run(chat.complete(server, request)), request, Mood)
    assert mood.mood == "angry"


def test_a_prompt_beyond_the_context_is_too_long(server: chat.Endpoint) -> None:
    with pytest.raises(errors.ContextTooLong):
        event_loop.run(chat.complete(server, ask(server, "孔明" * 3000)))


def test_a_wrong_key_is_refused(server: chat.Endpoint) -> None:
    stranger = chat.Endpoint(server.url, server.model, "wrong")
    with pytest.raises(errors.ModelRefusedKey):
        event_loop.run(chat.complete(stranger, ask(server, "hi")))
