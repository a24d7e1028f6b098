"""What a visitor wrote is found by the report about them wherever it is, and after an erasure it is found nowhere."""

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core import redis_client
from apps.core.errors import Conflict, PermissionDenied
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Contact, Conversation, Message
from apps.customer_service.privacy import services as privacy
from apps.customer_service.privacy.scopes import VISITOR
from apps.customer_service.saved_answers.models import SavedAnswerQuestion
from apps.customer_service.staff.models import DeskSettings
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs import tasks as job_tasks
from apps.jobs.models import Job
from apps.privacy import registry, retention_rules
from apps.privacy.words import words_of
from tests.conftest import ApiClient
from tests.privacy.planted import SENTENCE, WORD, plant
from tests.privacy.search import files_with, keys_with, redis_files_with, tables_with, uploads

pytestmark = pytest.mark.django_db
Captured = Callable[..., AbstractContextManager[Any]]


def everywhere() -> set[str]:
    return tables_with(WORD) | keys_with(WORD) | files_with(WORD, uploads())


def test_after_an_erasure_a_visitors_words_are_nowhere(
    alice_actor: Actor, channel: Channel, django_capture_on_commit_callbacks: Captured
) -> None:
    conversation = plant(channel)
    planted = everywhere()
    kept = {holding.model._meta.db_table for holding in registry.holdings_of(VISITOR)}
    assert kept <= planted, "the test plants nothing there"
    assert any(place.startswith("job:") for place in planted)
    assert any("attachments" in place for place in planted)

    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase_visitor(alice_actor, conversation_id=conversation.pk)

    assert everywhere() == set()
    counted = AuditEntry.objects.get(action="visitor.erased").details["rows"]
    assert counted["customer_service.message"] == 2
    assert counted["customer_service.mailmessage"] == 2


def test_other_visitors_keep_what_is_theirs(
    alice_actor: Actor, channel: Channel, django_capture_on_commit_callbacks: Captured
) -> None:
    conversation = plant(channel)
    other = plant(channel, "otto", "Where does my parcel stay for so long?", "otto@home.example")
    before = tables_with("parcel")

    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase_visitor(alice_actor, conversation_id=conversation.pk)

    assert tables_with("parcel") == before - {"customer_service_classifierversion"}
    assert list(Conversation.objects.all()) == [other]


def test_a_report_lists_all_that_is_held_and_nothing_of_others(
    alice_api: ApiClient, channel: Channel
) -> None:
    conversation = plant(channel)
    plant(channel, "otto", "Where does my parcel stay for so long?", "otto@home.example")

    answer = alice_api.get(f"/api/v1/conversations/{conversation.pk}/visitor-report/")

    held = {part["what"]: part["rows"] for part in answer.json()["held"]}
    assert set(held) == {holding.model._meta.label_lower for holding in registry.holdings_of(VISITOR)}
    assert "parcel" not in json.dumps(held)
    assert held["customer_service.contact"][0]["email"] == "vera@home.example"
    assert AuditEntry.objects.filter(action="visitor.report_exported").exists()


def test_only_who_manages_conversations_gets_a_report(
    charlie: object, channel: Channel, alice_browser: Client, alice_actor: Actor
) -> None:
    conversation = plant(channel)
    viewer = Actor(alice_actor.organisation, frozenset({"conversations.view"}))

    with pytest.raises(PermissionDenied):
        privacy.visitor_report(viewer, conversation_id=conversation.pk)
    page = alice_browser.get(f"/conversations/{conversation.pk}/").content.decode()
    answer = alice_browser.get(f"/conversations/{conversation.pk}/visitor-report/")
    assert f"/conversations/{conversation.pk}/visitor-report/" in page
    assert "attachment" in answer["Content-Disposition"]


def test_what_grew_old_goes_and_what_was_learnt_of_it_stays(
    channel: Channel, django_capture_on_commit_callbacks: Captured
) -> None:
    plant(channel)
    DeskSettings.objects.create(organisation=channel.organisation, conversations_kept_days=30)
    Conversation.objects.update(state="resolved", last_activity_at=timezone.now() - timedelta(days=31))

    with django_capture_on_commit_callbacks(execute=True):
        retention_rules.erase_outdated()

    left = tables_with(WORD)
    assert not Message.objects.exists()
    assert "jobs_job" not in left
    assert "jobs_webhookdelivery" not in left
    assert SavedAnswerQuestion.objects.exists()
    assert Contact.objects.exists()


def test_a_job_that_still_runs_stores_nothing_of_what_was_erased(
    alice_actor: Actor, channel: Channel
) -> None:
    conversation = plant(channel)
    job = Job.objects.get(subject=f"conversation:{conversation.pk}")
    Job.objects.filter(pk=job.pk).delete()
    running = Job.objects.create(
        organisation=channel.organisation, kind=job.kind, queue="interactive", subject=job.subject
    )
    claimed = lifecycle.claim(running.pk)
    assert claimed

    privacy.erase_visitor(alice_actor, conversation_id=conversation.pk)

    with pytest.raises(lifecycle.LeaseLost):
        lifecycle.succeed(claimed, {"text": SENTENCE})
    running.refresh_from_db()
    assert (running.state, running.result, running.subject) == ("cancelled", None, "")
    with pytest.raises(Conflict):
        jobs.retry_job(running)


def test_what_was_told_openly_leaves_the_append_only_file_too(
    alice_actor: Actor, channel: Channel, django_capture_on_commit_callbacks: Captured
) -> None:
    client = redis_client.synchronous()
    client.config_set("appendonly", "yes")
    _until(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
    try:
        # A word of its own: other tests write to the same server.
        conversation = plant(channel, text="Nobody answers, I am flabbergasted.")
        assert redis_files_with("flabbergasted")
        with django_capture_on_commit_callbacks(execute=True):
            privacy.erase_visitor(alice_actor, conversation_id=conversation.pk)

        def is_gone() -> bool:
            job_tasks.rewrite_append_only_file()
            return not redis_files_with("flabbergasted")

        _until(is_gone)
    finally:
        client.config_set("appendonly", "no")


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end


@pytest.mark.parametrize(
    ("text", "is_theirs"),
    [
        ("my  PARCEL never came, and nobody answers", True),
        ("A visitor wrote: My parcel never came, and nobody answers.", True),
        ("nobody answers", True),
        ("我的订单", False),
        ("parcel", False),
        ("How long does delivery take?", False),
        ("Write to vera@home.example again", True),
    ],
)
def test_words_are_known_again_whole_in_pieces_and_inside_of_others(text: str, is_theirs: bool) -> None:
    words = words_of(["My parcel never came, and nobody answers", "你好"], ["vera@home.example"])

    assert words.are_in(text) is is_theirs
