"""Handing a conversation to people: into the queue, with a reason; from there somebody takes it over."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import VISITOR, Actor, requires_permission
from apps.accounts.models import Membership, Organisation
from apps.core.errors import Conflict, InvalidInput
from apps.core.rounds import tend_each
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import activity, contacts, staff_call
from apps.customer_service.conversations import services as conversations
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff import assignment, context, selectors, system_messages
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff import selectors as staff
from apps.customer_service.staff.models import DeskSettings
from apps.jobs import services as jobs

AnsweredBy = Conversation.AnsweredBy
Reason = Handoff.Reason


def hand_off_locked(
    conversation: Conversation, *, reason: str, detail: str = "", is_urgent: bool = False
) -> Handoff:
    """For callers that hold the conversation's row lock, inside their transaction.

    The answering job calls this in the transaction that finishes it (`run.finishing`), right after it stored the bot's
    message. The row is read again: whatever was changed by an update counts. One that waits or is taken already stays as
    it is: its first reason counts. Skill and urgency are read from the messages; a legal or safety matter is always
    urgent.
    """
    rows = Conversation.objects.select_for_update(of=("self",))
    conversation.refresh_from_db(from_queryset=rows.select_related("channel", "organisation", "answer_job"))
    earlier = Handoff.objects.filter(conversation=conversation).live().first()
    if earlier:
        return earlier
    desk_settings = staff.desk_settings(conversation.organisation_id)
    handoff = Handoff(
        organisation=conversation.organisation, conversation=conversation, reason=reason, detail=detail[:300]
    )
    hours = staff.opening_hours(desk_settings)
    handoff.due_at = hours.due_at(handoff.created_at, minutes=desk_settings.reply_minutes)
    handoff.is_urgent = is_urgent or reason == Reason.SENSITIVE or selectors.is_urgent(conversation)
    handoff.skill = selectors.skill_for(conversation)
    handoff.pack = context.facts_of(conversation)
    handoff.save(force_insert=True)
    _put_in_queue(conversation, handoff, desk_settings)
    activity.record(conversation, activity.Event.CONVERSATION_HANDED_OFF, reason=reason)
    actor = Actor(conversation.organisation)
    jobs.create_row_job(actor, context.PACK_HANDOFF, handoff, subject=conversation)
    return handoff


@staff_call.register
def hand_off_arrival(conversation: Conversation) -> Handoff:
    """Registered, as `conversations` stands below this and may not import it."""
    return hand_off_locked(conversation, reason=Reason.NO_BOT)


@staff_call.register_hours
def is_open_now(conversation: Conversation) -> bool:
    """By the hours of the desk, whoever is signed in."""
    return staff.opening_hours(staff.desk_settings(conversation.organisation_id)).is_open(timezone.now())


@requires_permission("conversations.reply")
@transaction.atomic
def hand_off(
    actor: Actor,
    *,
    conversation_id: UUID,
    reason: str = Reason.MANUAL,
    detail: str = "",
    is_urgent: bool = False,
) -> Handoff:
    """Puts a conversation in the queue, whoever answers it now; one that waits already stays where it is."""
    conversation = conversations.lock_conversation(actor, conversation_id)
    conversations.require_open(conversation)
    if conversation.answered_by == AnsweredBy.PERSON:
        Handoff.objects.filter(conversation=conversation).live().end()
    return hand_off_locked(conversation, reason=reason, detail=detail, is_urgent=is_urgent)


@requires_permission(VISITOR)
@transaction.atomic
def ask_for_person(actor: Actor, *, conversation_id: UUID) -> Handoff | None:
    """The visitor wants a person, and says so with a button instead of words. None where one answers already: asking again
    must not put the visitor back in line. Raises Conflict for a resolved conversation.
    """
    conversation = conversations.lock_conversation(actor, conversation_id)
    if not conversation.is_open:
        raise Conflict(_("This conversation is resolved. Send a message to reopen it."), code="resolved")
    if conversation.answered_by == AnsweredBy.PERSON:
        return None
    return hand_off_locked(conversation, reason=Reason.ASKED)


@requires_permission("conversations.reply")
@transaction.atomic
def assign(actor: Actor, *, conversation_id: UUID, member_id: UUID | None) -> Conversation:
    """Says who should take it. What the assistant or somebody else answers waits for that person from now on."""
    conversation = conversations.lock_conversation(actor, conversation_id)
    member = _replying_member(actor, member_id)
    conversations.require_open(conversation)
    if conversation.handled_by_id and conversation.handled_by_id == member_id:
        return conversation
    if conversation.answered_by != AnsweredBy.QUEUE and not (
        member is None and conversation.handled_by_id is None
    ):
        hand_off(actor, conversation_id=conversation_id)
        # Read again: handing over has changed the row.
        conversation = conversations.lock_conversation(actor, conversation_id)
    conversation.assigned_to = member
    conversation.save(update_fields=["assigned_to"])
    activity.announce(conversation)
    if member:
        assignment.note_assigned(member)
    return conversation


def tend_queues() -> None:
    """Time passes: members leave, others become free."""
    with_people = Conversation.objects.open().exclude(answered_by=AnsweredBy.BOT)
    owners = Organisation.objects.filter(pk__in=switches.of_open(with_people).values("organisation"))
    tend_each(owners, _tend_queue, name="queues of visitors")


def _tend_queue(organisation: Organisation) -> None:
    assignment.release_of_those_who_left(organisation.pk)
    assignment.assign_waiting(organisation.pk)
    tend_each(selectors.left_behind(organisation), _call_again, name="visitors left behind")


def _call_again(conversation: Conversation) -> None:
    """Unless a colleague took it in this very moment."""
    organisation = conversation.organisation
    with transaction.atomic():
        still = selectors.left_behind(organisation).filter(pk=conversation.pk).select_for_update(of=("self",))
        if still.first():
            hand_off(Actor(organisation), conversation_id=conversation.pk)


def _put_in_queue(conversation: Conversation, handoff: Handoff, desk_settings: DeskSettings) -> None:
    conversations.stop_answer(conversation)
    conversation.answered_by, conversation.handled_by, conversation.assigned_to = AnsweredBy.QUEUE, None, None
    conversation.is_urgent = handoff.is_urgent
    if desk_settings.assignment == DeskSettings.Assignment.AUTOMATIC:
        conversation.assigned_to = assignment.free_member(conversation.organisation_id, handoff.skill)
    notice = system_messages.waiting_notice(
        selectors.position_in_queue(handoff, desk_settings),
        conversation.language,
        is_reachable=conversation.channel.kind != Channel.Kind.CHAT or contacts.has_address(conversation),
    )
    activity.write_notice(conversation, notice)
    conversation.save()


def _replying_member(actor: Actor, member_id: UUID | None) -> Membership | None:
    if member_id is None:
        return None
    member = staff.replying_members(actor.organisation).filter(pk=member_id).first()
    if member is None:
        raise InvalidInput(fields={"member": [_("Choose a member who can reply to visitors.")]})
    return member
