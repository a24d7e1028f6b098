from apps.customer_service.models.answers import (
    CuratedAnswer,
    CuratedAnswerQuerySet,
    CuratedQuestion,
    LookupCall,
    LookupTool,
)
from apps.customer_service.models.channels import Channel, ChannelQuerySet, MailAccount, MessengerAccount
from apps.customer_service.models.conversations import (
    Attachment,
    Citation,
    Conversation,
    ConversationQuerySet,
    OutgoingMessage,
    Turn,
    TurnQuerySet,
)
from apps.customer_service.models.figures import DismissedQuestion
from apps.customer_service.models.handoffs import Agent, DeskSettings, Handoff, HandoffQuerySet
from apps.customer_service.models.inbox import CannedReply, Contact, Note, Rating, Tag
from apps.customer_service.models.mail import MailMessage
from apps.customer_service.models.regression import RegressionAnswer, RegressionQuestion, RegressionRun
from apps.customer_service.models.understanding import (
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
    "CuratedAnswer",
    "CuratedAnswerQuerySet",
    "CuratedQuestion",
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
    "MessageUnderstanding",
    "MessengerAccount",
    "Note",
    "OutgoingMessage",
    "Rating",
    "RegressionAnswer",
    "RegressionQuestion",
    "RegressionRun",
    "SentimentExample",
    "Tag",
    "Turn",
    "TurnQuerySet",
]
