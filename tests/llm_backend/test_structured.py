from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from llm_backend import chat, errors, event_loop, structured
from tests.scripted_engine_fixture import ScriptedEngine

REQUEST = chat.ChatRequest([{"role": "user", "content": "It broke after a day!"}])


class Sentiment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mood: Literal["glad", "angry"]
    strength: int = Field(ge=1, le=5)


VALID, INVALID = '{"mood": "angry", "strength": 4}', '{"mood": "furious", "strength": 9}'


def extract(engine: ScriptedEngine) -> Sentiment:
    endpoint = chat.Endpoint(engine.url, "scripted")
    return structured.extract(
        lambda request: event_loop.run(chat.complete(endpoint, request)), REQUEST, Sentiment
    )


def test_the_schema_is_sent_as_a_constraint(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"text": VALID})
    assert extract(scripted_engine) == Sentiment(mood="angry", strength=4)
    [record] = scripted_engine.requests()
    assert record["body"]["response_format"]["json_schema"]["schema"] == Sentiment.model_json_schema()


def test_a_code_fence_around_the_object_is_understood(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"text": f"```json\n{VALID}\n```"})
    assert extract(scripted_engine).strength == 4


def test_an_invalid_answer_is_repaired_with_its_problems(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"text": INVALID}, {"text": VALID})
    assert extract(scripted_engine).mood == "angry"
    repair = scripted_engine.requests()[1]["body"]["messages"]
    assert repair[-2] == {"role": "assistant", "content": INVALID}
    assert "mood" in repair[-1]["content"]
    assert "strength" in repair[-1]["content"]


@pytest.mark.parametrize("bad", [INVALID, "I am sorry, I cannot.", '{"mood": "glad"', "", "[]"])
def test_there_is_one_repair_and_no_more(scripted_engine: ScriptedEngine, bad: str) -> None:
    scripted_engine.script({"text": bad}, {"text": bad})
    with pytest.raises(errors.OutputInvalid):
        extract(scripted_engine)
    assert scripted_engine.record()["seen"] == 2
