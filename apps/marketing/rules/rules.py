"""A segment's rule: a small tree of conditions, read strictly, that becomes one condition of the database.

    {"all": [{"attribute": "city", "is": "=", "value": "北京"}, {"not": {"event": "bought", "within_days": 30}}]}

`all`, `any` and `not` hold conditions: {"attribute", "is", "value"}, {"event", "within_days"} or {"consent"}.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput
from apps.marketing.rules import conditions
from apps.marketing.rules.conditions import (
    AttributeCondition,
    Condition,
    ConsentCondition,
    EventCondition,
    Moment,
    Sql,
)
from domain.marketing.copy_checks.channels import channels

MAX_DEPTH, MAX_CONDITIONS = 5, 40
MAX_NAME_CHARACTERS, MAX_VALUE_CHARACTERS, MAX_LIST_VALUES = 60, 200, 100
MAX_DAYS = 3650
# Beyond it doubles are not exact any more, and nothing that people count is as large.
MAX_NUMBER = 1e15


@dataclass(frozen=True)
class Group:
    """`word`: whether all of the parts have to hold, or any; of `not` the one part must not."""

    word: Literal["all", "any", "not"]
    parts: tuple["Rule", ...]

    def sql(self, moment: Moment) -> Sql:
        if self.word == "not":
            text, values = self.parts[0].sql(moment)
            return f"(NOT {text})", values
        inside = (each.sql(moment) for each in self.parts)
        text, values = conditions.concatenate(inside, " AND " if self.word == "all" else " OR ")
        return f"({text})", values

    def words(self) -> str:
        if self.word == "not":
            return _("not (%(condition)s)") % {"condition": self.parts[0].words()}
        texts = [
            f"({each.words()})" if isinstance(each, Group) and each.word != "not" else each.words()
            for each in self.parts
        ]
        return (_(" and ") if self.word == "all" else _(" or ")).join(texts)

    def as_json(self) -> dict[str, Any]:
        if self.word == "not":
            return {"not": self.parts[0].as_json()}
        return {self.word: [each.as_json() for each in self.parts]}


Rule = Group | Condition


def read_rule(value: object) -> Rule:
    """Raises InvalidInput that says what of it cannot be used."""
    counted: list[None] = []
    return _read(value, 1, counted)


def holds(rule: Rule, now: datetime | None = None) -> RawSQL:
    """The rule as a condition of a query of people: `people.filter(holds(rule))`."""
    text, values = rule.sql(Moment(now or timezone.now()))
    # Written by `conditions` alone; what people wrote is among the parameters.
    return RawSQL(text, values, output_field=BooleanField())  # noqa: S611


def due_times(rule: Rule, moment: Moment) -> list[Sql]:
    """When the rule may turn by itself for a person: the least of these that is not NULL."""
    times = (each.due_sql(moment) for each in leaves(rule))
    return [each for each in times if each is not None]


def leaves(rule: Rule) -> Iterator[Condition]:
    if isinstance(rule, Group):
        for part in rule.parts:
            yield from leaves(part)
    else:
        yield rule


def is_day(text: str) -> bool:
    """2026-01-31, of a calendar."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _read(value: object, depth: int, counted: list[None]) -> Rule:
    if depth > MAX_DEPTH:
        raise _unusable(_("The rule is nested too deep: at most %(count)d levels.") % {"count": MAX_DEPTH})
    if not isinstance(value, dict):
        raise _unusable(_("A rule is an object with all, any, not, attribute, event or consent."))
    counted.append(None)
    if len(counted) > MAX_CONDITIONS:
        raise _unusable(_("A rule has at most %(count)d conditions.") % {"count": MAX_CONDITIONS})
    if len(value) == 1:
        ((word, parts),) = value.items()
        if word == "not":
            return Group("not", (_read(parts, depth + 1, counted),))
        if word in ("all", "any") and isinstance(parts, list) and parts:
            return Group(word, tuple(_read(each, depth + 1, counted) for each in parts))
    return _condition(value)


def _condition(value: dict[Any, Any]) -> Condition:
    match value:
        case {"event": str(event), "within_days": days} if len(value) == 2 and event in conditions.EVENTS:
            return EventCondition(event, _days(days))
        case {"consent": str(channel)} if len(value) == 1 and channel in channels():
            return ConsentCondition(channel)
        case {"attribute": str(name), "is": str(operator), **rest} if not rest.keys() - {"value"}:
            if not name.strip() or len(name) > MAX_NAME_CHARACTERS or "\0" in name:
                limit = {"count": MAX_NAME_CHARACTERS}
                raise _unusable(_("An attribute has a name of at most %(count)d characters.") % limit)
            return AttributeCondition(name, operator, _operand(name, operator, rest.get("value")))
    raise _unusable(_("Not a condition: %(condition)s") % {"condition": str(value)[:200]})


def _operand(name: str, operator: str, value: object) -> Any:
    """What an attribute is compared with, where the comparison makes sense."""
    match operator:
        case "set":
            return None
        case "within_days":
            return _days(value)
        case "in" if isinstance(value, list) and 1 <= len(value) <= MAX_LIST_VALUES:
            return [_value(each) for each in value]
        case "=" | "!=":
            return _value(value)
        case "contains" if isinstance(value, str) and value:
            return _value(value)
        case "<" | "<=" | ">" | ">=":
            number = _value(value)
            if not isinstance(number, bool) and (not isinstance(number, str) or is_day(number)):
                return number
            reason = _("%(name)s must be compared with a number or a date such as 2026-01-31.")
            raise _unusable(reason % {"name": name})
    reason = _("%(name)s cannot be compared by “%(operator)s” with this value.")
    raise _unusable(reason % {"name": name, "operator": operator[:20]})


def _value(value: object) -> str | float | bool:
    match value:
        case bool():
            return value
        case int() | float() if abs(value) <= MAX_NUMBER:
            return value
        case str() if len(value) <= MAX_VALUE_CHARACTERS and "\0" not in value:
            return value
    limit = {"count": MAX_VALUE_CHARACTERS}
    raise _unusable(_("A value is a number, yes or no, or a text of at most %(count)d characters.") % limit)


def _days(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_DAYS:
        return value
    raise _unusable(_("Enter a whole number of days from 1 to %(count)d.") % {"count": MAX_DAYS})


def _unusable(reason: str) -> InvalidInput:
    return InvalidInput(reason, code="rule_unusable", fields={"rule": [reason]})
