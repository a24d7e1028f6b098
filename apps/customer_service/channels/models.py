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
        FEISHU = "feishu", _("Feishu")
        WECOM = "wecom", _("WeCom")
        DINGTALK = "dingtalk", _("DingTalk")

    class Tone(models.TextChoices):
        WARM = "warm", _("warm and friendly")
        FORMAL = "formal", _("formal and polite")
        BRIEF = "brief", _("short and matter-of-fact")

    class Unsupported(models.TextChoices):
        FLAG = "flag", _("show, marked")
        DROP = "drop", _("omit")

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
        help_text=_("Collections the assistant can answer from. None selected: all."),
    )
    language = models.CharField(_("language"), max_length=10, choices=languages.CHOICES, default="zh-hans")
    greeting = models.CharField(
        _("greeting"), max_length=300, blank=True, help_text=_("The first message visitors see.")
    )
    tone = models.CharField(_("tone"), max_length=10, choices=Tone, default=Tone.WARM)
    instructions = models.TextField(
        _("instructions"),
        max_length=2000,
        blank=True,
        help_text=_("Additional instructions for the assistant. Try them in an evaluation first."),
    )
    unsupported_sentences = models.CharField(
        _("unsupported sentences"), max_length=10, choices=Unsupported, default=Unsupported.FLAG
    )
    is_answered_by_bot = models.BooleanField(
        _("the assistant answers first"),
        default=True,
        help_text=_("If off, every conversation waits for staff."),
    )
    is_enabled = models.BooleanField(_("open to visitors"), default=True)
    allowed_domains = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("sites that can show the widget"),
        default=list,
        blank=True,
        help_text=_("One per line, such as https://shop.example. Leave empty to allow none."),
    )
    identity_secret = EncryptedTextField(default=new_secret, editable=False)
    accepts_files = models.BooleanField(_("visitors can send files and voice messages"), default=True)
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
