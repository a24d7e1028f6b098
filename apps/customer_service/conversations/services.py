"""Conversations: what visitors and staff may do with them.

Every change of a conversation happens under its row lock. Whatever ends the bot's turn (a newer message, a
member who takes over, closing) takes `answer_job` away; an answer is stored only if its job still is there.
"""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import VISITOR, Actor, requires_permission
from apps.accounts.models import Membership
from apps.answering.messages import checked_message, is_courtesy, language_after, language_of
from apps.core.errors import Conflict, PermissionDenied
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import activity, contacts, selectors, staff_call
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.jobs import idempotency
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job

AnsweredBy = Conversation.AnsweredBy
Resolution = Conversation.Resolution
# What is longer asks for something.
MAX_THANKS_CHARACTERS = 200

ANSWER_MESSAGE = JobType(
    "customer_service.answer_message",
    queue="interactive",
    label=_("Answer a visitor"),
    stages={
        "searching": _("Searching the documents"),
        "looking_up": _("Looking up"),
        "reading": _("Reading the results"),
        "writing": _("Writing the answer"),
    },
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.reply"),
    subject=selectors.of_conversations,
)


@dataclass(frozen=True)
class ReceivedMessage:
    """A stored message, and the job that will answer it; no job while a person handles the conversation."""

    conversation: Conversation
    message: Message | None
    job: Job | None


@dataclass(frozen=True)
class Visitor:
    id: str
    name: str = ""
    language: str = ""
    email: str = ""


@transaction.atomic
def start_conversation(
    actor: Actor,
    *,
    channel: Channel,
    visitor: Visitor,
    message: str | None = None,
    subject: str = "",
    idempotency_key: str | None = None,
) -> ReceivedMessage:
    """A new conversation, with its first message when there is one. Raises Conflict for a closed channel, and for an
    idempotency key that came with other content.
    """
    _require_enabled(channel)
    conversation = Conversation(
        organisation=actor.organisation,
        channel=channel,
        visitor_id=visitor.id,
        visitor_name=visitor.name,
        language=visitor.language or channel.language,
        subject=subject,
    )
    text = None if message is None else checked_message(message)
    if earlier := _earlier_message(actor, idempotency_key):
        return _replay(earlier, is_same=earlier.ordinal == 1 and _is_equal(earlier, channel, text))
    if idempotency_key and (begun := _begun_without_message(conversation, text, idempotency_key)):
        return ReceivedMessage(begun, None, None)
    if visitor.email:
        # Before anybody is called: whoever left an address is not asked for it.
        contacts.keep_contact(conversation, name=visitor.name, email=visitor.email)
    if text is None:
        conversation.save(force_insert=True)
        activity.record(conversation, activity.Event.CONVERSATION_STARTED)
        return ReceivedMessage(conversation, None, None)
    activity.record(conversation, activity.Event.CONVERSATION_STARTED)
    # The message goes first, as it changes what the row says (its count, the job). Its foreign key is checked at the
    # commit.
    first_message = _add_message(actor, conversation, text, idempotency_key)
    conversation.save(force_insert=True)
    return _call_person_if_due(first_message)


@transaction.atomic
def receive_message(
    actor: Actor,
    *,
    conversation_id: UUID,
    text: str,
    idempotency_key: str | None = None,
    wants_answer: bool = True,
) -> ReceivedMessage:
    """Stores what the visitor wrote. While the bot is in charge a job answers it.

    An answer that is still being written is stale by now: it stops, and the new job answers both messages.
    What was resolved is open again, with a fresh context. `wants_answer` is False for a file without a word.
    """
    text = checked_message(text)
    if earlier := _earlier_message(actor, idempotency_key):
        is_same = earlier.conversation_id == conversation_id and earlier.text == text
        return _replay(earlier, is_same=is_same)
    conversation = lock_conversation(actor, conversation_id)
    if not conversation.is_open:
        # “Thanks!” opens it again as well, and does not say that nothing was solved.
        _reopen(conversation, is_unsettled=len(text) > MAX_THANKS_CHARACTERS or not is_courtesy(text))
        conversation.is_urgent = False
    if wants_answer:
        stop_answer(conversation)
    if conversation.answered_by == AnsweredBy.QUEUE:
        contacts.keep_address_in(conversation, text)
    received = _add_message(actor, conversation, text, idempotency_key, wants_answer=wants_answer)
    conversation.save()
    return _call_person_if_due(received)


@requires_permission("conversations.reply")
@transaction.atomic
def reply(actor: Actor, *, conversation_id: UUID, text: str) -> Message:
    """A member writes to the visitor, and with that takes the conversation over."""
    text = checked_message(text)
    member = _acting_member(actor)
    conversation = lock_conversation(actor, conversation_id)
    if not conversation.is_open:
        _reopen(conversation)
    _give_to(conversation, member)
    conversation.had_person = True
    message = activity.next_message(conversation, Message.Author.AGENT, text, member=member)
    conversation.save()
    activity.store(message)
    return message


@transaction.atomic
def write_first(
    actor: Actor,
    *,
    channel: Channel,
    visitor: Visitor,
    text: str,
    subject: str = "",
    idempotency_key: str | None = None,
) -> Message:
    """A member begins the conversation, and answers what comes back: the assistant keeps out of it."""
    text = checked_message(text)
    _require_enabled(channel)
    member = _acting_member(actor)
    if earlier := _earlier_message(actor, idempotency_key):
        is_first = earlier.author == Message.Author.AGENT and earlier.conversation.visitor_id == visitor.id
        _replay(earlier, is_same=is_first and _is_equal(earlier, channel, text))
        return earlier
    conversation = Conversation(
        organisation=actor.organisation,
        channel=channel,
        visitor_id=visitor.id,
        visitor_name=visitor.name,
        language=language_of(text, otherwise=visitor.language or channel.language),
        subject=subject,
        answered_by=AnsweredBy.PERSON,
        handled_by=member,
        assigned_to=member,
        had_person=True,
    )
    key = idempotency_key or None
    message = activity.next_message(
        conversation, Message.Author.AGENT, text, member=member, idempotency_key=key
    )
    conversation.read_through = message.ordinal
    conversation.save(force_insert=True)
    activity.record(conversation, activity.Event.CONVERSATION_STARTED)
    _store_once(message)
    return message


@requires_permission("conversations.reply")
@transaction.atomic
def take_over(actor: Actor, *, conversation_id: UUID, from_member_id: UUID | None = None) -> Conversation:
    """From now on a person answers; an answer that the bot is writing stops and is not stored.

    Raises Conflict when a colleague has it, unless it is said to be taken from that very person: so of two who take
    over at once, one learns who was faster.
    """
    member = _acting_member(actor)
    conversation = lock_conversation(actor, conversation_id)
    require_open(conversation)
    colleague = conversation.handled_by
    if colleague and colleague.pk not in (member.pk, from_member_id):
        raise Conflict(
            now_("%(name)s has already taken over this conversation.") % {"name": colleague.user},
            code="already_taken",
            details={"member": {"id": str(colleague.pk), "name": str(colleague.user)}},
        )
    _give_to(conversation, member)
    _save_and_announce(conversation)
    return conversation


@requires_permission("conversations.reply")
@transaction.atomic
def hand_back(actor: Actor, *, conversation_id: UUID) -> Conversation:
    """The bot answers again, beginning with a message that nobody has answered yet. Raises Conflict for a channel that
    the assistant does not answer.
    """
    conversation = lock_conversation(actor, conversation_id)
    require_open(conversation)
    if not conversation.channel.is_answered_by_bot:
        raise Conflict(
            _(
                "Staff answer this channel. Resolve the conversation, or turn on the assistant for "
                "this channel."
            ),
            code="no_assistant",
        )
    _end_handoff(conversation)
    _give_to_bot(conversation)
    last = selectors.spoken(conversation.messages.all()).order_by("-ordinal").first()
    if last and last.author == Message.Author.VISITOR and conversation.answer_job_id is None:
        conversation.answer_job = last.job = _answer_job(actor, last)
        last.save(update_fields=["job"])
    _save_and_announce(conversation)
    return conversation


@requires_permission("conversations.reply", VISITOR)
@transaction.atomic
def resolve(actor: Actor, *, conversation_id: UUID) -> Conversation:
    """The matter is settled. What was said stays readable; the assistant begins afresh with the next message."""
    conversation = lock_conversation(actor, conversation_id)
    if not conversation.is_open:
        return conversation
    stop_answer(conversation)
    _end_handoff(conversation)
    _give_to_bot(conversation)
    # Also where silence or the visitor ends what a person wrote in: that is no automated resolution.
    is_by_person = actor.member is not None or conversation.had_person
    conversation.resolution = Resolution.PERSON if is_by_person else Resolution.BOT
    conversation.state = Conversation.State.RESOLVED
    conversation.resolved_at = timezone.now()
    conversation.context_from = conversation.message_count
    conversation.summary, conversation.summary_through = "", 0
    _save_and_announce(conversation)
    activity.record(conversation, activity.Event.CONVERSATION_RESOLVED)
    return conversation


@requires_permission("conversations.reply")
@transaction.atomic
def reopen(actor: Actor, *, conversation_id: UUID) -> Conversation:
    """For staff: the matter was not settled after all, so its context stays."""
    conversation = lock_conversation(actor, conversation_id)
    if not conversation.is_open:
        _reopen(conversation)
        conversation.context_from = 0
        _save_and_announce(conversation)
    return conversation


@requires_permission("conversations.reply", VISITOR)
def cancel_answer(actor: Actor, *, conversation_id: UUID) -> Job:
    """Stops the answer being written. The message stays and can be answered again with `retry_answer`."""
    job = _owed_job(actor, conversation_id)
    return jobs.cancel_job(job, requested_by=actor)


@requires_permission("conversations.reply", VISITOR)
def retry_answer(actor: Actor, *, conversation_id: UUID) -> Job:
    """Answers the latest message again after its answer failed or was stopped."""
    job = _owed_job(actor, conversation_id)
    return jobs.retry_job(job, requested_by=actor)


def _owed_job(actor: Actor, conversation_id: UUID) -> Job:
    conversation = (
        Conversation.objects.within(actor.organisation).select_related("answer_job").one(pk=conversation_id)
    )
    if conversation.answer_job is None:
        raise Conflict(_("No answer is in progress in this conversation."), code="no_answer_owed")
    return conversation.answer_job


def lock_conversation(actor: Actor, conversation_id: UUID) -> Conversation:
    """Nobody else changes it until the surrounding transaction ends."""
    conversations = Conversation.objects.within(actor.organisation).select_related("answer_job", "channel")
    return conversations.select_for_update(of=("self",)).one(pk=conversation_id)


def require_open(conversation: Conversation) -> None:
    """A page that was drawn before somebody resolved it still has its buttons."""
    if not conversation.is_open:
        raise Conflict(_("This conversation is resolved. Reopen it first."), code="resolved")


def _require_enabled(channel: Channel) -> None:
    if not channel.is_enabled:
        raise Conflict(_("This channel is closed. Open it in its settings first."), code="channel_closed")


def _add_message(
    actor: Actor,
    conversation: Conversation,
    text: str,
    idempotency_key: str | None,
    *,
    wants_answer: bool = True,
) -> ReceivedMessage:
    """The caller saves the conversation."""
    key = idempotency_key or None
    message = activity.next_message(conversation, Message.Author.VISITOR, text, idempotency_key=key)
    if wants_answer:
        # The name of a file is in no language.
        conversation.language = _language_of(conversation, text)
    if wants_answer and _is_for_bot(conversation):
        conversation.answer_job = message.job = _answer_job(actor, message)
    _store_once(message)
    return ReceivedMessage(conversation, message, message.job)


def _language_of(conversation: Conversation, text: str) -> str:
    """A first message says more than the channel or the browser does; a later one may say less than those before it."""
    first, later = (
        language_of(text, otherwise=conversation.language),
        language_after(text, conversation.language),
    )
    if first == later:
        return first
    has_written = Message.objects.filter(conversation=conversation, author=Message.Author.VISITOR).exists()
    return later if has_written else first


def _is_for_bot(conversation: Conversation) -> bool:
    """Who waits for people that are not at work gets from the assistant what it can say; their turn is kept."""
    if not conversation.channel.is_answered_by_bot or conversation.answered_by == AnsweredBy.PERSON:
        return False
    return conversation.answered_by == AnsweredBy.BOT or not staff_call.is_staffed(conversation)


def _store_once(message: Message) -> None:
    """Stores a message. Of two requests with one key at the same moment, the second raises Conflict."""
    try:
        activity.store(message)
    except IntegrityError as error:
        raise Conflict(_("This idempotency key is in use. Send the request again.")) from error


def _call_person_if_due(received: ReceivedMessage) -> ReceivedMessage:
    """Where people answer, a message that nobody is in charge of calls one of them at once."""
    conversation = received.conversation
    if conversation.answered_by == AnsweredBy.BOT and not conversation.channel.is_answered_by_bot:
        staff_call.call_staff(conversation)
    return received


def _answer_job(actor: Actor, message: Message) -> Job:
    inputs = {"conversation_id": str(message.conversation_id), "message_id": str(message.pk)}
    return jobs.create_job(
        actor, kind=ANSWER_MESSAGE, inputs=inputs, subject=f"conversation:{message.conversation_id}"
    )


def stop_answer(conversation: Conversation) -> None:
    """Takes the bot's turn away now; the worker is told after the commit. The caller saves.

    Telling it earlier would lock job after conversation; a finishing answer locks them the other way round.
    """
    job, conversation.answer_job = conversation.answer_job, None
    if job is not None and not job.is_terminal:
        transaction.on_commit(partial(jobs.cancel_if_running, job))


def _give_to(conversation: Conversation, member: Membership) -> None:
    stop_answer(conversation)
    conversation.handled_by = conversation.assigned_to = member
    conversation.answered_by = AnsweredBy.PERSON
    Handoff.objects.waiting().filter(conversation=conversation).update(
        state=Handoff.State.ACCEPTED, accepted_at=timezone.now(), accepted_by=member
    )


def _give_to_bot(conversation: Conversation) -> None:
    conversation.handled_by = conversation.assigned_to = None
    conversation.answered_by = AnsweredBy.BOT


def _end_handoff(conversation: Conversation) -> None:
    Handoff.objects.filter(conversation=conversation).live().end()


def _reopen(conversation: Conversation, *, is_unsettled: bool = True) -> None:
    resolved_at = conversation.resolved_at or timezone.now()
    is_soon = timezone.now() - resolved_at < Conversation.LASTING
    conversation.is_reopened_soon |= is_unsettled and is_soon
    conversation.state = Conversation.State.OPEN
    conversation.resolved_at, conversation.resolution = None, ""
    conversation.reopen_count += 1
    activity.record(conversation, activity.Event.CONVERSATION_REOPENED)


def _save_and_announce(conversation: Conversation) -> None:
    conversation.save()
    activity.announce(conversation)


def _acting_member(actor: Actor) -> Membership:
    if actor.responsible_member is None:
        raise PermissionDenied
    return actor.responsible_member


def _earlier_message(actor: Actor, idempotency_key: str | None) -> Message | None:
    if not idempotency_key:
        return None
    own = Message.objects.within(actor.organisation).filter(idempotency_key=idempotency_key)
    return own.select_related("conversation__channel", "job").first()


def _replay(earlier: Message, *, is_same: bool) -> ReceivedMessage:
    if not is_same:
        raise Conflict(
            _("This idempotency key was used for other content. Use a new key for a new request."),
            code="idempotency_conflict",
        )
    return ReceivedMessage(earlier.conversation, earlier, earlier.job)


def _begun_without_message(
    conversation: Conversation, text: str | None, idempotency_key: str
) -> Conversation | None:
    """What an earlier request with the key has begun. The key of a message is stored with it; where there is none, it
    stands beside the conversation, for a day. Raises Conflict for a key that came with other content.
    """
    owner = f"conversation:{conversation.channel_id}"
    if text is not None:
        idempotency.require_unused(owner, idempotency_key)
        return None
    begun_id = idempotency.id_made_once(
        conversation.organisation,
        owner=owner,
        key=idempotency_key,
        fingerprint=jobs.fingerprint_of(conversation.visitor_name, conversation.subject),
        new_id=conversation.pk,
    )
    if begun_id == conversation.pk:
        return None
    return Conversation.objects.within(conversation.organisation).select_related("channel").one(pk=begun_id)


def _is_equal(earlier: Message, channel: Channel, text: str | None) -> bool:
    return earlier.conversation.channel_id == channel.pk and earlier.text == text
