"""Channels that are a mailbox or a messenger's bot, and the accounts they use. Secrets go in and never come out."""

from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.connectors import incoming_mail
from apps.customer_service.connectors.failures import ConnectorError
from apps.customer_service.connectors.messengers import MESSENGERS
from apps.customer_service.models import (
    Channel,
    Conversation,
    MailAccount,
    MailMessage,
    MessengerAccount,
)

_MAILBOX = ("imap_host", "user", "folder")


@dataclass(frozen=True)
class MailSettings:
    """An empty password keeps the one that is stored."""

    address: str
    user: str
    imap_host: str
    smtp_host: str
    password: str = ""
    imap_port: int = 993
    smtp_port: int = 465
    is_encrypted: bool = True
    folder: str = "INBOX"
    authserv_id: str = ""


@transaction.atomic
def create_mail_channel(actor: Actor, *, name: str, language: str, account: MailSettings) -> MailAccount:
    if not account.password:
        raise InvalidInput(fields={"password": [_("Enter the password of the mailbox.")]})
    _check_unused(actor, account)
    channel = _create_channel(actor, kind=Channel.Kind.MAIL, name=name, language=language)
    made = MailAccount.objects.create(organisation=actor.organisation, channel=channel, **asdict(account))
    audit.record(actor, action="mail_account.created", target=made, details=_shown(account))
    return made


@transaction.atomic
def change_mail_account(actor: Actor, account: MailAccount, *, wanted: MailSettings) -> MailAccount:
    """It is looked into at once. Of another mailbox only what comes from now on is read."""
    _check_unused(actor, wanted, besides=account)
    is_other = any(getattr(account, name) != getattr(wanted, name) for name in _MAILBOX)
    for name, value in asdict(wanted).items():
        if name != "password" or value:
            setattr(account, name, value)
    if is_other:
        account.last_uid = account.uid_validity = 0
        account.reads_since = timezone.now()
    account.error, account.failures, account.next_poll_at = "", 0, timezone.now()
    account.save()
    audit.record(actor, action="mail_account.changed", target=account, details=_shown(wanted))
    return account


@transaction.atomic
def create_messenger_channel(
    actor: Actor, *, kind: str, name: str, language: str, token: str
) -> MessengerAccount:
    if kind not in MESSENGERS:
        raise InvalidInput(fields={"kind": [", ".join(MESSENGERS)]})
    channel = _create_channel(actor, kind=kind, name=name, language=language)
    made = MessengerAccount.objects.create(organisation=actor.organisation, channel=channel, token=token)
    audit.record(actor, action="messenger_account.created", target=made, details={"kind": kind})
    return made


@transaction.atomic
def change_messenger_account(actor: Actor, account: MessengerAccount, *, token: str) -> MessengerAccount:
    """An empty token keeps the one that is stored. A new one has to be connected."""
    if token and token != account.token:
        account.token, account.connected_at, account.error = token, None, ""
        account.save(update_fields=["token", "connected_at", "error"])
        audit.record(actor, action="messenger_account.changed", target=account)
    return account


def connect_messenger(actor: Actor, account: MessengerAccount) -> MessengerAccount:
    """Tells the messenger where to bring messages. What goes wrong is kept in `error`."""
    if not settings.PUBLIC_URL.startswith("https://"):
        raise Conflict(
            _("Messengers call only https addresses. The operator sets PUBLIC_URL to the one people type."),
            code="no_public_https",
        )
    try:
        account.bot_name = MESSENGERS[account.channel.kind].connect(account, hook_url(account))
    except ConnectorError as error:
        account.connected_at, account.error = None, error.stored
    else:
        account.connected_at, account.error = timezone.now(), ""
    account.save(update_fields=["bot_name", "connected_at", "error"])
    return account


def hook_url(account: MessengerAccount) -> str:
    path = reverse("customer_service:messenger_hook", args=[account.channel.kind, account.pk])
    return f"{settings.PUBLIC_URL}{path}"


@transaction.atomic
def take_mail(actor: Actor, message: MailMessage) -> Conversation:
    """A mail that was kept aside becomes a message of a visitor. Raises Conflict for one that is one already."""
    found = MailMessage.objects.within(actor.organisation).select_for_update(of=("self",))
    row = found.select_related("account__channel__organisation", "conversation").get(pk=message.pk)
    if row.outcome == MailMessage.Outcome.MESSAGE or not row.sender:
        raise Conflict(_("This mail is a message already, or nobody knows who sent it."), code="not_aside")
    return incoming_mail.take_as_message(row)


def _create_channel(actor: Actor, *, kind: str, name: str, language: str) -> Channel:
    return Channel.objects.create(organisation=actor.organisation, kind=kind, name=name, language=language)


def _check_unused(actor: Actor, wanted: MailSettings, *, besides: MailAccount | None = None) -> None:
    """Two channels that read one mailbox would both answer."""
    same = MailAccount.objects.within(actor.organisation).filter(
        imap_host__iexact=wanted.imap_host, user__iexact=wanted.user, folder=wanted.folder
    )
    if besides:
        same = same.exclude(pk=besides.pk)
    other = same.select_related("channel").first()
    if other:
        reason = _("The channel “%(name)s” reads this mailbox already.") % {"name": other.channel.name}
        raise InvalidInput(fields={"user": [reason]})


def _shown(account: MailSettings) -> dict[str, object]:
    return {name: value for name, value in asdict(account).items() if name != "password"}
