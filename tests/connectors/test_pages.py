"""Sources by page and API: set up with what their kind needs, and never showing a key."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.connectors.forms import KIND_FORMS
from apps.connectors.models import DocumentSource
from apps.jobs import runs
from apps.knowledge.models import Collection
from tests.conftest import api_client, browser_of
from tests.connectors.conftest import NewSource, item, page, sync
from tests.loopback_server import LoopbackServer, Reply

DATABASE = {
    "host": "db.example.com",
    "port": 5432,
    "database": "shop",
    "user": "reader",
    "is_encrypted": True,
}


def test_a_source_is_set_up_looked_at_and_deleted_by_page(
    alice_browser: Client, collection: Collection, site: LoopbackServer
) -> None:
    site.replies |= {"/": page("Start", "broken"), "/broken": Reply(status=500)}
    assert "Website" in alice_browser.get(reverse("connectors:new_source")).content.decode()
    fields = {
        "name": "Shop site",
        "collection": str(collection.pk),
        "interval": "1440",
        "address": f"{site.url}/",
    }

    made = alice_browser.post(f"{reverse('connectors:new_source')}?kind=web", fields)
    source = DocumentSource.objects.get()
    assert made.status_code == 302
    sync(source)

    shown = alice_browser.get(source.get_absolute_url()).content.decode()
    assert "HTTP 500" in shown
    assert "Shop site" in alice_browser.get(reverse("connectors:document_sources")).content.decode()
    alice_browser.post(reverse("connectors:delete_document_source", args=[source.pk]), {"keep": "1"})
    assert not DocumentSource.objects.exists()


@pytest.mark.parametrize("kind", KIND_FORMS)
def test_every_kind_says_what_it_lacks(alice_browser: Client, kind: str) -> None:
    answer = alice_browser.post(f"{reverse('connectors:new_source')}?kind={kind}", {"name": "X"})

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not DocumentSource.objects.exists()


@pytest.mark.parametrize(
    ("kind", "told", "field"),
    [
        ("web", {"address": "https://user:secret@tea.example/"}, "address"),
        (
            "web",
            {"address": "https://tea.example/docs/", "only_below": "https://other.example/"},
            "only_below",
        ),
        ("web", {"address": "https://tea.example", "only_below": "https://tea.exam"}, "only_below"),
        ("folder", {"folder": "/etc"}, "folder"),
        ("database", {**DATABASE, "view": 'x"; DROP TABLE y; --'}, "view"),
        ("confluence", {"address": "https://tea.example/wiki", "spaces": []}, "spaces"),
        ("feishu", {"address": "https://open.feishu.cn", "app_id": "cli"}, "space"),
    ],
)
def test_bad_settings_are_refused_with_their_field(
    alice_actor: Actor, collection: Collection, kind: str, told: dict[str, Any], field: str
) -> None:
    body = {"name": "X", "kind": kind, "collection": str(collection.pk), "interval": 60, "secret": "s"}

    answer = api_client(alice_actor, "knowledge.edit", "knowledge.view").post_json(
        "/api/v1/document-sources/", {**body, "settings": told}
    )

    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]


def test_the_api_takes_a_key_and_never_gives_it_back(
    alice_actor: Actor, collection: Collection, site: LoopbackServer
) -> None:
    client = api_client(alice_actor, "knowledge.edit", "knowledge.view")
    body = {"name": "Shop", "kind": "database", "collection": str(collection.pk), "interval": 60}
    settings = {**DATABASE, "view": "public.products"}

    made = client.post_json(
        "/api/v1/document-sources/", {**body, "settings": settings, "secret": "sealed-oolong"}
    )

    assert made.status_code == 201
    address = f"/api/v1/document-sources/{made.json()['id']}/"
    assert "sealed-oolong" not in made.content.decode() + client.get(address).content.decode()
    assert DocumentSource.objects.get().secret == "sealed-oolong"
    paused = client.post_json(f"{address}pause/", {"is_paused": True})
    assert paused.json()["is_paused"]
    assert client.get("/api/v1/source-items/").json()["results"] == []
    assert client.post_json(f"{address}delete/", {"keeps_documents": True}).status_code == 204


def test_what_was_fetched_and_could_not_be_read_is_listed_as_failed(
    alice_actor: Actor, new_source: NewSource, site: LoopbackServer
) -> None:
    damaged = Reply(b"%PDF-1.7 and no more", content_type="application/pdf")
    site.replies |= {"/": page("Teas", "/damaged.pdf"), "/damaged.pdf": damaged}
    source = new_source("web", address=f"{site.url}/")
    sync(source)
    unread = item(source, "/damaged.pdf").document
    assert unread
    assert unread.job
    runs.execute(unread.job.pk)
    client = api_client(alice_actor, "knowledge.edit", "knowledge.view")

    for state, ending in (("failed", "/damaged.pdf"), ("current", "/")):
        (found,) = client.get(f"/api/v1/source-items/?source={source.pk}&state={state}").json()["results"]
        assert (found["state"], found["key"]) == (state, f"{site.url}{ending}")


def test_who_may_only_read_finds_no_sources(
    charlie: User, new_source: NewSource, site: LoopbackServer
) -> None:
    source = new_source("web", address=f"{site.url}/")
    browser = browser_of(charlie)

    assert browser.get(reverse("connectors:document_sources")).status_code == 403
    assert browser.get(source.get_absolute_url()).status_code == 403
    assert browser.post(reverse("connectors:start_sync", args=[source.pk])).status_code == 403
