"""What is done with a message on its way at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.customer_service.delivery import outbox
from apps.customer_service.delivery.selectors import outgoing_messages

RESEND_MESSAGE = Act(
    outbox.resend,
    outgoing_messages,
    at="conversations/outgoing/<uuid:outgoing_message_id>/resend/",
    label=_("Send again"),
    icon="retry",
    back=lambda outgoing: page_of("customer_service:conversation", "conversation_id")(outgoing.message),
)
