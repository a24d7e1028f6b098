"""What people decide where a run waits for them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import job_types
from apps.jobs import services as jobs
from apps.workbench import live, selectors
from apps.workbench.execution import RUN_APP
from apps.workbench.models import AppRun, StepRun
from apps.workbench.problem_words import field_errors
from domain.workflows import types, values
from domain.workflows.types import Record

State = StepRun.State


@requires_permission("workbench.use")
@transaction.atomic
def decide_step(
    actor: Actor, step: StepRun, *, is_approved: bool, given: Mapping[str, Any] | None = None
) -> StepRun:
    """The first decision counts, and the run goes on with it. `given`: the fields as the person leaves them.

    Raises Conflict for who comes second, PermissionDenied for who is not asked (any more), and InvalidInput per field.
    """
    # The row alone: whoever decided, it is joined by an outer join, which cannot be locked.
    row = StepRun.objects.within(actor.organisation).select_for_update(of=("self",)).one(pk=step.pk)
    if row.state != State.WAITING:
        raise Conflict(_decided_already(row))
    selectors.require_asked(actor, row)
    if row.is_question:
        _answer(row, is_approved, given or {})
    elif is_approved:
        # The act is done again, under the same key.
        row.state = State.BEGUN
    else:
        row.state, row.ended_at = State.DONE, timezone.now()
    row.decided_by, row.decided_at = actor.responsible_member, timezone.now()
    row.save()
    _go_on(row.run)
    details = {"app": row.run.app.name, "approved": is_approved}
    audit.record(actor, action="app_run.decided", target=row.run, details=details)
    return row


def _answer(row: StepRun, is_approved: bool, given: Mapping[str, Any]) -> None:
    fields = Record.model_validate(row.result["fields"])
    try:
        answer = values.checked(fields, given)
    except values.InvalidValues as refused:
        if is_approved:
            raise InvalidInput(fields=field_errors(refused)) from refused
        # Who declines need fill in nothing.
        answer = types.empty(fields)
    row.state, row.result, row.ended_at = State.DONE, {"approved": is_approved, **answer}, timezone.now()


def _decided_already(row: StepRun) -> str:
    if row.decided_by is None:
        return str(_("This has been decided already."))
    return str(_("%(name)s has decided this already.") % {"name": row.decided_by.user})


def _go_on(run: AppRun) -> None:
    """By whoever started it, among the work where it began: it was admitted then."""
    starter = Actor(run.organisation, member=run.member, api_key=run.api_key)
    inputs = {"app_run_id": str(run.pk)}
    kind = job_types.by_name(run.job.kind) if run.job else RUN_APP
    run.job = jobs.create_following_job(starter, kind=kind, inputs=inputs, subject=f"app_run:{run.pk}")
    run.is_waiting = False
    run.save(update_fields=["job", "is_waiting"])
    live.announce(run)
