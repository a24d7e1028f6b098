"""Lists that are only looked at, by the example of those that are declared."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.knowledge.models import Collection
from apps.knowledge.resources import COLLECTIONS
from config.env import PROJECT_ROOT
from llm_backend import patterns
from tests.conftest import browser_of

pytestmark = pytest.mark.django_db
LIST = "/knowledge/"
TEMPLATES = PROJECT_ROOT / "templates"
NAMED = patterns.compile(r'list_template="([^"]{1,120})"')


@pytest.fixture
def reader(tea_house: Organisation) -> Client:
    """Reads documents, writes nothing."""
    user = User.objects.create_user("ann@tea.example", name="Ann")
    Membership.objects.create(organisation=tea_house, user=user, role="analyst")
    return browser_of(user)


def shown(client: Client, path: str = LIST) -> str:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_list_shows_the_rows_of_its_organisation_and_leads_to_each(
    alice_browser: Client, bob_browser: Client, tea_house: Organisation
) -> None:
    row = Collection.objects.create(organisation=tea_house, name="Handbook")

    assert f'<a href="/knowledge/collections/{row.pk}/">Handbook</a>' in shown(alice_browser)
    assert "Handbook" not in shown(bob_browser)


def test_only_who_may_open_a_page_is_led_there(alice_browser: Client, reader: Client) -> None:
    """The button of an empty list, as that above a full one."""
    assert 'href="/knowledge/collections/new/"' in shown(alice_browser)
    assert "No collections yet" in shown(reader)
    assert 'href="/knowledge/collections/new/"' not in shown(reader)


def test_every_page_written_for_a_list_is_the_page_of_one() -> None:
    """Declaring a list without naming its page lost the form that stood beside it, and no page failed."""
    written = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.glob("**/*.html")
        if '{% extends "resources/list.html" %}' in path.read_text()
    }
    declarations = (PROJECT_ROOT / "apps").glob("**/resources.py")
    named = {name for path in declarations for name in NAMED.findall(path.read_text())}

    assert written == named


def test_the_permission_of_a_list_is_that_of_its_page(tea_house: Organisation) -> None:
    user = User.objects.create_user("eve@tea.example", name="Eve")
    Membership.objects.create(organisation=tea_house, user=user, role="resident_physician")

    assert browser_of(user).get(LIST).status_code == 403


def test_rows_of_another_organisation_are_not_reached_whatever_the_selector_forgets(
    alice_actor: Actor, rival: Organisation
) -> None:
    Collection.objects.create(organisation=rival, name="Secrets")

    assert not COLLECTIONS.rows_for(alice_actor).exists()
