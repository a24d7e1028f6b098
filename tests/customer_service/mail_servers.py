"""A real IMAP server (pymap, a process of its own) and a real SMTP server (aiosmtpd), both on the loopback with TLS."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel
from apps.customer_service.mail.models import MailAccount
from apps.knowledge.models import Document
from benchmarks.mail_server import (
    PASSWORD,
    START,
    USER,
    ImapServer,
    make_certificate,
    running_imap,
)
from stack.ports import free_port


@dataclass
class SmtpServer:
    """Takes mail, or answers RCPT or DATA with what a test says."""

    port: int = 0
    recipient_answer: str = ""
    data_answer: str = ""
    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if not self.recipient_answer:
            envelope.rcpt_tos.append(address)
        return self.recipient_answer or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if not self.data_answer:
            self.envelopes.append(envelope)
        return self.data_answer or "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each.content, policy=policy.default) for each in self.envelopes]  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls") / "mail.pem")


@pytest.fixture(scope="session")
def imap_process(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port it listens on, for STARTTLS."""
    tls = ["--cert", str(certificate), "--key", str(certificate)]
    with running_imap(tls, tmp_path_factory.mktemp("imap") / "log") as port:
        yield port


@contextmanager
def imap_over_tls(certificate: Path, log: Path) -> Iterator[int]:
    """pymap knows STARTTLS only; behind a door that ends TLS it may take passwords in the clear."""
    trusting = "from pymap.config import IMAPConfig as c; c.__init__.__kwdefaults__['secure_auth'] = False; "
    context = _server_context(certificate)
    with (
        running_imap(["--no-tls"], log, start=trusting + START) as inner,
        socket.create_server(("127.0.0.1", 0)) as door,
    ):
        threading.Thread(target=_pass_one, args=(door, context, inner), daemon=True).start()
        yield door.getsockname()[1]


def _pass_one(door: socket.socket, context: ssl.SSLContext, inner: int) -> None:
    """One connection, which is all that a test makes."""
    with (
        context.wrap_socket(door.accept()[0], server_side=True) as outside,
        socket.create_connection(("127.0.0.1", inner)) as inside,
    ):
        back = threading.Thread(target=_pump, args=(inside, outside), daemon=True)
        back.start()
        _pump(outside, inside)
        back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def imap_server(imap_process: int, certificate: Path, settings: Any) -> ImapServer:
    """With a folder of the test's own."""
    settings.MAIL_CA_FILE = str(certificate)
    server = ImapServer(imap_process, certificate, folder=f"Desk-{uuid4().hex[:8]}")
    server.create()
    return server


@pytest.fixture
def smtp_server(certificate: Path, mail_account: MailAccount) -> Iterator[SmtpServer]:
    """What `mail_account` sends through."""
    server = SmtpServer()
    with _controlled(server, tls_context=_server_context(certificate), require_starttls=True) as port:
        mail_account.smtp_port = server.port = port
        mail_account.save(update_fields=["smtp_port"])
        yield server


@contextmanager
def tls_smtp(certificate: Path) -> Iterator[int]:
    """The port of a server that speaks TLS from the first byte."""
    with _controlled(SmtpServer(), ssl_context=_server_context(certificate), auth_require_tls=False) as port:
        yield port


@contextmanager
def _controlled(server: SmtpServer, **options: Any) -> Iterator[int]:
    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=free_port(),
        auth_required=True,
        authenticator=_authenticated,
        decode_data=False,
        **options,
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def _authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
    is_known = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def mail_channel(alice_actor: Actor, handbook: Document) -> Channel:
    made = Channel.objects.create(
        organisation=alice_actor.organisation, name="Tea House 茶馆", language="en", kind=Channel.Kind.MAIL
    )
    made.collections.add(handbook.collection)
    return made


@pytest.fixture
def mail_account(mail_channel: Channel, imap_server: ImapServer) -> MailAccount:
    """Reads; `smtp_server` lets it send as well."""
    return MailAccount.objects.create(
        organisation=mail_channel.organisation,
        channel=mail_channel,
        address=USER,
        user=USER,
        password=PASSWORD,
        imap_host="127.0.0.1",
        imap_port=imap_server.port,
        smtp_host="127.0.0.1",
        smtp_port=1,
        is_encrypted=False,
        folder=imap_server.folder,
    )


def mail(
    text: str = "", *, subject: str = "", sender: str = "Vera <vera@home.example>", **headers: str
) -> EmailMessage:
    """Headers by keyword: `in_reply_to` is In-Reply-To."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, USER, subject
    message["Message-ID"] = headers.pop("message_id", f"<{uuid4().hex}@home.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message
