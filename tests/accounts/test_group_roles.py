"""Groups of the identity provider give roles: by single sign-on, by LDAP, by the same service."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import group_roles, services
from apps.accounts.actors import Actor
from apps.accounts.models import GroupRole, Membership, Organisation, User
from apps.audit.models import AuditEntry
from apps.core.errors import PermissionDenied
from tests.accounts.openid_provider import Provider
from tests.accounts.test_members import admin_actor, member_of
from tests.accounts.test_single_sign_on import is_signed_in, provider, signed_in

__all__ = ["admin_actor", "provider"]


@pytest.fixture
def zoe(db: None) -> User:
    return User.objects.create_user("zoe@tea.example", name="Zoe")


def roles(user: User) -> dict[str, str]:
    members = Membership.objects.filter(user=user, is_active=True)
    return {member.organisation.name: member.role for member in members}


def test_a_group_opens_each_organisation_that_maps_it(
    alice_actor: Actor, bob_actor: Actor, zoe: User
) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="viewer")
    group_roles.set_group_role(bob_actor, group="staff", role="analyst")

    group_roles.follow_groups(zoe, ["staff", "chess club"])

    assert roles(zoe) == {"Tea House": "viewer", "Rival": "analyst"}


def test_a_role_follows_the_groups_and_ends_with_the_last_one(alice_actor: Actor, zoe: User) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="viewer")
    group_roles.set_group_role(alice_actor, group="it", role="admin")

    group_roles.follow_groups(zoe, ["staff", "it"])
    assert roles(zoe) == {"Tea House": "admin"}
    group_roles.follow_groups(zoe, ["staff"])
    assert roles(zoe) == {"Tea House": "viewer"}
    group_roles.follow_groups(zoe, [])
    assert roles(zoe) == {}
    group_roles.follow_groups(zoe, ["it"])
    assert roles(zoe) == {"Tea House": "admin"}

    lines = AuditEntry.objects.within(alice_actor.organisation).filter(action__startswith="member.")
    assert list(lines.order_by("sequence").values_list("action", "actor")) == [
        ("member.joined_by_group", "platform"),
        ("member.role_by_group", "platform"),
        ("member.left_by_groups", "platform"),
        ("member.role_by_group", "platform"),
    ]


def test_who_was_invited_stays_without_a_group_and_who_was_deactivated_stays_out_with_one(
    alice_actor: Actor, tea_house: Organisation, charlie: User, zoe: User
) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="admin")
    group_roles.follow_groups(charlie, [])
    assert roles(charlie) == {"Tea House": "viewer"}

    group_roles.follow_groups(zoe, ["staff"])
    services.deactivate_member(alice_actor, member_of(tea_house, zoe))
    group_roles.follow_groups(zoe, ["staff"])
    assert roles(zoe) == {}


def test_the_last_owner_stays_an_owner_whatever_the_groups_say(
    alice_actor: Actor, alice: User, zoe: User, tea_house: Organisation
) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="viewer")
    group_roles.set_group_role(alice_actor, group="bosses", role="owner")

    group_roles.follow_groups(alice, ["staff"])
    assert roles(alice) == {"Tea House": "owner"}

    group_roles.follow_groups(zoe, ["bosses"])
    Membership.objects.filter(user=alice).delete()
    group_roles.follow_groups(zoe, [])
    assert roles(zoe) == {"Tea House": "owner"}


def test_nobody_maps_a_group_to_more_than_they_may_give(admin_actor: Actor, alice_actor: Actor) -> None:
    with pytest.raises(PermissionDenied):
        group_roles.set_group_role(admin_actor, group="staff", role="owner")

    bosses = group_roles.set_group_role(alice_actor, group="bosses", role="owner")
    with pytest.raises(PermissionDenied):
        group_roles.set_group_role(admin_actor, group="bosses", role="viewer")
    with pytest.raises(PermissionDenied):
        group_roles.remove_group_role(admin_actor, bosses)


def test_an_owner_maps_groups_on_a_page(alice_browser: Client, tea_house: Organisation) -> None:
    alice_browser.post("/settings/groups/", {"group": "staff", "role": "viewer"})
    alice_browser.post("/settings/groups/", {"group": "staff", "role": "admin"})

    row = GroupRole.objects.within(tea_house).get()
    assert (row.group, row.role) == ("staff", "admin")
    assert "staff" in alice_browser.get("/settings/groups/").content.decode()
    alice_browser.post(f"/settings/groups/{row.pk}/remove/")
    assert not GroupRole.objects.within(tea_house).exists()


@pytest.mark.parametrize("claim", ["staff", ["staff", 7]])
def test_a_person_of_a_mapped_group_needs_no_invitation(
    provider: Provider, alice_actor: Actor, claim: object
) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="viewer")
    provider.person = {
        "sub": "u-7",
        "email": "zoe@tea.example",
        "email_verified": True,
        "name": "Zoe",
        "groups": claim,
    }
    browser = Client()

    signed_in(provider, browser)

    zoe = User.objects.get(email="zoe@tea.example")
    assert (zoe.name, roles(zoe)) == ("Zoe", {"Tea House": "viewer"})
    assert browser.get("/jobs/").status_code == 200
    signed = AuditEntry.objects.within(alice_actor.organisation).order_by("-sequence").first()
    assert signed
    assert signed.action == "sign_in.succeeded"


def test_an_unverified_address_gets_no_account_by_a_group(provider: Provider, alice_actor: Actor) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="viewer")
    provider.person |= {
        "sub": "u-8",
        "email": "eve@tea.example",
        "email_verified": False,
        "groups": ["staff"],
    }
    browser = Client()

    signed_in(provider, browser)

    assert not is_signed_in(browser)
    assert not User.objects.filter(email="eve@tea.example").exists()


@pytest.mark.parametrize(("told", "left"), [({"groups": []}, {}), ({}, {"Tea House": "viewer"})])
def test_a_provider_that_tells_no_groups_takes_nothing_from_anybody(
    provider: Provider, alice_actor: Actor, told: dict[str, Any], left: dict[str, str], zoe: User
) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="viewer")
    group_roles.follow_groups(zoe, ["staff"])
    provider.person = {"sub": "u-7", "email": zoe.email, "email_verified": True, **told}

    signed_in(provider, Client())

    assert roles(zoe) == left
