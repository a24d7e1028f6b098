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

from apps.accounts.actors import Actor, requires_permission
from apps.core import redis_client
from apps.core.errors import Gone, ServiceUnavailable
from apps.core.fields import decrypt, encrypt
from apps.inference import calls, selectors, speech
from apps.inference.calls import Call, CallUsage
from apps.inference.models import Endpoint, Purpose
from apps.inference.streamed_answers import StreamedAnswer, WatchedQuestion, answer_metrics
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


@requires_permission("inference.use", "operations.manage")
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
    question = WatchedQuestion(
        cast(Sequence[chat.Message], request.messages),
        request.prompt_name,
        request.prompt_hash,
        request.temperature,
        request.max_tokens,
    )
    return answer_metrics(endpoint, StreamedAnswer(run, endpoint, question).write())


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


def _key(job_id: UUID) -> str:
    return f"trial:{job_id}"
