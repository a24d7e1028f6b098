"""Tells a member's open pages that one of their chats moved: a second tab or a phone then shows the same."""

from functools import partial

from django.db import transaction

from apps.assistant.models import Chat
from apps.jobs.live_feed import LiveFeed

# One stream for each member, not for each organisation: nobody learns when others ask.
FEED = LiveFeed("assistant")


def announce(chat: Chat) -> None:
    """After the commit."""
    if chat.member_id is None:
        return
    subject = str(chat.pk)
    transaction.on_commit(partial(FEED.send, chat.member_id, "moved", {"chat": subject}, subject=subject))
