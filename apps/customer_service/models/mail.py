from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.models.channels import MailAccount
from apps.customer_service.models.conversations import Conversation, Turn


class MailMessage(OrganisationOwned):
    """A mail that came in, and what became of it. What is no message of a visitor is kept here, unanswered."""

    class Outcome(models.TextChoices):
        MESSAGE = "message", _("message of a visitor")
        AUTOMATIC = "automatic", _("automatic reply")
        BOUNCE = "bounce", _("delivery report")
        LIST = "list", _("mailing list")
        OWN = "own", _("sent by ourselves")
        LOOP = "loop", _("too many from one sender")
        OLD = "old", _("older than this channel")
        UNREADABLE = "unreadable", _("cannot be read")

    class SenderCheck(models.TextChoices):
        UNKNOWN = "", _("sender not verified")
        VERIFIED = "verified", _("sender verified")
        FAILED = "failed", _("sender probably forged")

    account = models.ForeignKey(MailAccount, on_delete=models.CASCADE, related_name="messages")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.SET_NULL, null=True, related_name="mail_messages"
    )
    turn = models.OneToOneField(Turn, on_delete=models.SET_NULL, null=True, related_name="mail")
    outcome = models.CharField(max_length=10, choices=Outcome)
    detail = models.CharField(max_length=300, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    sender_check = models.CharField(
        max_length=10,
        choices=SenderCheck,
        blank=True,
        default=SenderCheck.UNKNOWN,
        help_text="What the receiving server found out about the sender, by SPF, DKIM and DMARC.",
    )
    checked_by = models.CharField(
        max_length=200, blank=True, default="", help_text="The server that says so."
    )
    sender_name = models.CharField(max_length=200, blank=True)
    reply_to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    message_id = models.CharField(max_length=300, blank=True)
    references = models.TextField(blank=True, help_text="Message-IDs before this one, oldest first.")
    text = models.TextField(blank=True, help_text="Only of what did not become a turn.")
    digest = models.CharField(max_length=64, help_text="The same for copies of one mail.")
    uid = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField(default=0)
    token = models.CharField(max_length=12, blank=True, help_text="Stands in the subject of our answers.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["MailMessage"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["account", "message_id"], name="mail_by_message_id"),
            models.Index(fields=["account", "sender", "created_at"], name="mail_by_sender"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="mail_once"),
            models.UniqueConstraint(fields=["token"], name="mail_token", condition=~Q(token="")),
        ]

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject[:60]}"
