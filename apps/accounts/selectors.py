import hashlib
from typing import Any

from django.utils import timezone

from apps.accounts import switches
from apps.accounts.models import (
    ApiKey,
    ApiKeyQuerySet,
    GroupRole,
    Invitation,
    Membership,
    Organisation,
    ProvisionedGroup,
    User,
)
from apps.accounts.permissions import OWNER
from apps.core.models import OrganisationQuerySet, WrittenQuery

# `ApiKeyQuerySet.usable` of an organisation that is not closed; the two have to stay alike.
_USABLE_KEY = """
    SELECT {{columns}} FROM accounts_apikey api_key
    JOIN accounts_organisation organisation ON organisation.id = api_key.organisation_id
    JOIN accounts_membership maker ON maker.id = api_key.created_by_id AND maker.is_active
    JOIN accounts_user person ON person.id = maker.user_id AND person.is_active
    WHERE {which} AND api_key.revoked_at IS NULL
        AND (api_key.expires_at IS NULL OR api_key.expires_at > %(now)s)
        AND NOT EXISTS (
            SELECT FROM accounts_switch closed
            WHERE closed.organisation_id = api_key.organisation_id AND closed.name = '*'
        )
    """
_KEY_TABLES = {"api_key": ApiKey, "organisation": Organisation, "maker": Membership}
USABLE_KEY = WrittenQuery(
    _USABLE_KEY.format(which="api_key.prefix = %(prefix)s AND api_key.secret_hash = %(hash)s"), **_KEY_TABLES
)
USABLE_KEY_AGAIN = WrittenQuery(_USABLE_KEY.format(which="api_key.id = %(id)s"), **_KEY_TABLES)


def active_memberships(user: User) -> list[Membership]:
    """Memberships of organisations where this person may work, oldest first. None of one that is closed."""
    members = switches.of_open(Membership.objects.filter(user=user, is_active=True))
    return list(members.select_related("organisation", "user").order_by("joined_at", "id"))


def current_membership(user: User, organisation_id: str | None) -> Membership | None:
    """The chosen organisation's membership, else the first one."""
    members = active_memberships(user)
    matches = [member for member in members if str(member.organisation_id) == organisation_id]
    return next(iter(matches or members), None)


def group_names(organisation: Organisation) -> list[str]:
    """Of the identity provider or directory, as far as the organisation knows them."""
    named = GroupRole.objects.within(organisation).values_list("group", flat=True)
    provisioned = ProvisionedGroup.objects.within(organisation).values_list("name", flat=True)
    return sorted({*named, *provisioned})


def members(organisation: Organisation) -> OrganisationQuerySet[Membership]:
    return Membership.objects.within(organisation).select_related("user").order_by("joined_at", "id")


def other_owners(member: Membership) -> OrganisationQuerySet[Membership]:
    owners = Membership.objects.filter(organisation_id=member.organisation_id, role=OWNER, is_active=True)
    return owners.filter(user__is_active=True).exclude(pk=member.pk)


def open_invitations(organisation: Organisation) -> OrganisationQuerySet[Invitation]:
    """Invitations that are neither accepted nor expired, newest first."""
    invitations = Invitation.objects.within(organisation).filter(accepted_at=None)
    return invitations.filter(expires_at__gt=timezone.now()).order_by("-created_at")


def open_invitation(token: str) -> Invitation | None:
    invitations = Invitation.objects.filter(
        token_hash=hash_secret(token), accepted_at=None, expires_at__gt=timezone.now()
    )
    return switches.of_open(invitations).select_related("organisation").first()


def api_keys(organisation: Organisation) -> ApiKeyQuerySet:
    """The organisation's keys, newest first, revoked ones too."""
    return ApiKey.objects.within(organisation).select_related("created_by__user").order_by("-created_at")


def hash_secret(secret: str) -> str:
    """SHA-256 is enough here: secrets are 256 random bits, nothing a dictionary could hit."""
    return hashlib.sha256(secret.encode()).hexdigest()


def usable_api_key(token: str) -> ApiKey | None:
    """The key `km_<prefix>_<secret>` if it exists and is usable."""
    marker, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    if marker != "km" or not secret:
        return None
    return _key_of(USABLE_KEY.first({"prefix": prefix, "hash": hash_secret(secret), "now": timezone.now()}))


def still_usable(key: ApiKey) -> ApiKey | None:
    """The key as it is today, if it may still be used."""
    return _key_of(USABLE_KEY_AGAIN.first({"id": key.pk, "now": timezone.now()}))


def _key_of(rows: list[Any] | None) -> ApiKey | None:
    if rows is None:
        return None
    key: ApiKey = rows[0]
    key.organisation, key.created_by = rows[1:]
    return key
