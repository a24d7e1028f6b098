from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.actors import for_operators
from apps.accounts.models import User
from apps.core.errors import Conflict
from apps.operations import operator_trail
from apps.operations.backups import selectors
from apps.operations.backups.models import BackupPlan, BackupRun


@transaction.atomic
def save_plan(user: User, plan: BackupPlan) -> BackupPlan:
    plan.save(update_fields=["cadence", "weekday", "hour", "folder", "keep"])
    operator_trail.log(user, plan, f"{plan.cadence} {plan.hour}:00 → {plan.folder} × {plan.keep}")
    return plan


@for_operators
@transaction.atomic
def ask_for(user: User, kind: str) -> BackupRun:
    """A backup now, or a rehearsal with the last one. Raises Conflict while one is under way, or there is none."""
    last = selectors.last_backup()
    if kind == BackupRun.RunType.DRILL and last is None:
        raise Conflict(_("No backup to restore yet."))
    file = last.file if last and kind == BackupRun.RunType.DRILL else ""
    try:
        with transaction.atomic():
            run = BackupRun.objects.create(kind=kind, asked_by=str(user)[:200], file=file)
    except IntegrityError as error:
        raise Conflict(_("Already in progress.")) from error
    operator_trail.log(user, run, f"{kind} asked for")
    return run
