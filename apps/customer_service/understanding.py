"""What a visitor's message says, read in the background by the fast path: no language model, a few milliseconds."""

from dataclasses import asdict
from functools import partial
from uuid import UUID

import numpy as np
from celery import current_app
from django.db import transaction
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.customer_service import classifiers, intents, messages
from apps.customer_service.models import ClassifierVersion, MessageUnderstanding, Turn
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from llm_backend.understanding import sentiment as feelings
from llm_backend.understanding.entities import entities
from llm_backend.understanding.examples import Floats
from llm_backend.understanding.sentiment import Sentiment
from llm_backend.understanding.urgency import is_urgent
from llm_backend.understanding.validation import OUT_OF_SCOPE

Purpose = ClassifierVersion.Purpose
TASK = "apps.customer_service.tasks.understand_message"
LATE_TURNS = 200


def ask_on_commit(turn: Turn) -> None:
    """A light task, not a job: the next message of the conversation makes up for one that was lost."""
    send = partial(current_app.send_task, TASK, args=[str(turn.pk)], queue="interactive")
    transaction.on_commit(send)


def understand_message(turn_id: UUID) -> None:
    """Reads the message, and earlier ones of its conversation that nobody read. Asks for training where none was."""
    turn = Turn.objects.select_related("organisation", "conversation").get(pk=turn_id)
    actor = Actor(turn.organisation, visitor=turn.conversation.visitor_id)
    if not classifiers.can_embed(turn.organisation):
        return
    version = classifiers.active_version(turn.organisation, Purpose.SENTIMENT)
    if version is None or version.embedding_model != classifiers.embedding_model(turn.organisation):
        intents.request_missing_training(Actor(turn.organisation))
        return
    unread = Turn.objects.filter(
        conversation=turn.conversation_id, author=Turn.Author.VISITOR, understanding=None
    )
    for each in unread.select_related("organisation", "conversation").order_by("ordinal")[:LATE_TURNS]:
        _read(actor, each, version)


def train_classifiers(run: JobRun) -> dict[str, object]:
    """Learns sentiment and intents anew, then reads the messages that waited for the first training."""
    sentiment = classifiers.train_sentiment(run)
    intent = classifiers.train_intents(run)
    waiting = Turn.objects.within(run.actor.organisation).filter(
        author=Turn.Author.VISITOR, understanding=None
    )
    late = list(waiting.select_related("organisation", "conversation").order_by("-id")[:LATE_TURNS])
    for turn in reversed(late):
        run.check()
        _read(run.actor, turn, sentiment)
    return {
        "sentiment_accuracy": sentiment.accuracy,
        "intent_accuracy": intent.accuracy if intent else None,
        "examples": intent.examples_count if intent else 0,
    }


def _read(actor: Actor, turn: Turn, version: ClassifierVersion) -> None:
    vector = inference.embed(actor, [turn.text], input_type="query", model=version.embedding_model)
    vectors = np.array(vector, dtype=np.float32)
    verdict = classifiers.classifier_of(version.pk).verdicts([turn.text], vectors)[0]
    sentiment = Sentiment(verdict.label)
    intent, confidence = _intent(turn, vectors, version.embedding_model)
    # Two workers may read the same message; the first is right.
    MessageUnderstanding.objects.get_or_create(
        turn=turn,
        defaults={
            "organisation": turn.organisation,
            "intent": intent,
            "intent_confidence": confidence,
            "sentiment": sentiment,
            "trend": feelings.next_trend(_trend_before(turn), sentiment),
            "is_urgent": is_urgent(turn.text),
            "language": messages.language_of(turn.text, otherwise=turn.conversation.language),
            "entities": [asdict(each) for each in entities(turn.text, today=timezone.localdate())],
        },
    )


def _intent(turn: Turn, vectors: Floats, embedding_model: str) -> tuple[str, float | None]:
    version = classifiers.active_version(turn.organisation, Purpose.INTENT)
    if version is None or version.embedding_model != embedding_model:
        return "", None
    verdict = classifiers.classifier_of(version.pk).verdicts([turn.text], vectors)[0]
    is_none = verdict.label == OUT_OF_SCOPE or verdict.confidence < version.threshold
    return "" if is_none else verdict.label, round(verdict.confidence, 4)


def _trend_before(turn: Turn) -> float:
    earlier = MessageUnderstanding.objects.filter(
        turn__conversation=turn.conversation_id, turn__ordinal__lt=turn.ordinal
    )
    last = earlier.order_by("-turn__ordinal").values_list("trend", flat=True).first()
    return last or 0.0
