"""Colleagues at the desk, messages that are understood, and several people acting at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.staff.models import Agent
from apps.customer_service.understanding.models import Intent, MessageUnderstanding


def colleague(organisation: Organisation, name: str, **fields: Any) -> Membership:
    """A member who may write to visitors, with an agent's row when `fields` say something about it."""
    user = User.objects.create_user(f"{name.lower()}@tea.example", name=name)
    member = Membership.objects.create(organisation=organisation, user=user, role="agent")
    if fields:
        Agent.objects.create(organisation=organisation, member=member, **fields)
    return member


def understood(conversation: Conversation, text: str, **fields: Any) -> Message:
    """The message of that text, read by the fast path."""
    message = Message.objects.get(conversation=conversation, author="visitor", text=text)
    values = {"sentiment": "neutral", "trend": 0.0, "language": "en", "is_urgent": False, **fields}
    MessageUnderstanding.objects.create(message=message, organisation=conversation.organisation, **values)
    return message


def about_returns(conversation: Conversation, text: str) -> None:
    """The message of that text is read as what takes the skill “returns”."""
    Intent.objects.create(organisation=conversation.organisation, name="refund", skill="returns")
    understood(conversation, text, intent="refund")


def together(*actions: Callable[[], object]) -> list[object]:
    """Runs all of them at the same moment, each with a connection of its own; what each gave or raised."""
    barrier = threading.Barrier(len(actions))

    def act(action: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        running = [pool.submit(act, action) for action in actions]
    return [each.exception() or each.result() for each in running]


@pytest.fixture
def dora(alice_actor: Actor) -> Membership:
    return colleague(alice_actor.organisation, "Dora", is_available=True, capacity=2)


@pytest.fixture
def emil(alice_actor: Actor) -> Membership:
    return colleague(alice_actor.organisation, "Emil", is_available=True, capacity=2, skills=["returns"])
