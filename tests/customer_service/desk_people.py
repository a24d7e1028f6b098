"""Who works at the Tea House's desk beside alice."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User


@pytest.fixture
def dora(tea_house: Organisation) -> User:
    """Answers visitors, but manages nothing."""
    user = User.objects.create_user("dora@tea.example", "x", name="Dora")
    Membership.objects.create(organisation=tea_house, user=user, role=Membership.Role.AGENT)
    return user


@pytest.fixture
def dora_actor(dora: User) -> Actor:
    return Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=dora))


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def dora_browser(dora: User) -> Client:
    return browser_of(dora)
