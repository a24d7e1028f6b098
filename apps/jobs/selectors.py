import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey, Membership, Organisation
from apps.core.errors import NotFound
from apps.core.models import OrganisationQuerySet, earliest_id
from apps.core.row_pages import RowPage, largest_rows, newest_rows
from apps.jobs import job_types
from apps.jobs.models import Job, JobQuerySet, Schedule, Webhook, WebhookDelivery, WebhookDeliveryQuerySet
from apps.jobs.subjects import JobRequest, Subject


def visible_jobs(actor: Actor) -> JobQuerySet:
    """The jobs whose inputs, results and events the actor may read: each kind says whose they are."""
    return Job.objects.within(actor.organisation).filter(job_types.seen_by(actor))


def visible_job(actor: Actor, job_id: UUID) -> Job:
    """One of the visible jobs, asked of its own kind only. Raises NotFound."""
    job = Job.objects.within(actor.organisation).filter(pk=job_id).first()
    kind = job_types.find(job.kind) if job else None
    rule = kind.may_see(actor) if kind else None
    if job is None or rule is None or (rule != Q() and not Job.objects.filter(rule, pk=job.pk).exists()):
        raise NotFound
    return job


def changeable_jobs(actor: Actor) -> JobQuerySet:
    """The visible jobs that the actor may stop, run again and repeat."""
    return Job.objects.within(actor.organisation).filter(job_types.cancelled_by(actor))


def changeable_job(actor: Actor, job_id: UUID) -> Job:
    """Raises NotFound."""
    return changeable_jobs(actor).one(pk=job_id)


def job_list(actor: Actor) -> JobQuerySet:
    """For lists: without inputs and results, which may be large."""
    return visible_jobs(actor).defer("inputs", "result").select_related("member__user", "api_key")


def webhook_list(organisation: Organisation) -> OrganisationQuerySet[Webhook]:
    return Webhook.objects.within(organisation).order_by("-created_at")


def visible_schedules(actor: Actor) -> OrganisationQuerySet[Schedule]:
    rows = Schedule.objects.within(actor.organisation).select_related("member__user")
    return rows.filter(kind__in=job_types.all_seen_by(actor))


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


Rows = TypeVar("Rows", bound=QuerySet[Any])
PAGE_ROWS = 40
PRINTED_CHARACTERS = 20_000
# Counting more would take longer than the page.
MAX_COUNTED = 10_000


# By what a list of jobs can be sorted, as the dashboard counts both.
WAITED = Case(When(started_at__gte=F("available_at"), then=F("started_at") - F("available_at")))
RAN = Case(When(finished_at__gte=F("started_at"), then=F("finished_at") - F("started_at")))
ORDERS = {"waited": WAITED, "ran": RAN}


def job_page(jobs: JobQuerySet, filters: Mapping[str, Any]) -> RowPage[Job]:
    """One page, newest first, from behind an id on; by a length of time only those at its top."""
    rows = narrowed(jobs, filters)
    if length := ORDERS.get(filters.get("order", "")):
        return largest_rows(jobs, rows, length, size=PAGE_ROWS)
    return newest_rows(rows, size=PAGE_ROWS, before=filters.get("before"))


def narrowed(jobs: Rows, filters: Mapping[str, Any]) -> Rows:
    """Those that fit; a criterion that is missing narrows nothing, so rows of other ledgers can be narrowed as well.

    “none” as `member` or `api_key` means rows that have no member or key.
    """
    for name in ("kind", "queue", "organisation", "error_code", "member", "api_key"):
        if value := filters.get(name):
            jobs = jobs.filter(**{name: None if value == "none" else value})
    if state := filters.get("state"):
        jobs = jobs.filter(state__in=Job.ACTIVE if state == "active" else [state])
    if desk := filters.get("desk"):
        jobs = jobs.filter(kind__startswith=f"{desk}.")
    if words := filters.get("subject"):
        # The title of a job is its kind's, in the reader's language.
        kinds = [kind.name for kind in job_types.all_kinds() if str(words).lower() in str(kind.label).lower()]
        jobs = jobs.filter(Q(subject__icontains=str(words)) | Q(kind__in=kinds))
    if error := filters.get("error"):
        jobs = jobs.filter(Q(error_code__icontains=error) | Q(error_message__icontains=error))
    return _within(jobs, filters)


def count_text(rows: QuerySet[Any], counted: QuerySet[Any] | None = None) -> str:
    """How many rows there are, to hold against the figure that led here; of very many, that there are more.

    `counted`: what the figure counts, where a list shows less of it, such as no trials of others.
    """
    count = rows.order_by()[: MAX_COUNTED + 1].count()
    if count > MAX_COUNTED:
        return gettext("More than %(number)s results") % {"number": f"{MAX_COUNTED:,}"}
    text = ngettext("%(number)s result", "%(number)s results", count) % {"number": f"{count:,}"}
    hidden = counted.order_by()[: MAX_COUNTED + 1].count() - count if counted is not None else 0
    if hidden <= 0:
        return text
    return gettext("%(results)s, %(number)s more hidden from you") % {
        "results": text,
        "number": f"{hidden:,}",
    }


def filter_names(organisation: Organisation, filters: Mapping[str, Any]) -> list[str]:
    """What a dashboard narrowed a list to, in words, where the list has no control that says it."""
    names = [str(filters[name]) for name in ("model", "error_code") if filters.get(name)]
    if desk := filters.get("desk"):
        names.append(str(job_types.desk_label(desk)))
    if (member := filters.get("member")) and not filters.get("mine"):
        members = Membership.objects.within(organisation).select_related("user")
        row = members.filter(pk=member).first() if member != "none" else None
        gone = gettext("No member") if member == "none" else gettext("Former member")
        names.append(str(row.user) if row else gone)
    if key := filters.get("api_key"):
        named = ApiKey.objects.within(organisation).filter(pk=key).first() if key != "none" else None
        gone = gettext("No key") if key == "none" else gettext("Deleted key")
        names.append(named.name if named else gone)
    return names


def _within(rows: Rows, filters: Mapping[str, Any]) -> Rows:
    if since := filters.get("since"):
        rows = rows.filter(created_at__gte=since)
    if until := filters.get("until"):
        rows = rows.filter(created_at__lt=until)
    # The key begins with the time, and has an index.
    if first := filters.get("from"):
        rows = rows.filter(pk__gte=earliest_id(_midnight(first)))
    if last := filters.get("to"):
        rows = rows.filter(pk__lt=earliest_id(_midnight(last + timedelta(days=1))))
    return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


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


def subjects_of(actor: Actor, jobs: Iterable[Job]) -> dict[UUID, Subject]:
    """Subjects by the job's id. A subject that nobody explains is shown as it is, unless it is an id."""
    by_id = {job.pk: job for job in jobs}
    resolvers = {kind.name: kind.subject for kind in job_types.all_kinds()}
    by_resolver = defaultdict(list)
    for job_id, inputs in Job.objects.filter(pk__in=by_id).values_list("pk", "inputs"):
        by_resolver[resolvers.get(by_id[job_id].kind)].append(
            JobRequest(job_id, by_id[job_id].subject, inputs)
        )
    subjects = {}
    for job in by_id.values():
        prefix, colon, key = job.subject.partition(":")
        is_id = bool(colon) and len(key) == len(str(job.pk)) and prefix.isidentifier()
        subjects[job.pk] = Subject("" if is_id else job.subject)
    for resolver, group in by_resolver.items():
        if resolver:
            subjects.update(resolver(actor, group))
    return subjects


def attach_subjects(actor: Actor, jobs: Iterable[Job]) -> None:
    """Sets `about` of each, for templates."""
    rows = list(jobs)
    subjects = subjects_of(actor, rows)
    for job in rows:
        job.about = subjects[job.pk]  # type: ignore[attr-defined]
