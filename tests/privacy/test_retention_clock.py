"""A clock that jumped ahead erases nothing; it is told and waits for a person."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.alerts import alerts
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.errors import PermissionDenied
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services as conversations
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.customer_service.conversations.services import Visitor
from apps.customer_service.staff.models import DeskSettings
from apps.jobs.models import WebhookDelivery
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Patient
from apps.privacy import retention
from apps.privacy.retention_rules import erase_outdated as sweep
from apps.speech.models import Recording
from tests.architecture.instances import Belongings
from tests.conftest import browser_of

pytestmark = pytest.mark.django_db
YEARS = timedelta(days=40 * 366)


@pytest.fixture
def settled(channel: Channel, alice_actor: Actor) -> Conversation:
    """Resolved today, and kept for thirty days."""
    DeskSettings.objects.create(organisation=channel.organisation, conversations_kept_days=30)
    started = conversations.start_conversation(
        alice_actor, channel=channel, visitor=Visitor("vera"), message="Where is my order?"
    )
    Conversation.objects.update(state="resolved", answer_job=None)
    return started.conversation


@pytest.fixture
def patient(alice_actor: Actor) -> Patient:
    return patients.register_patient(alice_actor, name="Wang", number="1")


def everything_stands() -> bool:
    return Conversation.objects.exists() and Patient.objects.kept().exists()


@pytest.mark.parametrize("was_swept_before", [True, False])
def test_a_jump_of_the_clock_erases_nothing_and_is_told_once(
    settled: Conversation, patient: Patient, alice_actor: Actor, was_swept_before: bool
) -> None:
    if was_swept_before:
        sweep()

    with time_machine.travel(timezone.now() + YEARS, tick=False):
        conversations.start_conversation(
            alice_actor,
            channel=settled.channel,
            visitor=Visitor("otto"),
            message="Written by the wrong clock",
        ) if was_swept_before else None
        sweep()
        sweep()

        assert everything_stands()
        assert AuditEntry.objects.filter(action="retention.stopped").count() == 1
        assert any("clock" in str(matter.text) for matter in alerts(alice_actor))


def test_when_the_clock_is_right_again_erasing_goes_on_by_itself(
    settled: Conversation, patient: Patient, alice_actor: Actor
) -> None:
    sweep()
    with time_machine.travel(timezone.now() + YEARS, tick=False):
        sweep()

    sweep()

    assert everything_stands()
    assert retention.stopped_clock(alice_actor.organisation) is None


def test_a_person_says_that_the_clock_is_right(
    settled: Conversation, patient: Patient, alice: User, alice_actor: Actor
) -> None:
    sweep()
    later = timezone.now() + timedelta(days=60)
    with time_machine.travel(later, tick=False):
        sweep()
        assert everything_stands()
        browser = browser_of(alice)
        assert "Confirm the time" in browser.get("/retention/").content.decode()
        browser.post("/retention/")
        sweep()

    assert not Conversation.objects.exists()
    assert Patient.objects.kept().exists()
    assert AuditEntry.objects.get(action="retention.resumed").actor_name == "Alice"


def test_who_does_not_manage_the_organisation_cannot_say_so(alice_actor: Actor) -> None:
    with pytest.raises(PermissionDenied):
        retention.confirm_clock(Actor(alice_actor.organisation))


def test_a_weekend_without_power_stops_nothing(settled: Conversation, patient: Patient) -> None:
    for days in (0, 10, 20, 31):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            sweep()

    assert not Conversation.objects.exists()


def test_a_quiet_organisation_is_no_wrong_clock(settled: Conversation) -> None:
    """Nothing was too old for weeks: its clock is looked at all the same."""
    for days in (0, 13, 26):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            sweep()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        sweep()

    assert not Conversation.objects.exists()
    assert not AuditEntry.objects.filter(action="retention.stopped").exists()


def test_unfinished_files_and_old_deliveries_wait_as_well(alice_actor: Actor) -> None:
    owned = Belongings(alice_actor.organisation, alice_actor.member.user)  # type: ignore[union-attr]
    delivery, recording = owned.one(WebhookDelivery), owned.one(Recording)
    WebhookDelivery.objects.update(state="delivered")
    Recording.objects.update(received_at=None, job=None, expires_at=timezone.now())
    attachment = owned.one(Attachment)
    Attachment.objects.update(message=None)
    rows = [(WebhookDelivery, delivery), (Recording, recording), (Attachment, attachment)]

    with time_machine.travel(timezone.now() + YEARS, tick=False):
        sweep()

    assert [model.objects.filter(pk=row.pk).exists() for model, row in rows] == [True, True, True]  # type: ignore[attr-defined]
