import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import NotFound
from apps.core.models import OrganisationQuerySet
from apps.jobs import job_types
from apps.jobs.models import Job, JobQuerySet, Schedule, Webhook, WebhookDelivery, WebhookDeliveryQuerySet


def visible_jobs(actor: Actor) -> JobQuerySet:
    """The jobs whose inputs, results and events the actor may read: each kind says whose they are."""
    return Job.objects.within(actor.organisation).filter(job_types.seen_by(actor))


def visible_job(actor: Actor, job_id: UUID) -> Job:
    """One of the visible jobs, asked of its own kind only. Raises NotFound."""
    job = Job.objects.within(actor.organisation).filter(pk=job_id).first()
    rule = job_types.sight_of(job.kind, actor) if job else None
    if job is None or rule is None or (rule != Q() and not Job.objects.filter(rule, pk=job.pk).exists()):
        raise NotFound
    return job


def changeable_jobs(actor: Actor) -> JobQuerySet:
    """The visible jobs that the actor may stop, run again and repeat."""
    return Job.objects.within(actor.organisation).filter(job_types.cancelled_by(actor))


def job_list(actor: Actor) -> JobQuerySet:
    """For lists: without inputs and results, which may be large."""
    return visible_jobs(actor).defer("inputs", "result").select_related("member__user", "api_key")


def webhook_list(organisation: Organisation) -> OrganisationQuerySet[Webhook]:
    return Webhook.objects.within(organisation).order_by("-created_at")


def visible_schedules(actor: Actor) -> OrganisationQuerySet[Schedule]:
    return Schedule.objects.within(actor.organisation).filter(kind__in=job_types.all_seen_by(actor))


def changeable_schedules(actor: Actor) -> OrganisationQuerySet[Schedule]:
    return Schedule.objects.within(actor.organisation).filter(kind__in=job_types.all_cancelled_by(actor))


def visible_deliveries(actor: Actor) -> WebhookDeliveryQuerySet:
    """Without what webhooks were told of jobs that the actor may not see."""
    hidden = Job.objects.within(actor.organisation).exclude(job_types.seen_by(actor))
    deliveries = WebhookDelivery.objects.within(actor.organisation)
    return deliveries.exclude(Exists(hidden.filter(pk=OuterRef("job_id"))))


def queue_position(job: Job) -> int | None:
    """The place of a job among those that wait: 1 is next, None when it is not waiting.

    Organisations take turns: before the third job of one there are at most three of each other.
    """
    if job.state != Job.State.QUEUED:
        return None
    queue = Job.objects.filter(queue=job.queue, state=Job.State.QUEUED).order_by()
    own = queue.filter(organisation=job.organisation_id)
    turn = own.filter(pk__lt=job.pk).count() + 1
    since = own.aggregate(since=Min("created_at"))["since"] or job.created_at
    others = queue.exclude(organisation=job.organisation_id).values("organisation")
    others_waiting = others.annotate(waiting=Count("pk"), since=Min("created_at"))
    before = (min(row["waiting"], turn if row["since"] < since else turn - 1) for row in others_waiting)
    return int(turn + sum(before))


def error_of(job: Job) -> dict[str, str] | None:
    """What went wrong, in the reader's language."""
    if not job.error_code:
        return None
    return {"code": job.error_code, "message": gettext(job.error_message) if job.error_message else ""}


PAGE_ROWS = 40
Rows = TypeVar("Rows", bound=QuerySet[Any])
PRINTED_CHARACTERS = 20_000


@dataclass(frozen=True)
class JobPage:
    jobs: list[Job]
    next_before: UUID | None

    @property
    def is_live(self) -> bool:
        return any(not job.is_terminal for job in self.jobs)


def job_page(actor: Actor, filters: Mapping[str, object]) -> JobPage:
    """One page, newest first. Pages continue after an id, so a million jobs are as quick as ten."""
    jobs = job_list(actor)
    if state := filters.get("state"):
        jobs = jobs.active() if state == "active" else jobs.filter(state=state)
    if kind := filters.get("kind"):
        jobs = jobs.filter(kind=kind)
    if subject := filters.get("subject"):
        jobs = jobs.filter(subject__icontains=str(subject))
    if filters.get("mine"):
        jobs = jobs.filter(member=actor.member)
    jobs = narrowed(jobs, filters)
    if desk := filters.get("desk"):
        jobs = jobs.filter(kind__startswith=f"{desk}.")
    if before := filters.get("before"):
        jobs = jobs.filter(pk__lt=before)
    rows = list(jobs.order_by("-id")[: PAGE_ROWS + 1])
    return JobPage(rows[:PAGE_ROWS], rows[PAGE_ROWS - 1].pk if len(rows) > PAGE_ROWS else None)


def narrowed(rows: Rows, filters: Mapping[str, object]) -> Rows:
    """Rows of a ledger by whose they are, how they failed and when they were made. “none”: those of nobody."""
    for name in ("member", "api_key"):
        if value := filters.get(name):
            rows = rows.filter(**{name: None if value == "none" else value})
    if code := filters.get("error_code"):
        rows = rows.filter(error_code=code)
    if since := filters.get("since"):
        rows = rows.filter(created_at__gte=since)
    if until := filters.get("until"):
        rows = rows.filter(created_at__lt=until)
    return rows


def job_details(actor: Actor) -> JobQuerySet:
    return visible_jobs(actor).select_related("member__user", "api_key")


def recent_jobs(actor: Actor, *, limit: int) -> list[Job]:
    """The member's own, newest first."""
    return list(job_list(actor).filter(member=actor.member).order_by("-id")[:limit])


def pretty_json(content: object) -> str:
    """JSON for people to read. It holds model output: templates must escape it."""
    if not content:
        return ""
    return json.dumps(content, indent=2, ensure_ascii=False)[:PRINTED_CHARACTERS]
