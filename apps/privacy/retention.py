"""Before anything is erased because it is old: is the clock right? A wrong year would erase all there is."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import selectors as audit_trail
from apps.audit import services as audit
from apps.privacy.models import RetentionClock

# Longer than an installation stands still over holidays. A clock that is wrong by less erases as much too early.
MOST_AHEAD = timedelta(days=14)


@transaction.atomic
def may_erase_by_age(organisation: Organisation, *, newest_row: Callable[[], datetime | None]) -> bool:
    """False while the clock is further ahead than it can be; whoever manages the organisation is told once.

    It is held against the last time this was asked. The newest row counts where it never was: rows that are written
    after the clock jumped agree with it.
    """
    now = timezone.now()
    clock = RetentionClock.objects.within(organisation).select_for_update().first()
    trusted_time = clock.checked_at if clock else _newest(organisation, newest_row()) or now
    if now - trusted_time <= MOST_AHEAD:
        _store(organisation, clock, checked_at=now, stopped_at=None)
        return True
    if clock is None or clock.stopped_at is None:
        stop_row = _store(organisation, clock, checked_at=trusted_time, stopped_at=now)
        details = {"clock": now.isoformat(), "believed": trusted_time.isoformat()}
        audit.record(Actor(organisation), action="retention.stopped", target=stop_row, details=details)
    return False


def stopped_clock(organisation: Organisation) -> RetentionClock | None:
    return RetentionClock.objects.within(organisation).filter(stopped_at__isnull=False).first()


@requires_permission("organisation.manage")
@transaction.atomic
def confirm_clock(actor: Actor) -> None:
    """Somebody looked: the time is right, so what is too old by it may go."""
    actor.require("organisation.manage")
    clock = RetentionClock.objects.within(actor.organisation).select_for_update().first()
    if clock is None or clock.stopped_at is None:
        return
    clock.checked_at, clock.stopped_at = timezone.now(), None
    clock.save(update_fields=["checked_at", "stopped_at"])
    details = {"clock": clock.checked_at.isoformat()}
    audit.record(actor, action="retention.resumed", target=clock, details=details)


def _newest(organisation: Organisation, newest_row: datetime | None) -> datetime | None:
    last = audit_trail.last_entry(organisation.pk)
    return max(filter(None, (newest_row, last.created_at if last else None)), default=None)


def _store(
    organisation: Organisation,
    clock: RetentionClock | None,
    *,
    checked_at: datetime,
    stopped_at: datetime | None,
) -> RetentionClock:
    row = clock or RetentionClock(organisation=organisation)
    row.checked_at, row.stopped_at = checked_at, stopped_at
    row.save()
    return row
