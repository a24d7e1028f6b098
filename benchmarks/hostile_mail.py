"""A mailbox full of poisoned mails, on a real IMAP server, for `bench hostile`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.mail_server import PASSWORD, USER, ImapServer, make_certificate, running_imap

HEAD = (
    "From: Vera <vera@home.example>\r\nTo: {to}\r\nMessage-ID: <{id}@home.example>\r\nSubject: {subject}\r\n"
)
HTML = "Content-Type: text/html; charset=utf-8\r\n\r\n{body}\r\n"
TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
GOOD = "How long does delivery take?"


@dataclass(frozen=True)
class Mailbox:
    server: ImapServer
    settings: dict[str, str]


@contextmanager
def poisoned_mailbox(directory: Path) -> Iterator[Mailbox]:
    """Mails that break or hold a parser, and one good one behind them."""
    certificate = make_certificate(directory / "mail.pem")
    tls = ["--cert", str(certificate), "--key", str(certificate)]
    with running_imap(tls, directory / "imap.log") as port:
        server = ImapServer(port, certificate, folder="Poisoned")
        server.create()
        server.deliver(*_mails())
        settings = {"PRIVATE_NETWORKS": "127.0.0.0/8", "MAIL_CA_FILE": str(certificate)}
        yield Mailbox(server, settings)


def connect(mailbox: Mailbox, *, slug: str) -> None:
    """A mail channel of the organisation that reads it from now on."""
    from apps.customer_service.channels.models import Channel
    from apps.customer_service.mail.models import MailAccount
    from benchmarks.organisations import owner

    organisation = owner(slug).organisation
    channel = Channel.objects.create(organisation=organisation, name="Mail", kind=Channel.Kind.MAIL)
    MailAccount.objects.create(
        organisation=organisation,
        channel=channel,
        address=USER,
        user=USER,
        password=PASSWORD,
        imap_host="127.0.0.1",
        imap_port=mailbox.server.port,
        smtp_host="127.0.0.1",
        smtp_port=1,
        is_encrypted=False,
        folder=mailbox.server.folder,
    )


def outcome() -> dict[str, Any]:
    """Whether the good mail behind the poisoned ones became a message."""
    from apps.customer_service.conversations.models import Message

    return {
        "good_mail_read": Message.objects.filter(
            conversation__channel__kind="mail", text__contains=GOOD
        ).exists()
    }


def _mails() -> list[bytes]:
    return [
        _mail("cdata", HTML.format(body="<![ foo")),
        _mail("s" * 80_000, TEXT.format(body="A long subject")),
        _mail("tags", HTML.format(body="<a <a" * 60_000)),
        _mail("comments", HTML.format(body="<!---->" * 20_000)),
        _mail("lines", TEXT.format(body="\r\n" * 50_000)),
        _mail("quotes", TEXT.format(body="> " * 100_000)),
        _mail("Delivery", TEXT.format(body=GOOD)),
    ]


def _mail(subject: str, body: str) -> bytes:
    return (HEAD.format(to=USER, id=uuid4().hex, subject=subject) + body).encode()
