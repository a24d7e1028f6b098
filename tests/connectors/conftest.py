"""A collection of the Tea House, and sources that fetch into it from servers on the loopback."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.connectors import services
from apps.connectors.models import DocumentSource, SourceItem
from apps.connectors.services import SourceSettings
from apps.connectors.sources import web
from apps.connectors.sources.confluence import ConfluenceConnector
from apps.connectors.sources.feed import FeedConnector
from apps.connectors.sources.feishu import FeishuConnector
from apps.jobs import runs
from apps.jobs.models import Job
from apps.knowledge.models import Collection, Document
from tests.loopback_server import LoopbackServer, Reply, serving

NewSource = Callable[..., DocumentSource]


@pytest.fixture
def collection(alice_actor: Actor) -> Collection:
    return Collection.objects.create(organisation=alice_actor.organisation, name="Handbook", language="en")


@pytest.fixture
def new_source(alice_actor: Actor, collection: Collection) -> NewSource:
    def make(kind: str, secret: str = "", **settings: Any) -> DocumentSource:
        wanted = SourceSettings(f"{kind} {DocumentSource.objects.count()}", 60, settings, secret)
        return services.create_source(alice_actor, kind=kind, collection=collection, wanted=wanted)

    return make


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
    """A site that knows no page yet; nobody waits between two."""
    monkeypatch.setattr(web, "DELAY_SECONDS", 0.0)
    for each in (FeedConnector, FeishuConnector, ConfluenceConnector):
        monkeypatch.setattr(each, "delay", 0.0)
    with serving({}) as server:
        yield server


def page(title: str, *links: str, text: str = "", etag: str = "") -> Reply:
    anchors = "".join(f'<a href="{link}">{link}</a>' for link in links)
    body = (
        f"<html><head><title>{title}</title></head><body><p>{text or title} tells.</p>{anchors}</body></html>"
    )
    return Reply(body.encode(), content_type="text/html", headers={"ETag": etag} if etag else {})


def as_json(content: object, **options: Any) -> Reply:
    return Reply(json.dumps(content).encode(), content_type="application/json", **options)


def go_on(source: DocumentSource) -> Job:
    """What a worker does with the source's job, one turn of it."""
    source.refresh_from_db()
    assert source.job
    Job.objects.filter(pk=source.job.pk, state="queued").update(available_at=timezone.now())
    runs.execute(source.job.pk)
    source.refresh_from_db()
    return Job.objects.get(pk=source.job.pk)


def sync(source: DocumentSource, actor: Actor | None = None) -> Job:
    """All of a round. `actor`: who asks for a new one."""
    if actor:
        services.start_sync(actor, source)
    for _turn in range(20):
        job = go_on(source)
        if job.is_terminal:
            return job
    raise AssertionError("the round does not end")


def names(source: DocumentSource) -> list[str]:
    """Of the documents that it brought, by their titles."""
    held = SourceItem.objects.filter(source=source).exclude(document=None)
    return sorted(Document.objects.filter(pk__in=held.values("document")).values_list("title", flat=True))


def item(source: DocumentSource, key: str) -> SourceItem:
    return SourceItem.objects.get(source=source, key__endswith=key)
