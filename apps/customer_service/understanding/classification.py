"""What visitors' messages say, read in the background by the fast path: no language model, a few milliseconds."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

import numpy as np
from django.db.models import F
from django.utils import timezone

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.answering.messages import language_of
from apps.core.rounds import tend_each
from apps.customer_service.conversations.models import Message, MessageQuerySet
from apps.customer_service.understanding import (
    bounded_classification,
    classifiers,
    conversation_trend,
    intents,
    low_confidence,
)
from apps.customer_service.understanding.models import ClassifierVersion, MessageUnderstanding
from apps.inference import services as inference
from apps.jobs import services as jobs
from apps.jobs.runs import JobRun
from domain.text.understanding import sentiment as feelings
from domain.text.understanding.message_reading import Reading
from domain.text.understanding.sentiment import Sentiment
from domain.text.understanding.validation import OUT_OF_SCOPE
from llm_backend.errors import ModelError

logger = logging.getLogger(__name__)

Purpose = ClassifierVersion.Purpose
# One embedding call and one insert for as many; one by one costs many times as much.
READ_AT_ONCE = 64
# The newest are of use to somebody; what a round misses, the next one finds.
LATE_MESSAGES = 200
# What is older waits for a training, which reads it.
RECENT = timedelta(hours=1)


def understand_messages() -> None:
    """Reads what visitors wrote since the last time: together, as one by one costs many times as much."""
    recent = Message.objects.unread().filter(created_at__gte=timezone.now() - RECENT)

    def understand(organisation: Organisation) -> None:
        try:
            _understand_messages_of(organisation, recent)
        except ModelError as error:
            logger.warning("messages are not understood yet: %s", error)

    owners = Organisation.objects.filter(pk__in=switches.of_open(recent).values("organisation"))
    tend_each(owners, understand, name="messages to understand")


def _understand_messages_of(organisation: Organisation, recent: MessageQuerySet) -> None:
    """Asks for training where none was."""
    actor = Actor(organisation)
    if not classifiers.can_embed(organisation):
        return
    version = classifiers.active_version(organisation, Purpose.SENTIMENT)
    if version is None or version.embedding_model != classifiers.embedding_model(organisation):
        jobs.create_missing(actor, intents.TRAIN_CLASSIFIERS, intents.request_training)
        return
    messages = recent.within(organisation).select_related("organisation", "conversation")
    _read(actor, list(messages.order_by("created_at")[:READ_AT_ONCE]), version)


@intents.TRAIN_CLASSIFIERS.service
def train_classifiers(run: JobRun) -> dict[str, object]:
    """Learns sentiment and intents anew, then reads the messages that waited for the first training."""
    sentiment = classifiers.train_sentiment(run)
    intent = classifiers.train_intents(run)
    waiting = Message.objects.unread().within(run.actor.organisation)
    newest = waiting.select_related("organisation", "conversation").order_by("-id")[:LATE_MESSAGES]
    late = sorted(newest, key=lambda message: message.created_at)
    for start in range(0, len(late), READ_AT_ONCE):
        run.check()
        _read(run.actor, late[start : start + READ_AT_ONCE], sentiment)
    return {
        "sentiment_accuracy": sentiment.accuracy,
        "intent_accuracy": intent.accuracy if intent else None,
        "examples": intent.examples_count if intent else 0,
    }


def _read(actor: Actor, messages: Sequence[Message], version: ClassifierVersion) -> None:
    """`messages` in the order in which they were written."""
    if not messages:
        return
    texts = [message.text for message in messages]
    vectors = np.array(
        inference.embed(actor, texts, input_type="query", model=version.embedding_model), dtype=np.float32
    )
    intent = classifiers.active_version(actor.organisation, Purpose.INTENT)
    if intent and intent.embedding_model != version.embedding_model:
        intent = None  # learnt from vectors of another model: they would mean nothing to it
    readings = bounded_classification.read(
        actor.organisation, texts, vectors, sentiment=version, intent=intent
    )
    trends = _trends_so_far(messages)
    rows = []
    for message, reading in zip(messages, readings, strict=True):
        trend = trends.get(message.conversation_id, 0.0)
        if reading.sentiment:
            trend = feelings.next_trend(trend, Sentiment(reading.sentiment.label))
        trends[message.conversation_id] = trend
        rows.append(_row(message, reading, trend, intent))
    # Two workers may read the same message; the first is right.
    MessageUnderstanding.objects.bulk_create(rows, ignore_conflicts=True)
    conversation_trend.carry_over(set(trends))
    low_confidence.request_second_look(actor)


def _row(
    message: Message, reading: Reading, trend: float, intent_version: ClassifierVersion | None
) -> MessageUnderstanding:
    """What could not be read has no intent and no mood of its own."""
    intent, confidence = "", None
    if reading.intent and intent_version:
        confidence = round(reading.intent.confidence, 4)
        is_sure = reading.intent.confidence >= intent_version.threshold
        intent = reading.intent.label if is_sure and reading.intent.label != OUT_OF_SCOPE else ""
    return MessageUnderstanding(
        message=message,
        organisation=message.organisation,
        intent=intent,
        intent_confidence=confidence,
        sentiment=reading.sentiment.label if reading.sentiment else Sentiment.NEUTRAL,
        trend=trend,
        is_urgent=reading.is_urgent,
        language=language_of(message.text, otherwise=message.conversation.language),
        entities=[asdict(each) for each in reading.entities],
    )


def _trends_so_far(messages: Sequence[Message]) -> dict[UUID, float]:
    """The trend of each conversation after the last message that was read. A settled matter is another one."""
    read = MessageUnderstanding.objects.filter(
        message__conversation__in={message.conversation_id for message in messages},
        message__ordinal__gt=F("message__conversation__context_from"),
    )
    last = read.order_by("message__conversation", "-message__ordinal").distinct("message__conversation")
    return dict(last.values_list("message__conversation", "trend"))
