from apps.customer_service.channels.models import Channel
from apps.customer_service.messengers.models import MessengerAccount


def messenger_account(channel: Channel) -> MessengerAccount | None:
    return MessengerAccount.objects.filter(channel=channel).select_related("channel").first()
