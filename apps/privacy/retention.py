"""Before anything is erased because it is old: is the clock right? A wrong year would erase all there is."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import selectors as audit_trail
from apps.audit import services as audit
from apps.core.models import OrganisationQuerySet
from apps.privacy.models import RetentionClock

# Longer than an installation stands still over holidays. A clock that is wrong by less erases as much too early.
MOST_AHEAD = timedelta(days=14)


@transaction.atomic
def may_erase_by_age(organisation: Organisation, *, newest_row: datetime | None) -> bool:
    """False while the clock is further ahead than it can be; whoever manages the organisation is told once.

    It is held against the last time this was asked. `newest_row` counts where it never was: rows that are written
    after the clock jumped agree with it.
    """
    now = timezone.now()
    clock = RetentionClock.objects.within(organisation).select_for_update().first()
    believed = clock.checked_at if clock else _newest(organisation, newest_row) or now
    if now - believed <= MOST_AHEAD:
        _store(organisation, clock, checked_at=now, stopped_at=None)
        return True
    if clock is None or clock.stopped_at is None:
        stopped = _store(organisation, clock, checked_at=believed, stopped_at=now)
        details = {"clock": now.isoformat(), "believed": believed.isoformat()}
        audit.record(Actor(organisation), action="retention.stopped", target=stopped, details=details)
    return False


def organisations_to_sweep(old: OrganisationQuerySet[Any]) -> Iterator[Organisation]:
    """Those that own some of the rows, which are too old, and whose clock is right."""
    for organisation in Organisation.objects.filter(pk__in=old.order_by().values("organisation")):
        if may_erase_by_age(organisation, newest_row=None):
            yield organisation


def stopped_clock(organisation: Organisation) -> RetentionClock | None:
    return RetentionClock.objects.within(organisation).filter(stopped_at__isnull=False).first()


@transaction.atomic
def confirm_clock(actor: Actor) -> None:
    """Somebody looked: the time is right, so what is too old by it may go."""
    actor.require("organisation.manage")
    stopped = RetentionClock.objects.within(actor.organisation).select_for_update().first()
    if stopped is None or stopped.stopped_at is None:
        return
    stopped.checked_at, stopped.stopped_at = timezone.now(), None
    stopped.save(update_fields=["checked_at", "stopped_at"])
    details = {"clock": stopped.checked_at.isoformat()}
    audit.record(actor, action="retention.resumed", target=stopped, details=details)


def _newest(organisation: Organisation, newest_row: datetime | None) -> datetime | None:
    last = audit_trail.last_entry(organisation.pk)
    times = [each for each in (newest_row, last.created_at if last else None) if each]
    return max(times, default=None)


def _store(
    organisation: Organisation,
    clock: RetentionClock | None,
    *,
    checked_at: datetime,
    stopped_at: datetime | None,
) -> RetentionClock:
    kept = clock or RetentionClock(organisation=organisation)
    kept.checked_at, kept.stopped_at = checked_at, stopped_at
    kept.save()
    return kept
