import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext

from apps.accounts.actors import Actor
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


def error_of(job: Job) -> dict[str, str] | None:
    """What went wrong, in the reader's language."""
    if not job.error_code:
        return None
    return {"code": job.error_code, "message": gettext(job.error_message) if job.error_message else ""}


PAGE_ROWS = 40
PRINTED_CHARACTERS = 20_000


@dataclass(frozen=True)
class JobPage:
    jobs: list[Job]
    next_before: UUID | None

    @property
    def is_live(self) -> bool:
        return any(not job.is_terminal for job in self.jobs)


def job_page(actor: Actor, wanted: Mapping[str, object]) -> JobPage:
    """One page, newest first. Pages continue after an id, so a million jobs are as quick as ten."""
    found = job_list(actor.organisation)
    if state := wanted.get("state"):
        found = found.active() if state == "active" else found.filter(state=state)
    if kind := wanted.get("kind"):
        found = found.filter(kind=kind)
    if subject := wanted.get("subject"):
        found = found.filter(subject__icontains=str(subject))
    if wanted.get("mine"):
        found = found.filter(member=actor.member)
    if before := wanted.get("before"):
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-id")[: PAGE_ROWS + 1])
    return JobPage(rows[:PAGE_ROWS], rows[PAGE_ROWS - 1].pk if len(rows) > PAGE_ROWS else None)


def job_details(organisation: Organisation) -> JobQuerySet:
    return Job.objects.within(organisation).select_related("member__user", "api_key")


def recent_jobs(actor: Actor, *, limit: int) -> list[Job]:
    """The member's own, newest first."""
    return list(job_list(actor.organisation).filter(member=actor.member).order_by("-id")[:limit])


def printed(content: object) -> str:
    """JSON for people to read. It holds model output: templates must escape it."""
    if not content:
        return ""
    return json.dumps(content, indent=2, ensure_ascii=False)[:PRINTED_CHARACTERS]
