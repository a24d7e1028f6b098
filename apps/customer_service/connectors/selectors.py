from django.db.models import QuerySet

from apps.accounts.models import Organisation
from apps.customer_service.models import Channel, MailAccount, MailMessage, MessengerAccount, OutgoingMessage


def mail_account(channel: Channel) -> MailAccount | None:
    return MailAccount.objects.filter(channel=channel).select_related("channel").first()


def messenger_account(channel: Channel) -> MessengerAccount | None:
    return MessengerAccount.objects.filter(channel=channel).select_related("channel").first()


def kept_aside(account: MailAccount) -> QuerySet[MailMessage]:
    """Mails that did not become messages, the newest first."""
    found = account.messages.exclude(outcome=MailMessage.Outcome.MESSAGE)
    return found.select_related("conversation").order_by("-id")


def outgoing_messages(organisation: Organisation) -> QuerySet[OutgoingMessage]:
    return OutgoingMessage.objects.within(organisation).select_related("turn__conversation")
