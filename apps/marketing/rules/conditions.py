"""What a segment's rule asks of a person: each condition as SQL over the person's row, and in words.

A condition is true or false, never unknown: what somebody does not have fits nothing, and fits every “not”.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Text
from apps.marketing.channels.names import channel_name
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles.models import Person
from llm_backend import patterns

# A part of a statement with its parameters: nothing that anybody wrote stands in the statement itself.
Sql = tuple[str, list[Any]]
PERSON, EXPOSURE = Person._meta.db_table, Exposure._meta.db_table
ATTRIBUTES = f'"{PERSON}"."attributes"'
OPERATORS: dict[str, Text] = {
    "=": gettext_lazy("is"),
    "!=": gettext_lazy("is known and is not"),
    "<": gettext_lazy("is less than"),
    "<=": gettext_lazy("is at most"),
    ">": gettext_lazy("is more than"),
    ">=": gettext_lazy("is at least"),
    "contains": gettext_lazy("contains"),
    "in": gettext_lazy("is one of"),
    "set": gettext_lazy("is known"),
    "within_days": gettext_lazy("is within the last days"),
}
EVENTS: dict[str, tuple[str, Text]] = {
    "opened": ("opened_at", gettext_lazy("opened a message")),
    "clicked": ("clicked_at", gettext_lazy("clicked")),
    "bought": ("converted_at", gettext_lazy("bought")),
    "written_to": ("delivered_at", gettext_lazy("was contacted")),
}
DAY = patterns.compile(r"\d{4}-\d{2}-\d{2}")
# A text that could be a day; what is no day of a calendar is compared like one and breaks nothing.
DAY_FORM = "translate(left({text}, 10), '0123456789', '0000000000') = '0000-00-00'"


@dataclass(frozen=True)
class Moment:
    """When a rule is read: what “within 30 days” is counted back from."""

    now: datetime

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def days_ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)


class Condition(Protocol):
    def sql(self, moment: Moment) -> Sql: ...

    def due_sql(self, moment: Moment) -> Sql | None:
        """When it may turn by itself, NULL for people for whom it does not; None where it never does for anybody."""
        ...

    def words(self) -> str: ...

    def as_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class AttributeCondition:
    """`value`: text, number, truth, a list of them for `in`, days for `within_days`, nothing for `set`."""

    name: str
    operator: str
    value: Any = None

    def sql(self, moment: Moment) -> Sql:
        json_value, text = f"{ATTRIBUTES} -> %s", f"({ATTRIBUTES} ->> %s)"
        match self.operator:
            case "set":
                return f"({ATTRIBUTES} ? %s)", [self.name]
            case "=":
                return self._is_any_of([self.value])
            case "!=":
                same, values = self._is_any_of([self.value])
                return f"({ATTRIBUTES} ? %s AND NOT {same})", [self.name, *values]
            case "in":
                return self._is_any_of(self.value)
            case "contains":
                kinds = f"jsonb_typeof({json_value}) IN ('string', 'number')"
                found = f"({kinds} AND strpos(lower({text}), lower(%s)) > 0) IS TRUE"
                return found, [self.name, self.name, self.value]
            case "within_days":
                days = [(moment.today - timedelta(days=self.value)).isoformat(), moment.today.isoformat()]
                inside = f'left({text}, 10) COLLATE "C" BETWEEN %s AND %s'
                return f"({self._is_day} AND {inside}) IS TRUE", [self.name, self.name, *days]
        if isinstance(self.value, str):
            comparison = f'left({text}, 10) COLLATE "C" {self.operator} %s'
            return f"({self._is_day} AND {comparison}) IS TRUE", [self.name, self.name, self.value]
        comparison = f"jsonb_typeof({json_value}) = 'number' AND {json_value} {self.operator} %s::jsonb"
        return f"({comparison}) IS TRUE", [self.name, self.name, json.dumps(self.value)]

    def _is_any_of(self, values: Sequence[Any]) -> Sql:
        """Texts are compared as texts: of a column with 010010 and 100000 the one is stored as text and the other as a
        number. A day is any time of it.
        """
        texts = [each for each in values if isinstance(each, str)]
        others = [json.dumps(each) for each in values if not isinstance(each, str)]
        days = [each for each in texts if DAY.fullmatch(each)]
        parts: list[Sql] = []
        if texts:
            parts.append((f"({ATTRIBUTES} ->> %s) = ANY(%s::text[])", [self.name, texts]))
        if others:
            parts.append((f"({ATTRIBUTES} -> %s) = ANY(%s::jsonb[])", [self.name, others]))
        if days:
            day = f"left({ATTRIBUTES} ->> %s, 10) = ANY(%s::text[])"
            parts.append((f"({self._is_day} AND {day})", [self.name, self.name, days]))
        any_of, parameters = concatenate(parts, " OR ")
        return f"({any_of}) IS TRUE", parameters

    def due_sql(self, moment: Moment) -> Sql | None:
        """A day to come enters the last days at its beginning, one that is among them leaves after so many days."""
        if self.operator != "within_days":
            return None
        text = f"left({ATTRIBUTES} ->> %s, 10)"
        year, month, day = (f"substr({text}, {at}, {size})::int" for at, size in ((1, 4), (6, 2), (9, 2)))
        # Added up, not cast: the 30th of February is a text like others here, and breaks nothing.
        passed = f"make_interval(months => {month} - 1, days => {day} - 1 + %s)"
        begins = f"(make_date({year}, 1, 1) + {passed}) AT TIME ZONE %s"
        between = f'{self._is_day} AND {text} COLLATE "C" BETWEEN %s AND %s'
        zone, name = timezone.get_current_timezone_name(), self.name

        def case(first: str, last: str, days: int) -> Sql:
            """Of days between these two, so many days after them."""
            return f"WHEN {between} THEN {begins}", [name, name, first, last, name, name, name, days, zone]

        first, tomorrow = (moment.today + timedelta(days=days) for days in (-self.value, 1))
        # Python knows no year above 9999, and nobody's day lies there.
        to_come = case(tomorrow.isoformat(), "9000", 0)
        passing = case(first.isoformat(), moment.today.isoformat(), self.value + 1)
        cases, values = concatenate([to_come, passing], " ")
        return f"CASE {cases} END", values

    def words(self) -> str:
        if self.operator == "set":
            return _("%(name)s is known") % {"name": self.name}
        if self.operator == "within_days":
            return _("%(name)s is in the last %(days)d days") % {"name": self.name, "days": self.value}
        value = (
            ", ".join(map(_value_words, self.value)) if self.operator == "in" else _value_words(self.value)
        )
        return f"{self.name} {OPERATORS[self.operator]} {value}"

    def as_json(self) -> dict[str, Any]:
        value = {} if self.operator == "set" else {"value": self.value}
        return {"attribute": self.name, "is": self.operator, **value}

    @property
    def _is_day(self) -> str:
        return DAY_FORM.format(text=f"({ATTRIBUTES} ->> %s)")


@dataclass(frozen=True)
class EventCondition:
    """That somebody clicked, bought or was written to within the last days."""

    event: str
    days: int

    def sql(self, moment: Moment) -> Sql:
        return f"EXISTS (SELECT 1 FROM {self._rows})", [moment.days_ago(self.days)]  # noqa: S608

    def due_sql(self, moment: Moment) -> Sql | None:
        last = f"(SELECT max(seen.{EVENTS[self.event][0]}) FROM {self._rows})"  # noqa: S608
        return f"({last} + make_interval(days => %s))", [moment.days_ago(self.days), self.days]

    def words(self) -> str:
        return _("%(event)s in the last %(days)d days") % {"event": EVENTS[self.event][1], "days": self.days}

    def as_json(self) -> dict[str, Any]:
        return {"event": self.event, "within_days": self.days}

    @property
    def _rows(self) -> str:
        """From that time on."""
        column = EVENTS[self.event][0]
        return f'"{EXPOSURE}" AS seen WHERE seen.person_id = "{PERSON}"."id" AND seen.{column} >= %s'


@dataclass(frozen=True)
class ConsentCondition:
    """That somebody may be written to on a channel: said yes and did not leave it."""

    channel: str

    def sql(self, moment: Moment) -> Sql:
        given, left = f'%s = ANY("{PERSON}"."consents")', f'%s = ANY("{PERSON}"."unsubscribed")'
        return f"({given} AND NOT {left})", [self.channel, self.channel]

    def due_sql(self, moment: Moment) -> Sql | None:
        return None

    def words(self) -> str:
        return _("agreed to %(channel)s") % {"channel": channel_name(self.channel)}

    def as_json(self) -> dict[str, Any]:
        return {"consent": self.channel}


def concatenate(parts: Iterable[Sql], separator: str = ", ") -> Sql:
    """Several parts of a statement as one, with all of their parameters."""
    known = list(parts)
    text = separator.join(each for each, _values in known)
    return text, [value for _text, values in known for value in values]


def _value_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:g}" if isinstance(value, float) else str(value)
