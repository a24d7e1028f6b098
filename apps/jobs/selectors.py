from django.utils.translation import gettext

from apps.accounts.models import Organisation
from apps.jobs.models import Job, JobQuerySet


def job_list(organisation: Organisation) -> JobQuerySet:
    """For lists: without inputs and results, which may be large."""
    return (
        Job.objects.within(organisation).defer("inputs", "result").select_related("member__user", "api_key")
    )


def queue_position(job: Job) -> int | None:
    """1 is next. None when the job is not waiting."""
    if job.state != Job.State.QUEUED:
        return None
    return Job.objects.filter(queue=job.queue, state=Job.State.QUEUED, pk__lt=job.pk).count() + 1


def active_count(organisation: Organisation) -> int:
    return Job.objects.within(organisation).active().count()


def error_of(job: Job) -> dict[str, str] | None:
    """What went wrong, in the reader's language."""
    if not job.error_code:
        return None
    return {"code": job.error_code, "message": gettext(job.error_message) if job.error_message else ""}
