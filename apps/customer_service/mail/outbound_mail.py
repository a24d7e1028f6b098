"""Staff write to somebody who has not written yet. What comes back goes on in the same conversation."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Message
from apps.customer_service.mail.senders import correspondent


@dataclass(frozen=True)
class NewMail:
    """`name` is what the reader is called, as far as it is known."""

    address: str
    subject: str
    text: str
    name: str = ""


def mail_channels(organisation: Organisation) -> QuerySet[Channel]:
    """Those that mail can be sent from."""
    channels = Channel.objects.within(organisation).filter(kind=Channel.Kind.MAIL, is_enabled=True)
    return channels.exclude(mail_account=None).select_related("mail_account").order_by("name")


@requires_permission("conversations.reply")
@transaction.atomic
def send_first_mail(
    actor: Actor, *, channel_id: UUID, mail: NewMail, idempotency_key: str | None = None
) -> Message:
    """The mail leaves with the next round of the outbox. Raises InvalidInput where no mail can be sent from there."""
    channel = mail_channels(actor.organisation).filter(pk=channel_id).first()
    if channel is None:
        raise InvalidInput(fields={"channel": [_("Choose an open mailbox in your organisation.")]})
    address = mail.address.lower()
    if address == channel.mail_account.address.lower():
        raise InvalidInput(fields={"address": [_("This is the mailbox's own address.")]})
    return services.write_first(
        actor,
        channel=channel,
        visitor=correspondent(actor.organisation.pk, address, name=mail.name),
        text=mail.text,
        subject=mail.subject,
        idempotency_key=idempotency_key,
    )
