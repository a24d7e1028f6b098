"""Sign-in by a real directory: Debian's slapd, OpenLDAP's own client."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts import group_roles
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit.models import AuditEntry
from tests.accounts.ldap_server import BASE, SERVICE_DN, SERVICE_PASSWORD, Slapd, free_port, running_slapd
from tests.accounts.test_group_roles import roles
from tests.conftest import PASSWORD

SIGN_IN = "/accounts/login/"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    pytest.importorskip(
        "ldap",
        reason="NO PYTHON-LDAP: pip install --require-hashes -r requirements/ldap.txt",
        exc_type=ImportError,
    )
    with running_slapd(tmp_path_factory.mktemp("slapd")) as server:
        yield server


@pytest.fixture
def directory(slapd: Slapd, settings: Any) -> Slapd:
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "apps.accounts.ldap_directory.LdapBackend",
    ]
    settings.LDAP_URL = f"ldaps://127.0.0.1:{slapd.tls_port}"
    settings.LDAP_BIND_DN, settings.LDAP_BIND_PASSWORD = SERVICE_DN, SERVICE_PASSWORD
    settings.LDAP_USERS, settings.LDAP_GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
    settings.LDAP_CA_FILE = str(slapd.ca_file)
    return slapd


@pytest.fixture
def staff(alice_actor: Actor) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="viewer")
    group_roles.set_group_role(alice_actor, group="night shift", role="analyst")


def signs_in(address: str, password: str, browser: Client | None = None) -> bool:
    browser = browser or Client()
    browser.post(SIGN_IN, {"login": address, "password": password})
    return "_auth_user_id" in browser.session


def test_a_person_of_the_directory_gets_an_account_and_a_role_by_their_groups(
    directory: Slapd, staff: None, tea_house: Organisation
) -> None:
    browser = Client()

    assert signs_in("Zoe@tea.example", "zoes-password", browser)

    zoe = User.objects.get(email="zoe@tea.example")
    assert (zoe.name, roles(zoe)) == ("Zoe Zhang", {"Tea House": "analyst"})
    assert browser.get("/jobs/").status_code == 200
    actions = AuditEntry.objects.within(tea_house).values_list("action", flat=True)
    assert {"member.joined_by_group", "sign_in.succeeded"} <= set(actions)


def test_nobody_without_a_mapped_group_or_an_invitation_gets_an_account(
    directory: Slapd, tea_house: Organisation
) -> None:
    assert not signs_in("zoe@tea.example", "zoes-password")
    assert not User.objects.filter(email="zoe@tea.example").exists()


@pytest.mark.parametrize("password", ["wrong", "", "zoes-password\x00"])
def test_a_wrong_or_empty_password_opens_nothing(directory: Slapd, staff: None, password: str) -> None:
    assert not signs_in("zoe@tea.example", password)


@pytest.mark.parametrize(
    "address", ["*@tea.example", "zo*@tea.example", "x)(mail=zoe@tea.example", "\\2a@tea.example"]
)
def test_what_is_typed_is_no_part_of_the_filter(directory: Slapd, staff: None, address: str) -> None:
    from apps.accounts import ldap_directory

    assert ldap_directory.verified_entry(address, "zoes-password") is None
    assert not signs_in(address, "zoes-password")


def test_an_address_that_two_entries_have_is_nobodys(directory: Slapd, staff: None) -> None:
    assert not signs_in("twins@tea.example", "twins-password")


def test_the_limits_of_sign_in_hold_for_the_directory(directory: Slapd, staff: None) -> None:
    for _ in range(5):
        assert not signs_in("zoe@tea.example", "wrong")

    assert not signs_in("zoe@tea.example", "zoes-password")


def test_a_role_that_needs_a_second_factor_is_led_to_set_it_up(
    directory: Slapd, staff: None, tea_house: Organisation
) -> None:
    Organisation.objects.filter(pk=tea_house.pk).update(second_factor_roles=["analyst"])
    browser = Client()
    assert signs_in("zoe@tea.example", "zoes-password", browser)

    assert browser.get("/jobs/")["Location"] == "/accounts/2fa/totp/activate/"


def test_the_password_of_the_directory_is_asked_before_what_gives_power(
    directory: Slapd, alice_actor: Actor
) -> None:
    group_roles.set_group_role(alice_actor, group="staff", role="admin")
    browser = Client()
    assert signs_in("zoe@tea.example", "zoes-password", browser)
    key = {"name": "erp", "scopes": ["jobs.view"], "lifetime_days": "30"}

    asked = browser.post("/api-keys/new/", key)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert browser.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code == 200
    assert browser.post("/accounts/reauthenticate/", {"password": "zoes-password"}).status_code == 302
    assert browser.post("/api-keys/new/", key).status_code == 200


def test_while_the_directory_is_away_it_says_so_and_local_accounts_sign_in(
    directory: Slapd, staff: None, alice: User, settings: Any
) -> None:
    assert signs_in("alice@tea.example", "directory-password")
    settings.LDAP_URL = f"ldaps://127.0.0.1:{free_port()}"

    answer = Client().post(SIGN_IN, {"login": "zoe@tea.example", "password": "zoes-password"})

    assert "The directory is not responding" in answer.content.decode()
    assert signs_in("alice@tea.example", PASSWORD)


def test_a_server_with_a_strange_certificate_gets_no_password(
    directory: Slapd, staff: None, settings: Any
) -> None:
    settings.LDAP_CA_FILE = ""

    answer = Client().post(SIGN_IN, {"login": "zoe@tea.example", "password": "zoes-password"})

    assert "The directory is not responding" in answer.content.decode()


def test_an_address_without_tls_turns_to_it(directory: Slapd, staff: None, settings: Any) -> None:
    settings.LDAP_URL = f"ldap://127.0.0.1:{directory.plain_port}"
    assert signs_in("zoe@tea.example", "zoes-password")

    settings.LDAP_CA_FILE = ""
    assert not signs_in("zoe@tea.example", "zoes-password")


def test_a_password_set_here_opens_no_account_of_the_directory(directory: Slapd, staff: None) -> None:
    """One set by mail would go on working after the person was taken out of the directory."""
    assert signs_in("zoe@tea.example", "zoes-password")
    zoe = User.objects.get(email="zoe@tea.example")
    zoe.set_password("set-by-a-mailed-link")
    zoe.save()

    assert not signs_in("zoe@tea.example", "set-by-a-mailed-link")


def test_the_password_of_whoever_signed_up_under_the_address_before_opens_nothing_any_more(
    directory: Slapd, staff: None
) -> None:
    User.objects.create_user("zoe@tea.example", PASSWORD)

    assert signs_in("zoe@tea.example", "zoes-password")
    assert not signs_in("zoe@tea.example", PASSWORD)


def test_who_is_a_member_by_invitation_signs_in_without_groups(
    directory: Slapd, tea_house: Organisation, settings: Any
) -> None:
    settings.LDAP_GROUPS = ""
    zoe = User.objects.create_user("zoe@tea.example", name="Zoe")
    Membership.objects.create(organisation=tea_house, user=zoe, role="viewer")

    assert signs_in("zoe@tea.example", "zoes-password")
    assert roles(zoe) == {"Tea House": "viewer"}
