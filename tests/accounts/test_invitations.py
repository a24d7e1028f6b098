import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.actors import Actor
from apps.accounts.models import Invitation, Membership, Organisation, User
from apps.accounts.permissions import ROLES
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, NotFound, PermissionDenied
from tests.conftest import PASSWORD, ApiClient


def mailed_path() -> str:
    found = re.search(r"https?://[^/]+(/join/\S+/)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_an_invited_stranger_signs_up_and_joins(alice_api: ApiClient, tea_house: Organisation) -> None:
    alice_api.post_json("/api/v1/invitations/", {"email": "dora@tea.example", "role": "agent"})
    browser = Client()
    form = {"email": "dora@tea.example", "password1": "tea-is-hot-tonight", "password2": "tea-is-hot-tonight"}

    page = browser.get(mailed_path(), follow=True)
    assert "Tea House" in page.content.decode()
    landing = browser.post("/accounts/signup/", form)
    assert landing["Location"] == "/join/"
    browser.post("/join/accept/")

    member = Membership.objects.get(organisation=tea_house, user__email="dora@tea.example")
    assert member.role == "agent"
    assert browser.get("/api/v1/me/").json()["organisation"]["name"] == "Tea House"
    assert AuditEntry.objects.within(tea_house).filter(action="invitation.accepted").exists()


def test_a_member_of_another_organisation_joins_too(
    alice_actor: Actor, bob: User, rival: Organisation
) -> None:
    new = services.invite_member(alice_actor, email="BOB@rival.example", role="viewer")
    browser = Client()
    browser.get(f"/join/{new.token}/")

    landing = browser.post("/accounts/login/", {"login": bob.email, "password": PASSWORD})
    browser.post("/join/accept/")

    assert landing["Location"] == "/join/"
    assert set(bob.memberships.values_list("organisation__name", flat=True)) == {"Rival", "Tea House"}


def test_the_mail_says_on_which_clock_its_link_ends(alice_api: ApiClient) -> None:
    alice_api.post_json("/api/v1/invitations/", {"email": "dora@tea.example", "role": "agent"})

    assert re.search(
        r"20\d\d-\d\d-\d\d \d\d:\d\d \([A-Z]\w+/\w+, UTC[+-]\d\d:\d\d\)", str(mail.outbox[-1].body)
    )


def test_an_invitation_outlives_signing_out_of_another_account(
    alice_actor: Actor, alice_browser: Client
) -> None:
    new = services.invite_member(alice_actor, email="dora@tea.example", role="viewer")
    page = alice_browser.get(f"/join/{new.token}/", follow=True, headers={"Accept-Language": "en"}).text
    there = re.search(r'name="next" value="(/join/[^/"]+/)"', page)
    assert there

    alice_browser.post("/accounts/logout/", {"next": there[1]}, follow=True)
    page = alice_browser.get("/join/", headers={"Accept-Language": "en"}).text

    assert 'href="/accounts/signup/?email=dora%40tea.example"' in page
    assert 'value="dora@tea.example"' in alice_browser.get("/accounts/signup/?email=dora%40tea.example").text


def test_who_has_joined_finds_the_way_in_behind_an_old_link(alice_actor: Actor, bob: User) -> None:
    new = services.invite_member(alice_actor, email=bob.email, role="viewer")
    services.accept_invitation(bob, token=new.token)

    page = Client().get(f"/join/{new.token}/", follow=True, headers={"Accept-Language": "en"}).text

    assert "no longer works" in page
    assert re.search(r'<a class="button" href="/">\s*Sign in\s*</a>', page)


def test_an_invitation_is_for_one_address(alice_actor: Actor, bob: User) -> None:
    new = services.invite_member(alice_actor, email="dora@tea.example", role="owner")

    with pytest.raises(PermissionDenied):
        services.accept_invitation(bob, token=new.token)


def test_an_invited_stranger_cannot_take_another_address(alice_actor: Actor) -> None:
    new = services.invite_member(alice_actor, email="dora@tea.example", role="viewer")
    browser = Client()
    browser.get(f"/join/{new.token}/")

    browser.post(
        "/accounts/signup/",
        {"email": "eve@tea.example", "password1": "tea-is-hot-tonight", "password2": "tea-is-hot-tonight"},
    )

    assert not User.objects.filter(email="eve@tea.example").exists()


def test_an_invitation_works_once(alice_actor: Actor, bob: User) -> None:
    new = services.invite_member(alice_actor, email=bob.email, role="viewer")
    services.accept_invitation(bob, token=new.token)

    with pytest.raises(NotFound):
        services.accept_invitation(bob, token=new.token)


def test_an_expired_invitation_is_refused(alice_actor: Actor, bob: User) -> None:
    new = services.invite_member(alice_actor, email=bob.email, role="viewer")

    with time_machine.travel(timezone.now() + timedelta(days=8)), pytest.raises(NotFound):
        services.accept_invitation(bob, token=new.token)


def test_a_revoked_invitation_is_refused(alice_actor: Actor, alice_api: ApiClient, bob: User) -> None:
    new = services.invite_member(alice_actor, email=bob.email, role="viewer")

    assert alice_api.delete(f"/api/v1/invitations/{new.invitation.pk}/").status_code == 204

    with pytest.raises(NotFound):
        services.accept_invitation(bob, token=new.token)


def test_an_invitation_that_was_accepted_or_revoked_a_moment_ago_is_not_revoked(
    alice_actor: Actor, bob: User
) -> None:
    accepted = services.invite_member(alice_actor, email=bob.email, role="viewer")
    services.accept_invitation(bob, token=accepted.token)
    with pytest.raises(Conflict):
        services.revoke_invitation(alice_actor, accepted.invitation)

    gone = services.invite_member(alice_actor, email="dora@tea.example", role="viewer").invitation
    services.revoke_invitation(alice_actor, Invitation.objects.get(pk=gone.pk))
    with pytest.raises(NotFound):
        services.revoke_invitation(alice_actor, gone)

    assert AuditEntry.objects.filter(action="invitation.revoked").count() == 1


def test_a_new_invitation_replaces_the_open_one(alice_actor: Actor) -> None:
    services.invite_member(alice_actor, email="dora@tea.example", role="viewer")
    services.invite_member(alice_actor, email="Dora@tea.example", role="agent")

    assert [invitation.role for invitation in Invitation.objects.all()] == ["agent"]


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_the_same_person_at_once_leave_one_link(alice_actor: Actor) -> None:
    ready = threading.Barrier(2)

    def invite(email: str) -> None:
        try:
            ready.wait(timeout=60)
            services.invite_member(alice_actor, email=email, role="viewer")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(invite, ["dora@tea.example", "Dora@tea.example"]))

    assert Invitation.objects.count() == 1


def test_members_are_not_invited_again(alice_actor: Actor, charlie: User) -> None:
    with pytest.raises(Conflict):
        services.invite_member(alice_actor, email=charlie.email.upper(), role="owner")


def test_the_token_is_stored_only_as_a_hash(alice_actor: Actor) -> None:
    new = services.invite_member(alice_actor, email="dora@tea.example", role="viewer")

    assert new.token not in str(Invitation.objects.values().get())


def test_without_a_mail_server_the_link_is_shown_once(
    alice_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.core.mail.is_set_up", lambda: False)

    page = alice_browser.post("/team/invite/", {"email": "dora@tea.example", "role": "viewer"})

    assert mailed_path() in page.content.decode()


def test_with_a_mail_server_only_the_mail_carries_the_link(alice_browser: Client) -> None:
    page = alice_browser.post("/team/invite/", {"email": "dora@tea.example", "role": "viewer"})

    assert page.status_code == 200
    assert mailed_path() not in page.content.decode()


def test_a_mail_server_that_is_down_leaves_no_invitation(alice_browser: Client, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # type: ignore[attr-defined]

    page = alice_browser.post("/team/invite/", {"email": "dora@tea.example", "role": "viewer"})

    assert "mail server" in page.content.decode()
    assert not Invitation.objects.exists()


def test_strangers_cannot_sign_up(db: None) -> None:
    browser = Client()

    browser.post(
        "/accounts/signup/",
        {"email": "eve@tea.example", "password1": "tea-is-hot-tonight", "password2": "tea-is-hot-tonight"},
    )

    assert not User.objects.exists()
    assert b"password1" not in browser.get("/accounts/signup/").content


def test_every_role_is_explained_where_it_is_given(alice_browser: Client) -> None:
    for path in ("/team/", "/team/invite/"):
        page = alice_browser.get(path, headers={"Accept-Language": "en"}).text
        missing = [role.name for role in ROLES if str(role.explanation) not in page]
        assert missing == [], path


def test_who_was_shut_out_comes_back_by_no_older_link(alice_actor: Actor, bob: User) -> None:
    new = services.invite_member(alice_actor, email="Bob@rival.example", role="viewer")
    member = Membership.objects.create(organisation=alice_actor.organisation, user=bob, role="agent")
    services.deactivate_member(alice_actor, member)

    with pytest.raises(NotFound):
        services.accept_invitation(bob, token=new.token)
    member.refresh_from_db()
    assert not member.is_active


def test_the_last_owner_is_none_the_less_by_an_older_invitation(alice_actor: Actor, bob: User) -> None:
    new = services.invite_member(alice_actor, email=bob.email, role="viewer")
    member = Membership.objects.create(organisation=alice_actor.organisation, user=bob, role="owner")
    services.change_role(alice_actor, alice_actor.member, role="viewer")

    with pytest.raises(Conflict):
        services.accept_invitation(bob, token=new.token)
    member.refresh_from_db()
    assert member.role == "owner"
