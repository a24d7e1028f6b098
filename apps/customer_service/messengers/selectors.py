from apps.customer_service.channels.models import Channel
from apps.customer_service.messengers.intake import MESSENGERS
from apps.customer_service.messengers.models import MessengerAccount


def messenger_account(channel: Channel) -> MessengerAccount | None:
    accounts = MessengerAccount.objects.filter(channel=channel, channel__kind__in=MESSENGERS)
    return accounts.select_related("channel").first()
