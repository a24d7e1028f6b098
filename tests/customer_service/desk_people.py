"""Browsers of those who work at the Tea House's desk."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def dora_actor(dora: Membership) -> Actor:
    """Answers visitors, but manages nothing."""
    return Actor.from_member(dora)


@pytest.fixture
def dora_browser(dora: Membership) -> Client:
    return browser_of(dora.user)
