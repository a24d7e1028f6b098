from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from apps.accounts.models import Membership, Organisation
from apps.accounts.permissions import ROLE_PERMISSIONS
from apps.core.models import OrganisationQuerySet
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff.business_hours import OpeningHours
from apps.customer_service.staff.models import Agent, DeskSettings
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.customer_service.understanding.models import Intent

AnsweredBy = Conversation.AnsweredBy
desk_settings = DESK_SETTINGS.read
REPLYING_ROLES = [role for role, allowed in ROLE_PERMISSIONS.items() if "conversations.reply" in allowed]


def opening_hours(desk_settings: DeskSettings) -> OpeningHours:
    return OpeningHours.stored(desk_settings.hours, desk_settings.holidays, desk_settings.time_zone)


def replying_members(organisation: Organisation | UUID) -> OrganisationQuerySet[Membership]:
    """Who may write to visitors, by name."""
    members = Membership.objects.within(organisation).filter(
        is_active=True, user__is_active=True, role__in=REPLYING_ROLES
    )
    return members.select_related("user", "agent").order_by("user__name", "user__email")


@dataclass(frozen=True)
class AgentRow:
    """A member who may write to visitors; the defaults where they never chose anything."""

    member: Membership
    agent: Agent
    conversations: int

    @property
    def load(self) -> str:
        return _("%(number)s of %(most)s") % {"number": self.conversations, "most": self.agent.capacity}


def agents(organisation: Organisation) -> list[AgentRow]:
    members = list(replying_members(organisation))
    counts = conversations_of(organisation)
    return [AgentRow(member, agent_of(member), counts.get(member.pk, 0)) for member in members]


def agent_of(member: Membership) -> Agent:
    """The member as somebody who answers; a row that is not stored where the member never chose anything."""
    return getattr(member, "agent", None) or Agent(member=member, organisation_id=member.organisation_id)


def conversations_of(organisation: Organisation | UUID) -> dict[UUID, int]:
    """How many open conversations each member has, those they have not taken yet included."""
    conversations = Conversation.objects.within(organisation).open().exclude(assigned_to=None)
    counts = (
        conversations.exclude(answered_by=AnsweredBy.BOT).values("assigned_to").annotate(count=Count("pk"))
    )
    return dict(counts.values_list("assigned_to", "count"))


def skills(organisation: Organisation) -> list[str]:
    """All that intents ask for or somebody has, for the forms."""
    intent_skills = Intent.objects.within(organisation).exclude(skill="").values_list("skill", flat=True)
    had = Agent.objects.within(organisation).values_list("skills", flat=True)
    return sorted({*intent_skills, *(skill for each in had for skill in each)})


def available_agents(organisation_id: UUID) -> OrganisationQuerySet[Agent]:
    """Who takes conversations now and may write to visitors."""
    members = replying_members(organisation_id).order_by()
    return Agent.objects.within(organisation_id).filter(is_available=True, member__in=members)
