"""A menu that one can learn: few rooms, few tabs in each, and a finder for everything behind them."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.core.desks import Room
from apps.knowledge.models import Collection, Document
from apps.portal.navigation import ROOMS
from tests.conftest import browser_of

MOST_ROOMS, MOST_TABS = 9, 6

every_room = pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.label))


def nav(page: str, kind: str) -> str:
    """The piece of the page between this <nav> and its end; empty where there is none."""
    _, found, rest = page.partition(f'<nav class="{kind}"')
    return rest[: rest.index("</nav>")] if found else ""


def test_there_are_few_rooms() -> None:
    assert len(ROOMS) <= MOST_ROOMS


@every_room
def test_a_room_has_few_tabs_and_names_no_page_twice(room: Room) -> None:
    urls = [page.url for page in room.pages]

    assert len(room.tabs) <= MOST_TABS
    assert len(urls) == len(set(urls))


def test_the_clock_of_all_pages_is_set_where_the_organisation_is(alice_browser: Client) -> None:
    page = alice_browser.get("/analytics/settings/", headers={"Accept-Language": "en"}).text

    assert "Time zone and currency" in nav(
        alice_browser.get("/settings/", headers={"Accept-Language": "en"}).text, "subtabs"
    )
    assert "Sign-in security" in nav(page, "subtabs")


@pytest.mark.slow
def test_every_page_of_every_room_opens_and_shows_where_one_is(alice_browser: Client) -> None:
    for room in ROOMS:
        for page in room.pages:
            answer = alice_browser.get(page.url, follow=True)
            text = answer.content.decode()
            where = f"{room.label}: {page.url}"

            assert answer.status_code == 200, where
            if answer.redirect_chain:  # asks for the password again
                continue
            assert nav(text, "nav").count('aria-current="page"') == 1, where
            if len(room.tabs) > 1:
                assert nav(text, "tabs").count('aria-current="page"') == 1, where


def test_the_page_of_one_thing_shows_no_tabs(alice_browser: Client) -> None:
    page = alice_browser.get("/team/invite/").content.decode()

    assert nav(page, "tabs") == ""
    assert 'aria-current="page"' in nav(page, "nav")


def test_a_member_sees_the_rooms_of_what_they_may_do(charlie: User) -> None:
    page = browser_of(charlie).get("/").content.decode()

    assert 'href="/knowledge/"' in nav(page, "nav")
    assert "/team/" not in page


def test_the_finder_finds_a_document_and_a_member_by_a_part_of_the_name(
    alice_browser: Client, bob_browser: Client, alice_actor: Actor
) -> None:
    collection = Collection.objects.create(
        organisation=alice_actor.organisation, name="Handbook", language="en"
    )
    Document.objects.create(
        organisation=alice_actor.organisation, collection=collection, title="Opening hours 2026"
    )

    def found(browser: Client, text: str) -> str:
        return browser.post("/find/", {"text": text}).content.decode()

    assert "Opening hours 2026" in found(alice_browser, "HOURS")
    assert "Alice" in found(alice_browser, "lic")
    # Two characters at least; and nothing of another organisation.
    assert found(alice_browser, "o").strip() == ""
    assert found(bob_browser, "hours").strip() == ""
