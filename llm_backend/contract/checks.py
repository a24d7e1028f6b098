"""The checks, in the order in which they are made. Each answers with what it found and one line of why."""

import asyncio
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llm_backend import chat, errors, probe, structured
from llm_backend.contract.choosing_checks import check_choosing
from llm_backend.contract.results import CheckResult, Finding, failure, not_supported, success
from llm_backend.contract.subject import Subject, stop_at_first_word
from llm_backend.errors import gettext_noop
from llm_backend.tokens import count_tokens

# One or two pieces are an answer that was written in full and then sent: nobody could read along.
LEAST_PIECES = 3
# A server that goes on writing after the client has gone keeps its place from the next visitor.
FREE_WITHIN_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.1
LOOKS = round(FREE_WITHIN_SECONDS / LOOK_AGAIN_SECONDS)
# Beyond it, reading the prompt alone would take the time of all the other checks.
LONGEST_PROMPT_TOKENS = 32_000
SAMPLE_LINES = 20  # read first, to learn how many tokens a line has for this model
ROOM_FOR_THE_ANSWER = 300
# Where these happen, nothing else can be found out.
FATAL = (
    errors.ModelRefusedKey,
    errors.ModelAccountEmpty,
    errors.ModelRefusedConnection,
    errors.ModelCertificateInvalid,
)

QUESTIONS: dict[str, str] = tomllib.loads(Path(__file__).with_name("questions.toml").read_text("utf-8"))
READING: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("reading.toml").read_text("utf-8"))[
    "question"
]
NOT_STATED = "NOT STATED"
READING_PROMPT = (
    "Answer the question in one short sentence, in its language, only from the text. If the text does not state the "
    "answer, write {not_stated}.\n\nText: {text}\n\nQuestion: {question}"
)
# Below, what it writes is not shown to visitors: `docs/decisions/answering.md`.
LEAST_RIGHT, MOST_INVENTED = 0.85, 0.15
STOP_WORD, HIDDEN_NUMBER = "LANTERN", "7351"
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The present weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


class TeaOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    item: str
    quantity: int = Field(ge=1, le=100)
    size: Literal["small", "large"]
    is_urgent: bool


async def check_streaming(subject: Subject) -> Finding:
    pieces = 0

    def count(*_: str) -> None:
        nonlocal pieces
        pieces += 1

    answer = await subject.complete(subject.request(QUESTIONS["count"]), on_delta=count)
    if pieces < LEAST_PIECES:
        return failure(gettext_noop("The answer arrived in %(pieces)s pieces, not streamed."), pieces=pieces)
    return success(
        gettext_noop("%(pieces)s pieces, the first after %(seconds)s s."),
        pieces=pieces,
        seconds=round(answer.first_token_seconds or 0, 2),
    )


async def check_usage(subject: Subject) -> Finding:
    answer = await subject.ask(QUESTIONS["count"])
    usage, estimate = answer.usage, count_tokens(answer.text + answer.reasoning)
    figures = {"read": usage.input_tokens, "written": usage.output_tokens}
    if usage.is_estimated:
        return failure(gettext_noop("No usage reported: tokens and costs are estimates."))
    # Our own count is an estimate and tokenisers differ: only what is far off is wrong.
    if not (usage.input_tokens and estimate / 4 <= usage.output_tokens <= estimate * 6):
        return failure(gettext_noop("%(read)s tokens in and %(written)s out cannot be right."), **figures)
    return success(gettext_noop("%(read)s tokens in, %(written)s out."), **figures)


async def check_stop(subject: Subject) -> Finding:
    if "stop" in subject.endpoint.provider.omits:
        return not_supported(gettext_noop("This provider does not support stop sequences."))
    answer = await subject.ask(QUESTIONS["line_with_stop_word"], stop=(STOP_WORD,))
    if STOP_WORD in answer.text or "four" in answer.text:
        return failure(gettext_noop("It kept writing past the stop sequence."))
    if "one" not in answer.text.lower():
        return failure(gettext_noop("It did not copy the line, so the result is unknown."))
    return success(gettext_noop("It stopped before the stop sequence."))


async def check_cancel(subject: Subject) -> Finding:
    busy_before = await _running(subject)
    if not await stop_at_first_word(subject, QUESTIONS["long_story"]):
        return failure(gettext_noop("The long answer ended before it could be cancelled."))
    start = time.perf_counter()
    if busy_before is None:
        return await _answers_again(subject, start)
    for _ in range(LOOKS):
        seconds = round(time.perf_counter() - start, 2)
        if (await _running(subject) or 0) <= busy_before:
            return success(gettext_noop("The engine was free after %(seconds)s s."), seconds=seconds)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return failure(
        gettext_noop("The engine kept working for %(seconds)s s after the cancel."), seconds=seconds
    )


async def _running(subject: Subject) -> int | None:
    """Requests that the engine works on, by its own account; None when it gives none."""
    figures = await probe.read_engine(subject.endpoint)
    return figures.running if figures else None


async def _answers_again(subject: Subject, start: float) -> Finding:
    await subject.ask(QUESTIONS["capital_en"])
    seconds = round(time.perf_counter() - start, 2)
    if seconds > FREE_WITHIN_SECONDS + subject.endpoint.connect_seconds:
        return failure(
            gettext_noop("The next answer took %(seconds)s s: the slot was not released."), seconds=seconds
        )
    return success(gettext_noop("The next answer arrived after %(seconds)s s."), seconds=seconds)


async def check_schema(subject: Subject) -> Finding:
    request = subject.request(QUESTIONS["order"], json_schema=TeaOrder.model_json_schema())
    try:
        answer = await subject.complete(request)
        TeaOrder.model_validate_json(structured.json_text(answer.text))
    except errors.ModelRejectedRequest:
        return not_supported(gettext_noop("The server refused the schema. Choose the preset that fits it."))
    except ValidationError as error:
        second_answer = await subject.complete(structured.repair_request(request, answer, error))
        try:
            TeaOrder.model_validate_json(structured.json_text(second_answer.text))
        except ValidationError:
            return failure(gettext_noop("The answer did not follow the schema, even after one correction."))
        return success(gettext_noop("Valid after one correction."))
    if subject.endpoint.provider.structured_output == "json_schema":
        return success(gettext_noop("Valid on the first try; the schema constrains the answer."))
    return success(gettext_noop("Valid on the first try, with the schema in the prompt."))


async def check_tools(subject: Subject) -> Finding:
    message = {"role": "user", "content": QUESTIONS["weather"]}
    try:
        answer = await subject.whole_answer(
            {"messages": [message], "tools": [TOOL], "temperature": 0, "max_tokens": 512}
        )
    except errors.ModelRejectedRequest:
        return not_supported(gettext_noop("The server does not support tools, or was started without them."))
    name, arguments = _called_tool(answer)
    if not name:
        return not_supported(gettext_noop("It answered in text instead of calling the tool."))
    if name != "get_weather" or "city" not in arguments:
        return failure(gettext_noop("It called a tool that was not offered, or without its arguments."))
    return success(gettext_noop("It called the tool for %(city)s."), city=str(arguments["city"])[:40])


def _called_tool(answer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    try:
        calls = answer["choices"][0]["message"].get("tool_calls") or []
        function = calls[0]["function"] if calls else {}
        arguments = orjson.loads(function.get("arguments") or "{}")
    except (KeyError, IndexError, TypeError, AttributeError, orjson.JSONDecodeError):
        # What cannot be read is a call all the same, of no tool that was offered.
        return "?", {}
    return function.get("name") or "", arguments if isinstance(arguments, dict) else {}


async def check_reasoning(subject: Subject) -> Finding:
    # As it was shown: of the whole answer thoughts are taken out that nobody could know for some while they came. What was
    # learnt of the server since is known to this process alone.
    chat.clear_open_thinkers()
    shown: list[str] = []
    request = subject.request(QUESTIONS["riddle"], max_tokens=2000)
    answer = await subject.complete(request, on_delta=lambda text, _reasoning: shown.append(text))
    if any(mark in "".join(shown) for mark in ("<think>", "</think>", "<thought>")):
        return failure(
            gettext_noop("Reasoning is mixed into the answer. Choose the preset that fits the server.")
        )
    if not answer.reasoning:
        return not_supported(gettext_noop("It does not return reasoning separately."))
    tokens = count_tokens(answer.reasoning)
    return success(gettext_noop("About %(tokens)s reasoning tokens, returned separately."), tokens=tokens)


async def check_long_context(subject: Subject) -> Finding:
    """A fact near the beginning of a prompt that nearly fills the context."""
    room = min(subject.context_tokens, LONGEST_PROMPT_TOKENS) - ROOM_FOR_THE_ANSWER
    filler = QUESTIONS["filler"]
    # The server itself says how many tokens a line has for its model.
    sample = await subject.ask(filler * SAMPLE_LINES, max_tokens=1)
    lines = max(int(room / sample.usage.input_tokens * SAMPLE_LINES), 2)
    # Near the beginning: a server that quietly shortens a prompt drops what stands there.
    text = filler * (lines // 10) + QUESTIONS["hidden_fact"] + filler * (lines - lines // 10)
    text += "\n" + QUESTIONS["about_hidden_fact"]
    try:
        answer = await subject.ask(text, max_tokens=ROOM_FOR_THE_ANSWER // 2)
    except errors.ContextTooLong:
        return failure(
            gettext_noop("It rejected %(tokens)s tokens, although the stated context is %(context)s."),
            tokens=count_tokens(text),
            context=subject.context_tokens,
        )
    tokens = answer.usage.input_tokens
    if HIDDEN_NUMBER not in answer.text:
        return failure(gettext_noop("It missed a fact in a prompt of %(tokens)s tokens."), tokens=tokens)
    return success(gettext_noop("It found a fact in a prompt of %(tokens)s tokens."), tokens=tokens)


async def check_reading(subject: Subject) -> Finding:
    """Which share of short questions it answers rightly, and of how many it makes an answer up.

    A model that cannot do without quotations is of use all the same, so it does not fail.
    """
    right = made_up = 0
    for question in READING:
        prompt = READING_PROMPT.format(
            not_stated=NOT_STATED, text=question["text"], question=question["asked"]
        )
        answer = (await subject.ask(prompt)).text.lower()
        is_refused = NOT_STATED.lower() in answer
        right += not is_refused and any(word in answer for word in question["right"])
        made_up += not is_refused and not question["right"]
    answerable = sum(bool(question["right"]) for question in READING)
    figures = {
        "right": right,
        "answerable": answerable,
        "invented": made_up,
        "unanswerable": len(READING) - answerable,
    }
    if right >= LEAST_RIGHT * answerable and made_up <= MOST_INVENTED * figures["unanswerable"]:
        return success(
            gettext_noop("%(right)s of %(answerable)s correct, %(invented)s of %(unanswerable)s invented."),
            **figures,
        )
    return not_supported(
        gettext_noop(
            "%(right)s of %(answerable)s correct, %(invented)s of %(unanswerable)s invented. Documents "
            "are quoted in place of its answers."
        ),
        **figures,
    )


async def check_chinese(subject: Subject) -> Finding:
    return await _one_word(subject, QUESTIONS["capital_zh"], "北京")


async def check_english(subject: Subject) -> Finding:
    return await _one_word(subject, QUESTIONS["capital_en"], "Paris")


async def _one_word(subject: Subject, question: str, word: str) -> Finding:
    answer = (await subject.ask(question)).text.strip()
    if word in answer and len(answer) <= len(word) + 6:
        return success(gettext_noop("It followed the instruction: “%(answer)s”."), answer=answer)
    return failure(gettext_noop("It did not follow the instruction: “%(answer)s”."), answer=answer[:60])


Check = Callable[[Subject], Awaitable[Finding]]
CHECKS: dict[str, Check] = {
    "streaming": check_streaming,
    "usage": check_usage,
    "stop": check_stop,
    "cancel": check_cancel,
    "schema": check_schema,
    "tools": check_tools,
    "reasoning": check_reasoning,
    "long_context": check_long_context,
    "reading": check_reading,
    "choosing": check_choosing,
    "chinese": check_chinese,
    "english": check_english,
}


async def run_checks(subject: Subject) -> AsyncIterator[CheckResult]:
    """All checks, one after the other. After one that leaves nothing to find out, the rest are not tried."""
    is_over = False
    for name in CHECKS:
        result = not_tried(name) if is_over else await run_check(name, subject)
        is_over = is_over or result.ends_contract
        yield result


async def run_check(name: str, subject: Subject, checks: Mapping[str, Check] = CHECKS) -> CheckResult:
    start, is_fatal = time.perf_counter(), False
    try:
        async with asyncio.timeout(subject.check_seconds):
            finding = await checks[name](subject)
    except TimeoutError:
        finding = failure(gettext_noop("It did not finish within the time limit for a check."))
    except errors.ModelError as error:
        finding, is_fatal = failure(error.message), isinstance(error, FATAL)
    seconds = round(time.perf_counter() - start, 2)
    outcome, note, figures = finding
    return CheckResult(
        name=name, outcome=outcome, note=note, figures=figures, seconds=seconds, ends_contract=is_fatal
    )


def not_tried(name: str) -> CheckResult:
    outcome, note, _ = failure(gettext_noop("Skipped: see the first check."))
    return CheckResult(name=name, outcome=outcome, note=note)
