"""What a reader asks for. Every value reaches the database as a bound parameter."""

from dataclasses import dataclass

from domain.logs.store.record_columns import FIELDS
from domain.logs.store.templates import MAX_SLOTS
from domain.logs.store.value_types import ValueFilter

MAX_TEXT_CHARACTERS = 1_024
MAX_CHOICES = 10_000


@dataclass(frozen=True, slots=True)
class ParameterFilter:
    """Of a template's parameters, the one at `position` (from 0) has this value. It makes sense with a template."""

    position: int
    value: str

    def __post_init__(self) -> None:
        if not 0 <= self.position < MAX_SLOTS:
            raise ValueError(f"Parameters 0 to {MAX_SLOTS - 1} can be asked for.")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is left empty is not asked. Times are microseconds UTC, `since` included, `until` not.

    `is_whole`: the text as a whole value, as `whole_values` says; not in the time that a line writes.

    `before`, `after`: time and arrival of a record; those that are older, or newer, are asked for. Of one time the arrival
    decides.
    """

    organisation: str
    sources: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None
    levels: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    parameters: tuple[ParameterFilter, ...] = ()
    typed_value: ValueFilter | None = None
    text: str = ""
    is_whole: bool = False
    before: tuple[int, int] | None = None
    after: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        choices = (self.sources, self.templates, *self.fields().values())
        if len(self.text) > MAX_TEXT_CHARACTERS or max(map(len, choices)) > MAX_CHOICES:
            raise ValueError("A text or a list of choices is too long.")

    def fields(self) -> dict[str, tuple[str, ...]]:
        """Wanted values by column."""
        values = (self.levels, self.services, self.hosts, self.traces, self.sessions)
        return dict(zip(FIELDS, values, strict=True))
