"""What a visitor's browser keeps: a signed token that opens one conversation and nothing else."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apps.accounts import switches
from apps.accounts.actors import VISITOR, Actor
from apps.core import context
from apps.core.errors import NotAuthenticated, NotFound
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Conversation

SCHEME = "visitor"
_SALT = "customer_service.visitor"


@dataclass(frozen=True)
class VisitorActor(Actor):
    """A visitor in their own conversation."""

    conversation_id: UUID | None = None


def token_for(conversation: Conversation) -> str:
    content = {"conversation": str(conversation.pk), "channel": str(conversation.channel_id)}
    return signing.dumps(content, salt=_SALT, compress=True)


def visitor_actor(request: HttpRequest) -> VisitorActor | None:
    """Who the token says it is; None without one. Raises NotAuthenticated for a bad or old one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME:
        return None
    try:
        content = signing.loads(token.strip(), salt=_SALT, max_age=Conversation.TOKEN_LIFETIME)
    except signing.BadSignature as error:
        raise NotAuthenticated from error
    conversation = (
        Conversation.objects.filter(pk=content["conversation"], channel=content["channel"])
        .select_related("organisation", "channel")
        .first()
    )
    if conversation is None:
        raise NotAuthenticated
    selectors.require_not_archived(conversation.channel)
    if not conversation.channel.is_enabled or switches.is_closed(conversation.organisation_id):
        raise NotAuthenticated
    context.organisation_id.set(str(conversation.organisation_id))
    return VisitorActor(
        conversation.organisation,
        frozenset({VISITOR}),
        visitor=conversation.visitor_id,
        conversation_id=conversation.pk,
    )


def own_conversation(actor: Any, conversation_id: UUID) -> UUID:
    """Raises NotFound for a conversation that the token does not open."""
    if not isinstance(actor, VisitorActor) or actor.conversation_id != conversation_id:
        raise NotFound
    return conversation_id


class VisitorAuthentication(BaseAuthentication):
    """The token travels in a header, never in a cookie: another site's page cannot send it."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        actor = visitor_actor(request._request)
        return (None, actor) if actor else None

    def authenticate_header(self, request: Request) -> str:
        return "Visitor"
