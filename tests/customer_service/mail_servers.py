"""A real IMAP server (pymap, a process of its own) and a real SMTP server (aiosmtpd), both on the loopback with TLS."""

import imaplib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.accounts.actors import Actor
from apps.customer_service.models import Channel, MailAccount
from apps.knowledge.models import Document

USER, PASSWORD = "desk@tea.example", "kept-in-a-field"
_START = "import sys; from pymap.main import main; sys.exit(main())"


@dataclass
class ImapServer:
    port: int
    certificate: Path
    folder: str = "INBOX"

    def login(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.starttls(ssl.create_default_context(cafile=str(self.certificate)))
        client.login(USER, PASSWORD)
        return client

    def deliver(self, *mails: bytes | EmailMessage) -> None:
        client = self.login()
        for mail in mails:
            content = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP)
            status, answer = client.append(self.folder, None, None, content)
            assert status == "OK", answer
        client.logout()

    def create(self) -> None:
        client = self.login()
        client.create(self.folder)
        client.logout()

    def rebuild(self, *mails: bytes | EmailMessage) -> None:
        """The folder with the same mails in it, but with another UIDVALIDITY and other numbers."""
        client = self.login()
        client.delete(self.folder)
        client.create(self.folder)
        client.logout()
        self.deliver(*mails)


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
        return [message_from_bytes(each.content, policy=policy.default) for each in self.envelopes]  # type: ignore[arg-type, misc]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself: who trusts it as an authority trusts the servers."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tea House mail")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(private + signed)
    return path


@pytest.fixture(scope="session")
def imap_process(certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port it listens on, for STARTTLS."""
    tls = ["--cert", str(certificate), "--key", str(certificate)]
    with _running_imap(_START, tls, tmp_path_factory.mktemp("imap") / "log") as port:
        yield port


@contextmanager
def imap_over_tls(certificate: Path, log: Path) -> Iterator[int]:
    """pymap knows STARTTLS only; behind a door that ends TLS it may take passwords in the clear."""
    trusting = "from pymap.config import IMAPConfig as c; c.__init__.__kwdefaults__['secure_auth'] = False; "
    context = _server_context(certificate)
    with (
        _running_imap(trusting + _START, ["--no-tls"], log) as inner,
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


@contextmanager
def _running_imap(start: str, options: list[str], log_path: Path) -> Iterator[int]:
    port = free_port()
    arguments = ["--host", "127.0.0.1", "--port", str(port), *options]
    user = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    with log_path.open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", start, *arguments, *user], stdout=log, stderr=log)
        try:
            _wait_for(process, port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
            return
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the IMAP server ended with {process.wait(0.1)}")
    raise AssertionError("the IMAP server does not listen")


@pytest.fixture
def imap_server(imap_process: int, certificate: Path, settings: Any) -> ImapServer:
    """With a folder of the test's own."""
    settings.MAIL_ALLOW_PRIVATE = True
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
