"""People and places that tests share.

alice owns the Tea House, charlie only looks on there; bob owns a rival shop and must never see a thing of alice's.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import translation

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.core import redis_client, ttl_cache
from llm_backend import addresses

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as TestResponse

pytest_plugins = [
    "tests.scripted_engine_fixture",
    "tests.log_server_fixture",
    "tests.mail_server_fixture",
    "tests.migrated_database",
    "tests.commits",
    "tests.committed_rows",
    "tests.tiers",
    "tests.cost",
]

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="session", autouse=True)
def _plain_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Once: each setting that is overridden is told to everybody who keeps what follows from it, twice a test."""
    uploads = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path_factory.getbasetemp() / "uploads"},
    }
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        LANGUAGE_CODE="en",
        # Where the servers of tests listen; what is about closed networks says `settings.PRIVATE_NETWORKS = ()`.
        PRIVATE_NETWORKS=addresses.networks(["127.0.0.0/8", "::1"]),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={**settings.STORAGES, "default": uploads, "staticfiles": static},
    ):
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """What a process keeps for a few seconds, and Redis, would outlive the rows of a test. Nor does the language that one
    asked for: tests/portal/test_translations.py reads Chinese."""
    translation.deactivate()
    # A test may put one in its place that is away.
    client = redis_client.synchronous()
    yield
    ttl_cache.clear_all()
    client.flushdb()


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@tea.example", PASSWORD, name="Alice")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob@rival.example", PASSWORD, name="Bob")


@pytest.fixture
def charlie(db: None, tea_house: Organisation) -> User:
    user = User.objects.create_user("charlie@tea.example", PASSWORD, name="Charlie")
    Membership.objects.create(organisation=tea_house, user=user, role="viewer")
    return user


@pytest.fixture
def tea_house(alice: User) -> Organisation:
    return accounts.create_organisation(name="Tea House", slug="tea-house", owner=alice)


@pytest.fixture
def rival(bob: User) -> Organisation:
    return accounts.create_organisation(name="Rival", slug="rival", owner=bob)


def actor_in(organisation: Organisation) -> Actor:
    return Actor.from_member(
        Membership.objects.select_related("organisation", "user").get(organisation=organisation, role="owner")
    )


@pytest.fixture
def alice_actor(tea_house: Organisation) -> Actor:
    return actor_in(tea_house)


@pytest.fixture
def bob_actor(rival: Organisation) -> Actor:
    return actor_in(rival)


class ApiClient(Client):
    """Django's client with a bearer key; sends and reads JSON."""

    def __init__(self, token: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {token}"})

    def post_json(self, path: str, body: object = None, **headers: str) -> "TestResponse":
        return self.post(path, body or {}, content_type="application/json", headers=headers)


def api_client(actor: Actor, *scopes: str) -> ApiClient:
    key = accounts.create_api_key(actor, name="test", scopes=scopes or sorted(actor.permissions))
    return ApiClient(key.token)


@pytest.fixture
def alice_api(alice_actor: Actor) -> ApiClient:
    return api_client(alice_actor)


@pytest.fixture
def bob_api(bob_actor: Actor) -> ApiClient:
    return api_client(bob_actor)


def browser_of(user: User) -> Client:
    """A browser in which the person is signed in and gave the password a moment ago."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


@pytest.fixture
def alice_browser(alice: User, tea_house: Organisation) -> Client:
    return browser_of(alice)


@pytest.fixture
def bob_browser(bob: User, rival: Organisation) -> Client:
    return browser_of(bob)
