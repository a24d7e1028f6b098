"""Pages of Confluence, with whom their restrictions let read here."""

import json
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, ProvisionedGroup, User
from apps.audit.models import AuditEntry
from apps.connectors import selectors
from apps.connectors.models import SourceItem
from apps.connectors.sources.confluence import narrowed
from apps.connectors.sources.interface import Rights
from apps.knowledge import rights
from apps.knowledge.models import Document
from tests.connectors.conftest import NewSource, as_json, names, sync
from tests.loopback_server import LoopbackServer


@pytest.fixture
def wiki(site: LoopbackServer) -> LoopbackServer:
    """A space of Confluence: an open page, one for Charlie and the group of buyers, and one below that."""

    def content(
        number: int, title: str, users: Any = (), groups: Any = (), above: Any = ()
    ) -> dict[str, Any]:
        named = {
            "user": {"results": [{"email": each} for each in users]},
            "group": {"results": [{"name": each} for each in groups]},
        }
        return {
            "id": str(number),
            "title": title,
            "space": {"key": "TEA"},
            "version": {"number": 1},
            "ancestors": [{"id": str(each)} for each in above],
            "restrictions": {"read": {"restrictions": named}},
            "body": {"storage": {"value": f"<p>All about {title}.</p>"}},
        }

    pages = [
        content(1, "Open"),
        content(
            2,
            "Closed",
            users=["CHARLIE@teahouse.example", "nobody@else.example"],
            groups=["buyers", "unknown"],
        ),
        content(3, "Below", above=[2]),
        content(4, "Stranger", users=["nobody@else.example"]),
    ]
    reads = "restrictions.read.restrictions.user%2Crestrictions.read.restrictions.group"
    listing = (
        f"/wiki/rest/api/content?spaceKey=TEA&type=page&status=current&expand=version%2Cancestors%2C{reads}"
    )
    site.replies |= {
        f"{listing}&start=0&limit=50": as_json({"results": pages[:3], "_links": {"next": "/more"}}),
        f"{listing}&start=3&limit=50": as_json({"results": pages[3:], "_links": {}}),
        **{
            f"/wiki/rest/api/content/{each['id']}?expand=body.storage,version,space": as_json(each)
            for each in pages
        },
    }
    return site


def test_restricted_pages_of_confluence_are_restricted_documents(
    wiki: LoopbackServer, new_source: NewSource, alice_actor: Actor, charlie: User
) -> None:
    ProvisionedGroup.objects.create(organisation=alice_actor.organisation, name="buyers")
    User.objects.filter(pk=charlie.pk).update(email="charlie@teahouse.example")
    member = Membership.objects.select_related("organisation", "user").get(user=charlie)
    source = new_source(
        "confluence", "token", address=f"{wiki.url}/wiki", user="a@tea.example", spaces=["TEA"]
    )

    sync(source)

    assert names(source) == ["Below", "Closed", "Open", "Stranger"]
    grants = {
        document.title: sorted(each.group or each.holder for each in rights.grants_of(document))
        for document in Document.objects.filter(is_restricted=True)
    }
    allowed = sorted(["buyers", str(charlie)])
    assert grants == {"Closed": allowed, "Below": allowed, "Stranger": []}
    read = rights.readable_documents(Actor.from_member(member)).values_list("title", flat=True)
    assert sorted(read) == ["Below", "Closed", "Open"]


def test_who_comes_here_later_reads_what_the_source_lets_them(
    wiki: LoopbackServer, new_source: NewSource, alice_actor: Actor, charlie: User
) -> None:
    source = new_source("confluence", "token", address=f"{wiki.url}/wiki", user="", spaces=["TEA"])
    sync(source)
    User.objects.filter(pk=charlie.pk).update(email="charlie@teahouse.example")
    ProvisionedGroup.objects.create(organisation=alice_actor.organisation, name="buyers")

    sync(source, alice_actor)

    for title in ("Closed", "Below"):
        grants = rights.grants_of(Document.objects.get(title=title))
        assert sorted(each.group or each.holder for each in grants) == sorted(["buyers", str(charlie)])
    narrowed_again = AuditEntry.objects.filter(action="document.restricted").count()
    sync(source, alice_actor)
    assert AuditEntry.objects.filter(action="document.restricted").count() == narrowed_again


def test_what_is_opened_or_closed_there_is_so_here(
    wiki: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    source = new_source("confluence", "token", address=f"{wiki.url}/wiki", user="", spaces=["TEA"])
    sync(source)
    listing = next(path for path in wiki.replies if "start=0" in path)
    told = json.loads(wiki.replies[listing].body)
    nobody = {"user": {"results": []}, "group": {"results": []}}
    told["results"][1]["restrictions"]["read"]["restrictions"] = nobody
    told["results"][0]["restrictions"]["read"]["restrictions"] = {
        **nobody,
        "user": {"results": [{"displayName": "X"}]},
    }
    wiki.replies[listing] = as_json(told)

    sync(source, alice_actor)

    assert set(Document.objects.filter(is_restricted=True).values_list("title", flat=True)) == {
        "Open",
        "Stranger",
    }


def test_a_page_that_a_list_leaves_out_goes_when_it_is_asked_for_and_is_not_there(
    wiki: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    source = new_source("confluence", "token", address=f"{wiki.url}/wiki", user="", spaces=["tea"])
    wiki.replies |= {path.replace("=TEA", "=tea"): reply for path, reply in wiki.replies.items()}
    sync(source)
    # One of the first part was deleted before the second was asked for, which begins a page too late.
    listing = next(path for path in wiki.replies if "=tea" in path and "start=3" in path)
    wiki.replies[listing] = as_json({"results": [], "_links": {}})
    stranger = "/wiki/rest/api/content/4?expand=body.storage,version,space"

    sync(source, alice_actor)
    assert names(source) == ["Below", "Closed", "Open", "Stranger"]

    page = json.loads(wiki.replies[stranger].body)
    wiki.replies[stranger] = as_json({**page, "space": {"key": "OPS"}})
    sync(source, alice_actor)
    assert names(source) == ["Below", "Closed", "Open"]


def test_a_page_that_is_closed_to_us_is_closed_here_until_it_is_listed_again(
    wiki: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    source = new_source("confluence", "token", address=f"{wiki.url}/wiki", user="", spaces=["TEA"])
    sync(source)
    listing, page = next(path for path in wiki.replies if "start=0" in path), "/wiki/rest/api/content/1?"
    page = next(path for path in wiki.replies if path.startswith(page))
    listed, told = wiki.replies[listing], wiki.replies[page]
    rest = json.loads(listed.body)["results"][1:]
    wiki.replies[listing] = as_json({"results": rest, "_links": {}})
    wiki.replies[page] = as_json({"message": "not permitted"}, status=403)

    job = sync(source, alice_actor)
    item = SourceItem.objects.get(name="Open")
    assert (job.state, item.state, item.error[:5]) == ("succeeded", "failed", "login")
    assert Document.objects.get(title="Open").is_restricted

    wiki.replies |= {listing: listed, page: told}
    sync(source, alice_actor)
    assert SourceItem.objects.get(name="Open").state == "current"
    assert not Document.objects.get(title="Open").is_restricted


def test_a_page_that_is_closed_and_changed_is_closed_in_the_version_that_is_still_found(
    wiki: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    source = new_source("confluence", "token", address=f"{wiki.url}/wiki", user="", spaces=["TEA"])
    sync(source)
    Document.objects.update(is_live=True)
    listing = next(path for path in wiki.replies if "start=0" in path)
    told = json.loads(wiki.replies[listing].body)
    page = told["results"][0]
    page["version"]["number"], page["body"]["storage"]["value"] = 2, "<p>Now secret.</p>"
    page["restrictions"]["read"]["restrictions"]["user"]["results"] = [{"displayName": "X"}]
    wiki.replies |= {
        listing: as_json(told),
        "/wiki/rest/api/content/1?expand=body.storage,version,space": as_json(page),
    }

    sync(source, alice_actor)

    assert [each.is_restricted for each in Document.objects.filter(title="Open")] == [True, True]


def test_names_of_closed_items_are_told_to_nobody_who_may_not_read_them(
    wiki: LoopbackServer, new_source: NewSource, alice_actor: Actor, charlie: User
) -> None:
    Membership.objects.filter(user=charlie).update(role="admin")
    admin = Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=charlie))
    source = new_source("confluence", "token", address=f"{wiki.url}/wiki", user="", spaces=["TEA"])
    sync(source)
    SourceItem.objects.filter(name="Stranger").update(document=None)

    seen = selectors.item_list(admin).filter(source=source).values_list("name", flat=True)

    assert list(seen) == ["Open"]


def test_who_reads_below_must_read_above() -> None:
    above, below = Rights(("a@x", "b@x"), ("buyers",)), Rights(("b@x", "c@x"))

    assert narrowed([None, None]) is None
    assert narrowed([above, None, below]) == Rights(("b@x",))
