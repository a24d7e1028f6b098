"""The list of jobs as a table, as long as it is: read a few hundred at a time while the file is written."""

from collections.abc import Callable, Iterator
from itertools import islice

from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core.tables import READ_AT_ONCE
from apps.jobs import selectors
from apps.jobs.models import Job, JobQuerySet
from apps.jobs.queues import LABELS


def columns() -> dict[str, Callable[[Job], object]]:
    return {
        _("Job"): lambda job: job.label,
        _("About"): lambda job: job.about.text,
        _("State"): lambda job: job.get_state_display(),
        _("Queue"): lambda job: str(LABELS.get(job.queue, job.queue)),
        _("Started by"): lambda job: job.started_by,
        _("Created"): lambda job: job.created_at,
        _("Started"): lambda job: job.started_at,
        _("Finished"): lambda job: job.finished_at,
        _("Waiting time (s)"): lambda job: job.waited and round(job.waited.total_seconds(), 1),
        _("Duration (s)"): lambda job: (
            round(job.duration.total_seconds(), 1) if job.finished_at and job.duration else None
        ),
        _("Attempts"): lambda job: job.attempt,
        _("Error code"): lambda job: job.error_code,
        _("Error"): lambda job: (selectors.error_of(job) or {"message": ""})["message"],
        "ID": lambda job: str(job.pk),
    }


def rows(actor: Actor, jobs: JobQuerySet) -> Iterator[Job]:
    """With what each is about as this actor may know it, newest first."""
    ordered = jobs.order_by("-id").iterator(chunk_size=READ_AT_ONCE)
    while chunk := list(islice(ordered, READ_AT_ONCE)):
        selectors.attach_subjects(actor, chunk)
        yield from chunk
