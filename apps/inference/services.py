"""The only door to models: desks ask here, by purpose, and never see an address.

Called from worker threads. The first argument is the run of a job (which can be cancelled, and which learns
its place in the queue) or, outside of jobs, the actor who asks.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal, TypeAlias, TypeVar

import numpy as np
from pydantic import BaseModel

from apps.core.errors import ServiceUnavailable
from apps.inference import breaker, calls, selectors
from apps.inference.calls import Call, Caller, CallUsage
from apps.inference.models import Endpoint, Purpose
from apps.jobs.runs import JobRun
from llm_backend import chat, embeddings, errors, structured
from llm_backend.decoding import Usage
from llm_backend.grounding import Similarity
from llm_backend.prompts import RenderedPrompt
from llm_backend.speech import synthesis

logger = logging.getLogger(__name__)

# What desks need to say of a streamed structured answer; they never import the client itself.
StreamedText: TypeAlias = structured.StreamedText
Message: TypeAlias = chat.Message
BinaryMember: TypeAlias = structured.BinaryMember
ALTERNATIVES = 8
# A dense page is written down in a minute; an endpoint that takes longer holds all other pages up.
LOOK_SECONDS = 180.0
LONGEST_LOOK = 20_000

Result = TypeVar("Result")
Schema = TypeVar("Schema", bound=BaseModel)


@dataclass
class _Text:
    """Takes the answer's text on its way; a fallback is possible only while nothing has been shown."""

    on_text: Callable[[str], None] | None
    has_begun: bool = field(default=False)

    def take(self, text: str, _reasoning: str) -> None:
        if text and self.on_text:
            self.has_begun = True
            self.on_text(text)


def complete(
    caller: Caller,
    prompt: RenderedPrompt,
    *,
    purpose: str = Purpose.CHAT,
    history: Sequence[chat.Message] = (),
    on_text: Callable[[str], None] | None = None,
) -> chat.Completion:
    """A whole answer. `on_text` sees it being written; it is called on the event loop and must not block."""
    request, text = prompt.request(history=history), _Text(on_text)

    def ask(call: Call) -> chat.Completion:
        return _generate(call, request, on_delta=text.take)

    return _with_fallback(caller, purpose, prompt, ask, may_go_on=lambda: not text.has_begun)


@dataclass(frozen=True)
class Look:
    """What a model said of a picture. `state`: "looked"; "no_model": none is set up; "not_trusted": what is set up was not
    found to read what stands on pictures; "away": it did not answer in time.
    """

    state: Literal["looked", "no_model", "not_trusted", "away"]
    text: str = ""


def look(caller: Caller, prompt: RenderedPrompt, jpeg: str) -> Look:
    """An answer about a picture, JPEG as base64, where an endpoint for pictures is set up that its check found reliable.
    Nothing is raised for want of one: whoever asks goes on by text recognition, and says so.
    """
    candidates = _candidates(caller, Purpose.VISION)
    if not candidates:
        return Look("no_model")
    if not all(map(selectors.sees_reliably, candidates)):
        return Look("not_trusted")
    shown = prompt.with_picture(jpeg)

    def ask(call: Call) -> chat.Completion:
        return _generate(call, shown.request(), most_seconds=LOOK_SECONDS)

    try:
        completion = _with_fallback(caller, Purpose.VISION, shown, ask)
    except errors.ModelError:
        # In the ledger, and in the log where an endpoint was passed over.
        return Look("away")
    return Look("looked", completion.text.strip()[:LONGEST_LOOK])


def stream(run: JobRun, prompt: RenderedPrompt) -> chat.Completion:
    """An answer that the job's followers see being written. Cancelling the job stops the engine."""
    return complete(run, prompt, on_text=run.text)


def stream_structured(
    run: JobRun, prompt: RenderedPrompt, schema: type[Schema], shown: structured.StreamedText
) -> structured.Read[Schema]:
    """An answer that follows `schema`, of which the job's followers see one text being written.

    Raises OutputInvalid without a repair: what people have seen cannot be written again.
    """
    alternatives, text = ALTERNATIVES if shown.doubted else 0, _Text(run.text)
    request = replace(prompt.request(), json_schema=schema.model_json_schema(), alternatives=alternatives)

    def ask(call: Call) -> structured.Read[Schema]:
        reading = structured.Reading(schema, shown, lambda piece: text.take(piece, ""))
        return reading.result(_generate(call, request, on_delta=reading.take, on_tokens=reading.see))

    return _with_fallback(run, Purpose.CHAT, prompt, ask, may_go_on=lambda: not text.has_begun)


def extract(
    caller: Caller,
    prompt: RenderedPrompt,
    schema: type[Schema],
    *,
    purpose: str = Purpose.EXTRACTION,
    begin_reading: Callable[[], Callable[[str], None]] | None = None,
) -> Schema:
    """An answer that follows `schema`. Raises OutputInvalid after one repair.

    `begin_reading`: called as each answer begins; what it returns sees that answer being written, on the event loop.
    """
    request = prompt.request()

    def complete(call: Call, request: chat.ChatRequest) -> chat.Completion:
        read = begin_reading() if begin_reading else None
        return _generate(call, request, on_delta=(lambda text, _reasoning: read(text)) if read else None)

    def ask(call: Call) -> Schema:
        return structured.extract(partial(complete, call), request, schema)

    return _with_fallback(caller, purpose, prompt, ask)


def may_write(caller: Caller, *, purpose: str = Purpose.CHAT) -> bool:
    """Whether the endpoint that will answer was measured to say only what it read.

    Raises ModelsAway where no endpoint is enabled.
    """
    endpoint = _first(caller, purpose)
    if endpoint is None:
        raise errors.ModelsAway(f"no endpoint is enabled for {purpose}")
    return selectors.reads_reliably(endpoint)


def may_choose_tools(caller: Caller, *, purpose: str = Purpose.CHAT) -> bool:
    """Whether the endpoint that will answer was measured to call what was asked for and nothing else."""
    endpoint = _first(caller, purpose)
    return endpoint is not None and selectors.chooses_reliably(endpoint)


def embed(
    caller: Caller, texts: Sequence[str], *, input_type: Literal["query", "passage"], model: str = ""
) -> list[list[float]]:
    """One vector per text. Raises ModelsAway when no embedding endpoint answers.

    `model`: the one whose vectors these are compared with or stored beside. No other may answer, even when
    somebody changes the endpoints meanwhile.
    """
    if not texts:
        return []

    def ask(call: Call) -> list[list[float]]:
        server, usage = call.endpoint.embedding_server(), Usage()

        async def request() -> list[list[float]]:
            nonlocal usage
            embedding = await embeddings.embed(server, texts, input_type)
            usage = Usage(embedding.input_tokens)
            return embedding.vectors

        return calls.perform(call, request, lambda: CallUsage(usage))

    return _with_fallback(caller, Purpose.EMBEDDING, None, ask, model=model)


def similarity(caller: Caller) -> Similarity:
    """How near in meaning a sentence is to passages: for two languages, whose words cannot be compared. Asks the
    embedding model only when it is called; without one such a sentence stays marked.
    """

    def cosines(sentence: str, texts: Sequence[str]) -> list[float]:
        try:
            rows = np.array(embed(caller, [sentence, *texts], input_type="passage"))
        except (errors.ModelError, ServiceUnavailable):
            return []  # the words alone decide then
        unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return [float(cosine) for cosine in unit[1:] @ unit[0]]

    return cosines


def read_aloud(caller: Caller, text: str, *, voice: str) -> synthesis.Pcm:
    """A text as sound, by a voice that the server knows by this name. Raises ModelsAway where none is set up.

    The ledger counts its characters as input tokens: that is what servers of voices bill.
    """

    def ask(call: Call) -> synthesis.Pcm:
        server = call.endpoint.synthesis_server()
        request = partial(synthesis.synthesise, server, text, voice=voice)
        return calls.perform(call, request, lambda: CallUsage(Usage(len(text), is_estimated=True)))

    return _with_fallback(caller, Purpose.SYNTHESIS, None, ask)


def _generate(
    call: Call,
    request: chat.ChatRequest,
    *,
    on_delta: chat.OnDelta | None = None,
    on_tokens: chat.OnTokens | None = None,
    most_seconds: float | None = None,
) -> chat.Completion:
    """`most_seconds`: for all of the answer, once it has a place at the endpoint. Then it counts as too slow."""
    generation = chat.Generation(call.endpoint.chat_server(), request, on_delta=on_delta, on_tokens=on_tokens)

    async def run() -> chat.Completion:
        try:
            async with asyncio.timeout(most_seconds):
                return await generation.run()
        except TimeoutError as error:
            raise errors.ModelTooSlow("did not finish in time") from error

    def usage() -> CallUsage:
        so_far = generation.so_far()
        return CallUsage(so_far.usage, so_far.first_token_seconds)

    return calls.perform(call, run, usage)


# After these the next endpoint is asked, as it may do better. Any other error lies in the question, or somebody stopped
# it.
PASSED_OVER = (
    errors.ModelUnavailable,
    errors.ModelRefusedKey,
    errors.ModelAccountEmpty,
    errors.ModelRejectedRequest,
    errors.OutputInvalid,
)


def _with_fallback(
    caller: Caller,
    purpose: str,
    prompt: RenderedPrompt | None,
    ask: Callable[[Call], Result],
    *,
    may_go_on: Callable[[], bool] = lambda: True,
    model: str = "",
) -> Result:
    """The first endpoint that answers, each asked once. None is passed over once text was shown."""
    failures: list[tuple[Endpoint, errors.ModelError]] = []
    name, prompt_hash = (prompt.name, prompt.hash) if prompt else ("", "")
    for endpoint in _candidates(caller, purpose):
        if model and endpoint.model != model:
            continue
        try:
            return ask(Call(caller, endpoint, purpose, name, prompt_hash))
        except PASSED_OVER as error:
            if not may_go_on():
                raise
            logger.warning("endpoint %s: %s", endpoint.name, calls.loggable(caller, error))
            failures.append((endpoint, error))
    raise _failure(failures, f"{purpose} {model}".strip())


def _first(caller: Caller, purpose: str) -> Endpoint | None:
    """The one that will answer, as far as is known."""
    candidates = _candidates(caller, purpose)
    alive = (endpoint for endpoint in candidates if not breaker.is_open(endpoint.pk))
    return next(alive, candidates[0] if candidates else None)


def _candidates(caller: Caller, purpose: str) -> list[Endpoint]:
    """A run may try one endpoint in the place of those that talk; others, such as embeddings, stay."""
    if not isinstance(caller, JobRun):
        return selectors.candidates(caller.organisation, purpose)
    organisation = caller.actor.organisation
    endpoints = selectors.candidates(organisation, purpose)
    is_talk = purpose == Purpose.CHAT or any(endpoint.purpose in selectors.TALKING for endpoint in endpoints)
    return selectors.only(organisation, caller.endpoint_id) if caller.endpoint_id and is_talk else endpoints


def _failure(failures: Sequence[tuple[Endpoint, errors.ModelError]], asked_for: str) -> errors.ModelError:
    """What the whole chain says: an answer of the wrong form and a busy engine are no absence."""
    if not failures:
        return errors.ModelsAway(f"no endpoint is enabled for {asked_for}")
    # In this order: an answer of the wrong form, all busy, all away, else what the last one refused.
    reasons = [error for _, error in failures]
    for kind in (errors.OutputInvalid, errors.ModelOverloaded):
        if alive := [error for error in reasons if isinstance(error, kind)]:
            return min(alive, key=lambda error: error.retry_after or 0)
    if any(isinstance(error, errors.ModelUnavailable) for error in reasons):
        waits = [error.retry_after for error in reasons if error.retry_after]
        detail = "; ".join(f"{endpoint.name}: {error.detail or error.code}" for endpoint, error in failures)
        return errors.ModelsAway(detail, retry_after=min(waits, default=None))
    return reasons[-1]
