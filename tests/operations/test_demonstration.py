"""An owner clears what is simulated and starts with an empty organisation of the same name."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, NotFound, PermissionDenied
from apps.customer_service.channels.models import Channel
from apps.operations.announcements import selectors as announcements
from apps.operations.demonstration import services
from apps.operations.models import Announcement
from apps.privacy import retention_rules
from tests.conftest import PASSWORD, actor_in, browser_of

pytestmark = pytest.mark.django_db
PAGE = "/operations/start-empty/"


@pytest.fixture
def demo(alice: User) -> Organisation:
    organisation = accounts.create_organisation(name="Demo shop", slug="demo-tea-house", owner=alice)
    Channel.objects.create(organisation=organisation, name="Made up", language="en", slug="made-up")
    call_command("demo_notice")
    announcements.clear()
    return organisation


@pytest.fixture
def owner(demo: Organisation, alice: User) -> Actor:
    return actor_in(demo)


def test_the_owner_clears_it_from_the_notice_and_finds_empty_pages(demo: Organisation, alice: User) -> None:
    browser = browser_of(alice)
    assert PAGE in browser.get("/jobs/").text
    page = browser.get(PAGE).text
    assert "What goes" in page
    assert "What stays" in page
    assert str(alice) in page

    answer = browser.post(PAGE)

    assert answer["Location"] == reverse("portal:home")
    home = browser.get("/").text
    assert "Demo shop" in home
    assert "is simulated" not in home
    assert "Made up" not in browser.get(reverse("customer_service:channels")).text
    new = Organisation.objects.exclude(pk=demo.pk).get(name="Demo shop")
    assert new.slug == "demo-tea-house-2"
    assert AuditEntry.objects.within(new).latest("sequence").action == "organisation.started_empty"
    closed = AuditEntry.objects.within(demo).latest("sequence")
    assert (closed.action, closed.actor_name) == ("organisation.closed", str(alice))
    assert browser.get(PAGE).status_code == 404


@pytest.mark.slow
def test_who_can_sign_in_comes_along_and_made_up_colleagues_go_with_the_old_one(
    owner: Actor, demo: Organisation
) -> None:
    dora = User.objects.create_user("dora@demo.example", PASSWORD)
    made_up = User.objects.create_user("lin@demo.example", name="Lin")
    by_provider = User.objects.create_user("eve@demo.example")
    User.objects.filter(pk=by_provider.pk).update(last_login=timezone.now())
    gone = User.objects.create_user("gone@demo.example", PASSWORD)
    for user, role, is_active in (
        (dora, "admin", True), (made_up, "viewer", True), (by_provider, "viewer", True), (gone, "viewer", False),
    ):  # fmt: skip
        Membership.objects.create(organisation=demo, user=user, role=role, is_active=is_active)

    accounts.change_sign_in_rules(owner, second_factor_roles=["owner"], idle_minutes=30)

    new = services.start_empty(owner)

    assert (new.second_factor_roles, new.idle_minutes) == (["owner"], 30)
    assert set(Membership.objects.within(new).values_list("user__email", "role")) == {
        (owner.member.user.email, "owner"),  # type: ignore[union-attr]
        ("dora@demo.example", "admin"),
        ("eve@demo.example", "viewer"),
    }
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        retention_rules.erase_outdated()
    assert not Organisation.objects.filter(pk=demo.pk).exists()
    assert not Channel.objects.filter(slug="made-up").exists()
    assert not Announcement.objects.exists()
    assert not User.objects.filter(pk=made_up.pk).exists()
    assert User.objects.filter(pk=dora.pk).exists()


def test_only_an_owner_and_only_a_demonstration_and_only_once(
    demo: Organisation, owner: Actor, alice_actor: Actor, charlie: User, tea_house: Organisation
) -> None:
    member = Membership.objects.create(organisation=demo, user=charlie, role="admin")
    browser = browser_of(charlie)
    browser.post(reverse("portal:switch_organisation"), {"organisation": demo.pk})
    assert PAGE not in browser.get("/jobs/").text
    assert "is simulated" in browser.get("/jobs/").text
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE).status_code == 403
    with pytest.raises(PermissionDenied):
        services.start_empty(Actor.from_member(member))
    with pytest.raises(NotFound):
        services.start_empty(alice_actor)

    services.start_empty(owner)
    with pytest.raises(Conflict):
        services.start_empty(owner)


def test_a_stranger_is_sent_to_sign_in() -> None:
    assert Client().post(PAGE).status_code in (302, 403)
