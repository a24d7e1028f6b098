"""Tells the inboxes that are open that a conversation moved. What is missed costs nothing: pages also look by themselves."""

import logging
from collections.abc import Mapping
from functools import partial
from uuid import UUID

import orjson
from django.db import transaction
from redis.exceptions import RedisError

from apps.customer_service.conversations.models import Conversation
from apps.jobs import events

logger = logging.getLogger(__name__)

KEPT_EVENTS = 500


def stream_key(organisation_id: UUID) -> str:
    return f"desk:{organisation_id}:events"


def announce(conversation: Conversation) -> None:
    """After the commit: whoever looks then finds what was stored."""
    body = {"conversation": str(conversation.pk)}
    transaction.on_commit(partial(send, conversation.organisation_id, "moved", body))


def send(organisation_id: UUID, event: str, body: Mapping[str, object]) -> None:
    """At once. `inbox.watch` passes it on as it is; a body names the conversation it is about."""
    fields = {"event": event, "conversation": str(body["conversation"]), "body": orjson.dumps(body)}
    try:
        events.connection().xadd(stream_key(organisation_id), fields, maxlen=KEPT_EVENTS)  # type: ignore[arg-type]
    except (RedisError, OSError) as error:
        logger.warning("inboxes are not told: %s", error)
