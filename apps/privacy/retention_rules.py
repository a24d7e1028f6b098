"""How long each kind of data is kept, told by whoever keeps it, for one page over all of them.

retention_rules.register(
    RetentionRule("conversations", _("Settled conversations"), _("Customer service"), days=30, rows=…, since="closed_at"),
)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.accounts.organisation_settings import OrganisationSettings
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput, NotFound, Text

SOON = timedelta(days=7)
# Counting goes no further: “10,000 and more” says enough.
MAX_COUNTED = 10_000


@dataclass(frozen=True)
class RetentionRule:
    """`days`: how long; None where `settings.setting` says it, in units of `unit_days`, and 0 keeps for ever.

    `rows` and `since`: what goes, and the time from which it counts; none where that is not one column of one table.
    `decided_at`: name of the page where it is decided otherwise. `erased_action`: what the trail says when it went.
    """

    name: str
    label: Text
    area: Text
    days: int | None = None
    settings: OrganisationSettings[Any] | None = None
    setting: str = ""
    unit_days: float = 1
    rows: Callable[[Organisation], models.QuerySet[Any]] | None = None
    since: str = ""
    decided_at: str = ""
    erased_action: str = ""

    def value(self, organisation: Organisation) -> int | None:
        """In days, or in the unit of the setting."""
        if self.settings is None:
            return self.days
        return int(getattr(self.settings.read(organisation), self.setting))

    def kept_for(self, organisation: Organisation) -> timedelta | None:
        """None: until somebody deletes it, or as long as each row says."""
        value = self.value(organisation)
        return timedelta(days=value * self.unit_days) if value else None


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


def views(actor: Actor) -> list[RetentionView]:
    """Every kind of data, by area."""
    ordered = sorted(_rules.values(), key=lambda rule: (str(rule.area), str(rule.label)))
    return [_view(actor, rule) for rule in ordered]


def change(actor: Actor, name: str, value: int) -> None:
    """Sets how long, with a line in the trail. Raises NotFound, InvalidInput, PermissionDenied."""
    rule = _rules.get(name)
    if rule is None or rule.settings is None:
        raise NotFound
    actor.require(rule.settings.may_change)
    try:
        rule.settings.change(actor, changes={rule.setting: value})
    except InvalidInput as refusal:
        raise InvalidInput(refusal.reason) from refusal


def _view(actor: Actor, rule: RetentionRule) -> RetentionView:
    organisation, kept_for = actor.organisation, rule.kept_for(actor.organisation)
    next_at, soon_count = None, 0
    if kept_for and rule.rows:
        rows = rule.rows(organisation).order_by(rule.since)
        oldest = rows.values_list(rule.since, flat=True).first()
        next_at = oldest + kept_for if oldest else None
        going = rows.filter(**{f"{rule.since}__lt": timezone.now() + SOON - kept_for})
        soon_count = going.values("pk")[: MAX_COUNTED + 1].count()
    trail = AuditEntry.objects.within(organisation).filter(action=rule.erased_action)
    return RetentionView(
        rule,
        rule.value(organisation),
        next_at,
        soon_count,
        trail.order_by("-sequence").first() if rule.erased_action else None,
        rule.settings is not None and actor.may(rule.settings.may_change),
    )
