"""A sentence of a visitor in every place where the desk keeps or makes something of what visitors write."""

from typing import Any

from django.core.files.base import ContentFile

from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations.models import (
    Attachment,
    Citation,
    Contact,
    Conversation,
    Message,
    OutgoingMessage,
)
from apps.customer_service.copilot.services import COPILOT
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.inbox.models import Note
from apps.customer_service.mail.models import MailAccount, MailMessage
from apps.customer_service.saved_answers.models import SavedAnswer, SavedAnswerQuestion
from apps.customer_service.tools.models import LookupCall
from apps.customer_service.unanswered_questions.models import DismissedQuestion
from apps.customer_service.unanswered_questions.selectors import CLUSTER_UNANSWERED
from apps.customer_service.understanding.models import (
    ClassifierVersion,
    Intent,
    IntentExample,
    MessageUnderstanding,
    SentimentExample,
)
from apps.evaluation.models import (
    EvaluationAnnotation,
    EvaluationAnswer,
    EvaluationJudgement,
    EvaluationQuestion,
    EvaluationRun,
    EvaluationVerdict,
)
from apps.jobs.events import EventSequence, writer_of_process
from apps.jobs.models import Job, Webhook, WebhookDelivery

WORD = "quizzacious"
SENTENCE = f"My {WORD} rash came back on Monday, please send the ointment."
VISITOR = "vera"
ADDRESS = "vera@home.example"


def plant(
    channel: Channel, visitor: str = VISITOR, text: str = SENTENCE, address: str = ADDRESS
) -> Conversation:
    """One conversation of the visitor and everything that can come of it."""
    owned = {"organisation": channel.organisation}
    conversation = Conversation.objects.create(
        **owned, channel=channel, visitor_id=visitor, visitor_name=text[:80], subject=text, summary=text
    )
    of_it: dict[str, Any] = {**owned, "conversation": conversation}
    message = Message.objects.create(**of_it, ordinal=1, author="visitor", text=text)
    answer = Message.objects.create(**of_it, ordinal=2, author="bot", text=text, answers=message)
    Citation.objects.create(message=answer, number=1, document_title="Handbook", text=text)
    MessageUnderstanding.objects.create(
        **owned, message=message, sentiment="neutral", trend=0, is_urgent=False, language="en",
        entities=[{"kind": "product", "text": text, "value": text}],
    )  # fmt: skip
    OutgoingMessage.objects.create(**owned, message=answer, error=text)
    LookupCall.objects.create(**of_it, tool_name="order", arguments={"words": text}, error=text[:300])
    Handoff.objects.create(**of_it, reason="asked", detail=text, pack={"summary": text})
    Note.objects.create(**of_it, text=text)
    Rating.objects.create(**of_it, score=1, comment=text)
    Contact.objects.create(**owned, visitor_id=visitor, email=address, note=text, attributes={"said": text})
    attachment = Attachment(
        **of_it, message=message, kind="voice", name=text, content_type="audio/ogg", size=1
    )
    attachment.file.save("voice.ogg", ContentFile(text.encode()))
    _plant_mails(conversation, message, text, address)
    _plant_jobs(conversation, message, text)
    _plant_learnt(channel, text)
    return conversation


def _plant_mails(conversation: Conversation, message: Message, text: str, address: str) -> None:
    """One that became a message, one that was kept aside."""
    owned = {"organisation": conversation.organisation}
    mailbox, _is_new = MailAccount.objects.get_or_create(
        **owned, channel=conversation.channel, defaults={"address": "shop@tea.example", "imap_host": "imap"}
    )
    rest: dict[str, Any] = {
        **owned,
        "account": mailbox,
        "sender": address,
        "subject": text,
        "text": text,
        "uid": 1,
    }
    MailMessage.objects.create(
        **rest,
        conversation=conversation,
        visitor_message=message,
        outcome="message",
        digest=f"{conversation.pk}",
    )
    MailMessage.objects.create(**rest, outcome="automatic", digest=f"{conversation.pk} aside")


def _plant_jobs(conversation: Conversation, message: Message, text: str) -> None:
    """What was drafted, what a webhook was told, questions that were grouped, and a stream that is still there."""
    owned = {"organisation": conversation.organisation}
    ended = {"state": "succeeded", "finished_at": conversation.created_at, "queue": "interactive"}
    subject = f"conversation:{conversation.pk}"
    job = Job.objects.create(
        **owned,
        **ended,
        kind=COPILOT.name,
        subject=subject,
        inputs={"text": text},
        result={"text": text},
    )
    webhook, _is_new = Webhook.objects.get_or_create(
        **owned, url="https://crm.example", defaults={"events": ["conversation.message"], "secret": "s"}
    )
    WebhookDelivery.objects.create(
        **owned, webhook=webhook, subject=subject, event="conversation.message", payload={"text": text}
    )
    question = {
        "turn": str(message.pk), "conversation": str(conversation.pk), "text": text, "language": "en",
        "asked_at": conversation.created_at.isoformat(),
    }  # fmt: skip
    group = {"question": text, "turn": str(message.pk), "count": 1, "conversations": 1, "languages": ["en"]}
    groups = [{**group, "last_asked_at": question["asked_at"], "examples": [question]}]
    Job.objects.create(**owned, **ended, kind=CLUSTER_UNANSWERED.name, result={"groups": groups})
    sequence = EventSequence(job.pk, 1, writer_of_process())
    sequence.append_text(text)
    sequence.drain()


def _plant_learnt(channel: Channel, text: str) -> None:
    """What staff made of it for everybody."""
    owned = {"organisation": channel.organisation}
    intent, _is_new = Intent.objects.get_or_create(**owned, name="complaint")
    IntentExample.objects.create(**owned, intent=intent, text=text)
    SentimentExample.objects.create(**owned, text=text, sentiment="negative")
    ClassifierVersion.objects.create(
        **owned, purpose="intent", number=ClassifierVersion.objects.count() + 1, arrays=text.encode(),
        accuracy=1, threshold=0, confusion={}, examples_count=2, train_seconds=0,
    )  # fmt: skip
    DismissedQuestion.objects.create(**owned, text=text)
    saved_answer = SavedAnswer.objects.create(**owned, answer=f"A visitor wrote: {text}", language="en")
    SavedAnswerQuestion.objects.create(**owned, saved_answer=saved_answer, text=text)
    of_set = {**owned, "desk": "customer_service", "question_set": str(channel.pk)}
    expected = {"expected_facts": [text], "forbidden_facts": [text]}
    question = EvaluationQuestion.objects.create(**of_set, text=text, expected=expected)
    run = EvaluationRun.objects.create(**of_set, label="Monday")
    evaluated = EvaluationAnswer.objects.create(
        **owned, run=run, question=question, question_text=text, expected=expected, text=text, is_passed=False
    )
    EvaluationAnnotation.objects.create(**owned, answer=evaluated, verdict="wrong", better_text=text)
    judgement = EvaluationJudgement.objects.create(**of_set, run=run)
    EvaluationVerdict.objects.create(**owned, judgement=judgement, answer=evaluated, reasons=[text])
