"""The trail is searched in words: who did what to which named thing, and when."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from apps.accounts.actors import Actor
from apps.audit import search, selectors, services
from apps.audit.models import AuditEntry
from apps.audit.search import AuditSearchForm
from apps.jobs import webhook_secrets
from apps.knowledge.models import Collection
from apps.marketing.briefs.models import Brief

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(alice_actor: Actor) -> None:
    collection = Collection.objects.create(organisation=alice_actor.organisation, name="Oolong handbook")
    services.record(alice_actor, action="collection.created", target=collection)
    services.record(alice_actor, action="quota.created", details={"metric": "tokens"})
    services.record(Actor(alice_actor.organisation), action="retention.stopped")
    webhook_secrets.create_webhook(alice_actor, url="https://shop.example/hook", events=["job.failed"])


def found(actor: Actor, **asked: str) -> list[str]:
    form = AuditSearchForm(asked, actor.organisation)
    entries = search.narrow(selectors.trail(actor.organisation), form)
    return sorted(entry.action for entry in entries if entry.action != "organisation.created")


@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        ({"q": "oolong"}, ["collection.created"]),
        ({"q": "alice created collection"}, ["collection.created"]),
        ({"q": "tokens"}, ["quota.created"]),
        ({"q": "shop.example"}, ["webhook.created"]),
        ({"q": "clock"}, ["retention.stopped"]),
        ({"q": "charlie"}, []),
        ({"area": "customer_service"}, []),
        (
            {"area": "frame", "q": "a"},
            ["collection.created", "quota.created", "retention.stopped", "webhook.created"],
        ),
        ({"until": "2020-01-01"}, []),
        ({"since": "nonsense", "q": "quota"}, ["quota.created"]),
        ({"until": "9999-12-31", "q": "quota"}, ["quota.created"]),
    ],
)
@pytest.mark.usefixtures("trail")
def test_every_word_has_to_fit(alice_actor: Actor, asked: dict[str, str], actions: list[str]) -> None:
    assert found(alice_actor, **asked) == actions


def test_lines_are_found_by_the_names_that_the_page_shows(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows are called so, and whatever the field is called that names them."""
    monkeypatch.setattr(search, "MAX_NAMED", 1)
    brief = Brief.objects.create(organisation=alice_actor.organisation, product="Oolong gift box")
    services.record(alice_actor, action="brief.created", target=brief)
    for name in ("Oolong, early", "Oolong, late"):
        row = Collection.objects.create(organisation=alice_actor.organisation, name=name)
        services.record(alice_actor, action="collection.created", target=row)

    assert found(alice_actor, q="oolong") == ["brief.created", "collection.created", "collection.created"]


@pytest.mark.usefixtures("trail")
def test_a_member_is_chosen_by_name_and_sentences_are_found_in_chinese(
    alice_actor: Actor, bob_actor: Actor
) -> None:
    assert alice_actor.member
    own = found(alice_actor, member=str(alice_actor.member.pk))
    assert own == ["collection.created", "quota.created", "webhook.created"]
    with translation.override("zh-hans"):
        assert found(alice_actor, q="配额") == ["quota.created"]
    assert found(bob_actor, q="oolong") == []


@pytest.mark.usefixtures("trail")
def test_the_file_holds_what_was_found(alice_browser: Client, alice_actor: Actor) -> None:
    page = alice_browser.get("/audit/?q=oolong").content.decode()
    assert "Oolong handbook" in page
    assert "Set a quota</th>" not in page

    answer = alice_browser.get("/audit/export/jsonl/?q=oolong")

    lines = answer.getvalue().decode().splitlines()
    assert len(lines) == 1
    assert "collection.created" in lines[0]


def test_text_is_looked_for_in_ninety_days_unless_asked_otherwise(alice_actor: Actor) -> None:
    form = AuditSearchForm({"q": "quota"}, alice_actor.organisation)
    assert form.first_day == timezone.localdate() - timedelta(days=90)
    assert AuditSearchForm({}, alice_actor.organisation).first_day is None
    assert (
        AuditEntry.objects.count()
        == search.narrow(
            selectors.trail(alice_actor.organisation), AuditSearchForm({"q": "  "}, alice_actor.organisation)
        ).count()
    )
