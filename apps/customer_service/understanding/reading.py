"""What visitors' messages say, read in the background by the fast path: no language model, a few milliseconds."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

import numpy as np
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.customer_service.conversations import messages
from apps.customer_service.models import ClassifierVersion, MessageUnderstanding, Turn, TurnQuerySet
from apps.customer_service.understanding import classifiers, intents, settings, standing, unsure
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from llm_backend.errors import ModelError
from llm_backend.understanding import sentiment as feelings
from llm_backend.understanding.entities import entities
from llm_backend.understanding.examples import Floats
from llm_backend.understanding.products import ProductNames
from llm_backend.understanding.sentiment import Sentiment
from llm_backend.understanding.urgency import is_urgent
from llm_backend.understanding.validation import OUT_OF_SCOPE

logger = logging.getLogger(__name__)

Purpose = ClassifierVersion.Purpose
READ_AT_ONCE = 64
LATE_TURNS = 200
# What is older waits for a training, which reads it.
RECENT = timedelta(hours=1)


def understand_messages() -> None:
    """Reads what visitors wrote since the last time: together, as one by one costs many times as much."""
    recent = Turn.objects.unread().filter(created_at__gte=timezone.now() - RECENT)
    for organisation in Organisation.objects.filter(pk__in=recent.values("organisation")):
        try:
            _understand_messages_of(organisation, recent)
        except ModelError as error:
            logger.warning("messages are not understood yet: %s", error)


def _understand_messages_of(organisation: Organisation, recent: TurnQuerySet) -> None:
    """Asks for training where none was."""
    actor = Actor(organisation)
    if not classifiers.can_embed(organisation):
        return
    version = classifiers.active_version(organisation, Purpose.SENTIMENT)
    if version is None or version.embedding_model != classifiers.embedding_model(organisation):
        intents.request_missing_training(actor)
        return
    turns = recent.within(organisation).select_related("organisation", "conversation")
    _read(actor, list(turns.order_by("created_at")[:READ_AT_ONCE]), version)


def train_classifiers(run: JobRun) -> dict[str, object]:
    """Learns sentiment and intents anew, then reads the messages that waited for the first training."""
    sentiment = classifiers.train_sentiment(run)
    intent = classifiers.train_intents(run)
    waiting = Turn.objects.unread().within(run.actor.organisation)
    newest = waiting.select_related("organisation", "conversation").order_by("-id")[:LATE_TURNS]
    late = sorted(newest, key=lambda turn: turn.created_at)
    for start in range(0, len(late), READ_AT_ONCE):
        run.check()
        _read(run.actor, late[start : start + READ_AT_ONCE], sentiment)
    return {
        "sentiment_accuracy": sentiment.accuracy,
        "intent_accuracy": intent.accuracy if intent else None,
        "examples": intent.examples_count if intent else 0,
    }


def _read(actor: Actor, turns: Sequence[Turn], version: ClassifierVersion) -> None:
    """`turns` in the order in which they were written."""
    if not turns:
        return
    texts = [turn.text for turn in turns]
    vectors = np.array(
        inference.embed(actor, texts, input_type="query", model=version.embedding_model), dtype=np.float32
    )
    verdicts = classifiers.classifier_of(version.pk).verdicts(texts, vectors)
    found = _intents(actor.organisation, texts, vectors, version.embedding_model)
    trends = _trends_so_far(turns)
    products = settings.products_of(actor.organisation)
    rows = []
    for turn, verdict, (intent, confidence) in zip(turns, verdicts, found, strict=True):
        sentiment = Sentiment(verdict.label)
        trend = feelings.next_trend(trends.get(turn.conversation_id, 0.0), sentiment)
        trends[turn.conversation_id] = trend
        row = _by_rules(turn, products)
        row.intent, row.intent_confidence = intent, confidence
        row.sentiment, row.trend = sentiment, trend
        rows.append(row)
    # Two workers may read the same message; the first is right.
    MessageUnderstanding.objects.bulk_create(rows, ignore_conflicts=True)
    standing.carry_over(set(trends))
    unsure.request_second_look(actor)


def _by_rules(turn: Turn, products: ProductNames) -> MessageUnderstanding:
    """What takes no classifier."""
    named = entities(turn.text, today=timezone.localdate(), products=products)
    return MessageUnderstanding(
        turn=turn,
        organisation=turn.organisation,
        is_urgent=is_urgent(turn.text),
        language=messages.language_of(turn.text, otherwise=turn.conversation.language),
        entities=[asdict(each) for each in named],
    )


def _intents(
    organisation: Organisation, texts: list[str], vectors: Floats, embedding_model: str
) -> list[tuple[str, float | None]]:
    version = classifiers.active_version(organisation, Purpose.INTENT)
    if version is None or version.embedding_model != embedding_model:
        return [("", None)] * len(texts)
    found: list[tuple[str, float | None]] = []
    for verdict in classifiers.classifier_of(version.pk).verdicts(texts, vectors):
        is_none = verdict.label == OUT_OF_SCOPE or verdict.confidence < version.threshold
        found.append(("" if is_none else verdict.label, round(verdict.confidence, 4)))
    return found


def _trends_so_far(turns: Sequence[Turn]) -> dict[UUID, float]:
    """The trend of each conversation after the last message that was read."""
    read = MessageUnderstanding.objects.filter(
        turn__conversation__in={turn.conversation_id for turn in turns}
    )
    last = read.order_by("turn__conversation", "-turn__ordinal").distinct("turn__conversation")
    return dict(last.values_list("turn__conversation", "trend"))
