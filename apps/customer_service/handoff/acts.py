"""What is done with a conversation that a person should take."""

from apps.accounts.act_declaration import Act, page_of
from apps.customer_service.handoff import services

HAND_OFF = Act(
    services.hand_off,
    row_id="conversation_id",
    at="conversations/<uuid:conversation_id>/hand-off/",
    back=page_of("customer_service:conversation"),
)
