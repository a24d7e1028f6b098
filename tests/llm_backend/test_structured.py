import json
from contextlib import suppress
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from llm_backend import chat, errors, event_loop, structured
from llm_backend.decoding import Token, Usage
from llm_backend.structured import GrowingText
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


@pytest.mark.parametrize(
    ("written", "read"), [(r"a\u0000b", "ab"), (r"\\u0000", r"\u0000"), (r"\\\u0000", "\\"), (r"\u00e9", "é")]
)
def test_no_text_holds_the_character_that_no_column_holds(written: str, read: str) -> None:
    answer = f'{{"text": "{written}"}}'

    assert json.loads(structured.json_text(answer)) == {"text": read}
    growing = GrowingText("text")
    assert growing.feed(answer) == read


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


class Judged(BaseModel):
    stated: Literal["yes", "no"]
    text: str


SHOWN = structured.StreamedText(
    "text",
    lambda before: before.get("stated") == "yes",
    {"stated": "yes"},
    structured.BinaryMember("stated", "yes", "no", 0.26),
)


def token(text: str, **chances: float) -> Token:
    return Token(text, chances)


def read(*tokens: Token) -> tuple[structured.Read[Judged] | None, str]:
    """What came of the tokens, and what people saw."""
    seen: list[str] = []
    reading = structured.Reading(Judged, SHOWN, seen.append)
    with suppress(chat.Enough):
        for each in tokens:
            reading.see([each])
            reading.take(each.text, "")
    written = "".join(each.text for each in tokens)
    return reading.result(chat.Completion(written, "", Usage(), "stop", None, 0)), "".join(seen)


@pytest.mark.parametrize(
    ("chances", "stated", "shown"),
    [
        ({"yes": 0.9, "no": 0.05}, "yes", "Tea."),
        ({"yes": 0.6, "no": 0.3}, "no", ""),
        ({"Oh": 1.0}, "yes", "Tea."),
    ],
)
def test_a_likely_no_counts_although_yes_was_written(
    chances: dict[str, float], stated: str, shown: str
) -> None:
    result, seen = read(
        token('{"stated'),
        token('": "', no=0.9),
        token("yes", **chances),
        token('", "text": "'),
        token('Tea."}'),
    )
    assert result
    assert (result.value.stated, seen) == (stated, shown)


def test_an_object_behind_thoughts_without_a_tag_is_read_as_the_answer() -> None:
    reading = structured.Reading(Judged, SHOWN, lambda _text: None)
    answer = '{"stated": "yes", "text": "Tea."}'
    reading.take(f"It broke, says the guest.\n</think>\n\n{answer}", "")
    result = reading.result(chat.Completion(answer, "It broke …", Usage(), "stop", None, 0))
    assert result.value == Judged(stated="yes", text="Tea.")


def test_the_first_token_of_a_word_decides() -> None:
    result, _ = read(
        token('{"stated": "'), token("y", y=0.5, n=0.5, nothing=0.4), token('es", "text": "Tea."}', es=1.0)
    )
    assert result
    assert (result.value.stated, result.doubt) == ("no", 0.5)


def test_the_doubt_is_told_where_the_server_tells_chances() -> None:
    quotation_mark = Token(' "', {' "': 0.99, " no": 0.002, " yes": 0.001})
    result, _ = read(
        token('{"stated":'), quotation_mark, token("yes", yes=0.75, no=0.25), token('", "text": ""}')
    )
    assert result
    assert result.doubt == 0.25
