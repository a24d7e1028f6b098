"""Organisations, members, invitations and keys. Every change leaves a line in the audit trail."""

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from apps.accounts import invitation_mail, selectors
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import ApiKey, Invitation, Membership, Organisation, RetiredSlug, User
from apps.accounts.permissions import OWNER, PERMISSIONS, ROLE_PERMISSIONS, permissions_of
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied, Text
from apps.core.locks import lock_until_commit
from apps.core.models import full_clean

# A link that lies in a mailbox for longer lets nobody in.
INVITATION_LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class NewKey:
    """`token` is shown once: only a hash of it is stored."""

    key: ApiKey
    token: str


@dataclass(frozen=True)
class NewInvitation:
    """`token` is in the mail alone: only a hash of it is stored."""

    invitation: Invitation
    token: str


@transaction.atomic
def create_organisation(*, name: str, slug: str, owner: User) -> Organisation:
    """Raises Conflict for the short name of an organisation that was deleted."""
    if RetiredSlug.objects.filter(digest=selectors.hash_secret(slug)).exists():
        raise Conflict(_("An organisation with this short name was deleted. Choose another one."))
    organisation = Organisation.objects.create(name=name, slug=slug)
    member = Membership.objects.create(organisation=organisation, user=owner, role=OWNER)
    audit.record(Actor.from_member(member), action="organisation.created", target=organisation)
    return organisation


@requires_permission("organisation.manage")
@transaction.atomic
def change_organisation(actor: Actor, *, name: str, output_language: str) -> Organisation:
    # The trail tells before and after: under the lock they are those of this very change.
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation.pk)
    before = {"name": organisation.name, "output_language": organisation.output_language}
    organisation.name, organisation.output_language = name, output_language
    organisation.save(update_fields=["name", "output_language"])
    after = {"name": name, "output_language": output_language}
    audit.record(
        actor,
        action="organisation.changed",
        target=organisation,
        details={"before": before, "after": after},
    )
    return organisation


@requires_permission("organisation.manage")
@transaction.atomic
def change_sign_in_rules(
    actor: Actor, *, second_factor_roles: Sequence[str], idle_minutes: int | None
) -> Organisation:
    """Who needs a second factor, and after how many minutes without a request people are signed out. Raises
    InvalidInput.
    """
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation.pk)
    organisation.second_factor_roles = sorted(set(second_factor_roles))
    organisation.idle_minutes = idle_minutes
    full_clean(organisation, exclude=["slug"])
    organisation.save(update_fields=["second_factor_roles", "idle_minutes"])
    details = {"second_factor_roles": organisation.second_factor_roles, "idle_minutes": idle_minutes}
    audit.record(actor, action="organisation.sign_in_rules_changed", target=organisation, details=details)
    return organisation


@requires_permission("organisation.manage")
@transaction.atomic
def change_role(actor: Actor, member: Membership, *, role: str) -> Membership:
    """Raises Conflict when the organisation would be left without an owner."""
    member = _lock_member(actor, member)
    require_may_grant(actor, role)
    _require_may_change(actor, member, stays_owner=role == OWNER)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    audit.record(
        actor, action="member.role_changed", target=member, details={"before": before, "after": role}
    )
    return member


@requires_permission("organisation.manage")
@transaction.atomic
def deactivate_member(actor: Actor, member: Membership) -> Membership:
    """Shuts a person out of the organisation at once; what they made stays."""
    member = _lock_member(actor, member)
    _require_may_change(actor, member, stays_owner=False)
    shut_out(member)
    audit.record(actor, action="member.deactivated", target=member, details={"email": member.user.email})
    return member


def shut_out(member: Membership) -> None:
    """In the caller's transaction, by whoever decided it: a person, not a group."""
    # Whom a person shut out no group lets in again.
    member.is_active = member.follows_groups = False
    member.save(update_fields=["is_active", "follows_groups"])
    # Nor does a link that still lies in their mailbox.
    selectors.open_invitations(member.organisation).filter(email__iexact=member.user.email).delete()


@requires_permission("organisation.manage")
@transaction.atomic
def reactivate_member(actor: Actor, member: Membership) -> Membership:
    member = _lock_member(actor, member)
    require_may_grant(actor, member.role)
    member.is_active = True
    member.save(update_fields=["is_active"])
    audit.record(actor, action="member.reactivated", target=member, details={"email": member.user.email})
    return member


@requires_permission("organisation.manage")
@transaction.atomic
def invite_member(actor: Actor, *, email: str, role: str) -> NewInvitation:
    """Mails a link that lets one person join. An open invitation to the same address is replaced.

    The mail goes out inside the transaction: if no mail server takes it, there is no invitation either. Raises
    PermissionDenied for a role beyond the actor's own, and Conflict for a member.
    """
    require_may_grant(actor, role)
    address = User.objects.normalize_email(email.strip())
    # Two who invite the same person at once: the second replaces what the first made.
    lock_until_commit(f"invitation:{actor.organisation.pk}:{address.lower()}")
    if selectors.members(actor.organisation).filter(user__email__iexact=address, is_active=True).exists():
        raise Conflict(_("This person is already a member."), code="already_member")
    selectors.open_invitations(actor.organisation).filter(email__iexact=address).delete()
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=actor.organisation,
        email=address,
        role=role,
        token_hash=selectors.hash_secret(token),
        invited_by=actor.member,
        expires_at=timezone.now() + INVITATION_LIFETIME,
    )
    audit.record(
        actor, action="invitation.created", target=invitation, details={"email": address, "role": role}
    )
    invitation_mail.send_invitation(invitation, token=token)
    return NewInvitation(invitation, token)


@requires_permission("organisation.manage")
@transaction.atomic
def revoke_invitation(actor: Actor, invitation: Invitation) -> None:
    """Raises Conflict where the person joined meanwhile, NotFound where somebody else revoked it."""
    invitation = Invitation.objects.within(actor.organisation).select_for_update().one(pk=invitation.pk)
    if invitation.accepted_at:
        raise Conflict(_("This invitation has been accepted. Deactivate the member instead."))
    audit.record(actor, action="invitation.revoked", target=invitation, details={"email": invitation.email})
    invitation.delete()


@transaction.atomic
def accept_invitation(user: User, *, token: str) -> Membership:
    """Makes the person a member. The invitation is for one e-mail address and works once. Raises NotFound for an
    invitation that is not open (any more), PermissionDenied for another address, and Conflict for the slower of two
    requests and for the last owner, who would be one no more.
    """
    invitation = selectors.open_invitation(token)
    if invitation is None:
        raise NotFound(_("This invitation has expired, was revoked or has been used. Ask for a new one."))
    if invitation.email.lower() != user.email.lower():
        raise PermissionDenied(
            now_("This invitation is for %(email)s. Sign in with that address.") % {"email": invitation.email}
        )
    Organisation.objects.select_for_update(no_key=True).get(pk=invitation.organisation_id)
    # They may have come in another way since, and be the last owner by now.
    joined = selectors.members(invitation.organisation).filter(user=user, is_active=True).first()
    if joined:
        _require_may_change(Actor.from_member(joined), joined, stays_owner=invitation.role == OWNER)
    # Of two requests that accept it at once, one finds it open.
    still_open = selectors.open_invitations(invitation.organisation).filter(pk=invitation.pk)
    if not still_open.update(accepted_at=timezone.now()):
        raise Conflict(_("This invitation is already being accepted."))
    member, _created = Membership.objects.update_or_create(
        organisation=invitation.organisation,
        user=user,
        defaults={"role": invitation.role, "is_active": True, "follows_groups": False},
    )
    audit.record(
        Actor.from_member(member),
        action="invitation.accepted",
        target=invitation,
        details={"email": invitation.email, "role": invitation.role},
    )
    return member


@requires_permission("keys.manage")
@transaction.atomic
def create_api_key(
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    allowed_addresses: Sequence[str] = (),
    group: str = "",
) -> NewKey:
    """A new key; its token exists only in the answer. Nobody hands out more than they may do themselves.

    What a key makes belongs to the key's own maker: it ends with that person. Raises InvalidInput and PermissionDenied.
    """
    _check_key(scopes=scopes, expires_at=expires_at, allowed_addresses=allowed_addresses)
    if not set(scopes) <= actor.permissions:
        raise PermissionDenied(_("A key cannot have more permissions than you. Choose fewer scopes."))
    if not set(scopes) <= actor.key_scopes:
        raise PermissionDenied(
            _("Only an owner can create a key for SCIM: it decides who is in the groups that give roles.")
        )
    # The prefix finds the row and may be seen; of the secret only a hash is stored.
    prefix, secret = secrets.token_hex(5), secrets.token_hex(32)
    key = ApiKey.objects.create(
        organisation=actor.organisation,
        name=name,
        group=group,
        prefix=prefix,
        secret_hash=selectors.hash_secret(secret),
        scopes=sorted(set(scopes)),
        allowed_addresses=list(allowed_addresses),
        created_by=actor.responsible_member,
        expires_at=expires_at,
    )
    audit.record(
        actor, action="api_key.created", target=key, details={"name": name, "scopes": sorted(set(scopes))}
    )
    return NewKey(key, f"km_{prefix}_{secret}")


@requires_permission("keys.manage")
@transaction.atomic
def revoke_api_key(actor: Actor, key: ApiKey) -> ApiKey:
    """The key stops working with the next request. Revoking twice changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(actor, action="api_key.revoked", target=key, details={"name": key.name})
    key.refresh_from_db()
    return key


@requires_permission("keys.manage")
@transaction.atomic
def revoke_api_key_group(actor: Actor, *, group: str) -> int:
    """Every key of one system or environment at once, as when it was broken into; answers how many."""
    keys = ApiKey.objects.within(actor.organisation).filter(group=group, revoked_at=None)
    rows = list(keys.order_by("pk")) if group else []
    for key in rows:
        revoke_api_key(actor, key)
    return len(rows)


def require_may_grant(actor: Actor, role: str) -> None:
    """Nobody gives what they do not have, and only an owner makes owners. Raises InvalidInput for an unknown role, and
    PermissionDenied.
    """
    if role not in ROLE_PERMISSIONS:
        raise InvalidInput(fields={"role": [_("This role does not exist.")]})
    is_beyond = not permissions_of(role) <= actor.permissions
    if is_beyond or (role == OWNER and not actor.is_owner):
        raise PermissionDenied(_("You cannot assign a role with more permissions than yours."))


def _lock_member(actor: Actor, member: Membership) -> Membership:
    """Locks the organisation first: two owners who demote each other must not both succeed."""
    Organisation.objects.select_for_update(no_key=True).get(pk=actor.organisation.pk)
    return Membership.objects.select_related("user", "organisation").get(pk=member.pk)


def _require_may_change(actor: Actor, member: Membership, *, stays_owner: bool) -> None:
    if member.role != OWNER:
        return
    if not actor.is_owner:
        raise PermissionDenied(_("Only an owner can change another owner."))
    if not stays_owner and not selectors.other_owners(member).exists():
        raise Conflict(_("This is the last owner. Make another member an owner first."), code="last_owner")


def _check_key(
    *, scopes: Sequence[str], expires_at: datetime | None, allowed_addresses: Sequence[str]
) -> None:
    wrong: dict[str, list[Text]] = {}
    unknown = sorted(set(scopes) - PERMISSIONS.keys())
    if unknown:
        wrong["scopes"] = [now_("Unknown: %(names)s") % {"names": ", ".join(unknown)}]
    elif not scopes:
        wrong["scopes"] = [_("Choose at least one scope.")]
    if expires_at is not None and expires_at <= timezone.now():
        wrong["expires_at"] = [_("Choose a time in the future.")]
    # Everything that is wrong is said at once, so that nobody corrects one field after the other.
    strange_addresses = [address for address in allowed_addresses if not _is_network(address)]
    if strange_addresses:
        wrong["allowed_addresses"] = [
            now_("Not an address or network: %(names)s") % {"names": ", ".join(strange_addresses)}
        ]
    if wrong:
        raise InvalidInput(fields=wrong)


def _is_network(address: str) -> bool:
    try:
        ipaddress.ip_network(address, strict=False)
    except ValueError:
        return False
    return True
