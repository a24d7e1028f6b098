from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.customer_service.channels.models import Channel
from apps.customer_service.mail.models import MailAccount, MailMessage

UNREADABLE_DAYS = 30


def mail_account(channel: Channel) -> MailAccount | None:
    return MailAccount.objects.filter(channel=channel).select_related("channel").first()


def kept_aside(organisation: Organisation) -> QuerySet[MailMessage]:
    """Mails that did not become messages, the newest first."""
    mails = MailMessage.objects.within(organisation).exclude(outcome=MailMessage.Outcome.MESSAGE)
    return mails.order_by("-id")


def unreadable_count(account: MailAccount) -> int:
    """Mails that nobody here has read, of the last UNREADABLE_DAYS."""
    since = timezone.now() - timedelta(days=UNREADABLE_DAYS)
    return account.messages.filter(outcome=MailMessage.Outcome.UNREADABLE, created_at__gte=since).count()
