"""Channels that are a mailbox or a messenger's bot, and the accounts they use. Secrets go in and never come out."""

from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.services import create_connected_channel
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.mail import intake
from apps.customer_service.mail.models import MailAccount, MailMessage

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


@requires_permission("conversations.manage")
@transaction.atomic
def create_mail_channel(actor: Actor, *, name: str, language: str, account: MailSettings) -> MailAccount:
    """Raises InvalidInput without a password, and where another channel reads the mailbox."""
    if not account.password:
        raise InvalidInput(fields={"password": [_("Enter the password of the mailbox.")]})
    _check_unused(actor, account)
    channel = create_connected_channel(actor, kind=Channel.Kind.MAIL, name=name, language=language)
    mail_account = MailAccount.objects.create(
        organisation=actor.organisation, channel=channel, **asdict(account)
    )
    audit.record(actor, action="mail_account.created", target=mail_account, details=_audit_details(account))
    return mail_account


@requires_permission("conversations.manage")
@transaction.atomic
def change_mail_account(actor: Actor, account: MailAccount, *, mail_settings: MailSettings) -> MailAccount:
    """Changes an account, which is looked into at once. Of another mailbox only what comes from now on is read."""
    _check_unused(actor, mail_settings, besides=account)
    is_other = any(getattr(account, name) != getattr(mail_settings, name) for name in _MAILBOX)
    for name, value in asdict(mail_settings).items():
        if name != "password" or value:
            setattr(account, name, value)
    if is_other:
        account.last_uid = account.uid_validity = 0
        account.reads_since = timezone.now()
    account.error, account.failures, account.next_poll_at = "", 0, timezone.now()
    account.save()
    audit.record(actor, action="mail_account.changed", target=account, details=_audit_details(mail_settings))
    return account


@requires_permission("conversations.reply")
@transaction.atomic
def take_mail(actor: Actor, message: MailMessage) -> Conversation:
    """A mail that was kept aside becomes a message of a visitor. Raises Conflict for one that is one already."""
    mails = MailMessage.objects.within(actor.organisation).select_for_update(of=("self",))
    row = mails.select_related("account__channel__organisation", "conversation").one(pk=message.pk)
    if row.outcome == MailMessage.Outcome.MESSAGE or not row.sender:
        raise Conflict(_("This e-mail is already a message, or its sender is unknown."), code="not_aside")
    return intake.take_as_message(row)


def _check_unused(actor: Actor, mail_settings: MailSettings, *, besides: MailAccount | None = None) -> None:
    """Two channels that read one mailbox would both answer."""
    same = MailAccount.objects.within(actor.organisation).filter(
        imap_host__iexact=mail_settings.imap_host,
        user__iexact=mail_settings.user,
        folder=mail_settings.folder,
    )
    if besides:
        same = same.exclude(pk=besides.pk)
    other = same.select_related("channel").first()
    if other:
        reason = _("Channel “%(name)s” already reads this mailbox.") % {"name": other.channel.name}
        raise InvalidInput(fields={"user": [reason]})


def _audit_details(account: MailSettings) -> dict[str, object]:
    return {name: value for name, value in asdict(account).items() if name != "password"}
