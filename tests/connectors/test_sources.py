"""Each kind of source, against a real server of its protocol or one that speaks what is documented of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from apps.accounts.actors import Actor
from apps.connectors import services, syncing
from apps.connectors.services import SourceSettings
from apps.connectors.sources import feed
from apps.connectors.sources.bucket import signed_headers
from apps.knowledge.models import Document
from tests.connectors.conftest import NewSource, as_json, go_on, item, names, sync
from tests.loopback_server import LoopbackServer, Reply

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Tea</title>
<item><title>Whole</title><guid>1</guid><content:encoded><![CDATA[<p>All of it.</p>]]></content:encoded></item>
<item><title>Begun</title><link>/begun</link><description>It begins</description></item>
<item><title>Nothing</title><guid isPermaLink="false">3</guid></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id><title>绿茶</title>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>很香。</p></div></content></entry></feed>"""


def xml(text: str, **options: Any) -> Reply:
    return Reply(text.encode(), content_type="application/xml", **options)


def test_entries_of_a_feed_stay_when_it_names_them_no_more(
    site: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    begun = Reply(b"<html><body>All of the other.</body></html>", content_type="text/html")
    site.replies |= {"/feed": xml(RSS), "/begun": begun}
    source = new_source("feed", address=f"{site.url}/feed")

    assert sync(source).result == {"items": 3, "failed": 1, "deleted": 0}
    assert names(source) == ["Begun", "Whole"]
    assert "no text" in item(source, "3").problem_text

    site.replies["/feed"] = xml(ATOM)
    sync(source, alice_actor)
    assert names(source) == ["Begun", "Whole", "绿茶"]
    # What did not change is not asked for again.
    assert [each["path"] for each in site.requests].count("/begun") == 1


def test_an_entry_that_others_replace_during_a_round_stays_too(
    site: LoopbackServer, new_source: NewSource, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = Reply(b"<html><body>All of the other.</body></html>", content_type="text/html")
    site.replies |= {"/feed": xml(RSS), "/begun": begun}
    source = new_source("feed", address=f"{site.url}/feed")
    sync(source)

    site.replies["/feed"] = xml(RSS.replace("All of it", "All of it and more").replace("It begins", "Anew"))
    services.start_sync(alice_actor, source)
    with monkeypatch.context() as patch:
        patch.setattr(syncing, "TURN_SECONDS", -1.0)
        go_on(source)  # lists, and no more
    site.replies["/feed"] = xml(ATOM)

    assert sync(source).result == {"items": 2, "failed": 0, "deleted": 0}
    assert names(source) == ["Begun", "Whole"]


@pytest.mark.parametrize(
    "content", [b"<html>no feed</html>", b"", b"<", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>']
)
def test_what_is_no_feed_says_so(site: LoopbackServer, new_source: NewSource, content: bytes) -> None:
    site.replies["/feed"] = Reply(content, content_type="application/xml")

    job = sync(new_source("feed", address=f"{site.url}/feed"))

    assert (job.state, job.error_code in ("no_feed", "protocol")) == ("failed", True)


def test_no_entity_of_a_feed_is_followed() -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>{ATOM.replace("绿茶", "&f;")}'

    assert Path("/etc/hostname").read_text().strip() not in str(
        feed.parse_feed(bomb.encode(), "https://tea.example/")
    )


def test_a_bucket_is_listed_part_by_part_and_signed(
    site: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    def listing(*keys: str, token: str = "") -> Reply:
        contents = "".join(f'<Contents><Key>{key}</Key><ETag>"{key}1"</ETag></Contents>' for key in keys)
        more = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"
        xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
        return xml(f"<ListBucketResult {xmlns}>{contents}{more if token else ''}</ListBucketResult>")

    first = "/tea?list-type=2&max-keys=1000&prefix=docs%2F"
    site.replies |= {
        first: listing("docs/a b.md", "docs/picture.exe", token="x/="),
        "/tea?continuation-token=x%2F%3D&list-type=2&max-keys=1000&prefix=docs%2F": listing("docs/c.md"),
        "/tea/docs/a%20b.md": Reply(b"A and B."),
        "/tea/docs/c.md": Reply(b"C."),
    }
    source = new_source("bucket", "sealed", address=site.url, bucket="tea", only_below="docs/", key_id="KEY")

    sync(source)

    assert names(source) == ["a b", "c"]
    assert all(each["authorization"].startswith("AWS4-HMAC-SHA256 Credential=KEY/") for each in site.requests)
    count = len(site.requests)
    site.replies[first] = listing("docs/a b.md")
    assert sync(source, alice_actor).result == {"items": 1, "failed": 0, "deleted": 1}
    assert len(site.requests) == count + 1
    site.replies[first] = xml("<ListBucketResult><Contents><Key>docs/a b.md</Key>")
    assert sync(source, alice_actor).error_code == "protocol"
    assert names(source) == ["a b"]


def test_a_signature_is_that_of_the_published_example() -> None:
    headers = signed_headers(
        "https://examplebucket.s3.amazonaws.com/?lifecycle=",
        key_id="AKIAIOSFODNN7EXAMPLE",
        secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        region="us-east-1",
        now=datetime(2013, 5, 24, tzinfo=UTC),
    )

    assert headers["authorization"].endswith(
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    )


@pytest.mark.slow
def test_a_webdav_folder_is_walked_and_nothing_beside_it(
    site: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    def folder(*names: str) -> Reply:
        entries = "".join(
            f"<d:response><d:href>{name}</d:href><d:propstat><d:prop><d:getetag>1</d:getetag><d:resourcetype>"
            f"{'<d:collection/>' if name.endswith('/') else ''}</d:resourcetype></d:prop></d:propstat></d:response>"
            for name in names
        )
        return xml(f'<d:multistatus xmlns:d="DAV:">{entries}</d:multistatus>', status=207)

    site.replies |= {
        "/dav/Tea/": folder(
            "/dav/Tea/", "/dav/Tea/Gr%C3%BCn/", "/dav/Tea/a.md", "/dav/Other/b.md", "/dav/Tea/../x.md"
        ),
        "/dav/Tea/Gr%C3%BCn/": folder("/dav/Tea/Gr%C3%BCn/", "/dav/Tea/Gr%C3%BCn/c.md", "/dav/Tea/"),
        "/dav/Tea/a.md": Reply(b"A."),
        "/dav/Tea/Gr%C3%BCn/c.md": Reply(b"C."),
    }
    source = new_source("webdav", "oolong", address=f"{site.url}/dav/Tea", user="anna")

    sync(source)

    assert names(source) == ["a", "c"]
    assert {each["authorization"] for each in site.requests} == {"Basic YW5uYTpvb2xvbmc="}
    site.replies["/dav/Tea/Gr%C3%BCn/"] = Reply(status=500)
    assert sync(source, alice_actor).state in ("failed", "queued")
    assert names(source) == ["a", "c"]
    # A proxy has another name for all of it.
    site.replies["/dav/Tea/"] = folder("/inner/Tea/", "/inner/Tea/a.md")
    renamed = new_source("webdav", "oolong", address=f"{site.url}/dav/Tea", user="anna")
    assert sync(renamed).error_code == "protocol"


@pytest.fixture
def database() -> Iterator[dict[str, Any]]:
    """The tests' own PostgreSQL, which listens on a socket of the file system, behind a door on the loopback."""
    settings = connection.get_connection_params()
    host, port = settings.get("host") or "/var/run/postgresql", settings.get("port") or 5432

    def serve(outside: socket.socket) -> None:
        if str(host).startswith("/"):
            inside = socket.socket(socket.AF_UNIX)
            inside.connect(f"{host}/.s.PGSQL.{port}")
        else:
            inside = socket.create_connection((host, int(port)))
        threading.Thread(target=pump, args=(inside, outside), daemon=True).start()
        pump(outside, inside)

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def listen() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(door.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=listen, daemon=True).start()
        yield {
            "host": "127.0.0.1",
            "port": door.getsockname()[1],
            "is_encrypted": False,
            "database": settings["dbname"],
            "user": settings.get("user") or "postgres",
            "password": settings.get("password") or "",
        }
        door.shutdown(socket.SHUT_RDWR)


@pytest.mark.slow
def test_a_view_becomes_one_table_or_a_document_for_each_row(
    database: dict[str, Any], new_source: NewSource, alice_actor: Actor
) -> None:
    password = database.pop("password")
    table = new_source("database", password, **database, view="pg_catalog.pg_language")
    sync(table)
    assert table.error == ""
    assert names(table) == ["pg_catalog.pg_language"]
    document = item(table, "pg_language").document
    assert document
    assert document.file.read().splitlines()[0].startswith(b"oid,lanname")

    elsewhere = SourceSettings(table.name, 60, {**table.settings, "view": "pg_catalog.pg_am"})
    services.change_source(alice_actor, table, wanted=elsewhere)
    sync(table, alice_actor)
    assert names(table) == ["pg_catalog.pg_am"]

    rows = new_source("database", password, **database, view="pg_language", key_column="lanname")
    sync(rows)
    assert {"c", "internal", "plpgsql", "sql"} <= set(names(rows))
    # Of a row without a title or a key neither is called None.
    place = {**database, "view": "pg_language", "title_column": "lanacl"}
    titled = new_source("database", password, **place, key_column="lanname")
    sync(titled)
    assert set(names(titled)) == set(names(rows))
    keyless = new_source("database", password, **place, key_column="lanacl")
    sync(keyless)
    assert (names(keyless), keyless.left_out > 0) == ([], True)

    job = sync(new_source("database", password, **database, view="no_such_view"))
    assert (job.state, job.error_code) == ("failed", "database")


def test_a_database_of_the_inside_is_not_asked(
    database: dict[str, Any], new_source: NewSource, settings: Any
) -> None:
    password = database.pop("password")
    settings.PRIVATE_NETWORKS = ()

    job = sync(new_source("database", password, **database, view="pg_language"))

    assert (job.state, job.error_code) == ("failed", "private")


@pytest.mark.slow
def test_documents_of_feishu_come_from_a_wiki_and_a_drive(
    site: LoopbackServer, new_source: NewSource, alice_actor: Actor
) -> None:
    def node(name: str, *, has_child: bool = False) -> dict[str, Any]:
        kind = {"obj_type": "docx", "obj_edit_time": "1", "has_child": has_child}
        return {"node_token": f"n{name}", "obj_token": f"d{name}", "title": name, **kind}

    def answer(**data: Any) -> Reply:
        return as_json({"code": 0, "msg": "ok", "data": data})

    nodes = "/open-apis/wiki/v2/spaces/7/nodes?page_size=50"
    site.replies |= {
        "/open-apis/auth/v3/tenant_access_token/internal": as_json({"code": 0, "tenant_access_token": "t-1"}),
        nodes: answer(items=[node("A", has_child=True)], has_more=True, page_token="p2"),
        f"{nodes}&page_token=p2": answer(items=[node("B")], has_more=False),
        f"{nodes}&parent_node_token=nA": answer(items=[node("C")], has_more=False),
        "/open-apis/docx/v1/documents/dA/raw_content": answer(content="茶叶手册\n乌龙茶 40 元。"),
        "/open-apis/docx/v1/documents/dB/raw_content": as_json(
            {"code": 1770032, "msg": "forBidden"}, status=403
        ),
        "/open-apis/docx/v1/documents/dC/raw_content": as_json(
            {"code": 99991400, "msg": "too often"}, status=400, headers={"x-ogw-ratelimit-reset": "30"}
        ),
        # What it refuses to tell of rights: the documents are for owners alone.
        "*": as_json({"code": 1063002, "msg": "Permission denied"}, status=403),
        "/open-apis/drive/v1/files?page_size=50&folder_token=f": answer(
            files=[
                {"token": "dA", "name": "A", "type": "docx", "modified_time": "1"},
                {"token": "s", "type": "sheet"},
            ],
            has_more=False,
        ),
    }
    source = new_source("feishu", "sealed", address=site.url, app_id="cli_1", space="7", folder="")

    assert go_on(source).state == "queued"  # it has asked to wait
    site.replies["/open-apis/docx/v1/documents/dC/raw_content"] = answer(content="Third")
    assert sync(source).result == {"items": 3, "failed": 1, "deleted": 0}
    assert names(source) == ["Third", "茶叶手册"]
    assert "refused access" in item(source, "dB").problem_text
    assert site.requests[0]["body"] == {"app_id": "cli_1", "app_secret": "sealed"}
    assert site.requests[1]["authorization"] == "Bearer t-1"
    assert all(Document.objects.values_list("is_restricted", flat=True))
    assert "only owners read it" in item(source, "dA").problem_text

    drive = new_source("feishu", "sealed", address=site.url, app_id="cli_1", space="", folder="f")
    sync(drive)
    assert names(drive) == ["茶叶手册"]
    # A list that lacks its own next part is no list.
    site.replies[nodes] = answer(items=[], has_more=True)
    assert sync(source, alice_actor).error_code == "protocol"
    assert len(names(source)) == 2


def test_addresses_with_a_key_are_encrypted(settings: Any, new_source: NewSource) -> None:
    settings.PRIVATE_NETWORKS = ()

    job = sync(new_source("webdav", "oolong", address="http://cloud.example.com/", user="anna"))

    assert (job.state, urlsplit("http://cloud.example.com/").scheme) == ("failed", "http")
