from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation
from apps.core.models import OrganisationQuerySet
from apps.operations.announcements.models import SIMULATED_EN, Announcement


def is_demonstration(organisation: Organisation) -> bool:
    """As its members are told on every page."""
    return Announcement.objects.within(organisation).filter(text_en=SIMULATED_EN).exists()


def staying_members(actor: Actor) -> OrganisationQuerySet[Membership]:
    """Who has a password or has signed in without one, and may sign in: simulated colleagues never did."""
    members = Membership.objects.within(actor.organisation).filter(is_active=True, user__is_active=True)
    simulated = [each.pk for each in members.select_related("user") if not _is_somebody(each)]
    return members.exclude(pk__in=simulated).order_by("joined_at", "pk")


def _is_somebody(member: Membership) -> bool:
    return member.user.last_login is not None or member.user.has_usable_password()
