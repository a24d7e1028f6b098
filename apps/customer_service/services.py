"""Conversations: what visitors and staff may do with them.

Every change of a conversation happens under its row lock. Whatever ends the bot's turn (a newer message, a
member who takes over, closing) takes `answer_job` away; an answer is stored only if its job still is there.
"""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import Conflict, NotFound, PermissionDenied
from apps.core.models import new_id
from apps.customer_service import kinds, messages
from apps.customer_service.models import Channel, Conversation, Turn
from apps.inference import quotas
from apps.jobs import services as jobs
from apps.jobs.models import Job


@dataclass(frozen=True)
class Received:
    """A stored message, and the job that will answer it; no job while a person handles the conversation."""

    conversation: Conversation
    turn: Turn | None
    job: Job | None


@dataclass(frozen=True)
class Visitor:
    id: str
    name: str = ""


@transaction.atomic
def start_conversation(
    actor: Actor,
    *,
    channel: Channel,
    visitor: Visitor,
    message: str | None = None,
    idempotency_key: str | None = None,
) -> Received:
    """A new conversation, with its first message when there is one."""
    if not channel.is_enabled:
        raise Conflict(_("This channel is closed. Open it in its settings first."), code="channel_closed")
    conversation = Conversation(
        organisation=actor.organisation,
        channel=channel,
        visitor_id=visitor.id,
        visitor_name=visitor.name,
        language=channel.language,
    )
    if message is None:
        conversation.save(force_insert=True)
        return Received(conversation, None, None)
    text = messages.checked_message(message)
    if earlier := _earlier_turn(actor, idempotency_key):
        return _repeated(earlier, is_same=earlier.ordinal == 1 and _is_equal(earlier, channel, text))
    received = _add_message(actor, conversation, text, idempotency_key)
    conversation.save(force_insert=True)
    return received


@transaction.atomic
def receive_message(
    actor: Actor, *, conversation_id: UUID, text: str, idempotency_key: str | None = None
) -> Received:
    """Stores what the visitor wrote. While the bot is in charge a job answers it.

    An answer that is still being written is stale by now: it stops, and the new job answers both messages.
    """
    text = messages.checked_message(text)
    if earlier := _earlier_turn(actor, idempotency_key):
        is_same = earlier.conversation_id == conversation_id and earlier.text == text
        return _repeated(earlier, is_same=is_same)
    conversation = _locked(actor, conversation_id)
    if not conversation.is_open:
        raise Conflict(_("This conversation is closed. Start a new one."), code="conversation_closed")
    _stop_answer(conversation)
    received = _add_message(actor, conversation, text, idempotency_key)
    conversation.save(update_fields=["turn_count", "last_activity_at", "language", "answer_job"])
    return received


@transaction.atomic
def reply(actor: Actor, *, conversation_id: UUID, text: str) -> Turn:
    """A member writes to the visitor, and with that takes the conversation over."""
    text = messages.checked_message(text)
    member = _acting_member(actor)
    conversation = _locked(actor, conversation_id)
    _stop_answer(conversation)
    conversation.handled_by = member
    conversation.state = Conversation.State.OPEN
    turn = _next_turn(conversation, Turn.Author.AGENT, text)
    turn.member = member
    turn.save(force_insert=True)
    conversation.save()
    return turn


@transaction.atomic
def take_over(actor: Actor, *, conversation_id: UUID) -> Conversation:
    """From now on a person answers; an answer that the bot is writing stops and is not stored."""
    member = _acting_member(actor)
    conversation = _locked(actor, conversation_id)
    _stop_answer(conversation)
    conversation.handled_by = member
    conversation.save(update_fields=["handled_by", "answer_job"])
    return conversation


@transaction.atomic
def hand_back(actor: Actor, *, conversation_id: UUID) -> Conversation:
    """The bot answers again, beginning with a message that nobody has answered yet."""
    conversation = _locked(actor, conversation_id)
    conversation.handled_by = None
    last = conversation.turns.order_by("-ordinal").first()
    if last and last.author == Turn.Author.VISITOR and conversation.answer_job_id is None:
        conversation.answer_job = last.job = _answer_job(actor, last)
        last.save(update_fields=["job"])
    conversation.save(update_fields=["handled_by", "answer_job"])
    return conversation


@transaction.atomic
def close(actor: Actor, *, conversation_id: UUID) -> Conversation:
    conversation = _locked(actor, conversation_id)
    _stop_answer(conversation)
    conversation.state = Conversation.State.CLOSED
    conversation.save(update_fields=["state", "answer_job"])
    return conversation


@transaction.atomic
def reopen(actor: Actor, *, conversation_id: UUID) -> Conversation:
    conversation = _locked(actor, conversation_id)
    conversation.state = Conversation.State.OPEN
    conversation.save(update_fields=["state"])
    return conversation


def cancel_answer(actor: Actor, *, conversation_id: UUID) -> Job:
    """Stops the answer being written. The message stays and can be answered again with `retry_answer`."""
    job = _owed(actor, conversation_id)
    return jobs.cancel_job(job, requested_by=actor)


def retry_answer(actor: Actor, *, conversation_id: UUID) -> Job:
    """Answers the latest message again after its answer failed or was stopped."""
    job = _owed(actor, conversation_id)
    return jobs.retry_job(job, requested_by=actor)


def _owed(actor: Actor, conversation_id: UUID) -> Job:
    conversation = (
        Conversation.objects.within(actor.organisation)
        .select_related("answer_job")
        .filter(pk=conversation_id)
        .first()
    )
    if conversation is None:
        raise NotFound
    if conversation.answer_job is None:
        raise Conflict(_("Nothing is being answered in this conversation."), code="no_answer_owed")
    return conversation.answer_job


def _locked(actor: Actor, conversation_id: UUID) -> Conversation:
    conversation = (
        Conversation.objects.within(actor.organisation)
        .select_related("answer_job")
        .select_for_update(of=("self",))
        .filter(pk=conversation_id)
        .first()
    )
    if conversation is None:
        raise NotFound
    return conversation


def _add_message(
    actor: Actor, conversation: Conversation, text: str, idempotency_key: str | None
) -> Received:
    """The caller saves the conversation."""
    turn = _next_turn(conversation, Turn.Author.VISITOR, text)
    turn.idempotency_key = idempotency_key or None
    conversation.language = messages.language_of(text, otherwise=conversation.language)
    if conversation.handled_by_id is None:
        conversation.answer_job = turn.job = _answer_job(actor, turn)
    try:
        turn.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("This idempotency key is being used right now. Send the request again.")) from error
    return Received(conversation, turn, turn.job)


def _next_turn(conversation: Conversation, author: Turn.Author, text: str) -> Turn:
    conversation.turn_count += 1
    conversation.last_activity_at = timezone.now()
    return Turn(
        id=new_id(),
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        ordinal=conversation.turn_count,
        author=author,
        text=text,
        created_at=conversation.last_activity_at,
    )


def _answer_job(actor: Actor, turn: Turn) -> Job:
    quotas.admit(actor)
    inputs = {"conversation_id": str(turn.conversation_id), "turn_id": str(turn.pk)}
    return jobs.create_job(
        actor, kind=kinds.ANSWER_MESSAGE, inputs=inputs, subject=f"conversation:{turn.conversation_id}"
    )


def _stop_answer(conversation: Conversation) -> None:
    """Takes the bot's turn away now; the worker is told after the commit.

    Telling it earlier would lock job after conversation; a finishing answer locks them the other way round.
    """
    job, conversation.answer_job = conversation.answer_job, None
    if job is not None and not job.is_terminal:
        transaction.on_commit(partial(_cancel_if_running, job))


def _cancel_if_running(job: Job) -> None:
    try:
        jobs.cancel_job(job)
    except Conflict:
        return  # it ended in this very moment, without being allowed to store anything


def _acting_member(actor: Actor) -> Membership:
    member = actor.member or (actor.api_key.created_by if actor.api_key else None)
    if member is None:
        raise PermissionDenied
    return member


def _earlier_turn(actor: Actor, idempotency_key: str | None) -> Turn | None:
    if not idempotency_key:
        return None
    turns = Turn.objects.within(actor.organisation).filter(idempotency_key=idempotency_key)
    return turns.select_related("conversation__channel", "job").first()


def _repeated(earlier: Turn, *, is_same: bool) -> Received:
    if not is_same:
        raise Conflict(
            _("This idempotency key was used for other content. Use a new key for a new request."),
            code="idempotency_conflict",
        )
    return Received(earlier.conversation, earlier, earlier.job)


def _is_equal(earlier: Turn, channel: Channel, text: str) -> bool:
    return earlier.conversation.channel_id == channel.pk and earlier.text == text
