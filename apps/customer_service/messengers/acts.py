"""What is done with the account of a messenger at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.customer_service.messengers import services
from apps.customer_service.messengers.models import MessengerAccount

CONNECT_MESSENGER = Act(
    services.connect_messenger,
    MessengerAccount.objects.within,
    at="conversations/messengers/<uuid:messenger_account_id>/connect/",
    label=_("Connect"),
    icon="link",
    back=page_of("customer_service:messenger_account", "channel_id"),
)
