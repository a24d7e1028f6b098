"""A folder of a mailbox: each mail is a document. It is opened for reading only; nothing is marked, moved or deleted."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

from apps.connectors.reasons import ItemGone, SourceError
from apps.connectors.sources.interface import Fetched, Listed, Listing
from apps.core import imap
from apps.core.connector_errors import ConnectorError
from apps.jobs.runs import JobRun
from domain.documents import mail

MAX_MAILS = 20_000
LONG_AGO = date(1970, 1, 1)


@dataclass(frozen=True)
class ReadAccount:
    """What `apps.core.imap` opens."""

    imap_host: str
    imap_port: int
    is_encrypted: bool
    user: str
    password: str
    folder: str


class MailboxConnector:
    absence: Literal["gone"] = "gone"
    delay = 0.0
    limit = MAX_MAILS

    def __init__(self, _run: JobRun, place: Mapping[str, Any], secret: str) -> None:
        self.account = ReadAccount(
            place["host"],
            place["port"],
            place["is_encrypted"],
            place["user"],
            secret,
            place["folder"],
        )
        self.since = date.fromisoformat(place["since"]) if place.get("since") else LONG_AGO
        self._open = ExitStack()

    def list_items(self, _cursor: str) -> Listing:
        """A mail never changes: its number, within the numbering of the folder, says all."""
        with self._visit() as mailbox:
            uids = mailbox.uids_after(0, since=self.since)
        return Listing([Listed(f"{self._numbering}-{uid}", fingerprint="whole") for uid in uids])

    def fetch(self, key: str, _fingerprint: str) -> Fetched:
        numbering, _hyphen, uid = key.partition("-")
        with self._visit() as mailbox:
            if int(numbering) != self._numbering:
                raise ItemGone
            fetched = mailbox.fetch_one(int(uid), largest=imap.MAX_BYTES)
        if fetched is None:
            raise ItemGone
        if not fetched.is_whole:
            raise SourceError("too_large")
        subject = mail.subject(fetched.content)
        file_name = f"{subject.replace('/', ' ')[:120] or key} {uid}.eml"
        return Fetched(fetched.content, file_name, subject, fingerprint="whole")

    def close(self) -> None:
        self._open.close()

    @contextmanager
    def _visit(self) -> Iterator[imap.Mailbox]:
        """The mailbox, opened once. After a failure nobody knows where the server stands, so the next visit opens it anew.

        Raises ConnectorError.
        """
        try:
            with imap.failures_of(self.account):
                yield self._mailbox
        except ConnectorError:
            self.close()
            self.__dict__.pop("_mailbox", None)
            self.__dict__.pop("_numbering", None)
            raise

    @cached_property
    def _numbering(self) -> int:
        """The server tells it once, when the folder is opened."""
        return self._mailbox.uid_validity

    @cached_property
    def _mailbox(self) -> imap.Mailbox:
        return self._open.enter_context(imap.open_mailbox(self.account))
