"""One look a minute at queues, workers, engines and graphics cards, kept in Redis: each for six hours, and for two days
the peaks of twelve minutes.

A page reads what was kept, and never waits for an engine. Where Redis lost it, it begins again: nothing is counted here
that stands nowhere else.
"""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import cast
from uuid import UUID

from django.db.models import F
from pydantic import BaseModel, ValidationError
from redis.exceptions import RedisError

from apps.core import redis_client
from apps.dashboards.system import gpus
from apps.dashboards.system.gpus import GpuSample
from apps.inference import endpoint_status
from apps.inference.models import Endpoint
from apps.jobs import queues
from apps.observability import worker_heartbeat
from llm_backend.engine_metrics import EngineFigures

logger = logging.getLogger(__name__)

SAMPLES = "system:samples"
PEAKS = "system:peaks"
COUNT = "system:count"
TURN = "system:turn"
MINUTES_KEPT = 6 * 60
# As many minutes are one point where two days are drawn.
PEAK_MINUTES = 12
PEAKS_KEPT = 48 * 60 // PEAK_MINUTES
# Less than a minute: the next message of the clock finds the turn free, a second one of the same minute does not.
TURN_SECONDS = 50
# Of those that are asked: more engines than one installation has.
MAX_ENGINES = 50


class EngineSample(BaseModel):
    """`error_code`: of `llm_backend.errors`, or empty. `figures`: None where the engine tells none."""

    error_code: str = ""
    answer_ms: int = 0
    figures: EngineFigures | None = None


class QueueSample(BaseModel):
    waiting: int
    running: int
    oldest_seconds: float
    workers: int


class Sample(BaseModel):
    """`engines`: by the endpoint's id, in no particular order."""

    at: float
    queues: dict[str, QueueSample]
    engines: dict[UUID, EngineSample]
    gpus: list[GpuSample]


def take_sample() -> Sample | None:
    """Looks at everything and keeps it. None when it was looked at within this minute already."""
    connection = redis_client.synchronous()
    if not connection.set(TURN, 1, nx=True, ex=TURN_SECONDS):
        return None
    looks = endpoint_status.look_at_all(watched_endpoints())
    sample = Sample(
        at=time.time(),
        queues=_queues(),
        engines={
            endpoint_id: EngineSample(
                error_code=result.error_code, answer_ms=result.answer_ms, figures=result.figures
            )
            for endpoint_id, result in looks.items()
        },
        gpus=gpus.read_gpus(),
    )
    _keep(SAMPLES, sample, MINUTES_KEPT)
    if connection.incr(COUNT) % PEAK_MINUTES == 0:
        _keep(PEAKS, peak(_stored(SAMPLES, PEAK_MINUTES)), PEAKS_KEPT)
    return sample


def peak(minutes: Sequence[Sample]) -> Sample:
    """The last of them, with the highest of what goes up and down; totals only ever rise."""
    last = minutes[-1]
    return Sample(
        at=last.at,
        queues={
            name: QueueSample(
                waiting=max(each.waiting for each in rows),
                running=max(each.running for each in rows),
                oldest_seconds=max(each.oldest_seconds for each in rows),
                workers=min(each.workers for each in rows),
            )
            for name in last.queues
            if (rows := [sample.queues[name] for sample in minutes if name in sample.queues])
        },
        engines={key: _engine_peak(key, engine, minutes) for key, engine in last.engines.items()},
        gpus=last.gpus,
    )


def watched_endpoints() -> list[Endpoint]:
    """Servers of one's own: a vendor's tells nobody how busy it is, and counts requests. Those that all share first."""
    enabled = Endpoint.objects.filter(is_enabled=True).select_related("organisation")
    rows = enabled.order_by(F("organisation").asc(nulls_first=True), "priority", "id")
    return [endpoint for endpoint in rows if endpoint.preset.has_metrics][:MAX_ENGINES]


def kept_samples(minutes: int) -> list[Sample]:
    """The samples of the last minutes, oldest first; none while Redis is away."""
    try:
        if minutes <= MINUTES_KEPT:
            rows = _stored(SAMPLES, minutes)
        else:
            # With the newest look, as what is “now” must not be twelve minutes old.
            rows = [*_stored(PEAKS, minutes // PEAK_MINUTES), *_stored(SAMPLES, 1)]
    except RedisError as error:
        logger.warning("the samples are not known: %s", error)
        return []
    since = time.time() - 60 * minutes
    return [sample for sample in rows if sample.at >= since]


def _keep(name: str, sample: Sample, most: int) -> None:
    pipeline = redis_client.synchronous().pipeline(transaction=True)
    pipeline.rpush(name, sample.model_dump_json(exclude_none=True))
    pipeline.ltrim(name, -most, -1)
    pipeline.execute()


def _stored(name: str, most: int) -> list[Sample]:
    rows = cast("list[bytes]", redis_client.synchronous().lrange(name, -most, -1))
    samples = []
    for stored_json in rows:
        # One of another version is left out.
        with suppress(ValidationError):
            samples.append(Sample.model_validate_json(stored_json))
    return samples


def _engine_peak(key: UUID, engine: EngineSample, minutes: Sequence[Sample]) -> EngineSample:
    known = [sample.engines[key].figures for sample in minutes if key in sample.engines]
    figures = [each for each in known if each]
    if engine.figures is None or not figures:
        return engine
    highest = replace(
        engine.figures,
        running=max(each.running for each in figures),
        waiting=max(each.waiting for each in figures),
        kv_cache_use=max(
            (each.kv_cache_use for each in figures if each.kv_cache_use is not None), default=None
        ),
    )
    return engine.model_copy(update={"figures": highest})


def _queues() -> dict[str, QueueSample]:
    alive = worker_heartbeat.alive_workers()
    return {
        state.name: QueueSample(
            waiting=state.waiting,
            running=state.running,
            oldest_seconds=state.oldest_wait.total_seconds() if state.oldest_wait else 0.0,
            workers=sum(state.name in worker.queues for worker in alive),
        )
        for state in queues.states()
    }
