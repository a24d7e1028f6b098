"""Jobs and calls to models as an installation in use leaves them, all of them ended."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from apps.accounts.models import Membership
from apps.core.desks import all_desks
from apps.dashboards.busy.traffic import Traffic
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import job_types
from apps.jobs.job_types import JobType
from apps.jobs.models import Job
from llm_backend.errors import ContextTooLong, ModelOverloaded, ModelTooSlow, ModelUnavailable, OutputInvalid

BATCH = 2000
FAILED, CANCELLED = 0.02, 0.01
ERRORS = (ModelUnavailable, ModelTooSlow, ModelOverloaded, OutputInvalid, ContextTooLong)
# Hours of one day, two thirds through, in which the model was away; a day far enough from today to be looked for.
OUTAGE_HOURS, OUTAGE_FAILED = 3, 0.35
FRAME_SHARE = 0.1


@dataclass(frozen=True)
class Work:
    """What the jobs of a queue are like: how often its kinds occur, the usual seconds until they begin and then
    until they end, and what they ask of models.
    """

    weight: float
    wait: float
    run: float
    purposes: tuple[Purpose, ...]


QUEUES = {
    "interactive": Work(10, 0.15, 4.0, (Purpose.CHAT, Purpose.CHAT, Purpose.EXTRACTION)),
    "batch": Work(2, 1.5, 14.0, (Purpose.CHAT, Purpose.EXTRACTION)),
    "ingest": Work(2, 2.0, 22.0, (Purpose.EMBEDDING,)),
    "speech": Work(3, 3.0, 75.0, (Purpose.SPEECH,)),
    "voice": Work(2, 0.5, 6.0, (Purpose.SPEECH,)),
}
# Model, price of a million tokens read and written, milliseconds to the first token and for each.
MODELS = {
    Purpose.CHAT: (("Qwen3-30B-A3B", 1.5, 6.0, 320, 18), ("Qwen3-8B", 0.6, 2.4, 210, 12)),
    Purpose.EXTRACTION: (("Qwen3-30B-A3B", 1.5, 6.0, 340, 18),),
    Purpose.EMBEDDING: (("multilingual-e5-small", 0.1, 0.0, 15, 0),),
    Purpose.SPEECH: (("whisper-large-v3", 0.0, 0.0, 400, 0),),
}


def fill(traffic: Traffic, desks: Collection[str], *, per_day: float) -> tuple[int, int]:
    """Jobs of these desks and of the frame. Answers how many jobs and how many calls."""
    endpoints = {endpoint.model: endpoint for endpoint in _endpoints(traffic)}
    others = {desk.name for desk in all_desks()} - set(desks)
    kinds = [kind for kind in job_types.all_kinds() if kind.queue in QUEUES and kind.desk not in others]
    jobs = [
        ended_job(traffic, kind, moment, traffic.member() if kind.desk in desks else traffic.members[0])
        for moment, kind in _when(traffic, kinds, desks, per_day)
    ]
    Job.objects.bulk_create(jobs, BATCH)
    calls = [call for job in jobs for call in _calls(traffic, job, endpoints)]
    InferenceCall.objects.bulk_create(calls, BATCH)
    return len(jobs), len(calls)


def _when(
    traffic: Traffic, kinds: list[JobType], desks: Collection[str], per_day: float
) -> Iterator[tuple[datetime, JobType]]:
    # The first kinds of a desk are asked for most, and what its administrator does, such as trying a model, seldom.
    weights = [
        QUEUES[kind.queue].weight / (1 + place % 5) * (1 if kind.desk in desks else FRAME_SHARE)
        for place, kind in enumerate(kinds)
    ]
    for moment in traffic.moments(per_day):
        yield moment, traffic.random.choices(kinds, weights)[0]


def _endpoints(traffic: Traffic) -> list[Endpoint]:
    """Switched off, so that nothing that is really asked goes to servers that are made up."""
    made = {
        name: Endpoint(
            organisation=traffic.organisation,
            name=f"{name} (demo)",
            purpose=purpose,
            url="http://models.example:8000/v1",
            model=name,
            input_price=Decimal(str(read)),
            output_price=Decimal(str(written)),
            is_enabled=False,
        )
        for purpose, models in MODELS.items()
        for name, read, written, _first, _each in models
    }
    return Endpoint.objects.bulk_create(made.values())


def ended_job(traffic: Traffic, kind: JobType, created_at: datetime, member: Membership) -> Job:
    work = QUEUES[kind.queue]
    started_at = created_at + traffic.seconds(work.wait, 0.9)
    finished_at = min(started_at + traffic.seconds(work.run), traffic.until)
    outage = traffic.until - timedelta(days=max(1, traffic.days // 3))
    is_outage = outage <= created_at < outage + timedelta(hours=OUTAGE_HOURS)
    chance, code = traffic.random.random(), ""
    if chance < (OUTAGE_FAILED if is_outage else FAILED):
        state = Job.State.FAILED
        code = ModelUnavailable.code if is_outage else traffic.random.choice(ERRORS).code
    else:
        state = Job.State.CANCELLED if chance > 1 - CANCELLED else Job.State.SUCCEEDED
    who = traffic.random.random()
    return Job(
        id=traffic.row_id(created_at),
        organisation=traffic.organisation,
        kind=kind.name,
        queue=kind.queue,
        state=state,
        result={} if state == Job.State.SUCCEEDED else None,
        error_code=code,
        attempt=kind.max_attempts if code else 1,
        max_attempts=kind.max_attempts,
        member=member if who < 0.75 else None,
        api_key=traffic.random.choice(traffic.api_keys) if who > 0.85 else None,
        created_at=created_at,
        available_at=created_at,
        sent_at=created_at,
        started_at=started_at,
        finished_at=max(finished_at, started_at),
        # Emptied jobs are not run again: there is nothing behind these.
        erased_at=traffic.until,
    )


def _calls(traffic: Traffic, job: Job, endpoints: dict[str, Endpoint]) -> Iterator[InferenceCall]:
    purposes = QUEUES[job.queue].purposes
    for number in range(traffic.random.choice((1, 1, 2, 3))):
        purpose = purposes[number % len(purposes)]
        model, read, written, first, each = traffic.random.choice(MODELS[purpose])
        writes = purpose in (Purpose.CHAT, Purpose.EXTRACTION)
        input_tokens = 0 if purpose == Purpose.SPEECH else round(traffic.seconds(900).total_seconds())
        output_tokens = round(traffic.seconds(160).total_seconds()) if writes else 0
        first_ms = round(traffic.seconds(first).total_seconds())
        audio_ms = round(traffic.seconds(90).total_seconds() * 1000) if purpose == Purpose.SPEECH else 0
        is_failed = bool(job.error_code) and number == 0
        created_at = (job.started_at or job.created_at) + timedelta(milliseconds=200 * number)
        yield InferenceCall(
            id=traffic.row_id(created_at),
            organisation=traffic.organisation,
            member=job.member,
            api_key=job.api_key,
            job=job,
            endpoint=endpoints[model],
            purpose=purpose,
            prompt_name=job.kind if writes else "",
            model=model,
            input_tokens=input_tokens,
            output_tokens=0 if is_failed else output_tokens,
            cost=Decimal(str(round((input_tokens * read + output_tokens * written) / 1_000_000, 6))),
            audio_ms=audio_ms,
            waited_ms=round(traffic.seconds(40, 1.0).total_seconds()),
            first_token_ms=first_ms if writes and not is_failed else None,
            latency_ms=first_ms + output_tokens * each + audio_ms // 20,
            status=InferenceCall.Status.FAILED if is_failed else InferenceCall.Status.SUCCEEDED,
            error_code=job.error_code if is_failed else "",
            created_at=created_at,
        )
