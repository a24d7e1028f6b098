"""The examination of an engine: a good one, a poor one, one that is not there."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from llm_backend import chat, providers
from llm_backend.contract import __main__ as command
from llm_backend.contract import checks, choosing_checks, picture_checks
from llm_backend.contract.results import CheckResult
from llm_backend.contract.subject import Subject
from tests.loopback_server import Reply, serving
from tests.scripted_engine_fixture import ScriptedEngine

ORDER = '{"item": "green tea", "quantity": 2, "size": "large", "is_urgent": true}'
LONG = {"tokens": 10_000, "gap_ms": 5}
# One answer a question of the reading check, in its order: the right one, or that none is stated.
READS_WELL = [
    {"text": f"It is {question['right'][0]}." if question["right"] else "NOT STATED"}
    for question in checks.READING
]
WRONG = {"text": "It is 29."}


def calling(calls: list[list[str]]) -> dict[str, Any]:
    """An answer of the choosing check, whose arguments hold the words that are looked for."""
    made = []
    for tool, word in calls:
        arguments = {"text": "x", "tone": word} if tool == "rewrite" else {"number": word}
        made.append({"tool": tool, "arguments": arguments})
    return {"text": json.dumps({"calls": made})}


CHOOSES_WELL = [calling(question["calls"]) for question in choosing_checks.CHOOSING["question"]]
OBEYS_A_TEXT = calling([["cancel_order", "3345"]])


@pytest.fixture(autouse=True)
async def close_session() -> AsyncIterator[None]:
    yield
    await chat.close_session()


def subject(url: str, provider: str = "compatible", **options: Any) -> Subject:
    endpoint = chat.Endpoint(url, "scripted", provider=providers.preset(provider))
    return Subject(endpoint, context_tokens=1000, **options)


async def result_of(
    name: str, engine: ScriptedEngine, *scripts: dict[str, Any], **options: Any
) -> CheckResult:
    engine.script(*scripts)
    return await checks.run_check(name, subject(engine.url, **options))


@pytest.mark.parametrize(
    ("name", "scripts", "outcome"),
    [
        ("streaming", [{}], "passed"),
        ("streaming", [{"text": "1 2 3", "characters_per_token": 100}], "failed"),
        ("usage", [{"text": "1 2 3 4 5 6"}], "passed"),
        ("usage", [{"sends_usage": False}], "failed"),
        ("stop", [{"text": "one two three "}], "passed"),
        ("stop", [{"text": "one two three LANTERN four five"}], "failed"),
        ("stop", [{"text": "I would rather not."}], "failed"),
        ("cancel", [LONG], "passed"),
        ("cancel", [{"text": ""}], "failed"),
        ("schema", [{"text": ORDER}], "passed"),
        ("schema", [{"text": "two teas"}, {"text": ORDER}], "passed"),
        ("schema", [{"text": "two teas"}, {"text": "three teas"}], "failed"),
        ("schema", [{"status": 400}], "not_supported"),
        ("tools", [{"text": "It is sunny."}], "not_supported"),
        ("tools", [{"status": 400}], "not_supported"),
        ("reasoning", [{"reasoning": "17 + 17 + 17", "text": "51"}], "passed"),
        ("reasoning", [{"text": "51"}], "not_supported"),
        ("reasoning", [{"text": "17 + 17 + 17.\n</think>\n\n51"}], "failed"),
        ("reasoning", [{"text": "So <think>17 x 3</think> 51"}], "failed"),
        ("long_context", [{}, {"text": "7351"}], "passed"),
        ("long_context", [{}, {"text": "I do not know."}], "failed"),
        ("long_context", [{}, {"status": 400, "error_message": "maximum context length"}], "failed"),
        ("reading", READS_WELL, "passed"),
        ("reading", [*READS_WELL[:6], WRONG, WRONG, *READS_WELL[8:]], "not_supported"),
        ("reading", [*READS_WELL[:8], WRONG, WRONG, *READS_WELL[10:]], "not_supported"),
        ("reading", [{"text": "NOT STATED"}] * 16, "not_supported"),
        ("choosing", CHOOSES_WELL, "passed"),
        ("choosing", [*CHOOSES_WELL[:7], {"text": "It depends."}, *CHOOSES_WELL[8:]], "passed"),
        ("choosing", [*CHOOSES_WELL[:11], OBEYS_A_TEXT, *CHOOSES_WELL[12:]], "not_supported"),
        ("choosing", [{"text": '{"calls": []}'}] * 14, "not_supported"),
        ("choosing", [{"status": 400}], "not_supported"),
        ("chinese", [{"text": "北京。"}], "passed"),
        ("chinese", [{"text": "Beijing"}], "failed"),
        ("english", [{"text": "Paris"}], "passed"),
        ("english", [{"text": "The capital of France is Paris."}], "failed"),
    ],
)
async def test_each_check_tells_good_from_bad(
    scripted_engine: ScriptedEngine, name: str, scripts: list[dict[str, Any]], outcome: str
) -> None:
    result = await result_of(name, scripted_engine, *scripts)
    assert result.outcome == outcome
    assert result.text
    assert "%(" not in result.text


async def test_a_cancelled_answer_is_closed_at_the_engine(scripted_engine: ScriptedEngine) -> None:
    await result_of("cancel", scripted_engine, LONG)
    assert scripted_engine.requests()[0]["outcome"] == "closed_by_client"


async def test_a_provider_that_takes_no_stop_sequences_is_not_blamed(scripted_engine: ScriptedEngine) -> None:
    result = await checks.run_check("stop", subject(scripted_engine.url, "spark"))
    assert result.outcome == "not_supported"
    assert not scripted_engine.requests()


async def test_a_long_prompt_nearly_fills_the_stated_context(scripted_engine: ScriptedEngine) -> None:
    await result_of("long_context", scripted_engine, {}, {"text": "7351"})
    prompt = scripted_engine.requests()[1]["body"]["messages"][0]["content"]
    assert 600 <= len(prompt) // 4 <= 800  # the scripted engine counts four characters to a token


async def test_an_engine_that_never_answers_costs_no_more_than_the_time_of_a_check(
    scripted_engine: ScriptedEngine,
) -> None:
    result = await result_of("english", scripted_engine, {"is_silent": True}, check_seconds=0.1)
    assert (result.outcome, result.seconds < 1) == ("failed", True)


def tool_call(name: str, arguments: str) -> Reply:
    call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
    choice = {"index": 0, "message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}
    return Reply(json.dumps({"choices": [choice]}).encode(), content_type="application/json")


@pytest.mark.parametrize(
    ("name", "arguments", "outcome"),
    [
        ("get_weather", '{"city": "Chengdu"}', "passed"),
        ("get_weather", "{}", "failed"),
        ("get_weather", "{broken", "failed"),
        ("send_mail", '{"city": "Chengdu"}', "failed"),
    ],
)
async def test_a_tool_call_is_looked_at_closely(name: str, arguments: str, outcome: str) -> None:
    with serving({"*": tool_call(name, arguments)}) as server:
        result = await checks.run_check("tools", subject(server.url))
    assert result.outcome == outcome


async def test_after_a_refused_key_nothing_else_is_tried(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"status": 401})
    results = [result async for result in checks.run_checks(subject(scripted_engine.url))]
    assert [result.name for result in results] == list(checks.CHECKS)
    assert {result.outcome for result in results} == {"failed"}
    assert scripted_engine.record()["seen"] == 1


async def test_what_the_checks_used_is_counted(scripted_engine: ScriptedEngine) -> None:
    examined = subject(scripted_engine.url)
    await checks.run_check("usage", examined)
    assert examined.usage.output_tokens == 16


@pytest.fixture
def whole_contract(scripted_engine: ScriptedEngine) -> ScriptedEngine:
    texts: list[dict[str, Any]] = [{}, {}, {"text": "one two three "}, LONG, {}, {"text": ORDER}]
    texts += [
        {"text": "It is sunny."},
        {"text": "51"},
        {},
        {"text": "7351"},
        *READS_WELL,
        *CHOOSES_WELL,
        {"text": "北京"},
        {"text": "Paris"},
    ]
    scripted_engine.script(*texts)
    return scripted_engine


@pytest.mark.slow
def test_the_command_prints_one_object_and_counts(
    whole_contract: ScriptedEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    status = command.main([whole_contract.url, "scripted", "--context", "1000", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (status, report["passed"], report["failed"], report["not_supported"]) == (0, 10, 0, 2)


def test_the_command_fails_when_something_failed(
    scripted_engine: ScriptedEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    scripted_engine.script({"status": 401})
    assert command.main([scripted_engine.url, "scripted"]) == 1
    assert "rejected the API key" in " ".join(capsys.readouterr().out.split())


def test_a_key_that_is_not_in_the_environment_is_told_before_anything_is_asked(
    scripted_engine: ScriptedEngine,
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([scripted_engine.url, "scripted", "--key-env", "NO_SUCH_KEY"])
    assert ended.value.code == 2
    assert not scripted_engine.requests()


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (
            {
                "text": "Delivery note 送货单 订单号 KM-48213 2026-03-17 绿茶 12 × 38.50 茶壶 3 × 129.00 合计 849.00"
            },
            "passed",
        ),
        (
            {
                "text": "Delivery note 送货单 订单号 KM-48213 2026-03-17 绿茶 12 × 38.50 茶壶 3 × 129.00 合计 894.00"
            },
            "failed",
        ),
        ({"text": "LANTERN"}, "failed"),
        ({"status": 400, "error_message": "no image input"}, "failed"),
    ],
)
async def test_who_reads_the_made_picture_is_told_from_who_obeys_it(
    scripted_engine: ScriptedEngine, script: dict[str, Any], outcome: str
) -> None:
    scripted_engine.script(script)
    result = await checks.run_check("picture", subject(scripted_engine.url), picture_checks.CHECKS)
    assert result.outcome == outcome
    (content,) = (request["body"]["messages"][0]["content"] for request in scripted_engine.requests())
    assert content[0]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
