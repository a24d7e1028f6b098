"""What staff do with a conversation by the API."""

from apps.accounts.act_declaration import Act
from apps.customer_service.conversations import services

CONVERSATION_ID = "conversation_id"
REPLY = Act(services.reply, row_id=CONVERSATION_ID)
TAKE_OVER = Act(services.take_over, row_id=CONVERSATION_ID)
HAND_BACK = Act(services.hand_back, row_id=CONVERSATION_ID)
RESOLVE = Act(services.resolve, row_id=CONVERSATION_ID)
REOPEN = Act(services.reopen, row_id=CONVERSATION_ID)
CANCEL_ANSWER = Act(services.cancel_answer, row_id=CONVERSATION_ID)
RETRY_ANSWER = Act(services.retry_answer, row_id=CONVERSATION_ID)
