"""Long connections of messengers, for installations that nobody can reach from outside.

A periodic task of the interactive worker opens them on the event loop of its process, so they cost no process and no
thread. Each account is held by one process at a time: a claim is the time until which it is ours, kept in `held_until` and
moved on while the connection stands. A process that dies is replaced when its claim runs out; a person who changes the
account, closes the channel or the organisation takes the claim away.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import DataError, connection
from django.utils import timezone

from apps.accounts import switches
from apps.core import context
from apps.core.errors import ApplicationError
from apps.core.models import OrganisationQuerySet
from apps.customer_service.channels.delivery_errors import ConnectorError, TemporaryError
from apps.customer_service.messengers import intake
from apps.customer_service.messengers.adapter import Incoming, Line
from apps.customer_service.messengers.models import MessengerAccount
from llm_backend import event_loop

logger = logging.getLogger(__name__)

CLAIM_SECONDS = 30
RENEW_SECONDS = 10
# One that stood for so long is opened again at once.
LASTING_SECONDS = 60
MAX_PAUSE_SECONDS = 300
OPENED_AT_ONCE = 100

Result = TypeVar("Result")


def open_due_connections() -> int:
    """Opens those that no process holds; returns how many."""
    due = _open_accounts().filter(held_until__lte=timezone.now())
    claimed = [
        account
        for account in due.select_related("channel__organisation").order_by("held_until")[:OPENED_AT_ONCE]
        if _renew(account)
    ]
    for account in claimed:
        event_loop.submit(hold(account))
    return len(claimed)


async def hold(account: MessengerAccount) -> None:
    """Until the messenger ends the connection, it breaks, or the claim is lost."""
    context.organisation_id.set(str(account.organisation_id))
    started = time.monotonic()
    listening = asyncio.create_task(_listen(account))
    try:
        while not listening.done():
            await asyncio.wait({listening}, timeout=RENEW_SECONDS)
            if not listening.done() and not await _in_thread(_renew, account):
                return
    finally:
        listening.cancel()
        [error] = await asyncio.gather(listening, return_exceptions=True)
    if error is not None and not isinstance(error, ConnectorError):
        # Nobody foresaw it: it stands on the account's page, and here.
        logger.error("a connection of %s failed", account.channel.kind, exc_info=error)
        error = TemporaryError("unforeseen", type(error).__name__)
    await _in_thread(_note_end, account, error, time.monotonic() - started)


async def _listen(account: MessengerAccount) -> None:
    async def opened() -> None:
        await _in_thread(_renew_with, account, {"connected_at": timezone.now(), "error": ""})

    async def take(incoming: Incoming) -> bool:
        return await _in_thread(_take, account, incoming)

    await intake.LISTENERS[account.channel.kind].listen(account, Line(opened, take))


def _take(account: MessengerAccount, incoming: Incoming) -> bool:
    try:
        intake.receive(account, incoming)
    except ApplicationError as error:
        # A used up quota, a full disk: the messenger brings it again.
        logger.warning("a message of %s was not taken: %s", account.channel.kind, error.code)
        return False
    except (DataError, UnicodeError) as error:
        # It would be refused each time, and keep the next ones back.
        logger.warning("a message of %s cannot be stored: %s", account.channel.kind, type(error).__name__)
    return True


def _open_accounts() -> OrganisationQuerySet[MessengerAccount]:
    accounts = MessengerAccount.objects.filter(
        has_long_connection=True, channel__is_enabled=True, channel__kind__in=intake.LISTENERS
    )
    return switches.of_open(accounts)


def _renew(account: MessengerAccount) -> bool:
    return _renew_with(account, {})


def _renew_with(account: MessengerAccount, changes: dict[str, Any], seconds: float = CLAIM_SECONDS) -> bool:
    ours = _open_accounts().filter(pk=account.pk, held_until=account.held_until)
    held_until = timezone.now() + timedelta(seconds=seconds)
    is_ours = bool(ours.update(held_until=held_until, **changes))
    if is_ours:
        account.held_until = held_until
    return is_ours


def _note_end(account: MessengerAccount, error: ConnectorError | None, lasted: float) -> None:
    failures = 0 if lasted >= LASTING_SECONDS else account.failures + 1
    changes = {"failures": failures, "connected_at": None, "error": error.stored if error else ""}
    _renew_with(account, changes, min(2**failures, MAX_PAUSE_SECONDS))


async def _in_thread(work: Callable[..., Result], *arguments: object) -> Result:
    """The loop serves all streams of the process: nothing may wait for the database on it."""

    def with_own_connection() -> Result:
        try:
            return work(*arguments)
        finally:
            connection.close()

    return await asyncio.to_thread(with_own_connection)
