"""Tells the inboxes that are open that a conversation moved. What is missed costs nothing: pages also look by themselves."""

from functools import partial

from django.db import transaction

from apps.customer_service.conversations.models import Conversation
from apps.jobs.live_feed import LiveFeed

FEED = LiveFeed("desk")


def announce(conversation: Conversation) -> None:
    """After the commit: whoever looks then finds what was stored."""
    subject = str(conversation.pk)
    body = {"conversation": subject}
    transaction.on_commit(partial(FEED.send, conversation.organisation_id, "moved", body, subject=subject))
