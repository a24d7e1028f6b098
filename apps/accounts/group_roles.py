"""Groups of the identity provider or directory, and the role that each gives in an organisation.

Whatever proves who somebody is calls `follow_groups` with the person's groups: single sign-on and LDAP at each sign-in.
An organisation's own provider may tell more often, by SCIM, and of that organisation alone: `follow_in`.
"""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts import selectors, switches
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import GroupRole, Membership, Organisation, User
from apps.accounts.permissions import OWNER, ROLE_LABELS
from apps.accounts.services import require_may_grant
from apps.audit import services as audit
from apps.core.errors import InvalidInput, PermissionDenied

MAX_GROUPS = 1000
MAX_GROUP_CHARACTERS = 200
MAX_LINES = 200
# Of several groups, the one whose role stands first here counts.
_ORDER = {role: position for position, role in enumerate(ROLE_LABELS)}


def group_roles(organisation: Organisation) -> list[GroupRole]:
    """In the order in which they count."""
    rows = GroupRole.objects.within(organisation).order_by("group")
    return sorted(rows, key=lambda row: _ORDER.get(row.role, len(_ORDER)))


@requires_permission("organisation.manage")
@transaction.atomic
def set_group_role(actor: Actor, *, group: str, role: str) -> GroupRole:
    """Says what a group is here, or says it anew. It shows at the next sign-in of each person in it. Raises
    PermissionDenied, and InvalidInput where there are MAX_LINES groups already.
    """
    require_may_grant(actor, role)
    # One at a time in an organisation: the limit below is counted, and the trail says what the group was before.
    Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation.pk)
    rows = GroupRole.objects.within(actor.organisation)
    existing = rows.filter(group=group).first()
    if existing and existing.role == OWNER and not actor.is_owner:
        raise PermissionDenied(_("Only an owner can change another owner."))
    if existing is None and rows.count() >= MAX_LINES:
        raise InvalidInput(fields={"group": [_("The limit of 200 groups is reached. Remove one first.")]})
    row, _created = rows.update_or_create(
        organisation=actor.organisation, group=group, defaults={"role": role}
    )
    details = {"group": group, "before": existing.role if existing else "", "after": role}
    audit.record(actor, action="group_role.set", target=row, details=details)
    return row


@requires_permission("organisation.manage")
@transaction.atomic
def remove_group_role(actor: Actor, row: GroupRole) -> None:
    """Who has no other group here is deactivated at the next sign-in. Raises PermissionDenied where the group's role is
    the owner's and the actor is none.
    """
    if row.role == OWNER and not actor.is_owner:
        raise PermissionDenied(_("Only an owner can change another owner."))
    audit.record(
        actor, action="group_role.removed", target=row, details={"group": row.group, "before": row.role}
    )
    row.delete()


def bounded_groups(names: Collection[object]) -> list[str]:
    """The names among what a provider sent, as many and as long as anybody's groups are."""
    strings = [name for name in names if isinstance(name, str) and 0 < len(name) <= MAX_GROUP_CHARACTERS]
    # What no database can look for: one such group must not keep the person out.
    return [name for name in strings if name.isprintable()][:MAX_GROUPS]


def give_a_role(groups: Sequence[str]) -> bool:
    """Whether somebody in these groups is a member of any organisation, so that an account may be made."""
    return switches.of_open(GroupRole.objects.filter(group__in=groups)).exists()


@transaction.atomic
def follow_groups(user: User, groups: Sequence[str]) -> None:
    """Gives, changes and ends the person's memberships as the groups say, and keeps the groups with each.

    A membership that a person gave (by invitation) ends by a person only; one that a group gave ends with the last group.
    """
    named: dict[Organisation, list[str]] = {}
    for row in switches.of_open(GroupRole.objects.filter(group__in=groups)).select_related("organisation"):
        named.setdefault(row.organisation, []).append(row.role)
    roles = {organisation: _first(names) for organisation, names in named.items()}
    # Of one that is closed nothing changes: it may be taken back.
    following = switches.of_open(Membership.objects.filter(user=user, follows_groups=True)).select_related(
        "organisation"
    )
    organisations = {*roles, *(member.organisation for member in following)}
    # In one order, so that two people who sign in at once never wait for each other.
    for organisation in sorted(organisations, key=lambda each: each.pk):
        follow_in(organisation, user, roles.get(organisation))
    switches.of_open(Membership.objects.filter(user=user)).update(groups=sorted(groups))


def role_in(organisation: Organisation, groups: Collection[str]) -> str | None:
    """What somebody in these groups is there; None where none of them gives a role."""
    rows = GroupRole.objects.within(organisation).filter(group__in=groups)
    return _first(list(rows.values_list("role", flat=True)))


@transaction.atomic
def follow_in(organisation: Organisation, user: User, role: str | None) -> None:
    """Gives the role there, or ends the membership that an earlier one gave."""
    # As `services._lock_member`: what groups and what people change must not take both last owners away together.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    member = Membership.objects.filter(organisation=organisation, user=user).select_related("user").first()
    if role:
        _give(user, organisation, member, role)
    elif member and member.follows_groups and member.is_active and not _is_last_owner(member):
        member.is_active = False
        member.save(update_fields=["is_active"])
        _record(member, "member.left_by_groups", {"email": user.email})


def keep_groups(organisation: Organisation, user: User, groups: Sequence[str]) -> None:
    """What one organisation's own provider says of somebody, there alone."""
    Membership.objects.filter(organisation=organisation, user=user).update(groups=groups)


def _first(roles: Sequence[str]) -> str | None:
    return min(roles, key=lambda role: _ORDER.get(role, len(_ORDER)), default=None)


def _give(user: User, organisation: Organisation, member: Membership | None, role: str) -> None:
    if member is None:
        member = Membership.objects.create(
            organisation=organisation, user=user, role=role, follows_groups=True
        )
        _record(member, "member.joined_by_group", {"email": user.email, "role": role})
        return
    # A person has deactivated them, so only a person lets them in again.
    was_shut_out = not member.is_active and not member.follows_groups
    if was_shut_out or (role != OWNER and _is_last_owner(member)):
        return
    before = member.role if member.is_active else ""
    member.role, member.is_active, member.follows_groups = role, True, True
    member.save(update_fields=["role", "is_active", "follows_groups"])
    if before != role:
        _record(member, "member.role_by_group", {"before": before, "after": role})


def _is_last_owner(member: Membership) -> bool:
    is_owner = member.role == OWNER and member.is_active
    return is_owner and not selectors.other_owners(member).exists()


def _record(member: Membership, action: str, details: dict[str, str]) -> None:
    """The platform does it, upon what the provider says."""
    audit.record(Actor(member.organisation), action=action, target=member, details=details)
