"""Tells the inboxes that are open that a conversation moved. What is missed costs nothing: pages also look by themselves."""

import logging
from functools import partial
from uuid import UUID

from django.db import transaction
from redis.exceptions import RedisError

from apps.customer_service.models import Conversation
from apps.jobs import events

logger = logging.getLogger(__name__)

KEPT_EVENTS = 500


def stream_key(organisation_id: UUID) -> str:
    return f"desk:{organisation_id}:events"


def announce(conversation: Conversation) -> None:
    """After the commit: whoever looks then finds what was stored."""
    transaction.on_commit(partial(_send, conversation.organisation_id, conversation.pk))


def _send(organisation_id: UUID, conversation_id: UUID) -> None:
    fields = {"conversation": str(conversation_id)}
    try:
        events.connection().xadd(stream_key(organisation_id), fields, maxlen=KEPT_EVENTS)  # type: ignore[arg-type]
    except (RedisError, OSError) as error:
        logger.warning("inboxes are not told: %s", error)
