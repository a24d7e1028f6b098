"""Mail in: each mailbox is looked into by one worker at a time, and each mail is taken exactly once.

A claim is the time until which the account is ours, kept in `next_poll_at`. Every mail is stored in a transaction that
moves `last_uid` and renews the claim; a worker that lost it can store nothing. A killed one is replaced when it runs out.

Mails are read in a bounded child. One that it cannot read, that the database refuses, or that ended three workers is kept
aside, and the next one gets its turn.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import DataError, connection, transaction
from django.utils import timezone

from apps.accounts import switches
from apps.core import imap
from apps.core.bounded import Child, Limits, WorkFailed
from apps.core.errors import ApplicationError, LimitExceeded, ServiceUnavailable, StorageFull
from apps.core.imap import FetchedMail, Mailbox
from apps.customer_service.channels.delivery_errors import ConnectorError
from apps.customer_service.channels.models import Channel
from apps.customer_service.mail import intake, parsing
from apps.customer_service.mail.models import MailAccount

logger = logging.getLogger(__name__)

POLL_SECONDS = 20
# Longer than a visit, and the reading of one mail after it.
CLAIM_SECONDS = 180
MAX_PAUSE_SECONDS = 1800
MAILS_AT_ONCE = 50
# A mail that is begun later might not come to its end in the time of the visit.
BEGIN_SECONDS = imap.VISIT_SECONDS / 2
# After so many visits in a row that failed, only the beginnings of large mails are fetched: the line may be too slow.
PATIENT_FAILURES = 3
# A mail that ended as many workers is kept aside; otherwise no later one would ever be read.
MAX_ATTEMPTS = 3
READ = "apps.customer_service.mail.parsing:read_as_json"
# What a stranger wrote is parsed in a child process that may take this much.
READING = Limits(seconds=40, cpu_seconds=20, memory_bytes=2**30, output_bytes=96 * 2**20)
# What another time will be different: the mail stays in the mailbox.
PASSING = (LimitExceeded, ServiceUnavailable, StorageFull)
# Clocks differ, and servers search by whole days of a time zone that nobody knows.
TOLERANCE = timedelta(minutes=5)


class ClaimLost(Exception):
    """Another worker reads this mailbox now."""


def due_accounts() -> list[UUID]:
    """Those to look into now, the longest due first."""
    due = MailAccount.objects.filter(
        next_poll_at__lte=timezone.now(), channel__is_enabled=True, channel__kind=Channel.Kind.MAIL
    )
    return list(switches.of_open(due).order_by("next_poll_at").values_list("pk", flat=True)[:100])


def read_mailbox(account_id: UUID) -> int:
    """Takes what is new; returns how many mails. Does nothing when another worker is at it."""
    account = _claim_account(account_id)
    if account is None:
        return 0
    if not connection.in_atomic_block:
        connection.close()  # servers may be slow; others need the connection meanwhile
    try:
        with imap.open_mailbox(account) as mailbox, Child(READING) as reader:
            taken_count, is_more = _take_new(account, mailbox, reader)
    except ClaimLost:
        # Another worker reads this mailbox now, from where it was.
        return 0
    except ConnectorError as error:
        # Reading that took too long counts against the mail that was read. Whatever else a server does, does not.
        _note_failure(account, error, **({} if error.code == "overloaded" else {"reading_attempts": 0}))
        return 0
    except PASSING as error:
        _note_failure(account, ConnectorError("postponed", str(error)), reading_attempts=0)
        return 0
    # Nobody foresaw it: it stands on the mailbox's page, and in the log by being raised again.
    except Exception as error:
        _note_failure(account, ConnectorError("unexpected", type(error).__name__))
        raise
    _note_success(account, is_more=is_more)
    return taken_count


def _claim_account(account_id: UUID) -> MailAccount | None:
    accounts = MailAccount.objects.select_related("channel__organisation").filter(
        pk=account_id, next_poll_at__lte=timezone.now(), channel__is_enabled=True
    )
    account = accounts.first()
    if account is None:
        return None
    return account if _renew_claim(account) else None


def _renew_claim(account: MailAccount, **changes: object) -> bool:
    ours = MailAccount.objects.filter(pk=account.pk, next_poll_at=account.next_poll_at)
    account.next_poll_at = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
    return bool(ours.update(next_poll_at=account.next_poll_at, **changes))


def _take_new(account: MailAccount, mailbox: Mailbox, reader: Child) -> tuple[int, bool]:
    """How many mails were taken, and whether more wait."""
    uid_validity = mailbox.uid_validity
    if account.uid_validity != uid_validity:
        # The first look, or the server numbered its mails anew. What was taken before is known by its content.
        account.uid_validity, account.last_uid, account.reading_uid = uid_validity, 0, 0
    since = (account.reads_since - timedelta(days=1)).date()
    uids = mailbox.uids_after(account.last_uid, since=since)
    largest = imap.MAX_BYTES if account.failures < PATIENT_FAILURES else imap.BEGINNING_BYTES
    last_begin = time.monotonic() + BEGIN_SECONDS
    taken_count = 0
    for uid in uids[:MAILS_AT_ONCE]:
        if time.monotonic() > last_begin:
            return taken_count, True
        _keep_claim(account)
        fetched_mail = mailbox.fetch_one(uid, largest=largest)
        oldest = account.reads_since - TOLERANCE
        if fetched_mail and (fetched_mail.received_at is None or fetched_mail.received_at >= oldest):
            taken_count += _take(account, fetched_mail, reader)
        account.last_uid = uid
    return taken_count, len(uids) > MAILS_AT_ONCE


def _take(account: MailAccount, fetched_mail: FetchedMail, reader: Child) -> bool:
    """One mail, one transaction."""
    # Counted before anything is done with the mail: what ends the worker is known to the next one.
    is_again = account.reading_uid == fetched_mail.uid
    account.reading_attempts = account.reading_attempts + 1 if is_again else 1
    account.reading_uid = fetched_mail.uid
    _keep_claim(account)
    if account.reading_attempts > MAX_ATTEMPTS:
        return _keep_aside(account, fetched_mail, reason="interrupted")
    try:
        mail = parsing.MAIL.validate_json(
            reader.call(READ, account.authserv_id, content=fetched_mail.content)
        )
    except WorkFailed as failure:
        if failure.detail == "clock":
            raise ConnectorError("overloaded") from failure
        return _keep_aside(account, fetched_mail, reason=str(failure))
    try:
        with _mail_transaction(account, fetched_mail):
            return intake.take(account, fetched_mail, mail)
    except PASSING:
        raise
    except (DataError, UnicodeError, ApplicationError) as error:
        return _keep_aside(account, fetched_mail, reason=type(error).__name__)


def _keep_aside(account: MailAccount, fetched_mail: FetchedMail, *, reason: str) -> bool:
    logger.warning("a mail cannot be read: %s", reason, extra={"mail_account_id": str(account.pk)})
    with _mail_transaction(account, fetched_mail):
        return intake.note_unreadable(account, fetched_mail, reason=reason)


@contextmanager
def _mail_transaction(account: MailAccount, fetched_mail: FetchedMail) -> Iterator[None]:
    """A transaction in which the mailbox is ours and the mail is read. Raises ClaimLost."""
    claim, last_uid = account.next_poll_at, account.last_uid
    account.last_uid = fetched_mail.uid
    try:
        with transaction.atomic():
            _keep_claim(account)
            yield
    except BaseException:
        account.next_poll_at, account.last_uid = claim, last_uid  # as the database has it again
        raise


def _keep_claim(account: MailAccount) -> None:
    names = ("last_uid", "uid_validity", "reading_uid", "reading_attempts")
    if not _renew_claim(account, **{name: getattr(account, name) for name in names}):
        raise ClaimLost


def _note_success(account: MailAccount, *, is_more: bool) -> None:
    pause = timedelta(seconds=0 if is_more else POLL_SECONDS)
    MailAccount.objects.filter(pk=account.pk, next_poll_at=account.next_poll_at).update(
        next_poll_at=timezone.now() + pause,
        polled_at=timezone.now(),
        last_uid=account.last_uid,
        uid_validity=account.uid_validity,
        reading_attempts=0,
        failures=0,
        error="",
    )


def _note_failure(account: MailAccount, error: ConnectorError, **changes: int) -> None:
    failures = account.failures + 1
    pause = min(POLL_SECONDS * 2 ** min(failures, 10), MAX_PAUSE_SECONDS)
    MailAccount.objects.filter(pk=account.pk, next_poll_at=account.next_poll_at).update(
        next_poll_at=timezone.now() + timedelta(seconds=pause),
        failures=failures,
        error=error.stored,
        **changes,
    )
