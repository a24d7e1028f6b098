from apps.customer_service.channels.models import Channel, ChannelQuerySet
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations.models import (
    Attachment,
    Citation,
    Contact,
    Conversation,
    ConversationQuerySet,
    Message,
    MessageQuerySet,
    OutgoingMessage,
)
from apps.customer_service.handoff.models import Handoff, HandoffQuerySet
from apps.customer_service.inbox.models import CannedReply, Note, Tag
from apps.customer_service.mail.models import MailAccount, MailMessage
from apps.customer_service.messengers.models import MessengerAccount
from apps.customer_service.saved_answers.models import SavedAnswer, SavedAnswerQuerySet, SavedAnswerQuestion
from apps.customer_service.staff.models import Agent, DeskSettings
from apps.customer_service.tools.models import LookupCall, LookupTool
from apps.customer_service.unanswered_questions.models import DismissedQuestion
from apps.customer_service.understanding.models import (
    ClassifierVersion,
    Intent,
    IntentExample,
    MessageUnderstanding,
    SentimentExample,
)

__all__ = [
    "Agent",
    "Attachment",
    "CannedReply",
    "Channel",
    "ChannelQuerySet",
    "Citation",
    "ClassifierVersion",
    "Contact",
    "Conversation",
    "ConversationQuerySet",
    "DeskSettings",
    "DismissedQuestion",
    "Handoff",
    "HandoffQuerySet",
    "Intent",
    "IntentExample",
    "LookupCall",
    "LookupTool",
    "MailAccount",
    "MailMessage",
    "Message",
    "MessageQuerySet",
    "MessageUnderstanding",
    "MessengerAccount",
    "Note",
    "OutgoingMessage",
    "Rating",
    "SavedAnswer",
    "SavedAnswerQuerySet",
    "SavedAnswerQuestion",
    "SentimentExample",
    "Tag",
]
