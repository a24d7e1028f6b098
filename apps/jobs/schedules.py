"""Jobs that are made again and again."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import ApplicationError, Conflict, InvalidInput
from apps.core.rounds import tend_each
from apps.jobs import job_types, services
from apps.jobs.job_types import JobType
from apps.jobs.models import Job, Schedule
from llm_backend.unicode_forms import nfkc

BATCH_ROWS = 200
FIELDS = 5
DAY, MONTH = 2, 3
FIVE_FIELDS = _("Use five fields: minute, hour, day, month, weekday. “0 7 * * 1-5” is 07:00 on workdays.")
NEVER = _(
    "No such day comes: these months do not have it. “0 7 L * *” is 07:00 on the last day of each month."
)
OWNER_GONE = _("The member this runs as has left. Create the schedule again.")
NOT_ALLOWED = _(
    "The member this runs as no longer has permission. Someone with permission has to create it again."
)
KIND_GONE = _("This type of job no longer exists.")


def next_time(cron: str, time_zone: str, *, after: datetime) -> datetime:
    """The first time after `after`, on the clocks of the time zone, of five fields in any width. Raises InvalidInput for
    nonsense, and for a date that never comes.
    """
    if time_zone not in available_timezones():
        raise InvalidInput(fields={"time_zone": [_("Enter a time zone such as Asia/Shanghai.")]})
    fields = nfkc(cron).split()
    # The library would take a sixth for seconds, and a job be made each time that somebody looks.
    expression = " ".join(fields) if len(fields) == FIELDS else ""
    try:
        return next(CronSim(expression, after.astimezone(ZoneInfo(time_zone))))
    except (CronSimError, StopIteration) as error:
        advice = NEVER if _is_never(fields) else FIVE_FIELDS
        raise InvalidInput(fields={"cron": [advice]}) from error


def _is_never(fields: list[str]) -> bool:
    """Whether day and month can be read, each by itself: a library that refuses them together found no such date."""
    if len(fields) != FIELDS:
        return False
    try:
        for number in (DAY, MONTH):
            CronSim(" ".join([*fields[:number], "*", *fields[number + 1 :]]), timezone.now())
    except CronSimError:
        return False
    return True


@transaction.atomic
def create_schedule(
    actor: Actor, *, name: str, kind: JobType, inputs: dict[str, Any], cron: str, time_zone: str
) -> Schedule:
    """For desks, which have checked that the inputs belong to the organisation. Runs for the maker. Raises InvalidInput
    for times that cannot be read, and for a key: there would be nobody whose rights count.
    """
    if actor.member is None:
        raise InvalidInput(_("A schedule runs as a member. API keys cannot create one."))
    schedule = Schedule.objects.create(
        organisation=actor.organisation,
        name=name,
        kind=kind.name,
        inputs=inputs,
        cron=cron,
        time_zone=time_zone,
        member=actor.member,
        next_run_at=next_time(cron, time_zone, after=timezone.now()),
    )
    audit.record(actor, action="schedule.created", target=schedule, details={"kind": kind.name, "cron": cron})
    return schedule


@requires_permission("jobs.manage")
def repeat_job(actor: Actor, job: Job, *, name: str, cron: str, time_zone: str) -> Schedule:
    """Repeats a job of the organisation with its inputs: so nobody ever types inputs in. Raises Conflict for a kind of
    job that cannot be repeated, and InvalidInput.
    """
    kind = job_types.find(job.kind)
    # An erased job has no inputs left that it could be repeated with.
    if kind is None or not kind.is_repeatable or job.erased_at:
        raise Conflict(_("This type of job cannot be scheduled."), code="not_repeatable")
    return create_schedule(actor, name=name, kind=kind, inputs=job.inputs, cron=cron, time_zone=time_zone)


@requires_permission("jobs.manage", "analytics.view")
@transaction.atomic
def change_schedule(
    actor: Actor, schedule: Schedule, *, name: str, cron: str, time_zone: str, is_enabled: bool
) -> Schedule:
    schedule.next_run_at = next_time(cron, time_zone, after=timezone.now())
    schedule.name, schedule.cron, schedule.time_zone = name, cron, time_zone
    schedule.is_enabled, schedule.last_error = is_enabled, ""
    schedule.save()
    details = {"cron": cron, "time_zone": time_zone, "is_enabled": is_enabled}
    audit.record(actor, action="schedule.changed", target=schedule, details=details)
    return schedule


@requires_permission("jobs.manage", "analytics.view")
@transaction.atomic
def delete_schedule(actor: Actor, schedule: Schedule) -> None:
    """That of a mailed report goes with its report."""
    audit.record(actor, action="schedule.deleted", target=schedule, details={"name": schedule.name})
    schedule.delete()


def run_due() -> int:
    """Makes the job of each due schedule once, however many workers look. Missed times count as one."""
    due = switches.of_open(Schedule.objects.filter(is_enabled=True, next_run_at__lte=timezone.now()))
    rows = due.select_related("member__user", "member__organisation").order_by("next_run_at")
    return tend_each(rows[:BATCH_ROWS], _run, name="schedules")


@transaction.atomic
def _run(schedule: Schedule) -> bool:
    ours = Schedule.objects.filter(pk=schedule.pk)
    try:
        following = next_time(schedule.cron, schedule.time_zone, after=timezone.now())
    except InvalidInput as error:
        # A zone that a newer list of the world's zones no longer has.
        ours.update(
            last_error=" ".join(str(line) for lines in error.fields.values() for line in lines),
            is_enabled=False,
        )
        return False
    # Whoever moves the time first makes the job; other workers no longer find the old one.
    still_due = Schedule.objects.filter(pk=schedule.pk, is_enabled=True, next_run_at=schedule.next_run_at)
    if not still_due.update(next_run_at=following):
        return False
    try:
        job = _make_job(schedule)
    except ApplicationError as error:
        # It is told on the page of schedules; the others of this round must run all the same.
        ours.update(last_error=str(error), is_enabled=not isinstance(error, _NeverAgain))
        return False
    ours.update(last_job=job, last_error="")
    return True


class _NeverAgain(Conflict):
    """Trying at the next time would fail the same way, so the schedule is switched off."""


def _make_job(schedule: Schedule) -> Job:
    kind = job_types.find(schedule.kind)
    if kind is None:
        raise _NeverAgain(KIND_GONE)
    member = schedule.member
    if member is None or not (member.is_active and member.user.is_active):
        raise _NeverAgain(OWNER_GONE)
    actor = Actor.from_member(member)
    if kind.name not in job_types.all_cancelled_by(actor):
        raise _NeverAgain(NOT_ALLOWED)
    # Otherwise the times that pass while it is off would all be made up for at once.
    switches.require_on(actor.organisation.pk, [kind.name])
    return services.create_job(actor, kind=kind, inputs=schedule.inputs, subject=f"schedule:{schedule.pk}")
