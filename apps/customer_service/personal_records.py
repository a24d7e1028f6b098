"""Where the desk keeps what visitors said, and what was made of it."""

from collections.abc import Callable
from typing import Any

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.customer_service.attachments.services import delete_file
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import (
    Attachment,
    Citation,
    Contact,
    Conversation,
    Message,
    OutgoingMessage,
)
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.inbox.models import Note
from apps.customer_service.mail.models import MailMessage
from apps.customer_service.privacy.scopes import VISITOR, VisitorScope
from apps.customer_service.saved_answers.models import SavedAnswer, SavedAnswerQuestion
from apps.customer_service.tools.models import LookupCall
from apps.customer_service.unanswered_questions import selectors as unanswered
from apps.customer_service.unanswered_questions.models import DismissedQuestion
from apps.customer_service.understanding import intents
from apps.customer_service.understanding.models import (
    ClassifierVersion,
    IntentExample,
    MessageUnderstanding,
    SentimentExample,
)
from apps.evaluation.models import (
    EvaluationAnnotation,
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationVerdict,
)
from apps.jobs import personal_records as jobs
from apps.jobs.models import Job
from apps.privacy import registry
from apps.privacy.registry import Holding, Rows

# The frame's tables of questions hold those of every desk.
DESK = "customer_service"


def _of_conversation(model: Any, path: str = "conversation") -> Callable[[VisitorScope], Rows]:
    return lambda scope: model.objects.filter(**{f"{path}__in": scope.conversations})


def _mails(scope: VisitorScope) -> Rows:
    """Also those that were kept aside, by their sender."""
    own = Q(conversation__in=scope.conversations)
    aside = Q(conversation=None) & (Q(sender__in=scope.addresses) | Q(reply_to__in=scope.addresses))
    return MailMessage.objects.within(scope.organisation_id).filter(own | aside)


def _contacts(scope: VisitorScope) -> Rows:
    contacts = Contact.objects.within(scope.organisation_id)
    return contacts.filter(visitor_id=scope.visitor_id) if scope.visitor_id else contacts.none()


def _made_of_words(model: Any, *fields: str, **conditions: str) -> Callable[[VisitorScope], Rows]:
    """Rows without a pointer to the conversation, told by what they say."""

    def rows(scope: VisitorScope) -> Rows:
        later = model.objects.within(scope.organisation_id).filter(pk__gt=scope.first, **conditions)
        texts = later.values_list("pk", *fields) if scope.first else []
        own = [
            key
            for key, *parts in texts
            if any(
                scope.words.are_in(part if isinstance(part, str) else "\n".join(part or ())) for part in parts
            )
        ]
        return model.objects.filter(pk__in=own)  # type: ignore[no-any-return]

    return rows


def _evaluation_answers(scope: VisitorScope) -> Rows:
    fields = "question_text", "text", "expected__expected_facts", "expected__forbidden_facts"
    answers = _made_of_words(EvaluationAnswer, *fields, run__desk=DESK)(scope)
    questions = _made_of_words(EvaluationQuestion, "text", desk=DESK)(scope)
    return EvaluationAnswer.objects.filter(Q(pk__in=answers.values("pk")) | Q(question__in=questions))


def _annotations(scope: VisitorScope) -> Rows:
    own = _made_of_words(EvaluationAnnotation, "better_text", answer__run__desk=DESK)(scope)
    return EvaluationAnnotation.objects.filter(Q(pk__in=own) | Q(answer__in=_evaluation_answers(scope)))


def _verdicts(scope: VisitorScope) -> Rows:
    own = _made_of_words(EvaluationVerdict, "reasons", judgement__desk=DESK)(scope)
    answers = _evaluation_answers(scope)
    return EvaluationVerdict.objects.filter(
        Q(pk__in=own) | Q(answer__in=answers) | Q(other_answer__in=answers)
    )


def _clusterings(scope: VisitorScope) -> Rows:
    """Groups of questions without an answer that quote one of the messages."""
    jobs_of_kind = Job.objects.within(scope.organisation_id).filter(kind=unanswered.CLUSTER_UNANSWERED.name)
    jobs_of_kind = jobs_of_kind.filter(pk__gt=scope.first) if scope.first else jobs_of_kind.none()
    texts = (
        jobs_of_kind.exclude(result=None)
        .annotate(text=Cast(F("result"), TextField()))
        .values_list("pk", "text")
    )
    messages = [str(key) for key in scope.messages]
    return Job.objects.filter(
        pk__in=[key for key, text in texts if any(message in text for message in messages)]
    )


def _erase_from_clusterings(rows: Rows, scope: VisitorScope) -> None:
    messages = {str(key) for key in scope.messages}
    for job in rows:
        job.result = {**job.result, "groups": unanswered.without_messages(job.result["groups"], messages)}
        job.save(update_fields=["result"])


def _own_questions(job: Job, scope: VisitorScope) -> dict[str, Any]:
    """What a clustering holds of this visitor: it holds questions of others too."""
    messages = {str(key) for key in scope.messages}
    examples = [each for group in (job.result or {})["groups"] for each in group["examples"]]
    own = [each["text"] for each in examples if each["turn"] in messages]
    return {"kind": job.kind, "questions": own, "created_at": job.created_at.isoformat()}


def _delete_after(step: Callable[[Any], object]) -> Callable[[Rows, VisitorScope], None]:
    """What has to happen to each row while it can still be read."""

    def erase(rows: Rows, scope: VisitorScope) -> None:
        for row in rows:
            step(row)
        rows.delete()

    return erase


def _erase_examples(rows: Rows, scope: VisitorScope) -> None:
    """What was learnt holds pieces of their words: it goes too, and is learnt anew without them."""
    rows.delete()
    ClassifierVersion.objects.within(scope.organisation_id).delete()
    intents.request_training(Actor(Organisation.objects.get(pk=scope.organisation_id)))


# In the order in which they are erased: what points at a message or a conversation goes before it.
HOLDINGS = [
    *jobs.holdings(VISITOR, VisitorScope.subjects),
    Holding(VISITOR, Job, _clusterings, _erase_from_clusterings, report=_own_questions),
    Holding(VISITOR, IntentExample, _made_of_words(IntentExample, "text"), _erase_examples, is_learnt=True),
    Holding(
        VISITOR, SentimentExample, _made_of_words(SentimentExample, "text"), _erase_examples, is_learnt=True
    ),
    Holding(VISITOR, DismissedQuestion, _made_of_words(DismissedQuestion, "text"), is_learnt=True),
    Holding(VISITOR, EvaluationAnnotation, _annotations, is_learnt=True),
    Holding(VISITOR, EvaluationVerdict, _verdicts, is_learnt=True),
    Holding(VISITOR, EvaluationAnswer, _evaluation_answers, is_learnt=True),
    Holding(
        VISITOR,
        EvaluationQuestion,
        _made_of_words(
            EvaluationQuestion, "text", "expected__expected_facts", "expected__forbidden_facts", desk=DESK
        ),
        is_learnt=True,
    ),
    Holding(VISITOR, SavedAnswerQuestion, _made_of_words(SavedAnswerQuestion, "text"), is_learnt=True),
    Holding(VISITOR, SavedAnswer, _made_of_words(SavedAnswer, "answer"), is_learnt=True),
    Holding(VISITOR, Attachment, _of_conversation(Attachment), _delete_after(delete_file)),
    Holding(VISITOR, MailMessage, _mails),
    Holding(VISITOR, MessageUnderstanding, _of_conversation(MessageUnderstanding, "message__conversation")),
    Holding(VISITOR, Citation, _of_conversation(Citation, "message__conversation")),
    Holding(VISITOR, OutgoingMessage, _of_conversation(OutgoingMessage, "message__conversation")),
    Holding(VISITOR, LookupCall, _of_conversation(LookupCall)),
    Holding(VISITOR, Handoff, _of_conversation(Handoff)),
    Holding(VISITOR, Note, _of_conversation(Note)),
    Holding(VISITOR, Rating, _of_conversation(Rating)),
    Holding(VISITOR, Message, _of_conversation(Message)),
    Holding(VISITOR, Conversation, _of_conversation(Conversation, "pk"), _delete_after(activity.announce)),
    Holding(VISITOR, Contact, _contacts),
]

registry.register(*HOLDINGS)
