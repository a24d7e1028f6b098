"""What is done with a conversation that a person should take."""

from django.utils.translation import gettext_lazy as _

from apps.customer_service.conversations.acts import CONVERSATION, conversation_act
from apps.customer_service.handoff import services
from apps.customer_service.handoff.forms import AssignForm

HAND_OFF = conversation_act(services.hand_off, at=f"{CONVERSATION}hand-off/")
ASSIGN = conversation_act(
    services.assign,
    at=f"{CONVERSATION}assign/",
    form=AssignForm,
    success=lambda row: (
        _("Assigned.") if row.assigned_to_id or row.handled_by_id else _("Any agent can take it now.")
    ),
)
