from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation, Message


class MailAccount(OrganisationOwned):
    """The mailbox of a channel: read by IMAP, answered by SMTP."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="mail_account")
    address = models.EmailField(_("address"))
    user = models.CharField(_("user name"), max_length=200)
    password = EncryptedTextField(_("password"))
    imap_host = models.CharField(_("IMAP server"), max_length=200)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993)
    smtp_host = models.CharField(_("SMTP server"), max_length=200)
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=465)
    is_encrypted = models.BooleanField(
        _("Implicit TLS"),
        default=True,
        help_text=_("Off: STARTTLS. Passwords are never sent unencrypted."),
    )
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    authserv_id = models.CharField(
        _("sender verification server"),
        max_length=200,
        blank=True,
        default="",
        help_text=_(
            "Its name in the Authentication-Results header, such as mx.google.com. Leave empty to use "
            "the topmost header."
        ),
    )
    reads_since = models.DateTimeField(
        default=timezone.now, editable=False, help_text="Mail from before is left alone."
    )
    next_poll_at = models.DateTimeField(default=timezone.now, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False, help_text="In a row.")
    last_uid = models.PositiveBigIntegerField(default=0, editable=False)
    uid_validity = models.PositiveBigIntegerField(default=0, editable=False)
    reading_uid = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="The mail that was begun last."
    )
    reading_attempts = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="How often it was begun without an end."
    )
    polled_at = models.DateTimeField(null=True, editable=False)
    error = models.TextField(blank=True, editable=False)

    objects = OrganisationQuerySet["MailAccount"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["next_poll_at"], name="mail_account_due")]

    def __str__(self) -> str:
        return self.address


class MailMessage(OrganisationOwned):
    """A mail that came in, and what became of it. What is no message of a visitor is kept here, unanswered."""

    class Outcome(models.TextChoices):
        MESSAGE = "message", _("message of a visitor")
        AUTOMATIC = "automatic", _("automatic reply")
        BOUNCE = "bounce", _("delivery report")
        LIST = "list", _("mailing list")
        OWN = "own", _("sent by ourselves")
        LOOP = "loop", _("too many from the same sender")
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
    visitor_message = models.OneToOneField(Message, on_delete=models.SET_NULL, null=True, related_name="mail")
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

    @property
    def sender_text(self) -> str:
        return self.sender or self.sender_name
