"""Trying one endpoint by hand: a chat with raw settings, a text as a vector, a short recording as text.

What is asked lies sealed in Redis for minutes, what comes back only in the job's sealed stream: rows hold figures.
"""

import io
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict
from redis.exceptions import RedisError

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.core.errors import Gone, ServiceUnavailable
from apps.core.fields import decrypt, encrypt
from apps.inference import calls, selectors, speech
from apps.inference.calls import Call, CallUsage
from apps.inference.models import Endpoint, Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from llm_backend import chat, embeddings
from llm_backend.decoding import Usage

# A worker takes it within seconds; one that is away for longer answers nobody who waits.
KEPT_SECONDS = 600
MAX_RECORDING_BYTES = 4 * 1024 * 1024
# In the ledger; the trial of a prompt stands there by the prompt's own name.
PROMPT_NAME = "trial/chat"
# Thoughts are many and short: one event carries what came in this time.
SECONDS_BETWEEN_THOUGHTS = 0.25
FIRST_NUMBERS = 8


class TrialRequest(BaseModel):
    """`messages` for an endpoint that answers in words, `text` for one of vectors, `recording` for one of speech."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    messages: Sequence[Mapping[str, object]] = ()
    temperature: float = 0.2
    max_tokens: int | None = None
    prompt_name: str = PROMPT_NAME
    prompt_hash: str = ""
    text: str = ""
    recording: bytes = b""


def _own_trials(actor: Actor) -> Q | None:
    """What somebody tries is nobody else's business."""
    return Q(member=actor.member) if actor.member and actor.may("inference.use") else None


TRY_ENDPOINT = JobType(
    "inference.try_endpoint",
    queue="interactive",
    label=_("Try a model"),
    max_attempts=1,
    may_see=_own_trials,
    subject=selectors.of_endpoints,
    is_sealed=True,
    is_announced_by_desk=True,
)


@transaction.atomic
def start_trial(actor: Actor, endpoint: Endpoint, request: TrialRequest) -> Job:
    """A job that asks this endpoint, also one that is switched off. Raises QuotaExceeded."""
    job = jobs.create_job(
        actor,
        kind=TRY_ENDPOINT,
        inputs={"endpoint_id": str(endpoint.pk)},
        subject=endpoint.name,
    )
    try:
        sealed = encrypt(request.model_dump_json())
        redis_client.synchronous().set(_key(job.pk), sealed, ex=KEPT_SECONDS)
    except RedisError as error:
        raise ServiceUnavailable from error
    return job


@TRY_ENDPOINT.service
def try_endpoint(run: JobRun, *, endpoint_id: str) -> dict[str, Any]:
    """Streams what the endpoint answers and leaves figures. Raises Gone where nobody keeps the question any more."""
    endpoint = Endpoint.objects.visible_to(run.actor.organisation).one(
        pk=endpoint_id, reason=_("The endpoint was removed before it could be tried.")
    )
    request = _take_request(run.job.pk)
    if endpoint.purpose == Purpose.EMBEDDING:
        return _embed(run, endpoint, request)
    if endpoint.purpose == Purpose.SPEECH:
        return _transcribe(run, endpoint, request)
    return _chat(run, endpoint, request)


def _take_request(job_id: UUID) -> TrialRequest:
    """It is read once: nobody finds it in Redis later."""
    try:
        sealed = redis_client.synchronous().getdel(_key(job_id))
    except RedisError as error:
        raise ServiceUnavailable from error
    if sealed is None:
        raise Gone(_("Your question has expired. Send it again."))
    return TrialRequest.model_validate_json(decrypt(sealed.decode() if isinstance(sealed, bytes) else sealed))


def _chat(run: JobRun, endpoint: Endpoint, request: TrialRequest) -> dict[str, Any]:
    thoughts = _Thoughts(run)

    def show(text: str, reasoning: str) -> None:
        if reasoning:
            thoughts.take(reasoning)
        if text:
            thoughts.send()
            run.text(text)

    messages = cast(Sequence[chat.Message], request.messages)
    question = chat.ChatRequest(messages, request.temperature, request.max_tokens)
    generation = chat.Generation(endpoint.chat_server(), question, on_delta=show)

    def usage() -> CallUsage:
        so_far = generation.so_far()
        return CallUsage(so_far.usage, so_far.first_token_seconds)

    # Past the breaker: an endpoint is tried when something is wrong, and a refusal of ours would say nothing about it.
    call = Call(run, endpoint, endpoint.purpose, request.prompt_name, request.prompt_hash, asks_breaker=False)
    answer = calls.perform(call, generation.run, usage)
    thoughts.send()
    first = answer.first_token_seconds
    writing_seconds = answer.seconds - (first or 0)
    tokens = answer.usage.output_tokens
    return {
        "first_token_ms": None if first is None else round(first * 1000),
        "seconds": round(answer.seconds, 2),
        "tokens_per_second": round(tokens / writing_seconds, 1) if writing_seconds > 0 else None,
        "input_tokens": answer.usage.input_tokens,
        "output_tokens": tokens,
        "reasoning_tokens": answer.usage.reasoning_tokens,
        "cost": str(endpoint.cost(input_tokens=answer.usage.input_tokens, output_tokens=tokens)),
        "finish_reason": answer.finish_reason,
    }


def _embed(run: JobRun, endpoint: Endpoint, request: TrialRequest) -> dict[str, Any]:
    server, usage, started_at = endpoint.embedding_server(), Usage(), time.perf_counter()

    async def embed() -> list[float]:
        nonlocal usage
        embedding = await embeddings.embed(server, [request.text], "query")
        usage = Usage(embedding.input_tokens)
        return list(embedding.vectors[0])

    call = Call(run, endpoint, Purpose.EMBEDDING, PROMPT_NAME, asks_breaker=False)
    vector = calls.perform(call, embed, lambda: CallUsage(usage))
    run.text(", ".join(f"{number:.4f}" for number in vector[:FIRST_NUMBERS]) + " …")
    return {
        "dimensions": len(vector),
        "seconds": round(time.perf_counter() - started_at, 3),
        "input_tokens": usage.input_tokens,
        "cost": str(endpoint.cost(input_tokens=usage.input_tokens, output_tokens=0)),
    }


def _transcribe(run: JobRun, endpoint: Endpoint, request: TrialRequest) -> dict[str, Any]:
    started_at = time.perf_counter()
    transcript = speech.transcribe_by(
        run, endpoint, lambda: io.BytesIO(request.recording), on_segment=lambda each, _: run.text(each.text)
    )
    return {
        "seconds": round(time.perf_counter() - started_at, 2),
        "audio_seconds": round(transcript.seconds, 1),
        "language": transcript.language,
    }


class _Thoughts:
    """What a thinking model says to itself, in few events. Used on the event loop, and by the run when that is done."""

    def __init__(self, run: JobRun) -> None:
        self._run = run
        self._pieces: list[str] = []
        self._sent_at = 0.0

    def take(self, text: str) -> None:
        self._pieces.append(text)
        if time.monotonic() - self._sent_at >= SECONDS_BETWEEN_THOUGHTS:
            self.send()

    def send(self) -> None:
        if self._pieces:
            self._run.event("thinking", text="".join(self._pieces))
            self._pieces, self._sent_at = [], time.monotonic()


def _key(job_id: UUID) -> str:
    return f"trial:{job_id}"
