"""How long each kind of data is kept: said once by whoever keeps it, shown on one page, and done by one periodic task.

retention_rules.register(
    RetentionRule("conversations", _("Settled conversations"), _("Customer service"), days=30, rows=…, since="closed_at"),
)
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import models
from django.db.models import Max
from django.utils import timezone

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.accounts.organisation_settings import OrganisationSettings
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput, NotFound, Text
from apps.core.rounds import Round
from apps.privacy import retention
from apps.privacy.models import RetentionClock

SOON = timedelta(days=7)
# Counting goes no further: “10,000 and more” says enough.
MAX_COUNTED = 10_000
# What is too old is looked for so often; what people asked for, at each turn of the task.
LOOK_SECONDS = 3500
LOOKED = "retention.looked"
NO_ROWS = RetentionClock.objects.none()
# In one statement.
MAX_ERASED = 2_000
# For one rule in one turn. Where more is left, the next turn goes on.
RULE_SECONDS = 30.0


def delete_rows(organisation: Organisation, rows: Sequence[Any]) -> None:
    rows[0]._meta.model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()


@dataclass(frozen=True)
class RetentionRule:
    """`days`: how long; None where `settings.setting` says it, in units of `unit_days`, and 0 keeps for ever.

    `rows`: what goes, of all organisations. `since`: their column from which the days count; or `until`, the one that
    holds when they go. `erase`: how at most `at_once` of an organisation's go; `erase_row`: how one does, where each goes by
    itself. `sweep`: how all that is too old of an organisation goes, where that is not rows of one table.
    What has neither rows nor a sweep goes by itself, and is only shown.
    `label`: empty for what the page leaves out. `decided_at`: name of the page where it is decided otherwise.
    `erased_action`: what the trail says when it went.
    `is_requested`: a person asked for it. It goes at the next turn, whatever the clock has been through.
    """

    name: str
    label: Text = ""
    area: Text = ""
    days: int | None = None
    settings: OrganisationSettings[Any] | None = None
    setting: str = ""
    unit_days: float = 1
    rows: models.QuerySet[Any] = NO_ROWS
    since: str = ""
    until: str = ""
    erase: Callable[[Organisation, Sequence[Any]], object] = delete_rows
    at_once: int = MAX_ERASED
    erase_row: Callable[[Any], object] | None = None
    sweep: Callable[[Organisation], object] | None = None
    decided_at: str = ""
    erased_action: str = ""
    is_requested: bool = False

    def value(self, organisation: Organisation) -> int | None:
        """In days, or in the unit of the setting."""
        if self.settings is None:
            return self.days
        return int(getattr(self.settings.read(organisation), self.setting))

    @property
    def column(self) -> str:
        return self.until or self.since

    def kept_for(self, value: int | None) -> timedelta | None:
        """From the time in its column on; None: until somebody deletes it, or it goes by itself."""
        if self.until:
            return timedelta()
        return timedelta(days=value * self.unit_days) if value else None

    def going(self, value: int | None) -> models.QuerySet[Any]:
        """The rows that are to go where `value` says how long they are kept, the oldest first."""
        kept_for = self.kept_for(value)
        if not self.column or kept_for is None:
            return self.rows.none()
        return self.rows.filter(**{f"{self.column}__lt": timezone.now() - kept_for}).order_by(self.column)

    def owners(self) -> models.QuerySet[Organisation]:
        """Those of whom something may have to go, in no order: nobody always waits behind the same one."""
        owners = Organisation.objects.order_by("?")
        if self.sweep:
            return owners
        return owners.filter(pk__in=self.going(self._least_value()).order_by().values("organisation_id"))

    def batches(self, organisation: Organisation) -> Iterator[Sequence[Any]]:
        """What is to go of an organisation. What is still there after its turn is passed over."""
        going = self.going(self.value(organisation)).filter(organisation_id=organisation.pk)
        passed_over = set[UUID]()
        at_once = 1 if self.erase_row else self.at_once
        while rows := list(going.exclude(pk__in=passed_over)[:at_once]):
            yield rows
            passed_over |= set(going.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))

    def newest(self, organisation: Organisation) -> datetime | None:
        if not self.since:
            return None
        own = self.rows.filter(organisation_id=organisation.pk)
        newest: datetime | None = own.aggregate(at=Max(self.since))["at"]
        return newest

    def _least_value(self) -> int | None:
        """The shortest time for which any organisation keeps it."""
        if self.settings is None:
            return self.days
        model = self.settings.model
        chosen = model._default_manager.values_list(self.setting, flat=True).distinct()
        return min(filter(None, [getattr(model(), self.setting), *chosen]), default=None)


@dataclass(frozen=True)
class RetentionView:
    """`next_at`: when the oldest goes. `soon_count`: how many go within a week. `last`: the last line of the trail."""

    rule: RetentionRule
    value: int | None
    next_at: datetime | None
    soon_count: int
    last: AuditEntry | None
    may_change: bool

    @property
    def is_in_years(self) -> bool:
        return self.rule.unit_days > 1

    @property
    def has_many(self) -> bool:
        return self.soon_count > MAX_COUNTED

    @property
    def erased_rows(self) -> int | None:
        rows = self.last.details.get("rows") if self.last else None
        return sum(rows.values()) if isinstance(rows, dict) else None


_rules: dict[str, RetentionRule] = {}


def register(*rules: RetentionRule) -> None:
    _rules.update({rule.name: rule for rule in rules})


def erase_outdated(*, is_hourly: bool = True) -> None:
    """A turn of the periodic task, each rule and each organisation by itself. `is_hourly`: also what is too old, not only
    what people asked for. Raises an ExceptionGroup of what went wrong, when all others had their turn.
    """
    this_round, is_done = Round("retention"), True
    believed = _owners_with_right_clocks(this_round) if is_hourly else set()
    for rule in _rules.values():
        with this_round.item():
            if rule.is_requested:
                _erase_by(rule, rule.owners(), this_round)
            elif believed:
                is_done &= _erase_by(rule, rule.owners().filter(pk__in=believed), this_round)
    if not is_done:
        cache.delete(LOOKED)
    this_round.end()


def views(actor: Actor) -> list[RetentionView]:
    """Every kind of data, by area."""
    shown = [rule for rule in _rules.values() if rule.label]
    return [_view(actor, rule) for rule in sorted(shown, key=lambda rule: (str(rule.area), str(rule.label)))]


@requires_permission("organisation.manage")
def change(actor: Actor, rule: str, value: int) -> None:
    """Sets how long, with a line in the trail. Raises NotFound, InvalidInput, PermissionDenied."""
    found = _rules.get(rule)
    if found is None or found.settings is None:
        raise NotFound
    actor.require(found.settings.may_change)
    try:
        found.settings.change(actor, changes={found.setting: value})
    except InvalidInput as refusal:
        raise InvalidInput(refusal.reason) from refusal


def _owners_with_right_clocks(this_round: Round) -> set[UUID]:
    """Organisations whose clock is right. What is closed rests, until it is taken back or goes as a whole; its clock is
    looked at all the same, or the days for which it was closed would be a jump.
    """
    open_ids = set(switches.of_open(Organisation.objects.all(), "pk").values_list("pk", flat=True))
    clocks = RetentionClock.objects.values("organisation")
    owners = Organisation.objects.filter(models.Q(pk__in=open_ids) | models.Q(pk__in=clocks))
    return open_ids & {owner.pk for owner in owners if _is_clock_right(owner, this_round)}


def _is_clock_right(organisation: Organisation, this_round: Round) -> bool:
    def newest_row() -> datetime | None:
        found = list[datetime | None]()
        for rule in _rules.values():
            with this_round.item():
                found.append(rule.newest(organisation))
        return max(filter(None, found), default=None)

    with this_round.item():
        return retention.may_erase_by_age(organisation, newest_row=newest_row)
    return False


def _erase_by(rule: RetentionRule, owners: Iterable[Organisation], this_round: Round) -> bool:
    """Whether everybody's had its turn before the time of the rule was over."""
    ends_at = time.monotonic() + RULE_SECONDS
    waiting = deque((owner, rule.batches(owner)) for owner in owners)
    while waiting and time.monotonic() < ends_at:
        owner, batches = waiting.popleft()
        with this_round.item():
            if rule.sweep:
                rule.sweep(owner)
            elif rows := next(batches, None):
                waiting.append((owner, batches))
                if rule.erase_row:
                    rule.erase_row(rows[0])
                else:
                    rule.erase(owner, rows)
    return not waiting


def _view(actor: Actor, rule: RetentionRule) -> RetentionView:
    organisation, value = actor.organisation, rule.value(actor.organisation)
    kept_for, next_at, soon_count = rule.kept_for(value), None, 0
    if rule.column and kept_for is not None:
        rows = rule.rows.filter(organisation_id=organisation.pk).order_by(rule.column)
        oldest = rows.values_list(rule.column, flat=True).first()
        next_at = oldest + kept_for if oldest else None
        going = rows.filter(**{f"{rule.column}__lt": timezone.now() + SOON - kept_for})
        soon_count = going.values("pk")[: MAX_COUNTED + 1].count()
    trail = AuditEntry.objects.within(organisation).filter(action=rule.erased_action)
    return RetentionView(
        rule,
        value,
        next_at,
        soon_count,
        trail.order_by("-sequence").first() if rule.erased_action else None,
        rule.settings is not None and actor.may(rule.settings.may_change),
    )
