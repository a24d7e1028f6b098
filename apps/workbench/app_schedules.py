"""Apps that run by the clock: a run of one's own again and again, as the member who asked for it."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from apps.core.models import new_id
from apps.jobs import schedules
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Schedule
from apps.jobs.runs import JobRun
from apps.jobs.subjects import page_of
from apps.workbench import selectors, services
from apps.workbench.desk import APPS
from apps.workbench.models import App, AppRun, AppSchedule

NOT_RUN_ANY_MORE = _(
    "The app cannot be run like this any more: it is gone, takes other inputs, or is not for this member. Run it once by "
    "hand, and schedule that run."
)
# Its inputs and result are ids: whoever uses apps may see that it happened.
RUN_SCHEDULED = JobType(
    "workbench.run_scheduled",
    queue="batch",
    label=_("Run an app by schedule"),
    may_see=holders_of("workbench.use"),
    subject=page_of(APPS, "workbench:app_runs"),
)


@requires_permission("jobs.manage")
@transaction.atomic
def schedule_run(actor: Actor, run: AppRun, *, name: str, cron: str, time_zone: str) -> Schedule:
    """What went into the run goes into the published app each time. Raises Conflict for a trial, and InvalidInput for times
    that cannot be read and for a key.
    """
    if run.occasion != AppRun.Occasion.USE:
        raise Conflict(_("Only runs of a published app can be scheduled."))
    key = new_id()
    schedule = schedules.create_schedule(
        actor,
        name=name,
        kind=RUN_SCHEDULED,
        inputs={"app_schedule_id": str(key)},
        cron=cron,
        time_zone=time_zone,
    )
    AppSchedule.objects.create(
        pk=key, organisation=actor.organisation, schedule=schedule, app=run.app, inputs=run.inputs
    )
    return schedule


@RUN_SCHEDULED.service
def run_scheduled(run: JobRun, *, app_schedule_id: UUID) -> dict[str, Any]:
    """Starts the run, which is the member's as any other. Where it never can be any more, the schedule stops and says so."""
    try:
        row = AppSchedule.objects.within(run.job.organisation).one(pk=app_schedule_id)
        actor = run.actor_today()
        app = selectors.visible_apps(actor).one(pk=row.app_id)
        return _started(run, actor, app, row)
    except (NotFound, PermissionDenied, InvalidInput) as error:
        ours = Schedule.objects.within(run.job.organisation).filter(
            inputs__app_schedule_id=str(app_schedule_id)
        )
        ours.update(is_enabled=False, last_error=str(NOT_RUN_ANY_MORE))
        raise Conflict(NOT_RUN_ANY_MORE, code="schedule_stopped") from error


@transaction.atomic
def _started(run: JobRun, actor: Actor, app: App, row: AppSchedule) -> dict[str, Any]:
    """The run is there with the job's success or not at all: a later attempt would start another one."""
    made = services.start_run(actor, app, inputs=row.inputs, is_awaited=False)
    result = {"app_run": str(made.pk)}
    run.finish(result)
    return result
