"""The web process in front of clients that are slow on purpose: a real server, real sockets."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvicorn
from django.core.files.base import ContentFile
from django.db import connection as database
from django.db import transaction
from django.http import FileResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.core.errors import LimitExceeded
from apps.customer_service.attachments.services import signed_address
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.speech.models import Recording
from apps.vault.files import writing_sealed
from config import http_protocol, request_bodies
from config.http_protocol import BoundedProtocol
from config.serving import ThreadedDjango
from config.transfers import Transfers
from config.write_limit import WriteLimit

READERS = 50
LARGE = 4 * 1024 * 1024


@contextmanager
def served(application: Any) -> Iterator[int]:
    """The port of a server in this process: it sees the test's settings."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        # Sockets that are accepted inherit it: the kernel takes no more than this off the server's hands.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        config = uvicorn.Config(application, http=BoundedProtocol, lifespan="off", log_level="critical")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


@pytest.fixture
def port(settings: Any) -> Iterator[int]:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with served(WriteLimit(ThreadedDjango(threads=2))) as number:
        yield number


@pytest.fixture
def public_file(transactional_db: None, alice_actor: Actor) -> str:
    channel = Channel.objects.create(organisation=alice_actor.organisation, name="Tea chat", language="en")
    conversation = Conversation.objects.create(
        organisation=alice_actor.organisation, channel=channel, visitor_id="vera", language="en"
    )
    attachment = Attachment(
        organisation=alice_actor.organisation,
        conversation=conversation,
        name="a.bin",
        content_type="application/pdf",
        size=LARGE,
    )
    attachment.file.save("large.pdf", ContentFile(bytes(LARGE)))
    return signed_address(attachment)


def connection(port: int, *, takes_little: bool = False) -> socket.socket:
    made = socket.socket()
    if takes_little:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.settimeout(20)
    made.connect(("127.0.0.1", port))
    return made


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", ""]).encode()


def answer(port: int, request: bytes) -> bytes:
    """All that comes until the server closes."""
    with connection(port) as client:
        client.sendall(request)
        return all_of(client)


def all_of(client: socket.socket) -> bytes:
    received = io.BytesIO()
    while block := client.recv(65536):
        received.write(block)
    return received.getvalue()


def status_of(reply: bytes) -> int:
    return int(reply.split(b" ", 2)[1])


def get(port: int, path: str) -> bytes:
    return answer(port, head("GET", path, "Connection: close"))


@pytest.mark.slow
def test_readers_who_take_nothing_leave_the_others_alone(port: int, public_file: str) -> None:
    with ExitStack() as readers:
        for _number in range(READERS):
            reader = readers.enter_context(connection(port, takes_little=True))
            reader.sendall(head("GET", public_file))
            assert reader.recv(12) == b"HTTP/1.1 200"

        began = time.monotonic()
        assert status_of(get(port, "/healthz")) == 200
        assert status_of(get(port, reverse("account_login"))) == 200
        whole = get(port, public_file)

    assert time.monotonic() - began < 5
    assert len(whole.partition(b"\r\n\r\n")[2]) == LARGE


def test_one_address_has_so_many_files_under_way(settings: Any, public_file: str) -> None:
    settings.ALLOWED_HOSTS, settings.TRANSFERS_PER_ADDRESS = ["127.0.0.1"], 1
    with served(ThreadedDjango(threads=2)) as port, connection(port, takes_little=True) as reader:
        reader.sendall(head("GET", public_file))
        assert reader.recv(12) == b"HTTP/1.1 200"

        refused = get(port, public_file)

    assert status_of(refused) == 429
    assert b"retry-after" in refused.lower()


def test_whoever_has_one_address_of_a_network_has_all_of_them() -> None:
    transfers = Transfers(most=1)
    with transfers.one("2001:db8::1"), transfers.one("2001:db8:0:1::1"), transfers.one("203.0.113.5"):
        for address in ("2001:db8::2", "203.0.113.5", "::ffff:203.0.113.5"):
            with pytest.raises(LimitExceeded), transfers.one(address):
                pass
    with transfers.one("2001:db8::2"):
        assert transfers


@pytest.mark.slow
def test_a_reader_who_takes_nothing_is_let_go(settings: Any, public_file: str) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    django = ThreadedDjango(threads=2)
    with served(WriteLimit(django, seconds=0.2)) as port, connection(port, takes_little=True) as reader:
        reader.sendall(head("GET", public_file))
        assert reader.recv(12) == b"HTTP/1.1 200"
        deadline = time.monotonic() + 20
        while django._transfers._open:
            assert time.monotonic() < deadline
            threading.Event().wait(0.02)

        assert len(all_of(reader)) < LARGE


def test_a_part_of_a_sealed_recording_and_its_head_alone_are_sent(
    transactional_db: None, port: int, alice_actor: Actor
) -> None:
    recording = Recording.objects.create(
        organisation=alice_actor.organisation,
        title="Visit",
        length=LARGE,
        offset=LARGE,
        received_at=timezone.now(),
    )
    recording.stored_path.parent.mkdir(parents=True, exist_ok=True)
    with writing_sealed(recording.stored_path, recording.organisation_id) as file:
        file.write(bytes(LARGE - 5) + b"heard")
    key = accounts.create_api_key(alice_actor, name="test", scopes=["recordings.view"])
    lines = (f"Authorization: Bearer {key.token}", "Connection: close")
    path = reverse("api:recording-audio", args=[recording.pk])

    part = answer(port, head("GET", path, "Range: bytes=-5", *lines))
    only_head = answer(port, head("HEAD", path, *lines))

    assert (status_of(part), part.partition(b"\r\n\r\n")[2]) == (206, b"heard")
    assert f"content-length: {LARGE}".encode() in only_head.lower()
    assert only_head.endswith(b"\r\n\r\n")


def test_an_organisation_whose_requests_hang_leaves_threads_to_others_and_to_whoever_signs_in(
    transactional_db: None, settings: Any, alice_actor: Actor, bob_actor: Actor
) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    alice, bob = (
        f"Authorization: Bearer {accounts.create_api_key(actor, name='test', scopes=['audit.view', 'jobs.view']).token}"
        for actor in (alice_actor, bob_actor)
    )
    trail, jobs = "/api/v1/audit/", reverse("api:job-list")
    with served(ThreadedDjango(threads=3)) as port, ExitStack() as hanging:
        for whose in (alice, bob):
            assert status_of(answer(port, head("GET", jobs, whose, "Connection: close"))) == 200
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("LOCK TABLE audit_auditentry IN ACCESS EXCLUSIVE MODE")
            waiting = [hanging.enter_context(connection(port)) for _number in range(8)]
            for client in waiting:
                client.sendall(head("GET", trail, alice, "Connection: close"))

            assert status_of(answer(port, head("GET", jobs, bob, "Connection: close"))) == 200
            assert status_of(get(port, reverse("account_login"))) == 200

        assert [status_of(all_of(client)) for client in waiting] == [200] * 8


def test_an_export_is_written_before_it_is_sent(alice_browser: Client) -> None:
    exported = alice_browser.get("/audit/export/csv/")

    assert isinstance(exported, FileResponse)
    assert exported["Content-Type"] == "text/csv; charset=utf-8"
    assert b"organisation.created" in b"".join(exported)


IN_VAIN: list[tuple[str, str, list[str], int]] = [
    ("POST", "/nowhere/", [], 404),
    ("POST", "/api/v1/nowhere/", [], 404),
    ("DELETE", "/api/v1/jobs/", [], 405),
    ("POST", "/api/v1/recordings/", [], 401),
    ("POST", "/api/v1/documents/", ["Authorization: Bearer made-up"], 401),
    ("POST", "/api/v1/documents/", ["Authorization: Visitor made-up"], 401),
    ("POST", "/api/v1/documents/", ["Cookie: sessionid=made-up"], 401),
    ("POST", "/knowledge/", [], 401),
    ("POST", "/api/v1/visitor/conversations/", [], 413),
]


@pytest.mark.django_db(transaction=True)
def test_what_the_head_shows_to_be_in_vain_is_refused_without_its_body(port: int) -> None:
    """The body is announced and never sent: only its head can have been read."""
    for method, path, lines, status in IN_VAIN:
        refused = answer(port, head(method, path, "Content-Length: 30000000", *lines))

        assert status_of(refused) == status, path
        assert b'{"error"' in refused or not path.startswith("/api/")


def test_a_body_for_an_address_that_lacks_its_slash_is_refused_saying_so(port: int) -> None:
    refused = answer(port, head("POST", "/api/v1/jobs", "Content-Length: 30000000", "Accept-Language: en"))

    assert status_of(refused) == 404
    assert b"/api/v1/jobs/" in refused


def test_a_body_that_drips_is_ended(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "GRACE_SECONDS", 0.1)
    sign_in = reverse("account_login")

    with connection(port) as client:
        client.sendall(head("POST", sign_in, "Content-Length: 20"))
        client.sendall(b"login=")

        assert status_of(all_of(client)) == 408


def test_a_head_that_never_ends_is_ended(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    with connection(port) as slow:
        slow.sendall(b"GET /healthz HTTP/1.1\r\n")
        assert all_of(slow) == b""


def test_a_head_without_measure_is_ended(port: int) -> None:
    lines = (b"X-Filler: " + b"x" * 60_000 + b"\r\n") * 200
    with connection(port) as long, pytest.raises((ConnectionResetError, BrokenPipeError)):
        long.sendall(b"GET /healthz HTTP/1.1\r\n" + lines)


def test_several_requests_share_a_connection(port: int) -> None:
    with connection(port) as client:
        client.sendall(head("GET", "/healthz") + head("GET", "/healthz", "Connection: close"))

        assert all_of(client).count(b"HTTP/1.1 200") == 2
