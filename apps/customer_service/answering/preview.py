"""Asks a question on the product's own path, with changes that are not live, and without storing a conversation."""

from copy import copy
from dataclasses import dataclass

from apps.answering import messages
from apps.core.models import new_id
from apps.customer_service.answering import services
from apps.customer_service.answering.responses import Answer
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.conversations.selectors import Exchange
from apps.jobs.runs import JobRun
from apps.knowledge.models import Collection


@dataclass(frozen=True)
class Changes:
    """What differs from the live channel. No collections: the channel's."""

    instructions: str = ""
    collections: tuple[Collection, ...] = ()


def answer_question(run: JobRun, *, channel: Channel, question: str, changes: Changes) -> Answer:
    """As the first message of a visitor would be answered."""
    return services.compose(run, _exchange(channel, question, changes))


def _exchange(channel: Channel, question: str, changes: Changes) -> Exchange:
    """Made of rows that are never saved. The copy of the channel keeps its id: saved answers are chosen by it."""
    trial_channel = copy(channel)
    trial_channel.instructions = changes.instructions
    conversation = Conversation(
        id=new_id(),
        organisation_id=channel.organisation_id,
        channel=trial_channel,
        visitor_id="regression",
        language=messages.language_of(question, otherwise=channel.language),
        message_count=1,
    )
    question_message = Message(
        id=new_id(),
        organisation_id=channel.organisation_id,
        conversation=conversation,
        ordinal=1,
        author=Message.Author.VISITOR,
        text=question,
    )
    return Exchange(
        conversation, question_message, question, [], is_trial=True, collections=changes.collections
    )
