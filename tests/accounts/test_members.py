from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client

from apps.accounts import services
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, PermissionDenied
from apps.customer_service.inbox.models import Tag
from tests.conftest import ApiClient, api_client
from tests.customer_service.handoff.test_races import wait_until_blocked_by_us


def member_of(organisation: Organisation, user: User) -> Membership:
    return Membership.objects.get(organisation=organisation, user=user)


@pytest.fixture
def admin_actor(tea_house: Organisation) -> Actor:
    user = User.objects.create_user("dora@tea.example", name="Dora")
    member = Membership.objects.create(organisation=tea_house, user=user, role="admin")
    return Actor.from_member(member)


def test_the_caller_learns_who_it_is(alice_api: ApiClient, alice_browser: Client) -> None:
    as_key = alice_api.get("/api/v1/me/").json()
    as_person = alice_browser.get("/api/v1/me/").json()

    assert (as_key["kind"], as_key["organisation"]["name"]) == ("api_key", "Tea House")
    assert (as_person["kind"], as_person["email"], as_person["role"]) == (
        "member",
        "alice@tea.example",
        "owner",
    )


def test_an_owner_changes_a_role(alice_browser: Client, tea_house: Organisation, charlie: User) -> None:
    member = member_of(tea_house, charlie)

    answer = alice_browser.patch(
        f"/api/v1/members/{member.pk}/", {"role": "agent"}, content_type="application/json"
    )

    assert answer.status_code == 200
    assert member_of(tea_house, charlie).role == "agent"
    line = AuditEntry.objects.within(tea_house).get(action="member.role_changed")
    assert line.details == {"before": "viewer", "after": "agent"}


def test_the_last_owner_cannot_be_removed(alice_actor: Actor, tea_house: Organisation, alice: User) -> None:
    owner = member_of(tea_house, alice)

    with pytest.raises(Conflict, match="last owner"):
        services.change_role(alice_actor, owner, role="admin")
    with pytest.raises(Conflict, match="last owner"):
        services.deactivate_member(alice_actor, owner)


def test_an_owner_may_go_when_another_stays(
    alice_actor: Actor, tea_house: Organisation, alice: User, charlie: User
) -> None:
    services.change_role(alice_actor, member_of(tea_house, charlie), role="owner")

    services.change_role(alice_actor, member_of(tea_house, alice), role="viewer")

    assert member_of(tea_house, alice).role == "viewer"


def test_an_administrator_makes_no_owner_and_touches_none(
    admin_actor: Actor, tea_house: Organisation, alice: User, charlie: User
) -> None:
    with pytest.raises(PermissionDenied):
        services.change_role(admin_actor, member_of(tea_house, charlie), role="owner")
    with pytest.raises(PermissionDenied):
        services.deactivate_member(admin_actor, member_of(tea_house, alice))


def test_a_key_cannot_give_a_role_beyond_its_scopes(
    alice_actor: Actor, tea_house: Organisation, charlie: User
) -> None:
    narrow = api_client(alice_actor, "organisation.manage")

    answer = narrow.patch(
        f"/api/v1/members/{member_of(tea_house, charlie).pk}/",
        {"role": "admin"},
        content_type="application/json",
    )

    assert answer.status_code == 403


def test_a_deactivated_member_is_out_at_once(
    alice_actor: Actor, tea_house: Organisation, charlie: User
) -> None:
    browser = Client()
    browser.force_login(charlie)
    assert browser.get("/api/v1/me/").status_code == 200

    services.deactivate_member(alice_actor, member_of(tea_house, charlie))

    assert browser.get("/api/v1/me/").status_code == 401

    services.reactivate_member(alice_actor, member_of(tea_house, charlie))
    assert browser.get("/api/v1/me/").status_code == 200


def test_a_viewer_cannot_see_the_team(charlie: User) -> None:
    browser = Client()
    browser.force_login(charlie)

    assert browser.get("/team/").status_code == 403
    assert browser.get("/api/v1/members/").status_code == 403


def test_the_team_page_lists_members(alice_browser: Client, charlie: User) -> None:
    page = alice_browser.get("/team/").content.decode()

    assert "charlie@tea.example" in page


def test_the_organisation_is_renamed(alice_browser: Client, tea_house: Organisation) -> None:
    alice_browser.post("/settings/", {"name": "Tea Palace", "output_language": "en"})

    tea_house.refresh_from_db()
    assert (tea_house.name, tea_house.output_language) == ("Tea Palace", "en")


def test_an_unknown_output_language_is_refused(alice_api: ApiClient, tea_house: Organisation) -> None:
    answer = alice_api.patch(
        "/api/v1/organisation/", {"output_language": "tlh"}, content_type="application/json"
    )

    assert answer.status_code == 400
    assert "output_language" in answer.json()["error"]["fields"]


@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_organisation_lets_others_finish_that_stand_in_the_trail_before_it(
    alice_actor: Actor,
) -> None:
    """Their new rows are held against the organisation at their commit: its lock must not keep them from it."""

    def rename() -> None:
        try:
            services.change_organisation(alice_actor, name="Tea Palace", output_language="en")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            audit.record(alice_actor, action="tag.created")
            Tag.objects.create(organisation=alice_actor.organisation, name="oolong")
            renaming = pool.submit(rename)
            wait_until_blocked_by_us()
        renaming.result(timeout=60)

    assert Organisation.objects.get().name == "Tea Palace"
    assert Tag.objects.exists()
