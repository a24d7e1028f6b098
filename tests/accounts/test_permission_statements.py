"""A service says what it needs, once: it refuses by itself, and the button of its act is not shown."""

from functools import partial

import pytest
from django.template import Context, Template

from apps.accounts.act_declaration import Act
from apps.accounts.actors import Actor, permission_of, requires_permission
from apps.accounts.models import Membership, Organisation, User
from apps.core.errors import PermissionDenied
from apps.marketing.experiments.models import Experiment
from tests.conftest import ApiClient, browser_of

BUTTON = Template('{% load design %}{% act_button "marketing:start_experiment" row label="Go" version=3 %}')


@requires_permission("shop.send", "shop.manage")
def send(actor: Actor, *, parcel: str) -> str:
    return f"{parcel} is on its way"


def test_a_service_lets_in_who_has_one_of_its_permissions_and_the_platform(tea_house: Organisation) -> None:
    def sent_by(*permissions: str, visitor: str = "") -> str:
        return send(Actor(tea_house, frozenset(permissions), visitor=visitor), parcel="Tea")

    assert sent_by("shop.send", visitor="vera") == sent_by("shop.manage", visitor="vera") == sent_by()
    with pytest.raises(PermissionDenied):
        sent_by("shop.view", visitor="vera")


def test_what_it_needs_can_be_read_and_a_service_that_says_nothing_makes_no_act() -> None:
    assert permission_of(send) == permission_of(partial(send, parcel="Tea")) == "shop.send"
    with pytest.raises(TypeError, match="needs @requires_permission"):
        Act(lambda actor: None)


def shown_to(user: User, row: Experiment) -> str:
    member = Membership.objects.select_related("organisation", "user").get(user=user)
    return BUTTON.render(Context({"actor": Actor.from_member(member), "row": row, "csrf_token": "token"}))


def test_the_button_is_shown_to_whoever_may(tea_house: Organisation, alice: User, charlie: User) -> None:
    row = Experiment.objects.create(organisation=tea_house, name="Spring", shares={"": {}})
    shown = shown_to(alice, row)

    assert f'action="{row.get_absolute_url()}start/"' in shown
    assert '<input type="hidden" name="version" value="3">' in shown
    assert '<button class="button button-primary">' in shown
    assert ">Go<" in shown
    assert shown_to(charlie, row) == ""


def test_page_and_api_ask_for_what_the_service_says(
    tea_house: Organisation, charlie: User, alice_api: ApiClient
) -> None:
    charlie_browser = browser_of(charlie)
    row = Experiment.objects.create(
        organisation=tea_house, name="Spring", shares={"": {}}, status=Experiment.Status.RUNNING
    )
    address = f"/api/v1/marketing/experiments/{row.pk}/stop/"

    assert charlie_browser.post(f"{row.get_absolute_url()}stop/").status_code == 403
    assert charlie_browser.post(address).status_code == 403
    assert alice_api.post_json(address, {"reason": "Sold out."}).json()["status"] == "stopped"
