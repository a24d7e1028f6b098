"""Questions that got no good answer, those of the same meaning together: what a shop should write an answer for."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.answering.messages import ENGLISH, is_greeting, is_objection, language_of
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.core.rounds import tend_each
from apps.customer_service.conversations.models import Message
from apps.customer_service.unanswered_questions.models import DismissedQuestion
from apps.customer_service.unanswered_questions.selectors import (
    CLUSTER_UNANSWERED,
    DAYS,
    Group,
    Question,
    latest_clustering,
    unanswered_messages,
    without_messages,
)
from apps.inference import selectors as models_of
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun

# Daily. With a whole day, a beat that comes a little early would skip one.
AGAIN_AFTER = timedelta(hours=20)
# Distances between all of them are held in memory at once; the newest say most.
MAX_QUESTIONS = 2000
TEXTS_AT_ONCE = 64
MAX_CHARACTERS = 500
MAX_GROUPS = 60
MAX_EXAMPLES = 6
# Cosines of e5: texts that have nothing to do with each other lie near 0.78, two ways to ask the same from 0.9.
SAME_DISTANCE = 0.1


@requires_permission("conversations.manage")
def request_clustering(actor: Actor) -> Job:
    return jobs.create_once(actor, kind=CLUSTER_UNANSWERED, inputs={"days": DAYS}, subject="unanswered")


def request_due_clusterings() -> None:
    """Once a day, for organisations that can compare meanings and where new questions stayed unanswered."""
    recent = unanswered_messages(timezone.now() - timedelta(days=DAYS))

    def request_if_due(organisation: Organisation) -> None:
        last = latest_clustering(organisation)
        new = recent.within(organisation)
        if last is not None:
            new = new.filter(created_at__gt=last.created_at)
        is_due = last is None or last.created_at < timezone.now() - AGAIN_AFTER
        if is_due and new.exists() and models_of.candidates(organisation, Purpose.EMBEDDING):
            request_clustering(Actor(organisation))

    organisations = Organisation.objects.filter(pk__in=switches.of_open(recent).values("organisation"))
    tend_each(organisations, request_if_due, name="unanswered questions")


@CLUSTER_UNANSWERED.service
def cluster_unanswered(run: JobRun, *, days: int = DAYS) -> dict[str, Any]:
    organisation = run.actor.organisation
    messages = unanswered_messages(timezone.now() - timedelta(days=days)).within(organisation)
    newest = messages.order_by("-created_at")[:MAX_QUESTIONS]
    asked = (message for message in newest if not (is_greeting(message.text) or is_objection(message.text)))
    questions = [_question(message) for message in asked]
    run.stage("embedding")
    vectors = _vectors(run, [question.text for question in questions])
    run.stage("grouping")
    dismissed = list(DismissedQuestion.objects.within(organisation).values_list("text", flat=True))
    groups = _without(dismissed, _vectors(run, dismissed), _groups(questions, vectors))
    listed = without_messages([asdict(group) for group, _centre in groups], _gone(questions))
    return {"days": days, "questions": len(questions), "groups": listed}


@requires_permission("conversations.manage")
@transaction.atomic
def dismiss(actor: Actor, *, question: str) -> None:
    """It is not listed again, nor are questions that mean the same. Raises InvalidInput."""
    text = question.strip()
    if not text or len(text) > MAX_CHARACTERS:
        raise InvalidInput(fields={"question": [_("Choose a question from the list.")]})
    dismissal, is_new = DismissedQuestion.objects.get_or_create(
        organisation=actor.organisation, text=text, defaults={"member": actor.member}
    )
    if is_new:
        audit.record(actor, action="question.dismissed", target=dismissal)


def _gone(questions: Sequence[Question]) -> set[str]:
    """Those whose messages were erased since they were read: grouping takes its time."""
    messages = {question.turn for question in questions}
    remaining = Message.objects.filter(pk__in=messages).values_list("pk", flat=True)
    return messages - set(map(str, remaining))


def _question(message: Message) -> Question:
    return Question(
        turn=str(message.pk),
        conversation=str(message.conversation_id),
        text=message.text[:MAX_CHARACTERS],
        asked_at=message.created_at.isoformat(),
        language=language_of(message.text, otherwise=ENGLISH),
    )


def _vectors(run: JobRun, texts: Sequence[str]) -> Any:
    """The vectors of the texts, scaled to length one, so that their products are cosines."""
    rows: list[list[float]] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        run.check()
        rows += inference.embed(run, texts[start : start + TEXTS_AT_ONCE], input_type="query")
        run.progress(len(rows), len(texts))
    vectors = np.array(rows or np.zeros((0, 1)), dtype=np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _groups(questions: Sequence[Question], vectors: Any) -> list[tuple[Group, Any]]:
    """With the vector of each one's name; the largest first."""
    labels = _labels(vectors)
    groups = []
    for label in dict.fromkeys(labels):
        places = [place for place, each in enumerate(labels) if each == label]
        own = vectors[places]
        centre = int(np.argmax(own @ own.mean(axis=0)))
        members = [questions[place] for place in places]
        groups.append((_group_of(members, members[centre]), own[centre]))
    return sorted(groups, key=lambda each: (-each[0].count, each[0].question))[:MAX_GROUPS]


def _labels(vectors: Any) -> list[int]:
    # Slow to import, and only the worker that groups needs it.
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) < 2:
        return [0] * len(vectors)
    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=SAME_DISTANCE
    )
    return [int(label) for label in clustering.fit_predict(vectors)]


def _group_of(members: Sequence[Question], central: Question) -> Group:
    differing = list({question.text: question for question in reversed(members)}.values())[::-1]
    return Group(
        question=central.text,
        turn=central.turn,
        count=len(members),
        conversations=len({question.conversation for question in members}),
        languages=sorted({question.language for question in members}),
        last_asked_at=max(question.asked_at for question in members),
        examples=differing[:MAX_EXAMPLES],
    )


def _without(
    dismissed: Sequence[str], vectors: Any, groups: list[tuple[Group, Any]]
) -> list[tuple[Group, Any]]:
    if not dismissed:
        return groups
    return [each for each in groups if float((vectors @ each[1]).max()) < 1 - SAME_DISTANCE]
