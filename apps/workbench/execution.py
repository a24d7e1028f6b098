"""Running an app: the job of a run."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import own_rows
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.jobs import webhooks
from apps.jobs.job_types import JobType
from apps.jobs.runs import JobRun
from apps.jobs.subjects import of_rows
from apps.vault.keys import holding_key
from apps.workbench import input_files, selectors, step_kinds
from apps.workbench.models import AppRun, StepRun
from apps.workbench.steps import Execution, Waits
from domain.workflows.checking import CheckedApp
from domain.workflows.evaluation import failed_expectations
from domain.workflows.expressions import TooMuch

RUN_APP = JobType(
    "workbench.run_app",
    queue="interactive",
    label=_("Run an app"),
    may_see=lambda actor: (
        own_rows(actor) if actor.may("workbench.use") or actor.may("workbench.edit") else None
    ),
    subject=of_rows(lambda organisation: AppRun.objects.within(organisation).select_related("app")),
    is_sealed=True,
)
# Nobody looks on: what a schedule or another system starts leaves the workers to people.
RUN_IN_BACKGROUND = replace(
    RUN_APP, name="workbench.run_in_background", queue="batch", label=_("Run an app in the background")
)


@RUN_APP.service
@RUN_IN_BACKGROUND.service
def run_app(run: JobRun, *, app_run_id: UUID) -> dict[str, Any]:
    """Does what is left of a run's steps, and stores its outputs together with the job's success."""
    row = selectors.run_of_job(run.job, app_run_id)
    if row is None:
        raise NotFound(_("The run was deleted."))
    app = row.version.checked
    if app is None:
        raise Conflict(selectors.BROKEN)
    selectors.require_run(run.actor_today(), row, app)
    input_files.read_files(run, row, app)
    execution = Execution.of_run(run, row, app, step_kinds.KINDS)
    try:
        _do_all(execution)
    except Waits as waits:
        return _wait(run, row, waits.row)
    result = {"app_run": str(row.pk), "steps": len(execution.results.rows)}
    with run.finishing(result):
        _store(row)
    return result


def run_inside(run: JobRun, row: AppRun) -> None:
    """Does what is left of a run that is part of another job, whose followers see nothing of it. Raises Conflict for an app
    that does not work any more, and what its steps raise.
    """
    app = row.version.checked
    if app is None:
        raise Conflict(selectors.BROKEN)
    selectors.require_run(run.actor_today(), row, app)
    if row.outputs:
        return
    with run.quietly():
        _do_all(Execution.of_run(run, row, app, step_kinds.KINDS))
    with transaction.atomic():
        _store(row)


def _do_all(execution: Execution) -> None:
    """All steps; what came out stands in the row, not stored yet. Raises Waits, and InvalidInput for too much."""
    row, app = execution.row, execution.app
    try:
        execution.do_steps(app.file.steps)
        row.outputs = execution.outputs()
        execution.results.hold(row.outputs)
        row.failed_checks = [*execution.failed_checks(row.outputs), *row.failed_checks]
        row.is_passed = _is_passed(row, app, row.outputs)
    except TooMuch as error:
        raise InvalidInput(
            _("A step went through too much. Use shorter texts or lists."), code="too_much"
        ) from error


def _store(row: AppRun) -> None:
    with holding_key(row.organisation_id):
        row.save(update_fields=["outputs", "failed_checks", "is_passed"])
    _tell(row)


def _wait(run: JobRun, row: AppRun, step: StepRun) -> dict[str, Any]:
    """The job ends, so that no worker is held; whoever is asked lets another one go on."""
    result = {"app_run": str(row.pk), "waits_at": step.place}
    with run.finishing(result):
        step.save()
        row.is_waiting = True
        row.save(update_fields=["is_waiting"])
    return result


def _tell(row: AppRun) -> None:
    """Other systems, of a use of an app: by ids, as what came out lies sealed and is read over the API."""
    if row.occasion != AppRun.Occasion.USE:
        return
    told = {"app_run_id": str(row.pk), "app": row.app.name, "version": row.version.number}
    told["failed_checks"] = len(row.failed_checks)
    payload = {"type": "app_run.finished", "timestamp": timezone.now().isoformat(), "data": told}
    webhooks.record_event(row.organisation_id, "app_run.finished", payload, subject=f"app_run:{row.pk}")


def _is_passed(row: AppRun, app: CheckedApp, outputs: dict[str, Any]) -> bool | None:
    """Of a case of an evaluation."""
    if row.case is None or app.file.evaluation is None:
        return None
    return not failed_expectations(app.file.evaluation.cases[row.case], row.inputs, outputs)
