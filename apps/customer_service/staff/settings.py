"""Changing how the desk works: hours, assignment, what hands over, what figures are counted with."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import InvalidInput, Text
from apps.customer_service.staff.business_hours import DAYS, HoursInvalid, checked_holidays, checked_ranges
from apps.customer_service.staff.models import DeskSettings

FIELDS = (
    "hours",
    "holidays",
    "time_zone",
    "assignment",
    "handoff_keywords",
    "hands_off_sensitive",
    "hands_off_negative",
    "unanswered_before_handoff",
    "reply_minutes",
    "resolves_after_hours",
    "conversations_kept_days",
    "asks_for_rating",
    "asks_model_when_unsure",
    "products",
    "minutes_per_conversation",
    "cost_per_hour",
    "currency",
)


@transaction.atomic
def change_settings(actor: Actor, *, changes: Mapping[str, Any]) -> DeskSettings:
    """`changes` by the names in FIELDS; what is not named stays. Raises InvalidInput per field."""
    DeskSettings.objects.get_or_create(organisation=actor.organisation)
    chosen = DeskSettings.objects.select_for_update().get(organisation=actor.organisation)
    for name in FIELDS:
        if name in changes:
            setattr(chosen, name, _checked(name, changes[name]))
    try:
        chosen.full_clean(exclude=["organisation"])
    except ValidationError as error:
        raise InvalidInput(
            fields={name: list(lines) for name, lines in error.message_dict.items()}
        ) from error
    chosen.save()
    audit.record(actor, action="desk_settings.changed", target=chosen, details={"fields": sorted(changes)})
    return chosen


def _checked(name: str, value: Any) -> Any:
    check = _CHECKS.get(name)
    return check(value) if check else value


def _checked_hours(hours: Any) -> dict[str, list[list[str]]]:
    if not isinstance(hours, dict) or set(hours) - set(DAYS):
        raise InvalidInput(fields={"hours": [_("Name the days in English: monday, tuesday, …")]})
    checked, reasons = {}, dict[str, list[Text]]()
    for day, ranges in hours.items():
        try:
            checked[day] = checked_ranges(ranges)
        except HoursInvalid as invalid:
            reasons[day] = [invalid.reason]
    if reasons:
        raise InvalidInput(fields=reasons)
    return {day: ranges for day, ranges in checked.items() if ranges}


def _checked_days(days: Any) -> list[str]:
    try:
        return checked_holidays(days if isinstance(days, list) else [])
    except HoursInvalid as invalid:
        raise InvalidInput(fields={"holidays": [invalid.reason]}) from invalid


def _checked_zone(name: Any) -> str:
    if name not in available_timezones():
        raise InvalidInput(fields={"time_zone": [_("Choose a time zone such as Asia/Shanghai.")]})
    return str(name)


def _checked_lines(lines: Any) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "hours": _checked_hours,
    "holidays": _checked_days,
    "time_zone": _checked_zone,
    "handoff_keywords": _checked_lines,
    "products": _checked_lines,
}
