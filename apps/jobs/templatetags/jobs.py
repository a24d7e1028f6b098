"""`{% load jobs %}`: pages that show jobs."""

from collections.abc import Iterable

from django import template

from apps.jobs.job_moves import MAX_FOLLOWED
from apps.jobs.models import Job

register = template.Library()


@register.filter
def jobs_under_way(shown: object) -> str:
    """The ids of the jobs under way, for `data-jobs`. `shown`: a job, a row that a job fills, or a list of either."""
    rows = shown if isinstance(shown, Iterable) else [shown]
    jobs = [row if isinstance(row, Job) else getattr(row, "job", None) for row in rows]
    return " ".join(str(job.pk) for job in jobs if job and not job.is_terminal)[: MAX_FOLLOWED * 37]
