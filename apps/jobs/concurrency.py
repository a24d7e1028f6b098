"""Whose job a free place of a worker takes.

A message says only that a queue has work. The place that receives it looks for the organisation with the fewest jobs
running, among equals the one that this process has served longest ago, and takes its oldest job: five hundred messages
of one organisation come before nobody else's first. Running jobs are never stopped for others, so an interactive worker
has more places than one organisation may hold (`Env.interactive_places`), and a flood of slow jobs leaves room.
"""

import threading
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from itertools import count
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, Q

from apps.core.singleton import once_per_process
from apps.jobs import broker, lifecycle
from apps.jobs.models import Job, is_runnable
from apps.jobs.processor_turns import ProcessorTurn, turns_of_process

SHARED_QUEUE = "interactive"
# Threads that look for a job at once: hundreds of messages wake hundreds of them.
LOOKING_AT_ONCE = 2
_looking = threading.BoundedSemaphore(LOOKING_AT_ONCE)


class Waiting(NamedTuple):
    """An organisation with due jobs in a queue; `since` is when the oldest became due."""

    organisation_id: UUID
    running: int
    due: int
    since: datetime


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


def claim_next(queue: str, kinds: Collection[str]) -> Job | None:
    """The job whose turn it is, claimed; whoever runs it gives its place back. None when nobody's is.

    Each job has a message of its own. Where some were used up by places that had to pass over a job, whoever finds more
    than one job wakes the next place.
    """
    places = worker_shares()
    with _looking:
        waiting = _in_turn(queue, _waiting(queue, kinds))
        job = _first_within_share(queue, waiting, kinds)
        if waiting and job is None:
            # A place may have become free between the look and the note; whoever frees one later finds the note.
            places.pass_over(queue)
            job = _first_within_share(queue, waiting, kinds)
    if job and places.has_passed_over(queue) and sum(each.due for each in waiting) > 1:
        broker.wake_another(queue)
    return job


def turn_of(job: Job) -> ProcessorTurn:
    return ProcessorTurn(turns_of_process(), worker_shares().held_count(job.queue, job.organisation_id))


def free(job: Job) -> None:
    """The job is over: its place is for another, also of those that were passed over."""
    places = worker_shares()
    places.give_back(job.queue, job.organisation_id)
    # The note is taken off before the look, so that one which is made meanwhile stays.
    if places.end_passing_over(job.queue) and broker.pass_on(job.queue):
        places.pass_over(job.queue)


def _waiting(queue: str, kinds: Collection[str]) -> list[Waiting]:
    due = is_runnable() & Q(kind__in=kinds)
    rows = Job.objects.active().filter(queue=queue).order_by().values_list("organisation_id")
    counts = rows.annotate(
        running=Count("pk", filter=Q(state=Job.State.RUNNING)),
        due=Count("pk", filter=due),
        since=Min("available_at", filter=due),
    )
    return [Waiting(*row) for row in counts.filter(due__gt=0)]


def _in_turn(queue: str, waiting: list[Waiting]) -> list[Waiting]:
    places = worker_shares()
    return sorted(
        waiting,
        key=lambda each: (each.running, places.last_turn(queue, each.organisation_id), each.since),
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
