from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.fields import EncryptedTextField
from apps.core.mail import is_set_up
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.log_analysis.incidents.models import Incident


class AlertChannel(OrganisationOwned):
    """Where people are told of incidents: a mail address, or the address that a chat program gives for messages.

    `quiet_from` and `quiet_until` are local hours of `time_zone`; critical incidents are told in them too.
    `escalate_minutes`: an incident that nobody took by then is told here; 0: at once.
    """

    class Receiver(models.TextChoices):
        MAIL = "mail", _("e-mail")
        WEBHOOK = "webhook", "Webhook"
        WECOM = "wecom", _("WeCom")
        DINGTALK = "dingtalk", _("DingTalk")
        FEISHU = "feishu", _("Feishu")
        SLACK = "slack", "Slack"

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Receiver, default=Receiver.MAIL)
    # Of chat programs it holds a key.
    address = EncryptedTextField(_("address"), max_length=500)
    signing_secret = EncryptedTextField(_("signing secret"), max_length=200, blank=True)
    min_severity = models.PositiveSmallIntegerField(
        _("minimum severity"), choices=Incident.Severity, default=Incident.Severity.MEDIUM
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    escalate_minutes = models.PositiveSmallIntegerField(
        _("only if unassigned for this many minutes"), default=0
    )
    is_enabled = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["AlertChannel"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="alert_channel_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_unheard(self) -> bool:
        """Mail that nothing here can send."""
        return self.kind == self.Receiver.MAIL and not is_set_up()

    @property
    def use_label(self) -> Text:
        """What a list of channels says of it: of one that cannot send, “in use” would not be true."""
        if not self.is_enabled:
            return _("off")
        return _("no mail server") if self.is_unheard else _("on")


class IncidentAlert(OrganisationOwned):
    """One incident told, or to be told, through one channel: once, however often the incident grows."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        DROPPED = "dropped", _("no longer needed")

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="alerts")
    channel = models.ForeignKey(AlertChannel, on_delete=models.CASCADE, related_name="alerts")
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)

    objects = OrganisationQuerySet["IncidentAlert"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "channel"], name="incident_alert_once")]
        indexes = [
            models.Index(fields=["due_at"], name="incident_alert_due", condition=models.Q(state="pending"))
        ]

    def __str__(self) -> str:
        return f"{self.channel} · {self.state}"

    @property
    def tone(self) -> str:
        return {self.State.SENT: "good", self.State.FAILED: "bad"}.get(self.State(self.state), "")
