"""What staff do with a conversation at the press of a button."""

from functools import partial

from apps.accounts.act_declaration import Act, page_of
from apps.customer_service.conversations import services
from apps.customer_service.conversations.forms import TakeForm

CONVERSATION_ID = "conversation_id"
CONVERSATION = "conversations/<uuid:conversation_id>/"
conversation_act = partial(Act, row_id=CONVERSATION_ID, back=page_of("customer_service:conversation"))
REPLY = Act(services.reply, row_id=CONVERSATION_ID)
TAKE_OVER = conversation_act(services.take_over, at=f"{CONVERSATION}take-over/", form=TakeForm)
# From the queue, straight into the conversation.
TAKE = conversation_act(services.take_over, at=f"{CONVERSATION}take/", form=TakeForm)
HAND_BACK = conversation_act(services.hand_back, at=f"{CONVERSATION}hand-back/")
RESOLVE = conversation_act(services.resolve, at=f"{CONVERSATION}resolve/")
REOPEN = conversation_act(services.reopen, at=f"{CONVERSATION}reopen/")
CANCEL_ANSWER = conversation_act(services.cancel_answer, at=f"{CONVERSATION}cancel/")
RETRY_ANSWER = conversation_act(services.retry_answer, at=f"{CONVERSATION}retry/")
