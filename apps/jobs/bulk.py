"""Many jobs at once: cancelled or run again, in one transaction, as many as a request has time for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.jobs import broker, lifecycle, services
from apps.jobs.models import Job, JobQuerySet

# Five thousand take a second or two. Whoever has more says so again.
MAX_AT_ONCE = 5_000
SLICE_ROWS = 500
Change = Literal["cancel", "retry"]
# As the audit trail calls them.
ACTIONS: dict[Change, str] = {"cancel": "jobs.cancelled", "retry": "jobs.retried"}


@dataclass(frozen=True)
class Outcome:
    """How many jobs were changed, of each organisation and queue. `has_more`: others fit that were left as they are."""

    counts: Counter[UUID]
    queues: Counter[str]
    has_more: bool = False

    @classmethod
    def of(cls, changed: Iterable[tuple[UUID, str]], *, has_more: bool = False) -> "Outcome":
        rows = list(changed)
        return cls(Counter(row[0] for row in rows), Counter(row[1] for row in rows), has_more)

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def changeable(name: Change, jobs: JobQuerySet) -> JobQuerySet:
    """Those of `jobs` that are under way, or those that ended and can run again."""
    if name == "cancel":
        # Those that somebody asked to stop already would be found again and again.
        return jobs.active().filter(cancel_requested_at=None)
    ended = jobs.filter(state__in=(Job.State.FAILED, Job.State.CANCELLED), erased_at=None)
    return ended.exclude(queue__in=services.draining_names())


@transaction.atomic
def cancel(jobs: JobQuerySet) -> Outcome:
    """Ends those that wait and asks the workers of those that run to stop; others are left as they are."""
    return _change(changeable("cancel", jobs), lifecycle.cancel_all)


@transaction.atomic
def cancel_waiting(jobs: JobQuerySet) -> Outcome:
    """Ends those that wait. One that a worker takes at this moment goes on."""
    cancel_queued = partial(lifecycle.cancel_all, stops_running=False)
    return _change(jobs.filter(state=Job.State.QUEUED), cancel_queued)


@transaction.atomic
def retry(jobs: JobQuerySet) -> Outcome:
    """Runs those that failed or were cancelled again; not in queues that an operator lets run empty."""
    outcome = _change(changeable("retry", jobs), lifecycle.requeue_all_ended)
    for queue in outcome.queues:
        transaction.on_commit(partial(broker.wake_due, queue))
    return outcome


def change(name: Change, jobs: JobQuerySet) -> Outcome:
    return cancel(jobs) if name == "cancel" else retry(jobs)


@requires_permission("jobs.manage")
@transaction.atomic
def change_of_actor(actor: Actor, name: Change, jobs: JobQuerySet) -> Outcome:
    """`jobs`: those that the actor may change. One line in the trail, with their number."""
    outcome = change(name, jobs)
    if outcome.total:
        audit.record(actor, action=ACTIONS[name], details={"rows": outcome.total})
    return outcome


def outcome_text(name: Change, outcome: Outcome) -> str:
    if name == "cancel":
        text = ngettext("%(count)d job was cancelled.", "%(count)d jobs were cancelled.", outcome.total)
    else:
        text = ngettext("%(count)d job was restarted.", "%(count)d jobs were restarted.", outcome.total)
    more = _("More jobs match. Repeat to continue.") if outcome.has_more else ""
    return f"{text % {'count': outcome.total}} {more}".strip()


def _change(jobs: JobQuerySet, change: Callable[[list[UUID]], list[tuple[UUID, str]]]) -> Outcome:
    changed = [each for ids in _slices(jobs) for each in change(ids)]
    # What was changed does not fit any more, so whatever fits now was left over.
    return Outcome.of(changed, has_more=jobs.exists())


def _slices(jobs: JobQuerySet) -> Iterator[list[UUID]]:
    """Ids in order of age; what a slice left as it was is not looked at again."""
    rows = jobs.order_by("pk").values_list("pk", flat=True)
    last, rest = None, MAX_AT_ONCE
    while rest > 0 and (ids := list((rows.filter(pk__gt=last) if last else rows)[: min(rest, SLICE_ROWS)])):
        yield ids
        last, rest = ids[-1], rest - len(ids)
