"""Who a visitor is, as the shop's own server vouches for it by signature.

`<payload>.<signature>`: the payload is JSON in URL-safe base64 without padding, the signature the HMAC-SHA256 of
that text under the channel's secret, in hexadecimal.
"""

import base64
import binascii
import hashlib
import hmac
import time
from datetime import timedelta
from typing import Annotated

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import PermissionDenied
from apps.customer_service.channels.models import Channel, new_secret
from apps.customer_service.conversations.models import Contact, Conversation

# A signature that somebody copied out of a page opens the conversation for this long at most.
MAX_VALIDITY = timedelta(days=31)
# Before the signature is checked anybody may have sent it.
MAX_TOKEN_CHARACTERS = 4000


class BadIdentity(PermissionDenied):
    code = "identity_bad"
    message = _(
        "The visitor identity signature is invalid. Sign it on your server with this channel's secret."
    )


class ExpiredIdentity(BadIdentity):
    code = "identity_expired"
    message = _(
        "The visitor identity has expired, or is valid for more than 31 days. Sign a new one for each page."
    )


def _email(value: str) -> str:
    if value:
        try:
            validate_email(value)
        except DjangoValidationError as error:
            raise ValueError("no e-mail address") from error
    return value


class Identity(BaseModel):
    """What the shop's server signs. `expires` is in seconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    visitor_id: str = Field(min_length=1, max_length=64)
    name: str = Field("", max_length=80)
    email: Annotated[str, Field(max_length=254), AfterValidator(_email)] = ""
    attributes: dict[Annotated[str, Field(max_length=40)], str | int | float | bool] = Field(
        default_factory=dict, max_length=20
    )
    expires: int


def verified_identity(channel: Channel, token: str) -> Identity:
    """Raises BadIdentity and ExpiredIdentity."""
    payload, _dot, signature = token[:MAX_TOKEN_CHARACTERS].partition(".")
    # In constant time: how long it takes must not tell how much of a guess was right.
    if not hmac.compare_digest(signature_of(payload, channel.identity_secret), signature.lower().encode()):
        raise BadIdentity
    try:
        identity = Identity.model_validate_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValidationError, binascii.Error, UnicodeDecodeError) as error:
        raise BadIdentity(
            _(
                "The visitor identity is signed, but its format is wrong. The channel's page shows how to sign."
            ),
            code="identity_malformed",
        ) from error
    if not time.time() < identity.expires <= time.time() + MAX_VALIDITY.total_seconds():
        raise ExpiredIdentity
    return identity


def signature_of(payload: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest().encode()


@transaction.atomic
def keep_identity(channel: Channel, identity: Identity) -> Contact:
    """What the shop says of a visitor counts more than what was known before. What it leaves out stays: an address that
    the visitor left, or staff wrote down.
    """
    said = {name: value for name in ("name", "email") if (value := getattr(identity, name))}
    contact, _is_new = Contact.objects.update_or_create(
        organisation_id=channel.organisation_id,
        visitor_id=identity.visitor_id,
        defaults={**said, "attributes": identity.attributes, "is_verified": True},
    )
    return contact


def latest_conversation(channel: Channel, visitor_id: str) -> Conversation | None:
    """What the same person has open, begun on whatever device."""
    own = Conversation.objects.within(channel.organisation_id).filter(channel=channel, visitor_id=visitor_id)
    return own.open().order_by("-last_activity_at").first()


@requires_permission("conversations.manage")
@transaction.atomic
def rotate_secret(actor: Actor, *, channel: Channel) -> Channel:
    """From now on only the new secret signs."""
    channel.identity_secret = new_secret()
    channel.save(update_fields=["identity_secret"])
    audit.record(actor, action="channel.secret_rotated", target=channel, details={"channel": channel.name})
    return channel


@requires_permission("conversations.manage")
def note_secret_shown(actor: Actor, *, channel: Channel) -> None:
    audit.record(actor, action="channel.secret_shown", target=channel, details={"channel": channel.name})
