from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from apps.accounts.actors import for_operators
from apps.accounts.models import User
from apps.core.errors import Conflict
from apps.operations.backups import selectors
from apps.operations.backups.models import BackupPlan, BackupRun


@transaction.atomic
def save_plan(user: User, plan: BackupPlan) -> BackupPlan:
    plan.save(update_fields=["cadence", "weekday", "hour", "folder", "keep"])
    _log(user, plan, f"{plan.cadence} {plan.hour}:00 → {plan.folder} × {plan.keep}")
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
    _log(user, run, f"{kind} asked for")
    return run


def _log(user: User, row: models.Model, message: str) -> None:
    """Belongs to no organisation, so it stands in the admin's own history."""
    LogEntry.objects.create(
        user_id=user.pk,
        content_type_id=ContentType.objects.get_for_model(row).pk,
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=CHANGE,
        change_message=message,
    )
