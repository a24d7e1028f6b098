from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from apps.vault.fields import SealedJSONField, SealedTextField
from domain.logs.detection.held_shares import least_share


class Detector(models.TextChoices):
    """The names are the kinds of `domain.logs.detection`."""

    NEW_TEMPLATE = "new_template", _("new in the last week")
    RATE = "rate", _("unusual count")
    LEVEL = "level", _("level change")
    HEARTBEAT = "heartbeat", _("missing regular message")
    SESSION = "session", _("unusual session")
    PARAMETER = "parameter", _("unusual value")
    METRIC = "metric", _("metric off trend")
    ALERT_LINE = "alert_line", _("reports a failure")


class SessionView(models.TextChoices):
    """What is unusual about a session. The names are the questions of `domain.logs.detection.sessions`."""

    NEW_EVENT = "new_event", _("a step not seen before")
    COUNTS = "counts", _("how often its steps occurred")
    STEP = "step", _("one step out of place")
    ORDER = "order", _("order of its steps")
    DURATION = "duration", _("how long it took")


class LogAnomaly(OrganisationOwned):
    """Something in the records of one source that is not as it usually is.

    `surprise` is -log10 of the chance to see as much in usual records, so that one threshold serves all detectors.
    `observed` and `expected` are counts, the parameter's value, or the seconds of a session. `evidence`: records as
    [{"arrival", "line", "time", "text"}], masked, the first odd ones first.
    """

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="anomalies")
    detector = models.CharField(max_length=12, choices=Detector)
    template = models.ForeignKey(LogTemplate, on_delete=models.CASCADE, null=True, related_name="anomalies")
    # Which of a template's series or sessions: the parameter's name, or the session's key.
    subject = SealedTextField(blank=True, max_length=200)
    service = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    surprise = models.FloatField()
    observed = models.FloatField(default=0)
    expected = models.FloatField(default=0)
    records_count = models.PositiveBigIntegerField(default=0)
    evidence = SealedJSONField(default=list)
    # Of a session: the keys of its templates, in the order of its records. What people say of it is learnt with these.
    events = ArrayField(models.CharField(max_length=40), default=list)
    session_view = models.CharField(max_length=12, choices=SessionView, blank=True)
    # How many usual sessions it was compared with.
    compared_sessions = models.PositiveIntegerField(null=True)
    incident = models.ForeignKey(
        "log_analysis.Incident", on_delete=models.CASCADE, null=True, related_name="anomalies"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["LogAnomaly"].as_manager()

    class Meta:
        constraints = [
            # The same window judged again changes its row and makes no other.
            models.UniqueConstraint(
                fields=["source", "detector", "template", "started_at", "service"],
                name="log_anomaly_once",
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["organisation", "-started_at"], name="log_anomaly_list")]

    def __str__(self) -> str:
        return f"{self.get_detector_display()} · {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def least_false_alarm_percent(self) -> float | None:
        """Of a session: no rate of false alarms below this can be promised, whatever `surprise` says."""
        return 100 * least_share(self.compared_sessions) if self.compared_sessions else None

    @property
    def template_words(self) -> str:
        """What its template says, with the values of the first odd record; empty where it is of no one template."""
        if self.template is None:
            return ""
        return self.template.words_in(self.evidence[0]["text"] if self.evidence else "")


class AnomalySuppression(OrganisationOwned):
    """“Not an anomaly”: what one detector finds of one template is not counted any more, also in the past."""

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="+")
    detector = models.CharField(max_length=12, choices=Detector)
    template = models.ForeignKey(LogTemplate, on_delete=models.CASCADE, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["AnomalySuppression"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "detector", "template"], name="suppression_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.reason or self.get_detector_display()


class SessionLabel(OrganisationOwned):
    """What a person's decision says of a session: odd, where its incident was resolved; usual, where it was none."""

    source = models.ForeignKey(LogSource, on_delete=models.CASCADE, related_name="session_labels")
    # Of the session's key, which may say more than is kept here.
    digest = models.CharField(max_length=64)
    events = ArrayField(models.CharField(max_length=40))
    is_anomaly = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["SessionLabel"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="session_label_once")]

    def __str__(self) -> str:
        return self.digest


class DetectionSettings(OrganisationOwned):
    """How much the organisation wants to be told: one budget sets the thresholds of every detector. Sessions may bring
    more: `least_false_alarm_percent` of an anomaly says what can be promised of them.
    """

    false_alarms_per_day = models.FloatField(
        _("maximum false alarms per day"),
        default=1.0,
        validators=[MinValueValidator(0.01), MaxValueValidator(100)],
        help_text=_("A lower limit means fewer and later incidents. Shared by all sources."),
    )
    max_incidents_per_day = models.PositiveSmallIntegerField(
        _("maximum incidents per day"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Lower-ranked ones stay in the list of anomalies."),
    )

    objects = OrganisationQuerySet["DetectionSettings"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="detection_settings_once")]

    def __str__(self) -> str:
        return f"{self.false_alarms_per_day:g}"
