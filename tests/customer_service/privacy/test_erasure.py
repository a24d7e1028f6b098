"""What a visitor said goes for good when they ask for it, and by itself after the days that the desk keeps it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import NotFound, PermissionDenied
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Attachment, Contact, Conversation, Message
from apps.customer_service.conversations.services import Visitor
from apps.customer_service.privacy import services as privacy
from apps.customer_service.staff.models import DeskSettings
from apps.inference import prompts
from apps.inference.prompt_catalogue import shipped_prompt
from apps.jobs.models import Job
from apps.privacy import retention_rules
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db


def begun(actor: Actor, channel: Channel, visitor: str = "vera") -> Conversation:
    received = services.start_conversation(
        actor, channel=channel, visitor=Visitor(visitor, "Vera"), message="Where is my order 4711?"
    )
    return received.conversation


def with_file(conversation: Conversation) -> Attachment:
    attachment = Attachment(
        organisation=conversation.organisation,
        conversation=conversation,
        message=conversation.messages.first(),
        kind=Attachment.Kind.FILE,
        name="order.txt",
        content_type="text/plain",
        size=4,
    )
    attachment.file.save("order.txt", ContentFile(b"4711"))
    return attachment


def test_a_visitor_is_erased_with_all_conversations_files_and_what_was_known(
    alice_actor: Actor, channel: Channel
) -> None:
    first, second, other = (begun(alice_actor, channel, name) for name in ("vera", "vera", "otto"))
    attachment = with_file(first)
    Contact.objects.create(organisation=alice_actor.organisation, visitor_id="vera", email="vera@tea.example")

    assert privacy.erase_visitor(alice_actor, conversation_id=second.pk) == 2

    assert list(Conversation.objects.all()) == [other]
    assert not Message.objects.exclude(conversation=other).exists()
    assert not Contact.objects.exists()
    assert not attachment.file.storage.exists(str(attachment.file.name))
    entry = AuditEntry.objects.get(action="visitor.erased")
    assert "vera" not in str(entry.details).lower()


def test_the_answer_that_was_being_written_is_stopped(alice_actor: Actor, channel: Channel) -> None:
    conversation = begun(alice_actor, channel)
    job = conversation.answer_job
    assert job

    privacy.erase_visitor(alice_actor, conversation_id=conversation.pk)

    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


def test_recorded_inputs_of_prompts_go_with_any_visitor(
    alice_actor: Actor,
    channel: Channel,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    conversation, shipped = begun(alice_actor, channel), shipped_prompt("shorten")
    prompts.start_recording(alice_actor.organisation.pk, "shorten")
    prompts.record_input(
        alice_actor.organisation.pk, shipped.prompt, {"text": "Vera waits.", "language": "English"}
    )
    assert len(prompts.recorded_inputs(alice_actor.organisation.pk, "shorten")) == 1

    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase_visitor(alice_actor, conversation_id=conversation.pk)

    assert prompts.recorded_inputs(alice_actor.organisation.pk, "shorten") == []


def test_nobody_erases_a_visitor_of_another_house(
    bob_actor: Actor, alice_actor: Actor, channel: Channel
) -> None:
    conversation = begun(alice_actor, channel)

    with pytest.raises(NotFound):
        privacy.erase_visitor(bob_actor, conversation_id=conversation.pk)


def test_who_only_replies_cannot_erase(dora_actor: Actor, alice_actor: Actor, channel: Channel) -> None:
    conversation = begun(alice_actor, channel)

    with pytest.raises(PermissionDenied):
        privacy.erase_visitor(dora_actor, conversation_id=conversation.pk)


def test_settled_conversations_go_after_the_days_that_the_desk_keeps_them(
    alice_actor: Actor, channel: Channel
) -> None:
    DeskSettings.objects.create(organisation=alice_actor.organisation, conversations_kept_days=30)
    old, young, open_one = (begun(alice_actor, channel, name) for name in ("a", "b", "c"))
    attachment = with_file(old)
    for conversation, days, state in ((old, 31, "resolved"), (young, 29, "resolved"), (open_one, 90, "open")):
        Conversation.objects.filter(pk=conversation.pk).update(
            last_activity_at=timezone.now() - timedelta(days=days), state=state, answer_job=None
        )

    retention_rules.erase_outdated()

    assert set(Conversation.objects.all()) == {young, open_one}
    assert not attachment.file.storage.exists(str(attachment.file.name))


def test_a_conversation_that_is_opened_again_at_this_moment_stays(
    alice_actor: Actor, channel: Channel
) -> None:
    DeskSettings.objects.create(organisation=alice_actor.organisation, conversations_kept_days=30)
    chosen = begun(alice_actor, channel)
    services.resolve(alice_actor, conversation_id=chosen.pk)
    services.receive_message(alice_actor, conversation_id=chosen.pk, text="It broke again.")

    privacy.erase_outdated(alice_actor.organisation, [chosen])

    assert Message.objects.filter(text="It broke again.").exists()


def test_without_such_days_nothing_is_erased(alice_actor: Actor, channel: Channel) -> None:
    conversation = begun(alice_actor, channel)
    Conversation.objects.update(last_activity_at=timezone.now() - timedelta(days=4000), state="resolved")

    retention_rules.erase_outdated()

    assert Conversation.objects.filter(pk=conversation.pk).exists()


def test_a_visitor_is_erased_from_beside_the_conversation(
    alice_browser: Client, alice_actor: Actor, channel: Channel
) -> None:
    conversation = begun(alice_actor, channel)
    page = alice_browser.get(f"/conversations/{conversation.pk}/").content.decode()
    assert f"/conversations/{conversation.pk}/erase-visitor/" in page

    answer = alice_browser.post(f"/conversations/{conversation.pk}/erase-visitor/", follow=True)

    assert "1 conversation was erased" in answer.content.decode()
    assert not Conversation.objects.exists()


def test_a_program_erases_a_visitor(alice_api: ApiClient, alice_actor: Actor, channel: Channel) -> None:
    conversation = begun(alice_actor, channel)

    answer = alice_api.post(f"/api/v1/conversations/{conversation.pk}/erase-visitor/")

    assert answer.status_code == 204
    assert not Conversation.objects.exists()
