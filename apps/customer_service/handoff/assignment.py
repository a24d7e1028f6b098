"""Who answers visitors, and which of them gets the next conversation."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff import selectors
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff import selectors as staff
from apps.customer_service.staff.models import Agent, DeskSettings

MAX_SKILLS = 20
MAX_CAPACITY = 100
MAX_SKILL_CHARACTERS = 40
NEVER = datetime.min.replace(tzinfo=UTC)


@requires_permission("conversations.manage")
def save_agent(
    actor: Actor, *, member_id: UUID, is_available: bool, skills: Sequence[str], capacity: int
) -> Agent:
    """What a member answers, and how much at once. Who is away keeps what they took; what waits for them goes on.
    Raises InvalidInput.
    """
    with transaction.atomic():
        agent = _locked_agent(actor, member_id)
        agent.is_available, agent.skills, agent.capacity = is_available, _checked_skills(skills), capacity
        if not 1 <= capacity <= MAX_CAPACITY:
            reason = _("Enter a number from 1 to %(most)d.") % {"most": MAX_CAPACITY}
            raise InvalidInput(fields={"capacity": [reason]})
        agent.save()
        details = {"is_available": is_available, "skills": agent.skills, "capacity": capacity}
        audit.record(actor, action="agent.changed", target=agent, details=details)
    # After the transaction: conversations are locked before agents everywhere else.
    _pass_on(agent)
    return agent


@requires_permission("conversations.reply")
def set_availability(actor: Actor, *, member_id: UUID, is_available: bool) -> Agent:
    """“I am here” and “I am away”, for oneself."""
    with transaction.atomic():
        agent = _locked_agent(actor, member_id)
        agent.is_available = is_available
        agent.save()
    _pass_on(agent)
    return agent


def assign_waiting(organisation_id: UUID) -> None:
    """Gives what nobody has to whoever is free, the most urgent and oldest first."""
    settings = staff.desk_settings(organisation_id)
    if settings.assignment != DeskSettings.Assignment.AUTOMATIC:
        return
    for handoff in selectors.queue(organisation_id).filter(conversation__assigned_to=None):
        _assign_if_free(handoff)


def release(member: Membership) -> None:
    """What waits for this member waits for anybody again."""
    waiting = (
        Conversation.objects.within(member.organisation_id)
        .open()
        .filter(assigned_to=member, answered_by=Conversation.AnsweredBy.QUEUE)
    )
    for conversation in waiting:
        if waiting.filter(pk=conversation.pk).update(assigned_to=None):
            activity.announce(conversation)


def release_of_those_who_left(organisation_id: UUID) -> None:
    """A member who was shut out never says that they are away."""
    stranded = Handoff.objects.within(organisation_id).waiting().exclude(conversation__assigned_to=None)
    here = staff.replying_members(organisation_id)
    for handoff in stranded.exclude(conversation__assigned_to__in=here).select_related(
        "conversation__assigned_to"
    ):
        if member := handoff.conversation.assigned_to:
            release(member)


def free_member(organisation_id: UUID, skill: str) -> Membership | None:
    """Who has the skill (anybody, if nobody has it), the fewest conversations and room for one more.

    Locks the available agents until the transaction ends: of two that choose at once, the second sees the first.
    """
    available = list(
        staff.available_agents(organisation_id)
        .select_related("member")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    load = staff.conversations_of(organisation_id)
    candidates = [agent for agent in available if skill in agent.skills] or available
    free = [agent for agent in candidates if load.get(agent.member_id, 0) < agent.capacity]
    if not free:
        return None
    # Among those with as few, whoever was given nothing for the longest time.
    free_agent = min(free, key=lambda agent: (load.get(agent.member_id, 0), agent.assigned_at or NEVER))
    note_assigned(free_agent.member)
    return free_agent.member


def note_assigned(member: Membership) -> None:
    """So that the next one goes to somebody else."""
    Agent.objects.filter(member=member).update(assigned_at=timezone.now())


def _assign_if_free(handoff: Handoff) -> None:
    with transaction.atomic():
        unassigned = Conversation.objects.select_for_update().filter(
            pk=handoff.conversation_id, answered_by=Conversation.AnsweredBy.QUEUE, assigned_to=None
        )
        conversation = unassigned.first()
        member = conversation and free_member(handoff.organisation_id, handoff.skill)
        if conversation and member:
            conversation.assigned_to = member
            conversation.save(update_fields=["assigned_to"])
            activity.announce(conversation)


def _pass_on(agent: Agent) -> None:
    """After the agent's row is free again: conversations are locked before agents everywhere else."""
    if not agent.is_available:
        release(agent.member)
    assign_waiting(agent.organisation_id)


def _locked_agent(actor: Actor, member_id: UUID) -> Agent:
    member = staff.replying_members(actor.organisation).one(pk=member_id)
    Agent.objects.get_or_create(member=member, defaults={"organisation": actor.organisation})
    return Agent.objects.select_related("member").select_for_update(of=("self",)).get(member=member)


def _checked_skills(skills: Sequence[str]) -> list[str]:
    names = list(dict.fromkeys(skill.strip() for skill in skills if skill.strip()))
    if len(names) > MAX_SKILLS or any(len(skill) > MAX_SKILL_CHARACTERS for skill in names):
        reason = _("At most %(count)d skills of %(length)d characters each.")
        raise InvalidInput(
            fields={"skills": [reason % {"count": MAX_SKILLS, "length": MAX_SKILL_CHARACTERS}]}
        )
    return names
