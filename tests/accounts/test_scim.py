"""Members as an identity provider keeps them here, by SCIM as Entra and Okta speak it."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from apps.accounts import group_roles, services
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, ProvisionedGroup, ProvisionedUser, User
from apps.audit.models import AuditEntry
from apps.core.errors import PermissionDenied
from tests.conftest import PASSWORD, ApiClient, api_client

pytestmark = pytest.mark.django_db
USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
JSON = "application/scim+json"


@pytest.fixture(autouse=True)
def _protocol() -> None:
    pytest.importorskip(
        "scim2_server", reason="NO SCIM2-SERVER: pip install --require-hashes -r requirements/scim.txt"
    )


@pytest.fixture
def provider(alice_actor: Actor) -> ApiClient:
    """Alice's identity provider, which has two groups; one of them is somebody here."""
    group_roles.set_group_role(alice_actor, group="Doctors", role="clinician")
    return api_client(alice_actor, "organisation.provision")


def person(name: str = "lee", **values: Any) -> dict[str, Any]:
    address = f"{name}@tea.example"
    return {
        "schemas": [USER],
        "userName": address,
        "externalId": f"id-of-{name}",
        "name": {"givenName": name.title(), "familyName": "Wong"},
        "emails": [{"value": address, "type": "work", "primary": True}],
        "active": True,
    } | values


def made(client: Client, kind: str, body: dict[str, Any]) -> str:
    answer = client.post(f"/scim/v2/{kind}", body, JSON)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def group(client: Client, name: str, *members: str) -> str:
    body = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members]}
    return made(client, "Groups", body)


def patch(client: Client, address: str, *operations: dict[str, Any]) -> None:
    answer = client.patch(f"/scim/v2/{address}", {"schemas": [PATCH], "Operations": operations}, JSON)
    assert answer.status_code in (200, 204), answer.text


def role(email: str = "lee@tea.example") -> str | None:
    member = Membership.objects.filter(user__email=email, is_active=True).first()
    return member.role if member else None


@pytest.mark.slow
def test_a_person_is_let_in_by_a_group_that_has_a_role_and_by_no_other(provider: ApiClient) -> None:
    lee = made(provider, "Users", person())
    group(provider, "Drivers", lee)
    assert (role(), User.objects.filter(email="lee@tea.example").exists()) == (None, False)

    doctors = group(provider, "Doctors", lee)
    assert role() == "clinician"
    assert User.objects.get(email="lee@tea.example").name == "Lee Wong"

    # As Entra takes somebody out of a group.
    patch(provider, f"Groups/{doctors}", {"op": "Remove", "path": f'members[value eq "{lee}"]'})
    assert role() is None
    patch(provider, f"Groups/{doctors}", {"op": "Add", "path": "members", "value": [{"value": lee}]})
    assert role() == "clinician"
    assert AuditEntry.objects.filter(action="member.joined_by_group").count() == 1
    assert AuditEntry.objects.filter(action="provisioned_group.saved").count() == 4


@pytest.mark.slow
def test_a_person_is_found_renamed_deactivated_and_deleted(provider: ApiClient) -> None:
    lee = made(provider, "Users", person())
    group(provider, "Doctors", lee)
    for query in ('userName eq "LEE@tea.example"', 'externalId eq "id-of-lee"', 'name.familyName co "won"'):
        found = provider.get("/scim/v2/Users", {"filter": query}).json()
        assert [each["id"] for each in found["Resources"]] == [lee], query
    assert provider.get("/scim/v2/Users", {"filter": 'userName eq "kim"'}).json()["totalResults"] == 0
    kim = made(provider, "Users", person("kim"))
    page = provider.get("/scim/v2/Users", {"startIndex": 2, "count": 1}).json()
    assert (page["totalResults"], [each["id"] for each in page["Resources"]]) == (2, [kim])

    patch(provider, f"Users/{lee}", {"op": "replace", "value": {"displayName": "Lee Chan"}})
    assert User.objects.get(email="lee@tea.example").name == "Lee Chan"
    # Entra writes booleans as words.
    patch(provider, f"Users/{lee}", {"op": "Replace", "path": "active", "value": "False"})
    assert role() is None
    patch(provider, f"Users/{lee}", {"op": "Replace", "path": "active", "value": "True"})
    assert role() == "clinician"

    assert provider.delete(f"/scim/v2/Users/{lee}").status_code == 204
    assert (role(), ProvisionedUser.objects.count()) == (None, 1)
    assert provider.get(f"/scim/v2/Users/{lee}").status_code == 404


@pytest.mark.slow
def test_nothing_of_another_organisation_is_touched(
    provider: ApiClient, alice_actor: Actor, bob: User, bob_actor: Actor, rival: Organisation
) -> None:
    bobs_provider = api_client(bob_actor, "organisation.provision")
    group_roles.set_group_role(bob_actor, group="Doctors", role="admin")
    theirs = made(bobs_provider, "Users", person("kim"))

    assert provider.get(f"/scim/v2/Users/{theirs}").status_code == 404
    assert provider.get("/scim/v2/Users").json()["totalResults"] == 0
    own = group(provider, "Doctors", theirs)
    assert not ProvisionedGroup.objects.get(pk=own).members.exists()

    # Bob belongs to his house too: he joins, keeps his name there, and is not shut out there.
    address = {"emails": [{"value": bob.email, "primary": True}], "userName": bob.email}
    copy = made(provider, "Users", person("bob", displayName="Mallory", **address))
    patch(provider, f"Groups/{own}", {"op": "add", "path": "members", "value": [{"value": copy}]})
    patch(provider, f"Users/{copy}", {"op": "replace", "path": "active", "value": False})
    bob.refresh_from_db()
    assert (bob.name, bob.is_active) != ("Mallory", False)
    assert {(each.organisation_id, each.is_active) for each in Membership.objects.filter(user=bob)} == {
        (rival.pk, True),
        (alice_actor.organisation.pk, False),
    }


def test_another_address_is_another_account(provider: ApiClient, bob: User) -> None:
    lee = made(provider, "Users", person())
    group(provider, "Doctors", lee)

    patch(
        provider,
        f"Users/{lee}",
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": bob.email},
    )

    assert (role(), role(bob.email)) == (None, "clinician")
    assert User.objects.get(email="lee@tea.example").email == "lee@tea.example"


@pytest.mark.slow
def test_the_last_owner_and_whom_a_person_shut_out_stay_as_they_are(
    provider: ApiClient, alice_actor: Actor, alice: User
) -> None:
    address = {"emails": [{"value": alice.email, "primary": True}], "userName": alice.email}
    copy = made(provider, "Users", person("alice", **address))
    group(provider, "Doctors", copy)
    assert role(alice.email) == "owner"

    lee = made(provider, "Users", person())
    group_id = group(provider, "Nurses", lee)
    group_roles.set_group_role(alice_actor, group="Nurses", role="viewer")
    patch(provider, f"Groups/{group_id}", {"op": "replace", "path": "members", "value": []})
    patch(provider, f"Groups/{group_id}", {"op": "add", "path": "members", "value": [{"value": lee}]})
    services.deactivate_member(alice_actor, Membership.objects.get(user__email="lee@tea.example"))
    patch(provider, f"Users/{lee}", {"op": "replace", "value": {"displayName": "Lee"}})
    assert role() is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"schemas": [USER], "userName": "nobody"}, 400),
        ({"schemas": [USER], "userName": "x@y.example", "emails": [{"value": "not an address"}]}, 400),
        ({"schemas": [USER]}, 400),
        ({"schemas": [USER], "userName": "LEE@tea.example"}, 409),
        ("[" * 5000, 400),
        ("[" * 3_000_000, 413),
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    provider: ApiClient, body: Any, status: int
) -> None:
    made(provider, "Users", person())

    answer = provider.post("/scim/v2/Users", body, JSON)

    assert (answer.status_code, ProvisionedUser.objects.count()) == (status, 1)
    assert answer.json()["status"] == str(status)
    assert "application/scim+json" in answer.headers["Content-Type"]


def test_only_a_key_with_the_scope_opens_it(
    alice_actor: Actor, alice_browser: Client, provider: ApiClient
) -> None:
    assert Client().get("/scim/v2/Users").status_code == 401
    assert api_client(alice_actor, "jobs.view").get("/scim/v2/Users").status_code == 403
    # A session is no key: a page could send a form with it.
    assert alice_browser.post("/scim/v2/Users", person(), JSON).status_code == 401
    assert provider.get("/scim/v2/Users", {"filter": "(" * 3000}).status_code == 400
    config = provider.get("/scim/v2/ServiceProviderConfig").json()
    assert (config["patch"], config["bulk"]["supported"]) == ({"supported": True}, False)
    assert {each["name"] for each in provider.get("/scim/v2/ResourceTypes").json()["Resources"]} == {
        "User",
        "Group",
    }


@pytest.mark.parametrize(
    "value", ["\x00", "Le\x00e", "Le\ud800e", "\U0010ffff", "e" * 70_000, 10**40, -1, [[]], {}, None]
)
def test_a_person_or_group_that_cannot_be_kept_is_refused_and_the_next_one_kept(
    provider: ApiClient, value: Any
) -> None:
    """What fails as an error of ours, a provider sends again and again, and stops its synchronisation over it."""
    lee = made(provider, "Users", person())
    people = [person("eve", **{name: value}) for name in ("userName", "externalId", "displayName", "active")]
    people += [
        person("eve") | {"name": {"givenName": value}},
        person("eve", emails=[{"value": value, "primary": True}]),
    ]
    groups = [
        {"schemas": [GROUP], "displayName": value},
        {"schemas": [GROUP], "displayName": "D", "externalId": value},
    ]
    groups += [{"schemas": [GROUP], "displayName": "E", "members": [{"value": value}]}]
    answers = [provider.post("/scim/v2/Users", body, JSON) for body in people]
    answers += [provider.post("/scim/v2/Groups", body, JSON) for body in groups]
    changes = [
        {"op": "replace", "path": path, "value": value}
        for path in ("displayName", "active", "name.givenName")
    ]
    for change in changes:
        answers.append(
            provider.patch(f"/scim/v2/Users/{lee}", {"schemas": [PATCH], "Operations": [change]}, JSON)
        )
    answers.append(
        provider.get(
            "/scim/v2/Users", {"filter": f'userName eq "{str(value)[:50]}"'.encode(errors="replace")}
        )
    )

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    made(provider, "Users", person("next"))


def test_what_a_provider_looks_for_is_found_however_it_says_so(provider: ApiClient) -> None:
    lee = made(provider, "Users", person(externalId="TEA\\lee"))
    doctors = group(provider, "Doctors", lee)
    for kind, query, found in (
        ("Users", 'userName eq "lee@tea.example" and emails.type eq "work"', [lee]),
        ("Users", 'userName eq "lee@tea.example" and active eq true', [lee]),
        ("Users", r'externalId eq "TEA\\lee"', [lee]),
        ("Users", r'userName eq "\u006cee@tea.example"', [lee]),
        ("Users", 'userName eq "lee@tea.example" and active eq false', []),
        ("Groups", 'displayName eq "doctors"', [doctors]),
    ):
        answer = provider.get(f"/scim/v2/{kind}", {"filter": query}).json()
        assert [each["id"] for each in answer.get("Resources") or []] == found, query


def test_an_administrator_comes_to_no_role_by_a_key_for_groups(tea_house: Organisation) -> None:
    dora = User.objects.create_user("dora@tea.example")
    admin = Membership.objects.create(organisation=tea_house, user=dora, role="admin")

    with pytest.raises(PermissionDenied):
        services.create_api_key(
            Actor.from_member(admin), name="groups", scopes=["organisation.provision", "jobs.view"]
        )


def test_a_key_for_groups_ends_when_its_maker_is_no_owner_any_more(
    provider: ApiClient, alice_actor: Actor, tea_house: Organisation
) -> None:
    dora = User.objects.create_user("dora@tea.example")
    Membership.objects.create(organisation=tea_house, user=dora, role="owner")
    assert alice_actor.member
    services.change_role(alice_actor, alice_actor.member, role="admin")

    assert provider.get("/scim/v2/Users").status_code == 403


def test_nobody_takes_the_address_of_somebody_who_is_still_to_come(
    provider: ApiClient, charlie: User
) -> None:
    browser = Client()
    browser.post("/accounts/login/", {"login": charlie.email, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for act in ("action_add", "action_primary"):
        browser.post("/accounts/email/", {act: "", "email": "lee@tea.example"})

    group(provider, "Doctors", made(provider, "Users", person()))

    assert Membership.objects.get(user=charlie).role == "viewer"
    assert role() == "clinician"


def test_who_signed_up_under_a_strange_address_is_not_let_in_by_its_groups(
    provider: ApiClient, settings: Any
) -> None:
    settings.SIGNUP_OPEN = True
    mallory, password = Client(), "quiet-lantern-rain"
    mallory.post(
        "/accounts/signup/", {"email": "lee@tea.example", "password1": password, "password2": password}
    )
    assert "_auth_user_id" in mallory.session
    TOTP.activate(User.objects.get(email="lee@tea.example"), generate_totp_secret())

    group(provider, "Doctors", made(provider, "Users", person()))

    assert role() == "clinician"
    assert not Authenticator.objects.exists(), "lee could never sign in"
    assert mallory.get("/jobs/").status_code == 302
    mallory.post("/accounts/login/", {"login": "lee@tea.example", "password": password})
    assert mallory.get("/jobs/").status_code == 302
