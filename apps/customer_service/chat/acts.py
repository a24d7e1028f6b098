"""What visitors do in their own conversation by the API."""

from apps.accounts.act_declaration import Act
from apps.customer_service.chat import ratings
from apps.customer_service.conversations import contacts
from apps.customer_service.conversations.acts import CONVERSATION_ID
from apps.customer_service.handoff.services import ask_for_person

ASK_FOR_PERSON = Act(ask_for_person, row_id=CONVERSATION_ID)
RATE = Act(ratings.rate, row_id=CONVERSATION_ID)
LEAVE_CONTACT = Act(contacts.leave_contact, row_id=CONVERSATION_ID)
