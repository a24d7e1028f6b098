"""Reading a mailbox by IMAP. It is opened for reading only: nothing is deleted, moved or marked as seen."""

import imaplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from imap_tools.mailbox import BaseMailBox
from imap_tools.query import AND, UidRange

from apps.core.connector_errors import ConnectorError
from apps.core.mail_sockets import PIECE_SECONDS, connect, tls_context
from llm_backend import patterns

# A worker's thread is taken for so long at most.
VISIT_SECONDS = 120
MAX_BYTES = 25 * 2**20
# Of a larger mail only this much is fetched: the text stands at its beginning.
BEGINNING_BYTES = 512 * 1024
_SIZE = patterns.compile(rb"RFC822\.SIZE (\d+)")
# Servers of NetEase (163.com, 126.com) refuse whoever does not say what they are (RFC 2971).
_IDENTITY = '("name" "Kongming" "vendor" "Kongming" "version" "1")'


class ImapAccount(Protocol):
    """Whose mailbox is read, and where."""

    @property
    def imap_host(self) -> str: ...
    @property
    def imap_port(self) -> int: ...
    @property
    def is_encrypted(self) -> bool: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def folder(self) -> str: ...


@dataclass(frozen=True)
class FetchedMail:
    uid: int
    size: int
    received_at: datetime | None
    content: bytes
    is_whole: bool = True


class _Client(imaplib.IMAP4):
    """Through a socket of ours; TLS from the first byte where `is_encrypted`.

    The check for private addresses has to be on the very address that is connected to.
    """

    def __init__(self, account: ImapAccount, ends_at: float) -> None:
        self._is_encrypted = account.is_encrypted
        self._ends_at = ends_at
        super().__init__(account.imap_host, account.imap_port, PIECE_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = connect(self.host, self.port, ends_at=self._ends_at)
        if not self._is_encrypted:
            return plain
        return tls_context(ends_at=self._ends_at).wrap_socket(plain, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        """The server announces how much comes; it must not fill our memory."""
        if size > MAX_BYTES + BEGINNING_BYTES:
            raise self.abort("the server sends more than was asked for")
        return super().read(size)


class Mailbox(BaseMailBox):
    """An account's mailbox for one visit, which ends at `ends_at` whatever happens."""

    def __init__(self, account: ImapAccount, *, seconds: float) -> None:
        self.ends_at = time.monotonic() + seconds
        self._account = account
        super().__init__()

    @property
    def uid_validity(self) -> int:
        """Raises ConnectorError where the server names none: without it no UID means anything."""
        _status, answer = self.client.response("UIDVALIDITY")
        value = answer[0] if answer else None
        if not isinstance(value, bytes) or not value.isdigit():
            raise ConnectorError("protocol", "no UIDVALIDITY")
        return int(value)

    def uids_after(self, last_uid: int, *, since: date) -> list[int]:
        """The numbers above `last_uid` of mails that arrived on `since` or later, in ascending order."""
        criteria = AND(uid=UidRange(str(last_uid + 1), "*"), date_gte=since)
        uids = (int(uid) for uid in self.uids(criteria, charset=None) if uid.isdigit())
        # “n:*” means the last mail as well when there is none from n on.
        return sorted(uid for uid in uids if uid > last_uid)

    def fetch_one(self, uid: int, *, largest: int) -> FetchedMail | None:
        """Fetches one mail; where it has more than `largest` bytes, only its beginning. None when it is gone meanwhile."""
        [facts, *_] = self._fetch(uid, "(RFC822.SIZE INTERNALDATE)")
        size = _SIZE.search(facts) if isinstance(facts, bytes) else None
        if size is None:
            return None
        size_bytes = int(size.group(1))
        is_whole = size_bytes <= largest
        part = "" if is_whole else f"<0.{BEGINNING_BYTES}>"
        answer = self._fetch(uid, f"(BODY.PEEK[]{part})")
        content = next((item[1] for item in answer if isinstance(item, tuple)), None)
        # imaplib gives it in this machine's own time.
        local = imaplib.Internaldate2tuple(facts)
        received_at = datetime.fromtimestamp(time.mktime(local), UTC) if local else None
        return FetchedMail(uid, size_bytes, received_at, content, is_whole) if content else None

    def _fetch(self, uid: int, parts: str) -> list[Any]:
        status, answer = self.client.uid("FETCH", str(uid), parts)
        if status != "OK":
            raise ConnectorError("protocol", f"FETCH: {answer!r}")
        return list(answer)

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._account, self.ends_at)
        if not self._account.is_encrypted:
            try:
                client.starttls(tls_context(ends_at=self.ends_at))
            except imaplib.IMAP4.error as error:
                client.shutdown()
                raise ConnectorError("tls", str(error)) from error
        return client


@contextmanager
def open_mailbox(account: ImapAccount, *, seconds: float = VISIT_SECONDS) -> Iterator[Mailbox]:
    """Raises ConnectorError for all that a server or the network may do, also while the mailbox is in use."""
    with failures_of(account):
        mailbox = Mailbox(account, seconds=seconds)
        try:
            _log_in(mailbox, account)
            mailbox.folder.set(account.folder, readonly=True)
            yield mailbox
        finally:
            # What was read is stored: how the server says goodbye changes nothing.
            with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                mailbox.logout()


@contextmanager
def failures_of(account: ImapAccount) -> Iterator[None]:
    """Whatever a server or the network does becomes a ConnectorError."""
    try:
        yield
    except ssl.SSLError as error:
        raise ConnectorError("tls", str(error)) from error
    except TimeoutError as error:
        raise ConnectorError("timeout") from error
    except OSError as error:
        raise ConnectorError("connection", str(error)) from error
    except MailboxFolderSelectError as error:
        raise ConnectorError("folder", f"{account.folder}: {error.command_result[1]!r}") from error
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise ConnectorError("protocol", str(error)) from error


def _log_in(mailbox: Mailbox, account: ImapAccount) -> None:
    try:
        mailbox.login(account.user, account.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, MailboxLoginError, UnicodeError) as error:
        raise ConnectorError("login", str(error)) from error
    if "ID" in mailbox.client.capabilities:
        mailbox.client.xatom("ID", _IDENTITY)
