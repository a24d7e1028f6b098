"""Channels have their built-in rules; an organisation changes limits, adds hints, and goes back."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput, NotFound
from apps.marketing.channels import selectors
from apps.marketing.channels.resources import CHANNEL_OVERRIDES
from apps.resources import services as resources
from domain.marketing.copy_checks.channels import channels

pytestmark = pytest.mark.django_db
KEY = "xiaohongshu"


def test_a_channel_has_the_limits_that_it_publishes(alice_actor: Actor) -> None:
    assert selectors.channel(alice_actor.organisation, KEY).rules == channels()[KEY]
    with pytest.raises(NotFound):
        selectors.channel(alice_actor.organisation, "telegraph")


def test_an_organisation_changes_limits_for_itself_alone(alice_actor: Actor, bob_actor: Actor) -> None:
    values = {"channel": KEY, "field_limits": "title = 18", "max_emoji": 2, "hints": "Ask a question."}
    row = resources.save(alice_actor, CHANNEL_OVERRIDES, values)

    view = selectors.channel(alice_actor.organisation, KEY)
    assert (view.rules.fields[0].max_length, view.rules.max_emoji, view.hints) == (18, 2, "Ask a question.")
    assert selectors.channel(bob_actor.organisation, KEY).rules == channels()[KEY]

    resources.delete(alice_actor, CHANNEL_OVERRIDES, row)
    assert selectors.channel(alice_actor.organisation, KEY).rules == channels()[KEY]


@pytest.mark.parametrize("line", ["colour = 3", "title = many", "title", "title = 0", "title = -4"])
def test_a_limit_names_a_field_and_a_number(alice_actor: Actor, line: str) -> None:
    with pytest.raises(InvalidInput):
        resources.save(alice_actor, CHANNEL_OVERRIDES, {"channel": KEY, "field_limits": line})


def test_the_page_shows_every_channel(alice_browser: Client) -> None:
    page = alice_browser.get("/marketing/channels/").content.decode()

    assert all(each.name_en in page for each in channels().values())
