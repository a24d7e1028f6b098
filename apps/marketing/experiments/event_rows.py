"""Events as others send them, checked one by one without a database: what is stored is of known types and sizes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.marketing.experiments.models import MarketingEvent
from apps.marketing.profiles.models import MAX_EXTERNAL_ID_CHARACTERS

MAX_KEY_CHARACTERS = 120
MAX_REVENUE = 1e9
# Clocks of servers differ; by more than this a time is wrong.
CLOCK_TOLERANCE = timedelta(minutes=5)
REASONS: dict[str, Text] = {
    "no_object": _("Each event must be an object with fields."),
    "no_exposure": _("Give the exposure ID, or the experiment ID and the subject."),
    "no_key": _(
        "event_key is missing, longer than 120 characters, or holds characters that cannot be stored."
    ),
    "no_type": _("type must be open, click, conversion or unsubscribe."),
    "no_time": _("happened_at is not a time in ISO 8601."),
    "no_revenue": _("revenue must be a number of 0 or more."),
    "too_large": _("revenue is above the maximum of an order that your organisation has set."),
    "from_future": _("happened_at is in the future."),
}


@dataclass(frozen=True)
class RefusedEvent:
    """`row`: its place in what was sent, the first is 0."""

    row: int
    code: str

    @property
    def reason(self) -> str:
        return str(REASONS[self.code])


@dataclass(frozen=True)
class CheckedEvents:
    """`rows` are stored as they are. Those from the future stay among them, to be counted as such. `ignored`: columns of
    their table.
    """

    rows: list[dict[str, Any]]
    refused: list[RefusedEvent]
    ignored: Sequence[str] = ()

    @property
    def malformed_count(self) -> int:
        return sum(each.code != "from_future" for each in self.refused)


class Unusable(ValueError):
    pass


def check_events(
    events: Sequence[Any], received_at: datetime, max_revenue: float = MAX_REVENUE
) -> CheckedEvents:
    rows, refused, latest = [], [], _time(received_at + CLOCK_TOLERANCE)
    for number, event in enumerate(events):
        try:
            row = _row(event, received_at, max_revenue)
        except Unusable as error:
            refused.append(RefusedEvent(number, str(error)))
            continue
        rows.append(row)
        if row["at"] > latest:
            refused.append(RefusedEvent(number, "from_future"))
    return CheckedEvents(rows, refused)


def _row(event: Any, received_at: datetime, max_revenue: float) -> dict[str, Any]:
    """Raises Unusable with a key of REASONS."""
    if not isinstance(event, Mapping):
        raise Unusable("no_object")
    row: dict[str, Any] = {"key": _text(event.get("event_key"), MAX_KEY_CHARACTERS, "no_key")}
    if event.get("exposure"):
        row["exposure"] = _id(event["exposure"])
    else:
        row["experiment"] = _id(event.get("experiment"))
        row["subject"] = _text(event.get("subject"), MAX_EXTERNAL_ID_CHARACTERS, "no_exposure")
    row["type"] = event.get("type")
    if row["type"] not in MarketingEvent.EventType.values:
        raise Unusable("no_type")
    row["at"] = _time(event.get("happened_at") or received_at)
    row["revenue"] = _revenue(event.get("revenue") or 0, max_revenue)
    return row


def _text(value: Any, limit: int, code: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 0 < len(value) <= limit or not value.isprintable():
        raise Unusable(code)
    return value


def _id(value: Any) -> str:
    try:
        return str(UUID(str(value)))
    except ValueError:
        raise Unusable("no_exposure") from None


def _time(value: Any) -> str:
    """In UTC, all of one length, so that they compare as text. Without an offset it is in the platform's time zone."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
        return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (TypeError, ValueError, OverflowError):
        raise Unusable("no_time") from None


def _revenue(value: Any, most: float) -> float:
    try:
        amount = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        raise Unusable("no_revenue") from None
    if not 0 <= amount <= MAX_REVENUE:
        raise Unusable("no_revenue")
    if amount > most:
        raise Unusable("too_large")
    return amount
