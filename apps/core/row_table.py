"""Tables of pages, drawn from their columns: `RowTable(columns, rows)`, shown by `components/table.html` as `table`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.template.defaultfilters import filesizeformat, floatformat
from django.urls import reverse
from django.utils.text import Truncator, capfirst

from apps.core.errors import Text
from apps.core.numbers import duration_text, milliseconds_text, money_text

MAX_CHARACTERS, MAX_NOTE_CHARACTERS = 200, 120
# A bool is an int, too: the order decides.
KINDS = {bool: "flag", int: "count", datetime: "time", timedelta: "duration"}
CLASSES = {
    "number": "cell-number",
    "failures": "cell-number",
    "amount": "cell-number",
    "cost": "cell-number",
    "percent": "cell-number",
    "size": "cell-number cell-shrink",
    "duration": "cell-number cell-shrink",
    "milliseconds": "cell-number cell-shrink",
    "count": "number",
    "time": "cell-shrink",
}
# How a value is written, where it is not drawn (a time, a state, a flag).
WRITTEN: dict[str, Callable[[Any], str]] = {
    "number": "{:,}".format,
    "count": "{:,}".format,
    "failures": "{:,}".format,
    "amount": lambda value: floatformat(value, "-2"),
    "cost": lambda value: money_text(value, ""),
    "percent": lambda value: f"{floatformat(value, '-1')}%",
    "size": filesizeformat,
    "duration": lambda value: duration_text(value.total_seconds()),
    "milliseconds": milliseconds_text,
}


@dataclass(frozen=True)
class ListColumn:
    """What a table shows of each row below a heading. Without a heading it holds what can be done with the row.

    `kind`: text, number, count, failures, time, state, flag, size, duration, milliseconds, percent, amount or cost; without
    one the value decides. A state has the words and the tone that its row has for it; a flag is “on” or “off”, or one of the
    `words`.
    `note`: field or property that stands small behind the value. `link`: the address that the value leads to, or "".
    `badge`: one that stands behind it in a badge of that `tone`, or the first of the `words` where it is True.
    `look`: classes of the cell.    `part`: a template that draws the cell by hand and knows the `row`.
    `names_row`: the row is called by this one, not by the first.
    """

    heading: Text
    kind: str = ""
    note: str = ""
    link: Callable[[Any], str] | None = None
    look: str = ""
    part: str = ""
    words: tuple[Text, Text] | None = None
    badge: str = ""
    tone: str = "warn"
    names_row: bool = False

    @property
    def label(self) -> str:
        return capfirst(str(self.heading))

    @property
    def heading_class(self) -> str:
        is_number = "cell-number" in f"{CLASSES.get(self.kind, '')} {self.look}".split()
        return "cell-number" if is_number else ""


Columns = Mapping[str, Text | ListColumn]


@dataclass(frozen=True)
class ListCell:
    """`value`: what a file holds; `text`: what a page shows of it. `state`, `tone`: of a state, whose words are the text.

    No template of its own: a list shows hundreds of them.
    """

    column: ListColumn
    value: object = None
    kind: str = "text"
    text: str = ""
    url: str = ""
    note: str = ""
    badge: object = ""
    state: str = ""
    tone: str | None = None
    classes: str = ""
    is_name: bool = False

    @cached_property
    def is_plain(self) -> bool:
        """A text and nothing else, as most are: drawn without asking for anything else."""
        is_written = self.kind not in ("part", "time", "flag") and not self.state
        return is_written and not (self.is_name or self.url or self.badge or self.note)


@dataclass(frozen=True)
class ListLine:
    """A row of a table. `url`: where its name leads, nowhere for whoever may not go there."""

    row: Any
    url: str
    cells: list[ListCell]


@dataclass(frozen=True)
class RowTable:
    """`columns`: field, property or `__str__` of a row, or of what it names (`member.user`) → heading, or column.

    `link`: where a row's name leads. `acts`: pages of acts, each a button for whoever may; `acts_part`: a template of
    buttons that knows the `row`. `caption`: what the table is, for whoever hears it. `look`: its classes.
    """

    columns: Columns
    rows: Iterable[Any]
    link: Callable[[Any], str] | None = None
    acts: Sequence[str] = ()
    acts_part: str = ""
    caption: Text = ""
    look: str = ""

    @cached_property
    def headings(self) -> list[ListColumn]:
        return [each if isinstance(each, ListColumn) else ListColumn(each) for each in self.columns.values()]

    @cached_property
    def lines(self) -> list[ListLine]:
        name_column = next((each for each in self.headings if each.names_row), self.headings[0])
        named = list(zip(self.columns, self.headings, strict=True))
        lines = []
        for row in self.rows:
            url = self.link(row) if self.link else ""
            cells = [
                cell_of(row, name, column, url=url if column is name_column else None)
                for name, column in named
            ]
            lines.append(ListLine(row, url, cells))
        return lines


def cell_of(row: Any, name: str, column: ListColumn, *, url: str | None = None) -> ListCell:
    """What a column shows of a row; with the `url` of the row it is the row's name. What the row names may be missing; a
    name that there is not is an error.
    """
    is_name = url is not None
    if column.part:
        return ListCell(column, kind="part", classes=_classes(column, ""), is_name=is_name)
    owner_name, _dot, field = name.rpartition(".")
    owner = value_of(row, owner_name) if owner_name else row
    value = value_of(owner, field)
    display = getattr(owner, f"get_{field}_display", None)
    words = display() if display else value
    if isinstance(words, list):
        words = ", ".join(map(str, words))
    is_missing = words in (None, "")
    kind = column.kind or next((kind for each, kind in KINDS.items() if isinstance(words, each)), "text")
    return ListCell(
        column,
        words,
        "text" if is_missing else kind,
        "–" if is_missing else WRITTEN.get(kind, _shortened)(words),
        url or (column.link(row) if column.link and not is_missing else ""),
        note=_shortened(value_of(row, column.note), MAX_NOTE_CHARACTERS) if column.note else "",
        badge=_badge(row, column) if column.badge else "",
        state=value if kind == "state" else "failed" if kind == "failures" and value else "",
        tone=getattr(owner, "tone", None) if kind == "state" else None,
        classes=_classes(column, kind),
        is_name=is_name,
    )


def _shortened(value: object, length: int = MAX_CHARACTERS) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= length else Truncator(text).chars(length)


def _classes(column: ListColumn, kind: str) -> str:
    acts = "" if column.heading else "cell-actions"
    return " ".join(filter(None, [CLASSES.get(kind, acts), column.look]))


def _badge(row: Any, column: ListColumn) -> object:
    value = value_of(row, column.badge)
    return column.words[0] if value is True and column.words else value


def page_link(name: str, path: str = "pk") -> Callable[[Any], str]:
    """Leads to the page `name` of what the row names by its id, as `job_id`, or by way of others, as `job.subject_id`."""
    return lambda row: "" if (key := value_of(row, path)) is None else reverse(name, args=[key])


def value_of(row: Any, path: str) -> Any:
    """`member.user` of the row, None where it has no member."""
    for name in path.split("."):
        if row is None:
            return None
        if name == "__str__":
            return str(row)
        row = row[name] if isinstance(row, Mapping) else getattr(row, name)
        row = row() if callable(row) else row
    return row
