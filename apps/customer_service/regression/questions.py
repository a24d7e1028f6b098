"""The questions of a regression set: what a channel's assistant must keep answering as it should."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import InvalidInput, NotFound, Text
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Turn
from apps.customer_service.regression.models import RegressionAnswer, RegressionQuestion
from apps.knowledge.models import Document

MOST_QUESTIONS = 500
LONGEST_QUESTION = 2000
LONGEST_FACT = 200
MOST_FACTS = 20


@dataclass(frozen=True)
class Expected:
    """What a good answer cites, says and does not say; or that there must be none."""

    expected_documents: Sequence[Document] = ()
    expected_facts: Sequence[str] = ()
    forbidden_facts: Sequence[str] = ()
    is_unanswerable: bool = False


@transaction.atomic
def save_question(
    actor: Actor, *, channel: Channel, text: str, expected: Expected, question_id: UUID | None = None
) -> RegressionQuestion:
    """Makes or changes a question. Raises InvalidInput per field."""
    question = (
        _own(actor, question_id) if question_id else RegressionQuestion(organisation=actor.organisation)
    )
    question.channel, question.text = channel, text.strip()
    question.is_unanswerable = expected.is_unanswerable
    question.expected_facts = _lines(expected.expected_facts)
    question.forbidden_facts = _lines(expected.forbidden_facts)
    _check(question, expected.expected_documents)
    question.save()
    question.expected_documents.set(expected.expected_documents)
    audit.record(actor, action="regression_question.saved", target=question)
    return question


@transaction.atomic
def delete_question(actor: Actor, *, question_id: UUID) -> None:
    """Its answers of earlier runs stay readable."""
    question = _own(actor, question_id)
    audit.record(actor, action="regression_question.deleted", target=question)
    question.delete()


def question_list(organisation: Organisation) -> QuerySet[RegressionQuestion]:
    return (
        RegressionQuestion.objects.within(organisation)
        .select_related("channel")
        .prefetch_related(Prefetch("expected_documents", Document.objects.order_by("title")))
        .order_by("created_at", "id")
    )


def with_last_result(questions: QuerySet[RegressionQuestion]) -> QuerySet[RegressionQuestion]:
    """What each got in the latest run of what is live."""
    live = RegressionAnswer.objects.filter(question=OuterRef("pk"), run__is_draft=False)
    last = live.order_by("-run__created_at")
    return questions.annotate(
        last_passed=Subquery(last.values("is_passed")[:1]), last_run=Subquery(last.values("run")[:1])
    )


def asked_in(organisation: Organisation, turn_id: UUID | None) -> Turn | None:
    """The visitor's message that a question is made from; of an answer, the message it answers."""
    if turn_id is None:
        return None
    turns = Turn.objects.within(organisation).select_related("conversation__channel", "answers")
    found = turns.filter(pk=turn_id).first()
    return found.answers if found and found.answers else found


def cited_documents(asked: Turn) -> list[Document]:
    """What the assistant cited for it: most often what it should cite next time too."""
    cited = Document.objects.filter(passages__in=_passages_cited(asked))
    return list(cited.within(asked.organisation_id).distinct())


def _passages_cited(asked: Turn) -> list[UUID]:
    answers = Turn.objects.filter(answers=asked)
    return [each for each in answers.values_list("citations__passage", flat=True) if each]


def _own(actor: Actor, question_id: UUID) -> RegressionQuestion:
    found = RegressionQuestion.objects.within(actor.organisation).select_for_update()
    question = found.filter(pk=question_id).first()
    if question is None:
        raise NotFound
    return question


def _lines(facts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(fact.strip() for fact in facts if fact.strip()))


def _check(question: RegressionQuestion, documents: Sequence[Document]) -> None:
    reasons: dict[str, list[Text]] = {}
    others = RegressionQuestion.objects.filter(channel=question.channel).exclude(pk=question.pk)
    if not question.text or len(question.text) > LONGEST_QUESTION:
        reasons["text"] = [_("Write a question of at most 2000 characters.")]
    elif others.filter(text=question.text).exists():
        reasons["text"] = [_("This channel has this question already. Change it there.")]
    elif question._state.adding and others.count() >= MOST_QUESTIONS:
        reasons["text"] = [_("There are 500 questions already. Delete one first.")]
    for name in ("expected_facts", "forbidden_facts"):
        if reason := _unusable(getattr(question, name)):
            reasons[name] = [reason]
    if question.is_unanswerable and (question.expected_facts or documents):
        reasons["is_unanswerable"] = [
            _("Where the documents hold no answer, nothing can be expected of it. Empty those fields.")
        ]
    if reasons:
        first = next(iter(reasons.values()))[0]
        raise InvalidInput(first, code="question_unusable", fields=reasons)


def _unusable(facts: Sequence[str]) -> Text:
    if len(facts) > MOST_FACTS:
        return _("At most 20 lines. Split the question in two.")
    if any(len(fact) > LONGEST_FACT for fact in facts):
        return _("A line has at most 200 characters. Keep the words that matter.")
    return ""
