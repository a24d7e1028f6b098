from django.db import models

from apps.jobs import selectors
from apps.jobs.models import Job

# Rows that are under way, in a query. One whose job is gone is over.
UNDER_WAY = models.Q(job__isnull=False, job__finished_at=None)


class BackedByJob(models.Model):
    """A row that a job fills or changes: whether it is under way, and what went wrong. Abstract."""

    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and not self.job.is_terminal

    @property
    def error(self) -> dict[str, str] | None:
        """Code and message of the job's failure, the message in the reader's language. None where nothing went wrong."""
        return selectors.error_of(self.job) if self.job else None
