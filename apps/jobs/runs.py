"""Running a job: claim, lease, events, cancel, one way to finish."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from copy import copy
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import redis.asyncio as redis
from celery import shared_task
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext_noop
from opentelemetry import trace
from opentelemetry.propagate import extract
from redis.exceptions import RedisError

from apps.accounts import selectors as accounts
from apps.accounts.actors import Actor
from apps.core import context
from apps.core.errors import ApplicationError, PermissionDenied
from apps.core.singleton import once_per_process
from apps.jobs import broker, concurrency, events, job_types, lifecycle
from apps.jobs.concurrency import ProcessorTurn
from apps.jobs.models import Job
from llm_backend import event_loop
from llm_backend.errors import GenerationStopped, ModelError

logger = logging.getLogger(__name__)
tracer = trace.get_tracer("kongming.jobs")

Item = TypeVar("Item")
Result = TypeVar("Result")
Body = Callable[["JobRun"], dict[str, Any]]
# Pages that are open hear of every step by events; the row is for those that are opened later.
PROGRESS_ROW_SECONDS = 1.0
# To find its place again costs a run something: nobody asks it to make way before.
TURN_SECONDS = 10.0
# By attempt, the last one for all that follow: what is busy or restarts is asked again within seconds.
RETRY_SECONDS = (1.0, 4.0, 15.0, 60.0)
RECONNECT_SECONDS = 1.0
# A cancel whose message was lost is found in the row after so long.
CANCEL_POLL_SECONDS = 2.0
INTERNAL_MESSAGE = gettext_noop(
    "Something went wrong on our side. The operator can find the reason in the log."
)
NOT_ALLOWED_ANY_MORE = gettext_noop("The member or key that asked for this has no access any more.")


class JobCancelled(Exception):
    """Somebody asked for this job to stop, or another worker has it now."""


class MadeWay(Exception):
    """This run stops at a checkpoint for another organisation's job; a later one goes on."""


class JobBroken(Exception):
    """An error nobody foresaw, named and without its message."""


class JobRun:
    """One attempt at a job, as the code that does the work sees it. Used from one worker thread."""

    def __init__(self, job: Job, *, turn: ProcessorTurn | None = None) -> None:
        """`turn`: given up while the run waits for a coroutine."""
        self.job = job
        self.actor = Actor(job.organisation, member=job.member, api_key=job.api_key)
        self.is_sealed = job_types.is_sealed(job.kind)
        self._turn = turn
        # Of inference: asked alone for conversation, instead of the organisation's chain. None: the chain.
        self.endpoint_id: UUID | None = None
        self._is_quiet = False
        self._events = events.EventSequence(job.pk, job.attempt, events.writer_of_process())
        self._cancelled = threading.Event()
        self._began_at = time.monotonic()
        self._has_checkpoints = False
        self._has_to_make_way = False
        self._waiting_for: Future[Any] | None = None
        self._parts: list[JobRun] = []
        self._row_written_at = time.monotonic()
        self._is_finished = False

    def actor_today(self) -> Actor:
        """Who asked for the job, with what they may do now. Raises PermissionDenied for who may nothing any more."""
        member, key = self.job.member, self.job.api_key
        if key and (today := accounts.still_usable(key)):
            return Actor.from_api_key(today)
        if member and member.is_active and member.user.is_active:
            return Actor.from_member(member)
        raise PermissionDenied(NOT_ALLOWED_ANY_MORE)

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """For work made of other work: followers see nothing of the steps and texts of the parts."""
        was_quiet, self._is_quiet = self._is_quiet, True
        try:
            yield
        finally:
            self._is_quiet = was_quiet

    def event(self, event_type: str, **payload: object) -> None:
        if not self._is_quiet:
            self._events.append(event_type, payload)

    def stage(self, name: str, **detail: object) -> None:
        """A new step begins. Followers learn it at once; the row only when it was not just written."""
        if self._is_quiet:
            return
        self._events.append("stage", {"stage": name, **detail})
        self._write_row(name, None)

    def part(self, name: str, number: int, total: int) -> None:
        """A part of a step that people count, such as page 3 of 12. The label of the stage says `%(number)s` and
        `%(total)s`.
        """
        self._events.append("stage", {"stage": name, "number": number, "total": total})
        self._events.append("progress", {"done": number - 1, "total": total})
        self._write_row(f"{name}:{number}/{total}", (number - 1) / max(total, 1))

    def progress(self, done: int, total: int) -> None:
        self._events.append("progress", {"done": done, "total": total})
        self._write_row(self.job.stage, done / max(total, 1))

    def text(self, text: str) -> None:
        """Generated text, as it comes. Cheap enough for every token, from any thread."""
        if self._is_quiet:
            return
        self._events.append_text(text)

    def check(self) -> None:
        """Raises JobCancelled when the work should stop. Call it in every loop."""
        if self._cancelled.is_set():
            raise JobCancelled

    def checkpoint(self) -> None:
        """Like `check`, for loops that store what they have done: a later attempt goes on from here.

        Raises JobCancelled, and MadeWay when another organisation waits for this place: let it through.
        """
        self.check()
        self._has_checkpoints = True
        if self._has_to_make_way:
            raise MadeWay

    @property
    def may_be_asked_to_make_way(self) -> bool:
        return self._has_checkpoints and time.monotonic() - self._began_at > TURN_SECONDS

    def ask_to_make_way(self) -> None:
        """From any thread."""
        self._has_to_make_way = True

    def wait_for(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Runs a coroutine on the process's event loop; a cancel of the job cancels it there at once.

        The database connection goes back to the pool meanwhile: a few serve hundreds of waiting runs. Raises
        JobCancelled, and whatever the coroutine raises.
        """
        self.check()
        if not connection.in_atomic_block:
            connection.close()
        self._waiting_for = future = event_loop.submit(coroutine)
        # A cancel that came between the check and here found nothing to stop.
        if self._cancelled.is_set():
            future.cancel()
        try:
            with self._turn.waiting() if self._turn else nullcontext():
                return future.result()
        except (CancelledError, GenerationStopped) as error:
            self.check()
            raise JobCancelled from error
        finally:
            self._waiting_for = None

    def cancel(self) -> None:
        """From any thread: stops what the run is waiting for and makes `check` raise."""
        self._cancelled.set()
        for run in (self, *self._parts):
            if future := run._waiting_for:
                future.cancel()

    def at_once(
        self, work: Callable[["JobRun", Item], Result], items: Sequence[Item], *, limit: int
    ) -> Iterator[Result]:
        """Does the work for each item, for `limit` of them at a time in threads; results come in the order of the items.

        Each works with a part of the run: followers see nothing of its steps and texts, and a cancel stops all of them.
        Yields at checkpoints; what was begun is finished before the iterator ends, whatever ends it. In a transaction, whose
        rows no other thread sees, one follows the other.
        """
        if limit == 1 or connection.in_atomic_block:
            for item in items:
                self.checkpoint()
                with self.quietly():
                    result = work(self, item)
                yield result
            return
        pool = ThreadPoolExecutor(limit)
        try:
            # With what the log says of this run.
            futures = [pool.submit(copy_context().run, self._work_in_part, work, item) for item in items]
            for future in futures:
                self.checkpoint()
                connection.close()
                with self._turn.waiting() if self._turn else nullcontext():
                    result = future.result()
                yield result
        finally:
            pool.shutdown(cancel_futures=True)

    def _work_in_part(self, work: Callable[["JobRun", Item], Result], item: Item) -> Result:
        part = copy(self)
        part._turn, part._is_quiet, part._waiting_for, part._parts = None, True, None, []
        self._parts.append(part)
        try:
            return work(part, item)
        finally:
            self._parts.remove(part)
            connection.close()

    @contextmanager
    def finishing(self, result: dict[str, Any]) -> Iterator[None]:
        """Rows written inside are stored together with the job's success, or not at all.

        Raises LeaseLost before anything is written when this attempt is no longer the current one.
        """
        # Before the transaction: followers get the text before the end, and no lock is held while Redis answers.
        self._events.drain()
        with transaction.atomic():
            lifecycle.succeed(self.job, result)
            yield
        self._is_finished = True

    @property
    def is_over(self) -> bool:
        return self._is_finished

    def suspend(self, *, seconds: float, queue: str = "") -> None:
        """There is nothing to do for now: a later attempt goes on, after `seconds` or when somebody wakes the job. `queue`:
        another one, whose places are for what comes next.
        """
        self._events.drain()
        lifecycle.suspend(self.job, seconds=seconds, queue=queue)
        self._is_finished = True

    def finish(self, result: dict[str, Any]) -> None:
        if not self._is_finished:
            with self.finishing(result):
                pass

    def end(self, change: Callable[[], object]) -> None:
        """Ends the run some other way; what was streamed so far arrives before the end does."""
        self._events.drain()
        change()

    def open_stream(self) -> None:
        """Followers of an earlier attempt throw away the text they have. Raises KeyLost."""
        self._events.seal = events.seal_of(self.job)
        if self.job.attempt > 1:
            self.event("restart", attempt=self.job.attempt)

    def _write_row(self, stage: str, progress: float | None) -> None:
        self.job.stage = stage
        now = time.monotonic()
        if now - self._row_written_at >= PROGRESS_ROW_SECONDS:
            lifecycle.note_progress(self.job, stage=stage, progress=progress)
            self._row_written_at = now


class Heartbeat:
    """The heartbeat of one process: a thread that renews leases, and a listener on its event loop for cancels."""

    def __init__(self) -> None:
        self._runs: dict[UUID, JobRun] = {}
        # A daemon, as it never ends and must not keep a process that wants to.
        threading.Thread(target=self._renew_forever, name="job-leases", daemon=True).start()
        # The loop itself refers to its tasks weakly: unreferenced, the listener would be collected.
        self._listening = event_loop.submit(self._listen_forever())

    def add(self, run: JobRun) -> None:
        self._runs[run.job.pk] = run

    def remove(self, run: JobRun) -> None:
        # This process may have the job anew, as another attempt, while one that lost its lease still ends.
        if self._runs.get(run.job.pk) is run:
            del self._runs[run.job.pk]

    def _renew_forever(self) -> None:
        """Also the slow way to hear of a cancel, for when the message in Redis was lost, and who has to make way."""
        # A quarter of the lease, so three renewals in a row may fail before another worker takes the job.
        pause = min(CANCEL_POLL_SECONDS, settings.JOB_LEASE_SECONDS / 4)
        while True:
            time.sleep(pause)
            # A copy: runs begin and end in other threads meanwhile.
            runs = dict(self._runs)
            if not runs:
                continue
            try:
                self._renew(runs)
            except DatabaseError as error:
                logger.warning("leases not renewed: %s", error)
            finally:
                # It is one of few, and this thread sleeps until the next round.
                connection.close()

    def _renew(self, runs: dict[UUID, JobRun]) -> None:
        leases = lifecycle.renew_leases({job_id: run.job.attempt for job_id, run in runs.items()})
        for job_id, run in runs.items():
            # The run that was asked about may have ended since: only one that is still here can be lost.
            is_lost = job_id not in leases and self._runs.get(job_id) is run
            if is_lost or leases.get(job_id):
                run.cancel()
        if resumable := [run.job for run in runs.values() if run.may_be_asked_to_make_way]:
            for job_id in concurrency.jobs_to_make_way(resumable):
                runs[job_id].ask_to_make_way()

    async def _listen_forever(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                logger.warning("cancel channel lost: %s", error)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        # A connection that only listens never notices by itself that the other end is gone.
        client = redis.Redis.from_url(settings.REDIS_URL, health_check_interval=15)
        async with client, client.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(events.CANCEL_CHANNEL)
            async for message in channel.listen():
                run = self._runs.get(UUID(message["data"].decode()))
                if run is not None:
                    run.cancel()


@once_per_process
def heartbeat_of_process() -> Heartbeat:
    return Heartbeat()


@contextmanager
def keep_lease(run: JobRun) -> Iterator[None]:
    """Keeps the lease while the run works. Inside a caller's transaction nobody else sees the job, so no lease is due."""
    if connection.in_atomic_block:
        yield
        return
    heartbeat = heartbeat_of_process()
    heartbeat.add(run)
    try:
        yield
    finally:
        heartbeat.remove(run)


@shared_task(name=broker.WAKE_UP, ignore_result=True)
def run_next_job(queue: str) -> None:
    """What a wake-up does: the job whose turn it is in the queue runs, whichever message it came with."""
    try:
        job = concurrency.claim_next(queue, job_types.served_kinds())
        # None is no mistake: another place took the job that this message stood for.
        if job is not None:
            _run_in_place(job)
    finally:
        connection.close()


def _run_in_place(job: Job) -> None:
    turn = concurrency.turn_of(job)
    try:
        with turn.working():
            _run(JobRun(job, turn=turn), perform)
    finally:
        concurrency.free(job)


def perform(run: JobRun) -> dict[str, Any]:
    """Calls the service of the job's kind with its inputs, of which an id becomes a UUID where the service takes one."""
    service = job_types.service_of(run.job.kind)
    ids = {name for name, annotation in service.__annotations__.items() if annotation is UUID}
    inputs = run.job.inputs.items()
    return service(run, **{name: UUID(value) if name in ids else value for name, value in inputs})


def execute(job_id: UUID | str, body: Body = perform) -> None:
    """One job by its id, out of turn, which is for tests and measurements: claim, work, end it in exactly one way."""
    try:
        job = lifecycle.claim(job_id)
        if job is not None:
            _run(JobRun(job), body)
    finally:
        if not connection.in_atomic_block:
            connection.close()


def _run(run: JobRun, body: Body) -> None:
    job = run.job
    context.job_id.set(str(job.pk))
    context.organisation_id.set(str(job.organisation_id))
    parent = extract({"traceparent": job.trace_parent}) if job.trace_parent else None
    with keep_lease(run), tracer.start_as_current_span(job.kind, context=parent):
        try:
            run.open_stream()
            run.finish(body(run))
        except lifecycle.LeaseLost:
            logger.warning("another worker has this job now, its result is not ours to write")
        except JobCancelled:
            _settle(run, lambda: lifecycle.cancel_running(job))
        except MadeWay:
            _settle(run, partial(lifecycle.suspend, job, seconds=0))
        except ModelError as error:
            _settle(run, partial(_end_with, job, error.code, error.message, is_retryable=error.retryable))
        except ApplicationError as error:
            # Something the work needs is away for now; every other refusal would be the same the next time.
            is_retryable = error.status == 503
            # Stored as it stands in the code: whoever reads it reads it in a language of their own.
            with translation.override(None):
                message = str(error.message)
            _settle(run, partial(_end_with, job, error.code, message, is_retryable=is_retryable))
        except Exception as error:
            _settle(run, lambda: lifecycle.fail(job, code="internal_error", message=INTERNAL_MESSAGE))
            if run.is_sealed:
                # What it says may quote a patient, and whoever catches it next writes it into a log.
                raise JobBroken(type(error).__name__).with_traceback(error.__traceback__) from None
            logger.exception("job failed")
            raise


def _settle(run: JobRun, change: Callable[[], object]) -> None:
    try:
        run.end(change)
    except lifecycle.LeaseLost:
        logger.warning("another worker has this job now")


def _end_with(job: Job, code: str, message: str, *, is_retryable: bool) -> None:
    if not is_retryable:
        lifecycle.fail(job, code=code, message=message)
        return
    delay = RETRY_SECONDS[min(job.attempt, len(RETRY_SECONDS)) - 1]
    lifecycle.release(job, delay_seconds=delay, code=code, message=message)
