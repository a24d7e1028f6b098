import zoneinfo
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.analytics import periods
from apps.analytics.periods import Period
from apps.core import languages
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.models import Job, Schedule


def installation_time_zone() -> str:
    return settings.TIME_ZONE


class MailedReport(OrganisationOwned):
    """A report that goes out by mail again and again. `filters`: what it is narrowed to, as in the report's address.

    `schedule` makes the jobs; without one, and while it is switched off, the report goes out by hand only.
    """

    class Days(models.TextChoices):
        DAY = "day", _("previous day")
        WEEK = "week", _("previous week (Monday to Sunday)")
        MONTH = "month", _("previous month")

    name = models.CharField(_("name"), max_length=100)
    report = models.CharField(_("report"), max_length=60)
    filters = models.JSONField(default=dict, editable=False)
    days = models.CharField(_("period"), max_length=5, choices=Days, default=Days.WEEK)
    cron = models.CharField(_("times"), max_length=100, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default=installation_time_zone)
    language = models.CharField(_("language"), max_length=10, choices=languages.CHOICES)
    has_xlsx = models.BooleanField(_("attach an Excel file"), default=False)
    has_csv = models.BooleanField(_("attach a CSV file"), default=False)
    is_enabled = models.BooleanField(_("send on schedule"), default=True)
    recipients = models.ManyToManyField(Membership, verbose_name=_("recipients"), related_name="+")
    schedule = models.OneToOneField(
        Schedule, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["MailedReport"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="mailed_report_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("dashboards:mailed_report", args=[self.pk])

    @property
    def last_result(self) -> str:
        """Of a row of `selectors.mailed_reports`."""
        if not self.last_at:  # type: ignore[attr-defined]
            return gettext("never")
        moment = f"{timezone.localtime(self.last_at):%Y-%m-%d %H:%M}"  # type: ignore[attr-defined]
        return f"{moment} · {gettext('failed')}" if self.has_failed else moment  # type: ignore[attr-defined]

    @property
    def is_on_schedule(self) -> bool:
        """Somebody may have deleted or stopped the schedule itself, among all others."""
        return self.schedule is not None and self.schedule.is_enabled

    def usual_cron(self, clocks: str) -> str:
        """Seven in the morning after the days are over, also on the clocks that the report is counted by."""
        # There it may still be the day before: at seven in Shanghai for one that is counted in UTC.
        sevens = [datetime(2026, month, 15, 7, tzinfo=zoneinfo.ZoneInfo(self.time_zone)) for month in (1, 7)]
        is_early = any(seven.astimezone(zoneinfo.ZoneInfo(clocks)).day < seven.day for seven in sevens)
        first = 2 if is_early else 1
        return {"day": "0 7 * * *", "week": f"0 7 * * {first}", "month": f"0 7 {first} * *"}[self.days]

    def period(self, time_zone: str, moment: datetime) -> Period:
        """The last day, week or month that was over at the moment, on the clocks of the report."""
        today = moment.astimezone(zoneinfo.ZoneInfo(time_zone)).date()
        match self.days:
            case self.Days.DAY:
                first, end = today - timedelta(days=1), today
            case self.Days.WEEK:
                end = today - timedelta(days=today.weekday())
                first = end - timedelta(days=7)
            case _month:
                end = today.replace(day=1)
                # The month before; in January it is December of the year before.
                first = date(end.year - (end.month == 1), (end.month - 2) % 12 + 1, 1)
        return periods.between(first, end - timedelta(days=1), time_zone)


class ReportDelivery(OrganisationOwned):
    """What became of one mail of one sending. `reason`: why it did not arrive, untranslated."""

    class State(models.TextChoices):
        SENT = "sent", _("sent")
        LEFT_OUT = "left_out", _("no longer allowed")
        FAILED = "failed", _("failed")

    mailed_report = models.ForeignKey(MailedReport, on_delete=models.CASCADE, related_name="deliveries")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["ReportDelivery"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["mailed_report", "-id"], name="report_delivery_list")]
        constraints = [models.UniqueConstraint(fields=["job", "member"], name="report_delivery_once")]

    def __str__(self) -> str:
        return f"{self.state} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def tone(self) -> str:
        return {"sent": "good", "failed": "bad"}.get(self.state, "warn")
