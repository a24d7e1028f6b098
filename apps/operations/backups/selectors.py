from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.operations.backups.models import BackupPlan, BackupRun

RECENT_RUNS = 20
# One that was missed is told before the next is due.
OLDEST = {BackupPlan.Cadence.DAILY: timedelta(hours=36), BackupPlan.Cadence.WEEKLY: timedelta(days=9)}


@dataclass(frozen=True)
class BackupAlert:
    """For whoever runs the installation."""

    text: str
    tone: str


def plan() -> BackupPlan:
    return BackupPlan.objects.get_or_create(pk=1)[0]


def runs() -> list[BackupRun]:
    return list(BackupRun.objects.order_by("-id")[:RECENT_RUNS])


def last_backup() -> BackupRun | None:
    """The last one that is whole."""
    return _succeeded(BackupRun.RunType.BACKUP)


def last_drill() -> BackupRun | None:
    return _succeeded(BackupRun.RunType.DRILL)


def alert(now: datetime | None = None) -> BackupAlert | None:
    """What is wrong with backups, if anything: none is written, the last is too old, or the last one failed."""
    moment, current = now or timezone.now(), plan()
    if current.cadence == BackupPlan.Cadence.OFF:
        return BackupAlert(_("Automatic backup is off. Choose a schedule."), "warn")
    if not current.is_attended:
        text = _(
            "The backup process is not running. Check “./kongming status” and start it with “./kongming up”."
        )
        return BackupAlert(text, "bad")
    latest = BackupRun.objects.filter(kind=BackupRun.RunType.BACKUP).order_by("-id").first()
    if latest and latest.state == BackupRun.State.FAILED:
        return BackupAlert(_("The last backup failed: %(reason)s") % {"reason": latest.message}, "bad")
    last = last_backup()
    if last is None:
        return BackupAlert(_("No backup yet."), "warn")
    if last.ended_at and moment - last.ended_at > OLDEST[BackupPlan.Cadence(current.cadence)]:
        return BackupAlert(
            _("The last complete backup is from %(day)s.")
            % {"day": f"{timezone.localtime(last.ended_at):%Y-%m-%d}"},
            "bad",
        )
    return None


def _succeeded(kind: str) -> BackupRun | None:
    return BackupRun.objects.filter(kind=kind, state=BackupRun.State.SUCCEEDED).order_by("-id").first()
