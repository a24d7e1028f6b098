"""What is announced: to whom, in which language, from when to when, and until it is put away."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone, translation

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from apps.core.errors import NotFound
from apps.operations.announcements import selectors, services
from apps.operations.announcements.models import Announcement
from apps.operations.management.commands import demo as demo_command
from tests.conftest import browser_of

pytestmark = pytest.mark.django_db


def announced(organisation: Organisation | None, text: str, **fields: Any) -> Announcement:
    selectors.clear()
    return Announcement.objects.create(organisation=organisation, text_en=text, **fields)


def shown(actor: Actor) -> list[str]:
    assert actor.member
    selectors.clear()
    return [each.text_en for each in selectors.current_announcements(actor.organisation, actor.member.user)]


def test_an_organisations_own_is_shown_there_and_one_for_everybody_everywhere(
    alice_actor: Actor, bob_actor: Actor, alice_browser: Client
) -> None:
    announced(alice_actor.organisation, "The lifts are <b>out</b>.")
    announced(None, "Maintenance tonight.", tone=Announcement.Tone.URGENT)

    assert shown(alice_actor) == ["Maintenance tonight.", "The lifts are <b>out</b>."]
    assert shown(bob_actor) == ["Maintenance tonight."]
    page = alice_browser.get("/jobs/").content.decode()
    assert "The lifts are &lt;b&gt;out" in page
    assert "notice-bad" in page


def test_many_notes_do_not_hide_what_is_urgent(alice_actor: Actor) -> None:
    day = timedelta(days=1)
    announced(None, "Closing tonight.", tone=Announcement.Tone.URGENT, begins_at=timezone.now() - day)
    for number in range(25):
        announced(alice_actor.organisation, f"Note {number}")

    assert shown(alice_actor) == ["Closing tonight.", "Note 24", "Note 23"]


def test_each_has_its_time(alice_actor: Actor) -> None:
    now, day = timezone.now(), timedelta(days=1)
    organisation = alice_actor.organisation
    announced(organisation, "over", begins_at=now - 2 * day, ends_at=now - day)
    announced(organisation, "to come", begins_at=now + day)
    announced(organisation, "now", begins_at=now - day, ends_at=now + day)

    assert shown(alice_actor) == ["now"]


def test_whoever_reads_another_language_is_shown_the_text_that_there_is(alice_actor: Actor) -> None:
    both = announced(alice_actor.organisation, "Hello", text_zh="你好")
    one = announced(alice_actor.organisation, "Only English")

    with translation.override("zh-hans"):
        assert (both.text, one.text) == ("你好", "Only English")
    assert both.text == "Hello"


def test_put_away_it_is_gone_for_that_person_alone(
    alice_actor: Actor, bob_actor: Actor, alice_browser: Client, bob_browser: Client
) -> None:
    row, own = announced(None, "Maintenance tonight."), announced(bob_actor.organisation, "Bob's")

    for _ in range(2):
        answer = alice_browser.post(
            f"/operations/announcements/{row.pk}/put-away/", headers={"HX-Request": "true"}
        )
        assert (answer.status_code, answer.content) == (200, b"")
    assert alice_browser.post(f"/operations/announcements/{own.pk}/put-away/").status_code == 404

    assert (shown(alice_actor), set(shown(bob_actor))) == ([], {"Maintenance tonight.", "Bob's"})


def test_members_who_may_write_and_delete_them(
    alice_browser: Client, alice_actor: Actor, charlie: User
) -> None:
    body = {"text_en": "Tea at four.", "text_zh": "", "tone": "note", "begins_at": "2026-01-01T10:00"}

    alice_browser.post("/operations/announcements/new/", body)
    refused = alice_browser.post("/operations/announcements/new/", body | {"text_en": ""}).content.decode()
    late = alice_browser.post("/operations/announcements/new/", body | {"ends_at": "2025-01-01T10:00"})

    assert shown(alice_actor) == ["Tea at four."]
    assert "Enter the text" in refused
    assert "must be after the start" in late.content.decode()
    assert browser_of(charlie).get("/operations/announcements/").status_code == 403
    [line] = AuditEntry.objects.filter(action="announcement.created")
    assert line.details == {"text": "Tea at four."}
    alice_browser.post(f"/operations/announcements/{Announcement.objects.get().pk}/delete/")
    assert shown(alice_actor) == []


def test_operators_announce_to_everybody_and_touch_no_organisations_own(
    olga_browser: Client, alice_actor: Actor, bob_actor: Actor
) -> None:
    own = announced(alice_actor.organisation, "The lifts are out.")
    body = {
        "text_en": "Maintenance.",
        "text_zh": "维护。",
        "tone": "warning",
        "begins_at": "2026-01-01T10:00",
    }
    path = "/admin/operations/announcements/"

    olga_browser.post(path, body)
    row = Announcement.objects.get(organisation=None)
    olga_browser.post(f"{path}{row.pk}/", body | {"text_en": "Maintenance tonight."})

    assert shown(bob_actor) == ["Maintenance tonight."]
    assert "Maintenance tonight." in olga_browser.get(path).content.decode()
    assert olga_browser.get(f"{path}{own.pk}/").status_code == 404
    olga_browser.post(f"{path}{row.pk}/delete/")
    assert shown(bob_actor) == []
    actions = (
        AuditEntry.objects.within(bob_actor.organisation)
        .order_by("sequence")
        .values_list("action", flat=True)
    )
    assert list(actions)[-3:] == ["announcement.created", "announcement.changed", "announcement.deleted"]


def test_what_one_operator_deleted_another_neither_brings_back_nor_deletes(olga: User) -> None:
    row = announced(None, "Maintenance tonight.")
    Announcement.objects.all().delete()

    with pytest.raises(NotFound):
        services.save_for_everybody(olga, row)
    with pytest.raises(NotFound):
        services.delete_for_everybody(olga, row)

    assert not Announcement.objects.exists()


def test_a_page_without_announcements_asks_for_none(
    alice_actor: Actor, django_assert_num_queries: Any
) -> None:
    assert shown(alice_actor) == []

    with django_assert_num_queries(0):
        selectors.current_announcements(alice_actor.organisation, alice_actor.member.user)  # type: ignore[union-attr]


def test_a_demo_whose_filling_was_broken_off_says_that_it_is_simulated(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = accounts.create_organisation(name="Demo", slug="demo-tea-house", owner=alice)

    def call(name: str, *_arguments: object, **_options: object) -> None:
        if name == "busy_demo":
            raise KeyboardInterrupt
        if name == "demo_notice":
            call_command(name)

    monkeypatch.setattr(demo_command, "call_command", call)
    with pytest.raises(KeyboardInterrupt):
        call_command("demo", busy=True)

    assert Announcement.objects.filter(organisation=demo).exists()


def test_a_demo_that_was_filled_says_on_every_page_that_it_is_simulated(alice: User) -> None:
    demo = accounts.create_organisation(name="Demo", slug="demo-tea-house", owner=alice)

    call_command("demo_notice")
    call_command("demo_notice")

    assert Announcement.objects.filter(organisation=demo).count() == 1
    assert "is simulated" in browser_of(alice).get("/jobs/").content.decode()
