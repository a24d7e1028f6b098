"""Reading a mailbox by IMAP. It is opened for reading only: nothing is deleted, moved or marked as seen."""

import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from apps.customer_service.connectors.failures import ConnectorError
from apps.customer_service.connectors.sockets import connect, tls_context
from apps.customer_service.models import MailAccount

TIMEOUT_SECONDS = 20
LARGEST_BYTES = 25 * 2**20
# Of a larger mail only this much is fetched: the text stands at its beginning.
BEGINNING_BYTES = 512 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_IDENTITY = '("name" "Kongming" "vendor" "Kongming" "version" "1")'


@dataclass(frozen=True)
class Fetched:
    uid: int
    size: int
    received_at: datetime | None
    content: bytes
    is_whole: bool = True


class _Client(imaplib.IMAP4):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        return connect(self.host, self.port, timeout)

    def read(self, size: int) -> bytes:
        """The server announces how much comes; it must not fill our memory."""
        if size > LARGEST_BYTES + BEGINNING_BYTES:
            raise self.abort("the server sends more than was asked for")
        return super().read(size)


class _TlsClient(_Client):
    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = super()._create_socket(timeout)
        return tls_context().wrap_socket(plain, server_hostname=self.host)


class Mailbox:
    """The opened folder of an account."""

    def __init__(self, client: imaplib.IMAP4) -> None:
        self._client = client
        self.uid_validity = self._number("UIDVALIDITY")

    def uids_after(self, last_uid: int, *, since: date) -> list[int]:
        """Of what arrived on `since` or later, oldest first."""
        day = f"{since.day:02}-{_MONTHS[since.month - 1]}-{since.year}"
        [answer, *_] = self._uid("SEARCH", f"UID {last_uid + 1}:* SINCE {day}")
        found = (int(uid) for uid in (answer or b"").split() if uid.isdigit())
        # “n:*” means the last mail as well when there is none from n on.
        return sorted(uid for uid in found if uid > last_uid)

    def fetch(self, uid: int) -> Fetched | None:
        """None when it is gone meanwhile."""
        [facts, *_] = self._uid("FETCH", str(uid), "(RFC822.SIZE INTERNALDATE)")
        size = _SIZE.search(facts) if isinstance(facts, bytes) else None
        if size is None:
            return None
        announced = int(size.group(1))
        is_whole = announced <= LARGEST_BYTES
        part = "" if is_whole else f"<0.{BEGINNING_BYTES}>"
        answer = self._uid("FETCH", str(uid), f"(BODY.PEEK[]{part})")
        content = next((item[1] for item in answer if isinstance(item, tuple)), None)
        return Fetched(uid, announced, _received_at(facts), content, is_whole) if content else None

    def _uid(self, *command: str) -> list[Any]:
        status, answer = self._client.uid(*command)
        if status != "OK":
            raise ConnectorError("protocol", f"{command[0]}: {answer!r}")
        return list(answer)

    def _number(self, name: str) -> int:
        _status, answer = self._client.response(name)
        value = answer[0] if answer else None
        if not isinstance(value, bytes) or not value.isdigit():
            raise ConnectorError("protocol", f"no {name}")
        return int(value)


@contextmanager
def opened(account: MailAccount) -> Iterator[Mailbox]:
    """Raises ConnectorError for all that a server or the network may do, also while the mailbox is in use."""
    try:
        client = _connected(account)
        try:
            _log_in(client, account)
            yield _examined(client, account.folder)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                client.logout()
    except ssl.SSLError as error:
        raise ConnectorError("tls", str(error)) from error
    except TimeoutError as error:
        raise ConnectorError("timeout") from error
    except OSError as error:
        raise ConnectorError("connection", str(error)) from error
    except imaplib.IMAP4.error as error:
        raise ConnectorError("protocol", str(error)) from error


def _connected(account: MailAccount) -> imaplib.IMAP4:
    if account.is_encrypted:
        return _TlsClient(account.imap_host, account.imap_port, timeout=TIMEOUT_SECONDS)
    client = _Client(account.imap_host, account.imap_port, timeout=TIMEOUT_SECONDS)
    try:
        client.starttls(tls_context())
    except imaplib.IMAP4.error as error:
        client.shutdown()
        raise ConnectorError("tls", str(error)) from error
    return client


def _log_in(client: imaplib.IMAP4, account: MailAccount) -> None:
    try:
        client.login(account.user, account.password)
    except (imaplib.IMAP4.error, UnicodeError) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise ConnectorError("login", str(error)) from error
    if "ID" in client.capabilities:
        # Mailboxes of NetEase (163.com, 126.com) refuse whoever does not say what it is.
        client.xatom("ID", _IDENTITY)


def _examined(client: imaplib.IMAP4, folder: str) -> Mailbox:
    quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
    try:
        status, answer = client.select(quoted, readonly=True)
    except UnicodeError as error:
        raise ConnectorError("folder", folder) from error
    if status != "OK":
        raise ConnectorError("folder", f"{folder}: {answer!r}")
    return Mailbox(client)


def _received_at(facts: bytes) -> datetime | None:
    local = imaplib.Internaldate2tuple(facts)
    if local is None:
        return None
    return datetime.fromtimestamp(time.mktime(local), UTC)
