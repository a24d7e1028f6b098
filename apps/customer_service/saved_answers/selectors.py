from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation
from apps.customer_service.conversations.models import Message
from apps.customer_service.saved_answers.models import SavedAnswer, SavedAnswerQuerySet, SavedAnswerQuestion
from llm_backend.sentences import without_citations

EXPIRES_SOON = timedelta(days=14)
OWNER_WARNED = timedelta(days=7)
EARLIER_MESSAGES = 12


def saved_answer_list(organisation: Organisation) -> SavedAnswerQuerySet:
    """The answers with how often and when last each was given; the ones changed last first."""
    return (
        SavedAnswer.objects.within(organisation)
        .select_related("owner__user")
        .prefetch_related("questions", "channels")
        .annotate(times_given=Count("messages"), last_given_at=Max("messages__created_at"))
        .order_by("-changed_at", "-id")
    )


def with_text(answers: SavedAnswerQuerySet, text: str) -> SavedAnswerQuerySet:
    questions = SavedAnswerQuestion.objects.filter(saved_answer=OuterRef("pk"), text__icontains=text)
    return answers.filter(Q(answer__icontains=text) | Exists(questions))


def in_state(answers: SavedAnswerQuerySet, state: str) -> SavedAnswerQuerySet:
    """`state`: in_use, expiring, expired or off."""
    now = timezone.now()
    in_time = Q(expires_at=None) | Q(expires_at__gt=now)
    states = {
        "in_use": Q(is_enabled=True) & in_time,
        "expiring": Q(expires_at__gt=now, expires_at__lte=now + EXPIRES_SOON),
        "expired": Q(expires_at__lte=now),
        "off": Q(is_enabled=False),
    }
    return answers.filter(states[state])


def saved_answer(organisation: Organisation, saved_answer_id: UUID) -> SavedAnswer:
    return saved_answer_list(organisation).one(pk=saved_answer_id)


def expires_soon(answer: SavedAnswer) -> bool:
    """Still given, but not for long."""
    return (
        answer.expires_at is not None
        and not answer.is_expired
        and answer.expires_at <= timezone.now() + EXPIRES_SOON
    )


def need_their_owner(actor: Actor) -> QuerySet[SavedAnswer]:
    """The member's own answers in use that expire within a week or have expired."""
    soon = timezone.now() + OWNER_WARNED
    own = SavedAnswer.objects.within(actor.organisation).filter(owner=actor.member, is_enabled=True)
    return own.filter(expires_at__lte=soon) if actor.member else own.none()


def member_list(organisation: Organisation) -> QuerySet[Membership]:
    members = Membership.objects.within(organisation).filter(is_active=True)
    return members.select_related("user").order_by("user__name", "pk")


def form_fields(of: SavedAnswer) -> dict[str, Any]:
    """As its form shows them: a question on each line."""
    return {
        "questions": "\n".join(question.text for question in of.questions.all()),
        "answer": of.answer,
        "language": of.language,
        "channels": [channel.pk for channel in of.channels.all()],
        "owner": of.owner_id,
        "expires_at": timezone.localdate(of.expires_at) if of.expires_at else None,
        "is_enabled": of.is_enabled,
    }


def fields_from_message(organisation: Organisation, message_id: UUID) -> dict[str, Any]:
    """A form filled from a conversation: what the visitor asked and what was answered. Raises NotFound."""
    messages = Message.objects.within(organisation).select_related("conversation", "answers")
    message = messages.one(pk=message_id)
    if message.author == Message.Author.VISITOR:
        question, answer = message.text, _reply_to(message)
    else:
        question, answer = _asked_before(message), message.text
    return {
        "questions": " ".join(question.split()),
        "answer": without_citations(answer),
        "language": message.conversation.language,
    }


def _reply_to(message: Message) -> str:
    """What staff wrote until the visitor wrote again; else what the assistant answered."""
    later = Message.objects.filter(conversation=message.conversation_id, ordinal__gt=message.ordinal)
    replies: dict[str, list[str]] = {Message.Author.AGENT: [], Message.Author.BOT: []}
    for each in later.order_by("ordinal")[:EARLIER_MESSAGES]:
        if each.author == Message.Author.VISITOR and any(replies.values()):
            break
        if each.author in replies:
            replies[each.author].append(each.text)
    return "\n".join(replies[Message.Author.AGENT] or replies[Message.Author.BOT])


def _asked_before(message: Message) -> str:
    if message.answers:
        return message.answers.text
    earlier = Message.objects.filter(conversation=message.conversation_id, ordinal__lt=message.ordinal)
    last = earlier.filter(author=Message.Author.VISITOR).order_by(F("ordinal").desc()).first()
    return last.text if last else ""
