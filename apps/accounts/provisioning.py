"""Members as an organisation's identity provider keeps them here: people, groups, and what follows for memberships.

Nobody is let in who is in no group that the organisation gave a role (`group_roles`), and an account is made when the
first one does. What one organisation's provider says touches no other organisation: an account keeps its name and its
address where it belongs to others too, and being deactivated ends the membership here alone.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import group_roles, passwords
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, ProvisionedGroup, ProvisionedUser, User
from apps.audit import services as audit
from apps.core.errors import InvalidInput

MAX_USERS = 20_000
MAX_GROUPS = 1_000
MAX_MEMBERS = 2_000


class TooMany(InvalidInput):
    code = "too_many"
    message = _("There are more people or groups, or people in a group, than can be kept here.")


@transaction.atomic
def save_user(actor: Actor, values: Mapping[str, Any], row: ProvisionedUser | None = None) -> ProvisionedUser:
    """Writes `values` into `row` or a new one, and lets the membership follow. Raises IntegrityError and TooMany."""
    if row is None:
        _require_room(ProvisionedUser.objects.within(actor.organisation).count() < MAX_USERS)
        row = ProvisionedUser(organisation=actor.organisation)
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = timezone.now()
    row.save()
    details = {"email": row.email, "is_active": row.is_active}
    audit.record(actor, action="provisioned_user.saved", target=row, details=details)
    update_membership(row)
    return row


@transaction.atomic
def delete_user(actor: Actor, row: ProvisionedUser) -> None:
    audit.record(actor, action="provisioned_user.deleted", target=row, details={"email": row.email})
    if row.user:
        group_roles.follow_in(row.organisation, row.user, None)
        group_roles.keep_groups(row.organisation, row.user, [])
    row.delete()


@transaction.atomic
def save_group(
    actor: Actor,
    values: Mapping[str, Any],
    member_ids: Collection[UUID],
    row: ProvisionedGroup | None = None,
) -> ProvisionedGroup:
    """Gives the group these members and no others; ids of people of other organisations name nobody. Raises TooMany."""
    _require_room(len(member_ids) <= MAX_MEMBERS)
    if row is None:
        _require_room(ProvisionedGroup.objects.within(actor.organisation).count() < MAX_GROUPS)
        row = ProvisionedGroup(organisation=actor.organisation)
    is_renamed = not row._state.adding and values["name"] != row.name
    for name, value in values.items():
        setattr(row, name, value)
    row.changed_at = timezone.now()
    row.save()
    people = ProvisionedUser.objects.within(actor.organisation).select_related("organisation", "user")
    before = set(row.members.values_list("pk", flat=True))
    row.members.set(people.filter(pk__in=member_ids))
    after = set(row.members.values_list("pk", flat=True))
    details = {"group": row.name, "members": len(after)}
    audit.record(actor, action="provisioned_group.saved", target=row, details=details)
    # Under a new name the group may give everybody another role; else only those who came or went are looked at.
    for person in people.filter(pk__in=before | after if is_renamed else before ^ after).order_by("pk"):
        update_membership(person)
    return row


@transaction.atomic
def delete_group(actor: Actor, row: ProvisionedGroup) -> None:
    people = list(row.members.select_related("organisation", "user").order_by("pk"))
    audit.record(actor, action="provisioned_group.deleted", target=row, details={"group": row.name})
    row.delete()
    for person in people:
        update_membership(person)


def update_membership(row: ProvisionedUser) -> None:
    """In the caller's transaction: the membership is what the groups say, of the account with the address."""
    groups = list(row.groups.order_by("name").values_list("name", flat=True)) if row.is_active else []
    role = group_roles.role_in(row.organisation, groups)
    if row.user and row.user.email.lower() != row.email.lower():
        # Another address is another account: nobody's own is moved by an organisation.
        group_roles.follow_in(row.organisation, row.user, None)
        group_roles.keep_groups(row.organisation, row.user, [])
        row.user = None
    if role and row.user is None:
        row.user = User.objects.filter(email__iexact=row.email).first()
        if row.user:
            passwords.end_unproven_password(row.user)
        row.user = row.user or User.objects.create_user(row.email, name=row.full_name)
    row.save(update_fields=["user"])
    if row.user:
        group_roles.follow_in(row.organisation, row.user, role)
        group_roles.keep_groups(row.organisation, row.user, groups)
        _rename(row, row.user)


def _rename(row: ProvisionedUser, user: User) -> None:
    """Not who belongs to others as well, nor who runs the installation."""
    elsewhere = Membership.objects.filter(user=user).exclude(organisation=row.organisation)
    if row.full_name and row.full_name != user.name and not (user.is_staff or elsewhere.exists()):
        user.name = row.full_name
        user.save(update_fields=["name"])


def _require_room(has_room: bool) -> None:
    if not has_room:
        raise TooMany
