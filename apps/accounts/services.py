"""Organisations, members and keys."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.accounts import selectors
from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey, Membership, Organisation, User
from apps.accounts.permissions import PERMISSIONS
from apps.core.errors import InvalidInput, PermissionDenied


@dataclass(frozen=True)
class NewKey:
    key: ApiKey
    token: str


@transaction.atomic
def create_organisation(*, name: str, slug: str, owner: User) -> Organisation:
    organisation = Organisation.objects.create(name=name, slug=slug)
    Membership.objects.create(organisation=organisation, user=owner, role=Membership.Role.OWNER)
    return organisation


def create_api_key(
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    allowed_addresses: Sequence[str] = (),
) -> NewKey:
    """A new key; its token exists only in the answer. Nobody hands out more than they may do themselves."""
    unknown = sorted(set(scopes) - PERMISSIONS.keys())
    if unknown:
        raise InvalidInput(fields={"scopes": [f"Unknown: {', '.join(unknown)}"]})
    if not set(scopes) <= actor.permissions:
        raise PermissionDenied
    prefix, secret = secrets.token_hex(5), secrets.token_hex(32)
    key = ApiKey.objects.create(
        organisation=actor.organisation,
        name=name,
        prefix=prefix,
        secret_hash=selectors.hash_secret(secret),
        scopes=sorted(set(scopes)),
        allowed_addresses=list(allowed_addresses),
        created_by=actor.member,
        expires_at=expires_at,
    )
    return NewKey(key, f"km_{prefix}_{secret}")
