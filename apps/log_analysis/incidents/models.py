from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.log_analysis.sources.models import LogSource
from apps.vault.fields import SealedJSONField, SealedTextField


class IncidentQuerySet(OrganisationQuerySet["Incident"]):
    def open(self) -> "IncidentQuerySet":
        return self.filter(status__in=[Incident.Status.OPEN, Incident.Status.INVESTIGATING])

    def ranked(self) -> "IncidentQuerySet":
        """What to look at first: by surprise times impact."""
        return self.order_by("-score", "-started_at")


class Incident(OrganisationOwned):
    """Anomalies that belong together, by time, service, template and trace, with what probably caused them.

    `cause` and `next_steps` were written by a model, or by rules (`is_cause_from_model`), from evidence that they cite:
    `cause` holds marks such as [3], whose numbers are those of `citations`, [{"number", "arrival", "source", "line",
    "time", "text"}]. What could not be cited is not in it.
    """

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("incident", "open")
        INVESTIGATING = "investigating", _("in progress")
        RESOLVED = "resolved", _("resolved")
        DISMISSED = "dismissed", _("not an incident")

    class Severity(models.IntegerChoices):
        LOW = 1, _("low")
        MEDIUM = 2, _("medium")
        HIGH = 3, _("high")
        CRITICAL = 4, _("critical")

    title = SealedTextField(_("title"), max_length=200)
    status = models.CharField(_("status"), max_length=13, choices=Status, default=Status.OPEN)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity, default=Severity.MEDIUM)
    owner = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    services = ArrayField(models.CharField(max_length=80), default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    surprise = models.FloatField(default=0)
    impact = models.FloatField(default=0)
    score = models.FloatField(default=0)
    records_count = models.PositiveBigIntegerField(default=0)
    cause = SealedTextField(blank=True)
    next_steps = SealedJSONField(default=list)
    citations = SealedJSONField(default=list)
    is_cause_from_model = models.BooleanField(default=False)
    solution = SealedTextField(_("resolution"), blank=True, max_length=4000)
    # Templates and services in one list of keys: what makes another incident similar.
    fingerprint = ArrayField(models.CharField(max_length=90), default=list)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="incident_ends_after_its_start", condition=Q(ended_at__gte=F("started_at"))
            )
        ]
        indexes = [models.Index(fields=["organisation", "-started_at"], name="incident_list")]

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.OPEN, self.Status.INVESTIGATING)

    @property
    def concentration(self) -> dict[str, Any] | None:
        """The citation of the value that most of its records hold: "value", "value_records" of "value_total"."""
        return next((each for each in self.citations if each.get("value")), None)

    @property
    def is_being_explained(self) -> bool:
        return self.job is not None and not self.job.is_terminal

    @property
    def error(self) -> dict[str, str] | None:
        """Why the model's last look for the cause failed."""
        return jobs.error_of(self.job) if self.job else None


class IncidentNote(OrganisationOwned):
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    text = SealedTextField(_("note"), max_length=4000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["IncidentNote"].as_manager()

    class Meta:
        ordering = ["created_at"]


class ChangeMarker(OrganisationOwned):
    """A deploy or a change of configuration, told by another system: what is blamed first."""

    class ChangeType(models.TextChoices):
        DEPLOY = "deploy", _("deploy")
        CONFIGURATION = "configuration", _("configuration change")
        OTHER = "other", _("other change")

    kind = models.CharField(_("kind"), max_length=13, choices=ChangeType, default=ChangeType.DEPLOY)
    name = models.CharField(_("name"), max_length=120, help_text=_("Such as checkout 2.4.1."))
    service = models.CharField(_("service"), max_length=80, blank=True)
    link = models.URLField(_("link"), max_length=500, blank=True)
    happened_at = models.DateTimeField(_("time"), default=timezone.now)
    # Of one source, or of every one.
    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    objects = OrganisationQuerySet["ChangeMarker"].as_manager()

    class Meta:
        ordering = ["-happened_at"]
        indexes = [models.Index(fields=["organisation", "-happened_at"], name="change_marker_list")]

    def __str__(self) -> str:
        return self.name
