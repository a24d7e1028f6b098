"""Who publishes what, and in whose list an app stands."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.core.errors import Conflict
from apps.workbench import selectors, services
from apps.workbench.models import App
from apps.workbench.publishing import SETTINGS
from tests.workbench.conftest import REPLY, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst_actor(charlie: User) -> Actor:
    member = Membership.objects.select_related("organisation", "user").get(user=charlie)
    member.role = "analyst"
    member.save()
    return Actor.from_member(member)


def test_a_second_person_publishes_where_the_organisation_wants_it(
    alice_actor: Actor, colleague_actor: Actor
) -> None:
    app = services.create_app(alice_actor, text=REPLY)
    SETTINGS.change(alice_actor, changes={"needs_second_person": True})

    with pytest.raises(Conflict, match=f"someone else publishes it: {colleague_actor.name}"):
        services.publish_app(alice_actor, app)

    assert services.publish_app(colleague_actor, app).number == 1


def test_whoever_is_alone_publishes_alone(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=REPLY)
    SETTINGS.change(alice_actor, changes={"needs_second_person": True})

    assert services.publish_app(alice_actor, app).number == 1


def test_the_setting_has_a_page(alice_browser: Client, alice_actor: Actor) -> None:
    assert "changed them last" in alice_browser.get("/apps/settings/").content.decode()
    alice_browser.post("/apps/settings/", {"needs_second_person": "on"})

    assert SETTINGS.read(alice_actor.organisation).needs_second_person


def test_an_app_for_certain_roles_stands_in_their_lists_alone(
    alice_actor: Actor, analyst_actor: Actor
) -> None:
    published(alice_actor, REPLY + "use: {roles: [operator]}\n")
    published(alice_actor, REPLY.replace("app: reply", "app: second") + "use: {roles: [analyst, operator]}\n")
    published(alice_actor, REPLY.replace("app: reply", "app: third"))

    assert [app.name for app in selectors.visible_apps(analyst_actor)] == ["second", "third"]
    assert selectors.visible_apps(alice_actor).count() == 3, "whoever edits sees all"


def test_the_roles_of_the_published_text_count_and_not_those_of_the_draft(
    alice_actor: Actor, analyst_actor: Actor, reply_app: App
) -> None:
    seen = selectors.current_version(reply_app).fingerprint
    services.save_draft(alice_actor, reply_app, text=REPLY + "use: {roles: [operator]}\n", seen=seen)
    assert selectors.visible_apps(analyst_actor).exists()

    services.publish_app(alice_actor, reply_app)

    assert not selectors.visible_apps(analyst_actor).exists()


def test_a_list_of_apps_asks_the_database_as_often_for_many(
    analyst_actor: Actor, alice_actor: Actor, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        published(alice_actor, REPLY.replace("app: reply", f"app: reply_{number}"))

    with django_assert_num_queries(2):
        assert len([app.title for app in selectors.visible_apps(analyst_actor)]) == 5
