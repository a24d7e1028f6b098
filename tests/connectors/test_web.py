"""A website becomes documents, politely, and never more of it than one may read."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.connectors.models import DocumentSource, SourceItem
from apps.connectors.sources import robots, web
from apps.knowledge import selectors as knowledge
from apps.knowledge.models import Collection, Document
from llm_backend import addresses
from tests.connectors.conftest import NewSource, go_on, item, names, page, sync
from tests.knowledge.conftest import embeddings, ingest  # noqa: F401
from tests.loopback_server import LoopbackServer, Reply
from tests.scripted_engine_fixture import ScriptedEngine


def asked(site: LoopbackServer) -> list[str]:
    return [request["path"] for request in site.requests]


@pytest.mark.slow
def test_pages_are_found_by_sitemap_and_links_and_answer_questions(
    site: LoopbackServer,
    new_source: NewSource,
    alice_actor: Actor,
    collection: Collection,
    embeddings: ScriptedEngine,  # noqa: F811
) -> None:
    sitemap = f"<urlset><url><loc>{site.url}/docs/alone.html</loc></url></urlset>"
    site.replies |= {
        "/sitemap.xml": Reply(sitemap.encode(), content_type="application/xml"),
        "/docs/": page("Start", "prices.html", "logo.png", "/private/", "https://elsewhere.example/"),
        "/docs/prices.html": page("Prices", text="Oolong costs 40 yuan. It"),
        "/docs/alone.html": page("Alone"),
    }
    source = new_source("web", address=f"{site.url}/docs/")

    job = sync(source)

    assert (job.state, job.result) == ("succeeded", {"items": 3, "failed": 0, "deleted": 0})
    assert names(source) == ["Alone", "Prices", "Start"]
    assert sorted(asked(site)) == [
        *("/docs/", "/docs/alone.html", "/docs/prices.html", "/robots.txt", "/sitemap.xml")
    ]
    document = item(source, "prices.html").document
    assert document
    assert ingest(document).state == "succeeded"
    hits = knowledge.search(alice_actor, collections=[collection], question="How much is oolong?").hits
    assert hits[0].document_title == "Prices"


@pytest.mark.slow
def test_only_what_changed_is_a_new_version_and_what_is_gone_goes(
    site: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    site.replies |= {
        "/": page("Start", "a", "b", "c", etag='"1"'),
        "/a": page("A", etag='"a1"'),
        "/b": page("B"),
        "/c": page("C"),
    }
    source = new_source("web", address=f"{site.url}/")
    sync(source)
    first = {each.key: each.document_id for each in SourceItem.objects.filter(source=source)}
    site.replies["/b"] = page("B", text="B has changed and")
    # Only the markup of it is another one.
    site.replies["/c"] = Reply(
        site.replies["/c"].body + b"<script>token=7</script>", content_type="text/html"
    )
    del site.replies["/a"]

    job = sync(source, alice_actor)

    assert job.result == {"items": 3, "failed": 0, "deleted": 1}
    assert names(source) == ["B", "C", "Start"]
    changed = {
        each.key for each in SourceItem.objects.filter(source=source) if each.document_id != first[each.key]
    }
    assert changed == {f"{site.url}/b"}
    assert not Document.objects.filter(title="A").exists()


def test_robots_txt_is_obeyed(site: LoopbackServer, new_source: NewSource) -> None:
    rules = b"User-agent: *\nDisallow: /\n\nUser-agent: kongming\nDisallow: /a/*.html$\nAllow: /a/open.html"
    site.replies |= {
        "/robots.txt": Reply(rules, content_type="text/plain"),
        "/": page("Start", "/a/open.html", "/a/closed.html", "/a/closed.html?page=2"),
        "/a/open.html": page("Open"),
        "/a/closed.html?page=2": page("Second", "/a/hidden"),
        "/a/hidden": Reply(
            b'<html><head><meta name="robots" content="noindex"></head><body>x</body></html>',
            content_type="text/html",
        ),
    }
    source = new_source("web", address=f"{site.url}/")

    sync(source)

    assert names(source) == ["Open", "Second", "Start"]
    assert "/a/closed.html" not in asked(site)


def test_a_broken_page_stops_no_other_and_says_why(site: LoopbackServer, new_source: NewSource) -> None:
    site.replies |= {
        "/": page("Start", "broken", "cut", "empty.txt", "fine"),
        "/broken": Reply(status=500),
        "/cut": Reply(b"x", content_type="text/html", missing_bytes=9),
        "/empty.txt": Reply(b"\0\1\2\3", content_type="text/plain"),
        "/fine": page("Fine"),
    }
    source = new_source("web", address=f"{site.url}/")

    job = sync(source)

    assert job.result == {"items": 5, "failed": 3, "deleted": 0}
    assert names(source) == ["Fine", "Start"]
    problems = {
        each.name.rpartition("/")[2]: each.problem_text for each in SourceItem.objects.filter(state="failed")
    }
    assert "HTTP 500" in problems["broken"]
    assert "cannot be reached" in problems["cut"]
    assert "no readable text" in problems["empty.txt"]


@pytest.mark.slow
def test_a_site_that_loops_ends_at_the_number_of_pages(site: LoopbackServer, new_source: NewSource) -> None:
    for number in range(30):
        site.replies[f"/{number or ''}"] = page(f"Page {number}", str(number + 1), f"?again={number}")
    site.replies["*"] = page("Again")
    source = new_source("web", address=f"{site.url}/", max_pages=10)

    sync(source)

    assert SourceItem.objects.filter(source=source).count() == 10
    assert source.left_out


def test_a_redirect_is_followed_inside_and_never_out(site: LoopbackServer, new_source: NewSource) -> None:
    site.replies |= {
        "/docs/": page("Start", "old", "out"),
        "/docs/old": Reply(status=301, headers={"Location": "/docs/new"}),
        "/docs/new": page("New"),
        "/docs/out": Reply(status=302, headers={"Location": "http://169.254.169.254/latest/"}),
    }
    source = new_source("web", address=f"{site.url}/docs/")

    job = sync(source)

    assert job.state == "succeeded"
    assert names(source) == ["New", "Start"]


def test_an_inner_address_is_not_asked(site: LoopbackServer, new_source: NewSource, settings: Any) -> None:
    source = new_source("web", address=f"{site.url}/")
    settings.PRIVATE_NETWORKS = ()

    job = sync(source)

    assert (job.state, job.error_code) == ("failed", "private")
    assert "PRIVATE_NETWORKS" in source.error_text
    assert not site.requests
    settings.PRIVATE_NETWORKS = addresses.networks(["127.0.0.0/8"])


def test_ten_gigabytes_are_not_read(site: LoopbackServer, new_source: NewSource, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    site.replies |= {"/": page("Start", "large"), "/large": page("Large", text="x" * 5000)}
    source = new_source("web", address=f"{site.url}/")

    sync(source)

    assert "larger than the installation accepts" in item(source, "/large").problem_text


def test_a_busy_site_is_left_alone_until_it_says(site: LoopbackServer, new_source: NewSource) -> None:
    site.replies |= {
        "/": page("Start", "a"),
        "/a": Reply(status=429, headers={"Retry-After": "120"}),
    }
    source = new_source("web", address=f"{site.url}/")

    job = go_on(source)

    assert job.state == "queued"
    assert (job.available_at - job.created_at).total_seconds() > 100
    site.replies["/a"] = page("A")
    assert sync(source).state == "succeeded"
    assert names(source) == ["A", "Start"]
    # What was done before is not asked for again.
    assert asked(site).count("/") == 1


def test_an_address_that_is_always_busy_keeps_the_others_away_for_a_day_at_most(
    site: LoopbackServer, new_source: NewSource
) -> None:
    site.replies |= {"/": page("Start", "a", "b"), "/a": Reply(status=429), "/b": page("B")}
    source = new_source("web", address=f"{site.url}/")
    go_on(source)
    DocumentSource.objects.update(began_at=timezone.now() - timedelta(days=1, minutes=1))

    job = sync(source)

    assert (job.state, names(source)) == ("succeeded", ["B", "Start"])
    assert "too busy" in item(source, "/a").problem_text


def test_a_list_of_rules_is_read_as_the_standard_says() -> None:
    rules = robots.parse(
        "User-agent: a\nUser-agent: kongming\nDisallow: /x\nAllow: /x/y\nCrawl-delay: 2.5", "kongming"
    )

    assert rules.delay == 2.5
    assert [rules.allows(path) for path in ("/x", "/x/y/z", "/z")] == [False, True, True]
    assert robots.parse("", "kongming").allows("/")
    assert not robots.parse("User-agent: *\nDisallow: /*?print=", "kongming").allows("/a?print=1")


def test_addresses_that_are_none_end_nothing(site: LoopbackServer, new_source: NewSource) -> None:
    sitemap = b"<urlset><url><loc>http://[</loc></url><url><loc>\x01</loc></url></urlset>"
    start = b"<base href='http://['><a href='//['>x</a><title>S&#0;</title><a href=moved>y</a>"
    site.replies |= {
        "/robots.txt": Reply(b"Sitemap: http://[\nSitemap: /ok.xml\nSitemap: \xff\x00"),
        "/ok.xml": Reply(sitemap),
        "/": Reply(start, content_type="text/html"),
        "/moved": Reply(status=301, headers={"Location": "http://["}),
    }
    source = new_source("web", address=f"{site.url}/")

    assert sync(source).state == "succeeded"
    assert len(names(source)) == 1


@pytest.mark.parametrize(
    "content", [b"", b"<", b"\xff\xfe\x00", b"<html><a href='http://['>x</a><a href='%zz'>"]
)
def test_a_page_that_is_none_has_no_links_to_follow(content: bytes) -> None:
    assert all(isinstance(link, str) for link in web.parse_page(content, "https://tea.example/").links)


def test_sources_are_one_organisations_own(
    new_source: NewSource, site: LoopbackServer, bob_actor: Actor
) -> None:
    from apps.connectors import selectors

    new_source("web", address=f"{site.url}/")
    assert not selectors.source_list(bob_actor).exists()
    assert DocumentSource.objects.exists()
