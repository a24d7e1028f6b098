"""What operators ask of backups. The process `backups` of `stack` does it; it reads and writes these rows by SQL."""

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
# Of the process that writes backups; it looks every ten seconds.
AWAY_AFTER = timedelta(minutes=2)


class BackupPlan(models.Model):
    """One row: when the installation is backed up, where to, and how many are kept.

    `seen_at`: when the process that does it looked here last.
    """

    class Cadence(models.TextChoices):
        OFF = "off", _("manual only")
        DAILY = "daily", _("daily")
        WEEKLY = "weekly", _("weekly")

    # Defaults in the database as well: the process of `stack` inserts rows by SQL.
    id = models.PositiveSmallIntegerField(primary_key=True, default=1, db_default=1)
    cadence = models.CharField(
        _("frequency"), max_length=10, choices=Cadence, default=Cadence.OFF, db_default=Cadence.OFF
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=WEEKDAYS, default=6, db_default=6)
    hour = models.PositiveSmallIntegerField(
        _("hour"), default=3, db_default=3, validators=[MaxValueValidator(23)]
    )
    folder = models.CharField(_("folder"), max_length=500, blank=True, default="", db_default="")
    keep = models.PositiveSmallIntegerField(
        _("backups to keep"),
        default=7,
        db_default=7,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    seen_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(name="one_backup_plan", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.get_cadence_display())

    @property
    def is_attended(self) -> bool:
        return self.seen_at is not None and timezone.now() - self.seen_at < AWAY_AFTER


class BackupRun(models.Model):
    """A backup, or a rehearsal of restoring one: asked for, under way, or how it ended.

    `details`: what was counted and checked. `message`: why it failed, with what to do.
    """

    class RunType(models.TextChoices):
        BACKUP = "backup", _("backup")
        DRILL = "drill", _("restore drill")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=10, choices=RunType)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_default=State.QUEUED)
    is_scheduled = models.BooleanField(default=False, db_default=False)
    asked_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    stage = models.CharField(max_length=200, blank=True, default="", db_default="")
    file = models.CharField(max_length=700, blank=True, default="", db_default="")
    bytes = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict, db_default={})
    message = models.TextField(blank=True, default="", db_default="")
    asked_at = models.DateTimeField(default=timezone.now, db_default=Now())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=Q(state__in=["queued", "running"]), name="one_backup_run_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.SUCCEEDED, self.State.FAILED)
