"""One call to one endpoint: breaker, place, request; and a row in the ledger, however it ends."""

import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from django.db import IntegrityError
from opentelemetry import trace
from redis.exceptions import RedisError

from apps.accounts.actors import Actor
from apps.core.errors import ApplicationError, ServiceUnavailable
from apps.inference import breaker, metrics, quotas
from apps.inference.models import Endpoint, InferenceCall
from apps.inference.permits import slots
from apps.jobs.runs import JobCancelled, JobRun
from llm_backend import event_loop
from llm_backend.decoding import Usage
from llm_backend.errors import ModelError, ModelOverloaded, ModelUnavailable

logger = logging.getLogger(__name__)
tracer = trace.get_tracer("kongming.inference")

Caller = JobRun | Actor
Result = TypeVar("Result")


class CallUsage(NamedTuple):
    """What a call has used so far: tokens, seconds to its first token, seconds of audio."""

    usage: Usage = Usage()
    first_token_seconds: float | None = None
    audio_seconds: float = 0.0


@dataclass
class Timing:
    """In seconds; `started_at` is a reading of `time.perf_counter`."""

    started_at: float = field(default_factory=time.perf_counter)
    waited_seconds: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True)
class Call:
    """What is asked of whom, on whose account."""

    caller: Caller
    endpoint: Endpoint
    purpose: str
    prompt_name: str = ""
    prompt_hash: str = ""
    asks_breaker: bool = True

    @property
    def actor(self) -> Actor:
        return self.caller.actor if isinstance(self.caller, JobRun) else self.caller

    @property
    def job_id(self) -> Any:
        return self.caller.job.pk if isinstance(self.caller, JobRun) else None


def perform(call: Call, request: Callable[[], Awaitable[Result]], usage: Callable[[], CallUsage]) -> Result:
    """Runs `request` on the event loop in a place of the endpoint, and enters the outcome in the ledger.

    `usage` is asked when the call is over, also when it failed or was cancelled half-way.
    """
    timing = Timing()
    with in_ledger(call, timing, usage), _span(call):
        return wait_for(call.caller, _run_in_place(call, timing, request))


def wait_for(caller: Caller, coroutine: Coroutine[Any, Any, Result]) -> Result:
    return caller.wait_for(coroutine) if isinstance(caller, JobRun) else event_loop.run(coroutine)


async def _run_in_place(call: Call, timing: Timing, request: Callable[[], Awaitable[Result]]) -> Result:
    endpoint = call.endpoint
    try:
        if call.asks_breaker:
            await breaker.check(endpoint.pk)
    except (RedisError, OSError) as error:
        raise ServiceUnavailable from error

    def tell_position(position: int) -> None:
        if isinstance(call.caller, JobRun):
            call.caller.event("waiting", position=position)

    asked_at = time.perf_counter()
    place = slots.place(
        endpoint.pk, call.actor.organisation.pk, limit=endpoint.max_concurrency, on_wait=tell_position
    )
    async with place:
        # What waiting for a place took is no fault of the server, and its latency leaves it out.
        timing.started_at = time.perf_counter()
        timing.waited_seconds = timing.started_at - asked_at
        # A cancel may have been swallowed while the place was waited for, see `event_loop.raise_if_cancelled`.
        event_loop.raise_if_cancelled()
        return await _report_to_breaker(endpoint, timing, request)


async def _report_to_breaker(
    endpoint: Endpoint, timing: Timing, request: Callable[[], Awaitable[Result]]
) -> Result:
    """Tells the breaker how it went. A busy endpoint is alive, a refused prompt is not its fault."""
    try:
        try:
            result = await request()
        finally:
            # What comes behind it is the platform's own work, and takes long where the engine leaves no processor.
            timing.seconds = time.perf_counter() - timing.started_at
    except ModelOverloaded:
        raise
    except ModelUnavailable:
        await _tell(breaker.note_failure(endpoint.pk))
        raise
    await _tell(breaker.note_success(endpoint.pk))
    return result


async def _tell(note: Awaitable[None]) -> None:
    try:
        await note
    except (RedisError, OSError) as error:
        logger.warning("breaker not told: %s", error)


def is_sealed(caller: Caller) -> bool:
    """Whether what the caller asks lies sealed in the database: then no log and no trace repeats a word of it."""
    return isinstance(caller, JobRun) and caller.is_sealed


def loggable(caller: Caller, error: ModelError) -> str:
    """What a log may say of the error: of sealed work the code alone, as an engine's own words may repeat the prompt."""
    return error.code if is_sealed(caller) else str(error)


@contextmanager
def in_ledger(call: Call, timing: Timing, usage: Callable[[], CallUsage]) -> Iterator[None]:
    """Enters what happens inside, however it ends. For work that asks for no place; others call `perform`."""
    # What stands unless a line below says better: a defect has its row in the ledger, too.
    status, error_code = InferenceCall.Status.FAILED, "internal_error"
    try:
        yield
        status, error_code = InferenceCall.Status.SUCCEEDED, ""
    except JobCancelled:
        status, error_code = InferenceCall.Status.STOPPED, "cancelled"
        raise
    except (ModelError, ApplicationError) as error:
        error_code = error.code
        raise
    finally:
        timing.seconds = timing.seconds or time.perf_counter() - timing.started_at
        _record(call, timing, usage(), status=status, error_code=error_code)


def _record(call: Call, timing: Timing, call_usage: CallUsage, *, status: str, error_code: str) -> None:
    actor, (usage, first, audio_seconds) = call.actor, call_usage
    row = InferenceCall(
        organisation=actor.organisation,
        member=actor.member,
        api_key=actor.api_key,
        job_id=call.job_id,
        endpoint_id=call.endpoint.pk,
        purpose=call.purpose,
        prompt_name=call.prompt_name,
        prompt_hash=call.prompt_hash,
        model=call.endpoint.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cached_tokens=min(usage.cached_tokens, usage.input_tokens),
        is_estimated=usage.is_estimated,
        cost=call.endpoint.cost(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=usage.cached_tokens,
        ),
        waited_ms=round(timing.waited_seconds * 1000),
        first_token_ms=None if first is None else round(first * 1000),
        audio_ms=round(audio_seconds * 1000),
        latency_ms=round(timing.seconds * 1000),
        status=status,
        error_code=error_code,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError:
        # Somebody deleted the endpoint while it answered, and the answer is there all the same.
        row.endpoint_id = None
        row.save(force_insert=True)
    quotas.count_tokens(actor, usage.input_tokens + usage.output_tokens)
    _measure(call.purpose, timing, call_usage, status)


def _measure(purpose: str, timing: Timing, call_usage: CallUsage, status: str) -> None:
    metrics.CALLS.labels(purpose, status).inc()
    metrics.TOKENS.labels(purpose, "in").inc(call_usage.usage.input_tokens)
    metrics.TOKENS.labels(purpose, "out").inc(call_usage.usage.output_tokens)
    metrics.WAITED.labels(purpose).observe(timing.waited_seconds)
    metrics.LATENCY.labels(purpose).observe(timing.seconds)
    if call_usage.first_token_seconds is not None:
        metrics.FIRST_TOKEN.labels(purpose).observe(call_usage.first_token_seconds)


@contextmanager
def _span(call: Call) -> Iterator[None]:
    attributes = {
        "gen_ai.operation.name": call.purpose,
        "gen_ai.request.model": call.endpoint.model,
        "kongming.endpoint": str(call.endpoint.pk),
        "kongming.prompt": call.prompt_name,
        "kongming.organisation": str(call.actor.organisation.pk),
    }
    # An error may quote what a patient said.
    is_told = not is_sealed(call.caller)
    with tracer.start_as_current_span(
        "inference.call",
        attributes=attributes,
        record_exception=is_told,
        set_status_on_exception=is_told,
    ):
        yield
