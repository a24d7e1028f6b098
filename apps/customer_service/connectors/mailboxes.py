"""Mail in: each mailbox is looked into by one worker at a time, and each mail is taken exactly once.

A claim is the time until which the account is ours, kept in `next_poll_at`. Every mail is stored in a transaction that
moves `last_uid` and renews the claim; a worker that lost it can store nothing. A killed one is replaced when it runs out.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import DataError, connection, transaction
from django.utils import timezone

from apps.core.errors import ApplicationError
from apps.customer_service.connectors import imap, incoming_mail, mail_reading
from apps.customer_service.connectors.failures import ConnectorError
from apps.customer_service.connectors.imap import Fetched, Mailbox
from apps.customer_service.connectors.mail_reading import Mail
from apps.customer_service.models import Channel, MailAccount

logger = logging.getLogger(__name__)

POLL_SECONDS = 20
# Longer than the largest mail takes on a slow line.
CLAIM_SECONDS = 180
LONGEST_PAUSE_SECONDS = 1800
MAILS_AT_ONCE = 50
# Clocks differ, and servers search by whole days of a time zone that nobody knows.
TOLERANCE = timedelta(minutes=5)


class ClaimLost(Exception):
    """Another worker reads this mailbox now."""


def due_accounts() -> list[UUID]:
    due = MailAccount.objects.filter(
        next_poll_at__lte=timezone.now(), channel__is_enabled=True, channel__kind=Channel.Kind.MAIL
    )
    return list(due.order_by("next_poll_at").values_list("pk", flat=True)[:100])


def read_mailbox(account_id: UUID) -> int:
    """Takes what is new; returns how many mails. Does nothing when another worker is at it."""
    account = _claimed(account_id)
    if account is None:
        return 0
    if not connection.in_atomic_block:
        connection.close()  # servers may be slow; others need the connection meanwhile
    try:
        with imap.opened(account) as mailbox:
            taken, is_more = _take_new(account, mailbox)
    except ClaimLost:
        return 0
    except ConnectorError as error:
        _note_failure(account, error)
        return 0
    except ApplicationError as error:
        _note_failure(account, ConnectorError("postponed", str(error)))
        return 0
    _note_success(account, is_more=is_more)
    return taken


def _claimed(account_id: UUID) -> MailAccount | None:
    found = MailAccount.objects.select_related("channel__organisation").filter(
        pk=account_id, next_poll_at__lte=timezone.now(), channel__is_enabled=True
    )
    account = found.first()
    if account is None:
        return None
    return account if _renewed(account) else None


def _renewed(account: MailAccount, **changes: object) -> bool:
    ours = MailAccount.objects.filter(pk=account.pk, next_poll_at=account.next_poll_at)
    account.next_poll_at = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
    return bool(ours.update(next_poll_at=account.next_poll_at, **changes))


def _take_new(account: MailAccount, mailbox: Mailbox) -> tuple[int, bool]:
    if account.uid_validity != mailbox.uid_validity:
        # The first look, or the server numbered its mails anew. What was taken before is known by its content.
        account.uid_validity, account.last_uid = mailbox.uid_validity, 0
    since = (account.reads_since - timedelta(days=1)).date()
    uids = mailbox.uids_after(account.last_uid, since=since)
    taken = 0
    for uid in uids[:MAILS_AT_ONCE]:
        _keep_claim(account)
        fetched = mailbox.fetch(uid)
        account.last_uid = uid
        taken += _take(account, fetched) if fetched and _is_ours_to_read(account, fetched) else 0
    return taken, len(uids) > MAILS_AT_ONCE


def _is_ours_to_read(account: MailAccount, fetched: Fetched) -> bool:
    return fetched.received_at is None or fetched.received_at >= account.reads_since - TOLERANCE


def _take(account: MailAccount, fetched: Fetched) -> bool:
    """One mail, one transaction. A mail that the database refuses is noted, and the next one gets its turn."""
    mail = _read(fetched)
    try:
        with _held(account):
            return incoming_mail.take(account, fetched, mail)
    except (DataError, UnicodeError) as error:
        logger.warning("a mail cannot be stored: %s", error)
        with _held(account):
            return incoming_mail.note_unreadable(account, fetched, reason=str(error))


@contextmanager
def _held(account: MailAccount) -> Iterator[None]:
    """A transaction in which the mailbox is ours. Raises ClaimLost."""
    claim = account.next_poll_at
    try:
        with transaction.atomic():
            _keep_claim(account)
            yield
    except BaseException:
        account.next_poll_at = claim  # as the database has it again
        raise


def _keep_claim(account: MailAccount) -> None:
    if not _renewed(account, last_uid=account.last_uid, uid_validity=account.uid_validity):
        raise ClaimLost


def _read(fetched: Fetched) -> Mail | None:
    try:
        return mail_reading.read(fetched.content)
    except mail_reading.BROKEN as error:
        logger.warning("a mail cannot be read: %s", error)
        return None


def _note_success(account: MailAccount, *, is_more: bool) -> None:
    pause = timedelta(seconds=0 if is_more else POLL_SECONDS)
    MailAccount.objects.filter(pk=account.pk, next_poll_at=account.next_poll_at).update(
        next_poll_at=timezone.now() + pause,
        polled_at=timezone.now(),
        last_uid=account.last_uid,
        uid_validity=account.uid_validity,
        failures=0,
        error="",
    )


def _note_failure(account: MailAccount, error: ConnectorError) -> None:
    failures = account.failures + 1
    pause = min(POLL_SECONDS * 2 ** min(failures, 10), LONGEST_PAUSE_SECONDS)
    MailAccount.objects.filter(pk=account.pk, next_poll_at=account.next_poll_at).update(
        next_poll_at=timezone.now() + timedelta(seconds=pause), failures=failures, error=error.stored
    )
