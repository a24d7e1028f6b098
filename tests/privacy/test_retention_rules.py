"""One page says how long everything is kept, what goes next and what went last; an organisation changes its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput, NotFound
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.privacy import retention_rules, tasks
from apps.privacy.retention_rules import RetentionRule, RetentionView
from apps.speech.models import Recording
from tests.conftest import browser_of

pytestmark = pytest.mark.django_db


def view_of(actor: Actor, name: str) -> RetentionView:
    return next(view for view in retention_rules.views(actor) if view.rule.name == name)


def settled(actor: Actor, *, days_ago: float) -> Conversation:
    channel, _ = Channel.objects.get_or_create(organisation=actor.organisation, name="Shop")
    return Conversation.objects.create(
        organisation=actor.organisation,
        channel=channel,
        state=Conversation.State.RESOLVED,
        last_activity_at=timezone.now() - timedelta(days=days_ago),
    )


def test_what_goes_next_is_counted_from_the_rows(alice_actor: Actor) -> None:
    DESK_SETTINGS.change(alice_actor, changes={"conversations_kept_days": 30})
    oldest = settled(alice_actor, days_ago=28)
    settled(alice_actor, days_ago=2)
    details = {"rows": {"conversations": 3, "messages": 9}}
    audit.record(alice_actor, action="conversations.erased", details=details)

    view = view_of(alice_actor, "conversations")

    assert (view.value, view.soon_count) == (30, 1)
    assert view.next_at == oldest.last_activity_at + timedelta(days=30)
    assert view.erased_rows == 12


def test_nothing_goes_where_zero_keeps_for_ever(alice_actor: Actor) -> None:
    DESK_SETTINGS.change(alice_actor, changes={"conversations_kept_days": 0})
    settled(alice_actor, days_ago=400)

    view = view_of(alice_actor, "conversations")

    assert (view.next_at, view.soon_count) == (None, 0)


def test_an_organisation_changes_its_own_with_a_line_in_the_trail(
    alice_actor: Actor, alice_browser: Client
) -> None:
    address = reverse("privacy:change_retention")
    page = alice_browser.get(reverse("privacy:retention")).content.decode()
    assert "Log records" in page
    assert "Patients and their records" in page

    alice_browser.post(address, {"rule": "conversations", "value": "45"})

    assert DESK_SETTINGS.read(alice_actor.organisation).conversations_kept_days == 45
    assert AuditEntry.objects.filter(action="desk_settings.changed").exists()
    refused = alice_browser.post(address, {"rule": "conversations", "value": "-1"}, follow=True)
    assert "Enter a whole number" in refused.content.decode()
    with pytest.raises(InvalidInput):
        retention_rules.change(alice_actor, "patients", 0)
    with pytest.raises(NotFound):
        retention_rules.change(alice_actor, "webhook_deliveries", 1)


def test_members_without_the_right_change_nothing(charlie: User) -> None:
    address = reverse("privacy:change_retention")

    assert browser_of(charlie).post(address, {"rule": "conversations", "value": "1"}).status_code == 403


def rule(**said: Any) -> RetentionRule:
    return RetentionRule(
        "made_up", days=30, rows=Conversation.objects.all(), since="last_activity_at", **said
    )


def erased_by(monkeypatch: pytest.MonkeyPatch, *rules: RetentionRule) -> None:
    monkeypatch.setattr(retention_rules, "_rules", {str(number): each for number, each in enumerate(rules)})
    retention_rules.erase_outdated()


def test_a_row_that_cannot_be_erased_and_a_broken_rule_keep_no_other_waiting(
    alice_actor: Actor, bob_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *_others = [settled(actor, days_ago=40) for actor in (alice_actor, alice_actor, bob_actor)]

    def erase(row: Conversation) -> None:
        if row == bad:
            raise ValueError("it resists")
        row.delete()

    with pytest.raises(ExceptionGroup) as told:
        erased_by(monkeypatch, replace(rule(), since="no_such_column"), rule(erase_row=erase))

    assert list(Conversation.objects.all()) == [bad]
    assert {type(each) for each in told.value.exceptions} == {FieldError, ValueError}


def test_rows_go_a_few_at_once_and_those_that_are_young_stay(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    young = settled(alice_actor, days_ago=29)
    for days_ago in (50, 40, 31):
        settled(alice_actor, days_ago=days_ago)
    sizes = []

    def erase(organisation: Organisation, rows: Sequence[Any]) -> None:
        sizes.append(len(rows))
        retention_rules.delete_rows(organisation, rows)

    erased_by(monkeypatch, rule(erase=erase, at_once=2))

    assert sizes == [2, 1]
    assert list(Conversation.objects.all()) == [young]


def test_what_is_left_when_the_time_of_a_rule_is_over_goes_at_the_next_turn(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_rules, "_rules", {"": rule(at_once=1)})
    settled(alice_actor, days_ago=40)
    with monkeypatch.context() as patch:
        patch.setattr(retention_rules, "RULE_SECONDS", -1)
        tasks.erase_outdated()
    assert Conversation.objects.exists()

    tasks.erase_outdated()
    assert not Conversation.objects.exists()

    settled(alice_actor, days_ago=40)
    tasks.erase_outdated()
    assert Conversation.objects.exists(), "what is too old is looked for once in an hour"


def test_what_somebody_asked_for_goes_at_each_turn(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = replace(rule(), days=None, since="", until="last_activity_at", is_requested=True)
    monkeypatch.setattr(retention_rules, "_rules", {"": asked_for})
    for _turn in range(2):
        settled(alice_actor, days_ago=0)
        tasks.erase_outdated()
        assert not Conversation.objects.exists()


def test_every_organisation_keeps_as_long_as_it_has_chosen(alice_actor: Actor, bob_actor: Actor) -> None:
    DESK_SETTINGS.change(alice_actor, changes={"conversations_kept_days": 30})
    DESK_SETTINGS.change(bob_actor, changes={"conversations_kept_days": 90})
    settled(alice_actor, days_ago=60)
    kept = settled(bob_actor, days_ago=60)

    retention_rules.erase_outdated()

    assert list(Conversation.objects.all()) == [kept]


def test_every_rule_that_is_shown_stands_on_the_page(alice_actor: Actor, alice_browser: Client) -> None:
    page = alice_browser.get(reverse("privacy:retention")).content.decode()

    shown = {view.rule.name for view in retention_rules.views(alice_actor)}
    assert {"recordings", "recording_uploads", "exposures", "idempotency_keys", "unsent_attachments"} <= shown
    for view in retention_rules.views(alice_actor):
        assert escape(str(view.rule.label)) in page
    assert not {"closed_organisations", "channels_to_erase"} & shown


def test_plain_recordings_go_after_the_days_that_an_organisation_chose(
    alice_actor: Actor, alice_browser: Client
) -> None:
    old, young, of_a_desk = [
        Recording.objects.create(
            organisation=alice_actor.organisation,
            title="Standup",
            received_at=timezone.now() - timedelta(days=days),
            is_restricted=is_restricted,
        )
        for days, is_restricted in ((31, False), (29, False), (31, True))
    ]
    retention_rules.erase_outdated()
    assert Recording.objects.filter(pk=old.pk).exists(), "kept until somebody says how long"

    alice_browser.post(reverse("privacy:change_retention"), {"rule": "recordings", "value": "30"})
    retention_rules.erase_outdated()

    assert set(Recording.objects.all()) == {young, of_a_desk}
    assert AuditEntry.objects.get(action="recordings.erased").details == {"rows": {"recordings": 1}}
    assert view_of(alice_actor, "recordings").erased_rows == 1
