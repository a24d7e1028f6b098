"""One page says how long everything is kept, what goes next and what went last; an organisation changes its own."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput, NotFound
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff.settings import DESK_SETTINGS
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionView
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
    details = {"rows": {"conversations": 3, "turns": 9}}
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
