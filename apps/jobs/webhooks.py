"""Telling other systems that a job ended."""

from apps.jobs.models import Job


def record_deliveries(job: Job) -> None:
    """One delivery per webhook that wants this event, in the transaction that ended the job."""
