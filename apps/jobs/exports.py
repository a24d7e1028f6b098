"""The list of jobs as a table, as long as it is: read a few hundred at a time while the file is written."""

from collections.abc import Iterator, Mapping
from itertools import islice

from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core.tables import Row
from apps.jobs import selectors, subjects
from apps.jobs.queues import LABELS

READ_AT_ONCE = 500


def headings() -> list[str]:
    return [
        _("Job"),
        _("About"),
        _("State"),
        _("Queue"),
        _("Started by"),
        _("Created"),
        _("Started"),
        _("Finished"),
        _("Duration (s)"),
        _("Attempts"),
        _("Error code"),
        _("Error"),
        "ID",
    ]


def rows(actor: Actor, filters: Mapping[str, object]) -> Iterator[Row]:
    """Those that the list shows this actor with these filters, of all its pages, newest first."""
    names = headings()
    jobs = selectors.narrowed(selectors.job_list(actor), filters).order_by("-id")
    ordered = jobs.iterator(chunk_size=READ_AT_ONCE)
    while chunk := list(islice(ordered, READ_AT_ONCE)):
        about = subjects.subjects_of(actor, chunk)
        for job in chunk:
            duration = job.duration if job.finished_at else None
            error = selectors.error_of(job) or {"code": "", "message": ""}
            cells = (
                job.label,
                about[job.pk].text,
                job.get_state_display(),
                str(LABELS.get(job.queue, job.queue)),
                job.started_by,
                job.created_at,
                job.started_at,
                job.finished_at,
                round(duration.total_seconds(), 1) if duration else None,
                job.attempt,
                error["code"],
                error["message"],
                str(job.pk),
            )
            yield dict(zip(names, cells, strict=True))
