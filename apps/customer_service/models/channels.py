import secrets
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import languages
from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.knowledge.models import Collection


def new_slug() -> str:
    """The address of a chat page is shared on purpose, but nobody should find it by trying."""
    return secrets.token_hex(6)


def new_secret() -> str:
    return secrets.token_urlsafe(32)


class ChannelQuerySet(OrganisationQuerySet["Channel"]):
    def archived(self) -> Self:
        return self.filter(archived_at__isnull=False)

    def in_use(self) -> Self:
        """Not archived; whether visitors may write is another matter."""
        return self.filter(archived_at=None)


class Channel(OrganisationOwned):
    """A place where visitors write: a chat page with its widget, a mailbox, a messenger's bot."""

    class Kind(models.TextChoices):
        CHAT = "chat", _("chat page and widget")
        MAIL = "mail", _("e-mail")
        TELEGRAM = "telegram", _("Telegram")

    class Tone(models.TextChoices):
        WARM = "warm", _("warm and friendly")
        FORMAL = "formal", _("formal and polite")
        BRIEF = "brief", _("short and matter-of-fact")

    class Unsupported(models.TextChoices):
        FLAG = "flag", _("show them, marked")
        DROP = "drop", _("leave them out")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CHAT)
    name = models.CharField(
        _("name"), max_length=80, help_text=_("What visitors see at the top of the page.")
    )
    slug = models.SlugField(max_length=40, unique=True, default=new_slug, editable=False)
    collections = models.ManyToManyField(
        Collection,
        verbose_name=_("documents"),
        blank=True,
        related_name="+",
        help_text=_("The collections answers may come from. None chosen: all of them."),
    )
    language = models.CharField(_("language"), max_length=10, choices=languages.CHOICES, default="zh-hans")
    greeting = models.CharField(
        _("greeting"), max_length=300, blank=True, help_text=_("The first thing a visitor reads.")
    )
    tone = models.CharField(_("tone"), max_length=10, choices=Tone, default=Tone.WARM)
    instructions = models.TextField(
        _("instructions"),
        max_length=2000,
        blank=True,
        help_text=_(
            "What the assistant should also mind, in your own words. Try it on a regression set first."
        ),
    )
    unsupported_sentences = models.CharField(
        _("sentences without a source"), max_length=10, choices=Unsupported, default=Unsupported.FLAG
    )
    is_answered_by_bot = models.BooleanField(
        _("the assistant answers first"),
        default=True,
        help_text=_("Otherwise every conversation waits for a person."),
    )
    is_enabled = models.BooleanField(_("open to visitors"), default=True)
    allowed_domains = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("sites that may show the widget"),
        default=list,
        blank=True,
        help_text=_("One on each line, such as https://shop.example. None: no site may."),
    )
    identity_secret = EncryptedTextField(default=new_secret, editable=False)
    accepts_files = models.BooleanField(_("visitors may send files and voice messages"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    erase_requested_at = models.DateTimeField(
        null=True, editable=False, help_text="Since then it goes with all that was said in it."
    )

    objects = ChannelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="archived_channel_is_closed", condition=Q(archived_at=None) | Q(is_enabled=False)
            ),
            models.CheckConstraint(
                name="only_archived_channels_are_erased",
                condition=Q(erase_requested_at=None) | Q(archived_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def chat_url(self) -> str:
        """The visitors' page, as one sends it to them."""
        return str(settings.PUBLIC_URL) + reverse("customer_service:chat", args=[self.slug])

    @property
    def widget_url(self) -> str:
        """The script that a shop's pages load."""
        return str(settings.PUBLIC_URL) + reverse("customer_service:widget", args=[self.slug])


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
        _("TLS from the first byte"),
        default=True,
        help_text=_("Otherwise STARTTLS. Without encryption no password is ever sent."),
    )
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    authserv_id = models.CharField(
        _("server that checks senders"),
        max_length=200,
        blank=True,
        default="",
        help_text=_(
            "As it calls itself in the header Authentication-Results, such as mx.google.com. "
            "Empty: the topmost such header counts."
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


class MessengerAccount(OrganisationOwned):
    """The bot of a messenger, and the secret its calls to us prove themselves with."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="messenger_account")
    bot_name = models.CharField(_("bot name"), max_length=100, blank=True)
    token = EncryptedTextField(_("token"))
    hook_secret = EncryptedTextField(default=new_secret, editable=False)
    connected_at = models.DateTimeField(
        null=True, editable=False, help_text="Since when the messenger sends here."
    )
    error = models.TextField(blank=True, editable=False)

    objects = OrganisationQuerySet["MessengerAccount"].as_manager()

    def __str__(self) -> str:
        return self.bot_name or str(self.channel_id)
