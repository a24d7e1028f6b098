"""What is done with a conversation that a person should take."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.customer_service.conversations.services import take_over
from apps.customer_service.handoff import services
from apps.customer_service.handoff.forms import AssignForm, TakeForm

CONVERSATION = "conversations/<uuid:conversation_id>/"
conversation_act = partial(Act, row_id="conversation_id", back=page_of("customer_service:conversation"))
HAND_OFF = conversation_act(services.hand_off, at=f"{CONVERSATION}hand-off/")
# From the queue, straight into the conversation.
TAKE = conversation_act(take_over, at=f"{CONVERSATION}take/", form=TakeForm)
ASSIGN = conversation_act(
    services.assign,
    at=f"{CONVERSATION}assign/",
    form=AssignForm,
    success=lambda row: (
        _("Assigned.") if row.assigned_to_id or row.handled_by_id else _("Any agent can take it now.")
    ),
)
