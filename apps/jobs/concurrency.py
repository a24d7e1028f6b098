"""Whose job a free place of a worker takes, and which of the runs of a process works on the processor.

A message says only that a queue has work. The place that receives it looks for the organisation with the fewest jobs
running, among equals the one that this process has served longest ago, and takes its oldest job: five hundred messages
of one organisation come before nobody else's first. But who came first may hold every place with what takes long. So an
interactive worker has more places than one organisation may hold (`Env.interactive_places`), of the few processes of
another kind of worker a third is left to others, and work that can be taken up again makes way (`JobRun.checkpoint`).

Python runs one thread at a time. A run works for some milliseconds, waits for a model and works again; when hundreds of
one organisation come back at once, the run of another would get the hundredth part of the processor. So a few work, the
others sleep until it is their turn, those of organisations with little under way first.
"""

import heapq
import math
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.locks import lock_until_commit
from apps.core.singleton import once_per_process
from apps.core.ttl_cache import TTLCache
from apps.jobs import broker, job_types, lifecycle
from apps.jobs.models import Job

SHARED_QUEUE = "interactive"
# Threads that look for a job at once: hundreds of messages wake hundreds of them.
LOOKING_AT_ONCE = 2
# A place that is left to others looks so long, and so often, for theirs before it gives its message back.
KEPT_SECONDS, LOOK_SECONDS = 5.0, 0.25
# Another organisation's job that waited so long asks those to make way that began before.
PATIENCE = timedelta(seconds=3)
# Whoever had work within it is there: some places are kept for them.
RECENT = timedelta(days=7)
# Python runs one thread at a time, but some of those that work wait for a row: `docs/decisions/rows-are-the-truth.md`.
WORKING_AT_ONCE = 4
# Nobody waits longer: a turn may be held by somebody who waits for a row or for a child process.
MAX_WAIT_SECONDS = 1.0
# Looked at for every wake-up: the ORM takes longer to write this than PostgreSQL to answer it.
WAITING = f"""
    SELECT organisation_id, queue, count(*) FILTER (WHERE state = 'running'), count(*) FILTER (WHERE is_due),
        min(available_at) FILTER (WHERE is_due)
    FROM (
        SELECT organisation_id, queue, state, available_at, ({lifecycle.IS_RUNNABLE}) AS is_due FROM jobs_job
        WHERE queue = ANY(%(queues)s) AND state IN ('queued', 'running')
    ) AS active
    GROUP BY organisation_id, queue
"""  # noqa: S608  (constants)
_looking = threading.BoundedSemaphore(LOOKING_AT_ONCE)
_others_come: TTLCache[bool] = TTLCache(seconds=300)


class Pool(NamedTuple):
    """The processes of a worker: places that several queues share, on all machines together."""

    queues: tuple[str, ...]
    setting: str

    @property
    def most(self) -> int:
        """What one organisation may hold where there are others."""
        places = int(getattr(settings, self.setting))
        return max(1, places - math.ceil(places / 3))


_BACKGROUND = Pool(("batch", "ingest"), "BACKGROUND_PROCESSES")
POOLS = {
    "batch": _BACKGROUND,
    "ingest": _BACKGROUND,
    "speech": Pool(("speech",), "SPEECH_PROCESSES"),
    "voice": Pool(("voice",), "VOICE_PROCESSES"),
}


class Waiting(NamedTuple):
    """An organisation with due jobs in a queue; `since` is when the oldest became due.

    `running` counts what it has under way in all queues that were looked at.
    """

    organisation_id: UUID
    running: int
    due: int
    since: datetime
    queue: str


class WorkerShares:
    """What the organisations hold of one worker process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[tuple[str, UUID]] = Counter()
        self._served: dict[tuple[str, UUID], int] = {}
        self._passed_over: set[str] = set()
        self._turns = count(1)

    def take(self, queue: str, organisation_id: UUID) -> bool:
        """Takes one of this process's places for the organisation. False when it holds as many as it may."""
        with self._lock:
            whose = (queue, organisation_id)
            # Kept free also while nobody else waits: when somebody comes, it is too late to make room.
            if queue == SHARED_QUEUE and self._held[whose] >= settings.INTERACTIVE_THREADS:
                return False
            self._held[whose] += 1
            self._served[whose] = next(self._turns)
            return True

    def held_count(self, queue: str, organisation_id: UUID) -> int:
        return self._held[queue, organisation_id]

    def give_back(self, queue: str, organisation_id: UUID) -> None:
        with self._lock:
            self._held[queue, organisation_id] -= 1

    def pass_over(self, queue: str) -> None:
        """Notes that due jobs were left in the queue because their organisation has its share: their messages are used
        up.
        """
        self._passed_over.add(queue)

    def has_passed_over(self, queue: str) -> bool:
        return queue in self._passed_over

    def end_passing_over(self, queue: str) -> bool:
        """Takes the note off and returns whether there was one."""
        with self._lock:
            was_passed_over = queue in self._passed_over
            self._passed_over.discard(queue)
            return was_passed_over

    def forget(self) -> None:
        """For tests, which leave jobs running."""
        self._held.clear()
        self._served.clear()
        self._passed_over.clear()

    def last_turn(self, queue: str, organisation_id: UUID) -> int:
        return self._served.get((queue, organisation_id), 0)


@once_per_process
def worker_shares() -> WorkerShares:
    return WorkerShares()


class ProcessorTurns:
    """`rank` of a taker: how much its organisation has under way; the lowest is next, among equals the first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = WORKING_AT_ONCE
        self._tickets = count()
        self._sleeping: list[tuple[int, int, threading.Event]] = []

    def take(self, rank: int) -> bool:
        """True when there is a turn to give back; False when waiting for it took too long: then work without."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = (rank, next(self._tickets), threading.Event())
            heapq.heappush(self._sleeping, mine)
        if mine[2].wait(MAX_WAIT_SECONDS):
            return True
        with self._lock:
            if mine[2].is_set():
                return True
            self._sleeping.remove(mine)
            heapq.heapify(self._sleeping)
            return False

    def give_back(self) -> None:
        with self._lock:
            if self._sleeping:
                heapq.heappop(self._sleeping)[2].set()
            else:
                self._free += 1


class ProcessorTurn:
    """The turn of one run, which gives it up whenever it waits."""

    def __init__(self, turns: ProcessorTurns, rank: int) -> None:
        self._turns = turns
        self._rank = rank
        self._has_turn = False

    @contextmanager
    def working(self) -> Iterator[None]:
        self._has_turn = self._turns.take(self._rank)
        try:
            yield
        finally:
            self._end()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Without the turn; it is taken again before the run goes on, also where what it waited for failed."""
        self._end()
        try:
            yield
        finally:
            self._has_turn = self._turns.take(self._rank)

    def _end(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turns.give_back()


@once_per_process
def turns_of_process() -> ProcessorTurns:
    return ProcessorTurns()


def claim_next(queue: str, kinds: Collection[str]) -> Job | None:
    """The job whose turn it is, claimed; whoever runs it gives its place back. None when nobody's is."""
    return _claim_in_pool(queue, kinds) if queue in POOLS else _claim_within_share(queue, kinds)


def _claim_in_pool(queue: str, kinds: Collection[str]) -> Job | None:
    """Of any queue that shares the places. Where only those have work who hold their share, the place waits for others."""
    until = time.monotonic() + KEPT_SECONDS
    while True:
        job, is_kept = _look_in_pool(queue, kinds)
        if job or not is_kept:
            return job
        if time.monotonic() > until:
            # The job that the message stands for is still to be done.
            broker.wake_worker(queue)
            return None
        # It is one of few, and nothing is asked of it meanwhile.
        connection.close()
        time.sleep(LOOK_SECONDS)


def _look_in_pool(queue: str, kinds: Collection[str]) -> tuple[Job | None, bool]:
    """The claimed job, and whether there are due ones whose organisations hold their share."""
    pool, is_kept = POOLS[queue], False
    with transaction.atomic():
        # Two processes that count at once would both find a place.
        lock_until_commit(f"claim {pool.setting}")
        for each in _in_turn(_waiting(_served(queue), kinds)[0]):
            if each.running >= pool.most and _has_others(pool, each.organisation_id):
                is_kept = True
            elif job := lifecycle.claim_oldest(each.queue, each.organisation_id, kinds):
                worker_shares().take(job.queue, job.organisation_id)
                return job, False
    return None, is_kept


def _has_others(pool: Pool, organisation_id: UUID) -> bool:
    def look() -> bool:
        recent = Job.objects.filter(
            organisation=OuterRef("pk"), queue__in=pool.queues, created_at__gt=timezone.now() - RECENT
        )
        return Organisation.objects.exclude(pk=organisation_id).filter(Exists(recent)).exists()

    return _others_come.get((pool.setting, organisation_id), look)


def _claim_within_share(queue: str, kinds: Collection[str]) -> Job | None:
    """Each job has a message of its own. Where some were used up by places that had to pass over a job, whoever finds
    more than one job wakes the next place.
    """
    places = worker_shares()
    with _looking:
        waiting = _in_turn(_waiting([queue], kinds)[0])
        job = _first_within_share(queue, waiting, kinds)
        if waiting and job is None:
            # A place may have become free between the look and the note; whoever frees one later finds the note.
            places.pass_over(queue)
            job = _first_within_share(queue, waiting, kinds)
    if job and places.has_passed_over(queue) and sum(each.due for each in waiting) > 1:
        broker.wake_another(queue)
    return job


def jobs_to_make_way(jobs: Collection[Job]) -> set[UUID]:
    """Of running jobs those for which another organisation waits that has less under way."""
    found: set[UUID] = set()
    kinds = [kind.name for kind in job_types.all_kinds()]
    for queues in {tuple(_served(job.queue)) for job in jobs}:
        waiting, running = _waiting(queues, kinds)
        long_ago = timezone.now() - PATIENCE
        waiting = [each for each in waiting if each.since < long_ago]
        found |= {
            job.pk
            for job in jobs
            if job.queue in queues
            and any(
                each.organisation_id != job.organisation_id and each.running < running[job.organisation_id]
                for each in waiting
            )
        }
    return found


def turn_of(job: Job) -> ProcessorTurn:
    return ProcessorTurn(turns_of_process(), worker_shares().held_count(job.queue, job.organisation_id))


def free(job: Job) -> None:
    """The job is over: its place is for another, also of those that were passed over."""
    places = worker_shares()
    places.give_back(job.queue, job.organisation_id)
    # The note is taken off before the look, so that one which is made meanwhile stays.
    if places.end_passing_over(job.queue) and broker.pass_on(job.queue):
        places.pass_over(job.queue)


def _served(queue: str) -> list[str]:
    """The queues whose jobs take the same places, as far as this worker serves them."""
    pool = POOLS.get(queue)
    return [each for each in pool.queues if each in broker.served_queues()] if pool else [queue]


def _waiting(queues: Collection[str], kinds: Collection[str]) -> tuple[list[Waiting], Counter[UUID]]:
    """Who has due jobs in which of the queues, and how many each organisation has running in all of them."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"queues": list(queues), "kinds": list(kinds), "now": timezone.now()})
        counts = cursor.fetchall()
    running: Counter[UUID] = Counter()
    for organisation_id, _queue, running_count, _due, _since in counts:
        running[organisation_id] += running_count
    waiting = [
        Waiting(organisation_id, running[organisation_id], due_count, since, queue)
        for organisation_id, queue, _running, due_count, since in counts
        if due_count
    ]
    return waiting, running


def _in_turn(waiting: list[Waiting]) -> list[Waiting]:
    places = worker_shares()
    return sorted(
        waiting,
        key=lambda each: (each.running, places.last_turn(each.queue, each.organisation_id), each.since),
    )


def _first_within_share(queue: str, waiting: list[Waiting], kinds: Collection[str]) -> Job | None:
    places, job = worker_shares(), None
    for each in waiting:
        if job is None and places.take(queue, each.organisation_id):
            try:
                job = lifecycle.claim_oldest(queue, each.organisation_id, kinds)
            finally:
                if job is None:
                    places.give_back(queue, each.organisation_id)
    return job
