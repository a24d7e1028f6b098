"""What people are shown of a run's values: what went in, and what came out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from types import SimpleNamespace
from typing import Any

from django.utils.translation import get_language, gettext

from apps.answering import markdown_html
from apps.core.pages import optional_uuid
from apps.core.punctuation import colon
from apps.core.row_table import RowTable
from apps.knowledge.models import Collection
from apps.workbench.models import AppRun
from domain.workflows import suggestions, types, value_texts
from domain.workflows.checking import CheckedApp
from domain.workflows.types import Record, Type
from domain.workflows.values import has_other_figures
from llm_backend.changes import Piece, word_changes

# Of a table on a page; all of them are in its file.
SHOWN_ROWS = 100


@dataclass(frozen=True)
class ValueView:
    """`kind`: text, quote, list, record, table, cells, suggestions. `parts`: of a list or record; of a table its rows,
    each a record. `has_other_figures`: than the quotes beside it. `boxes`: of a record, on the picture. `cells`:
    of a table of a page. `number`: of a text that says one, for spreadsheets.
    """

    kind: str
    title: str = ""
    text: str = ""
    is_found: bool = True
    has_other_figures: bool = False
    parts: list["ValueView"] = field(default_factory=list)
    boxes: list[list[float]] = field(default_factory=list)
    cells: list[Any] = field(default_factory=list)
    number: float | None = None

    @property
    def box_ids(self) -> str:
        """The ids of its boxes on the picture."""
        return " ".join(map(place_id, self.boxes))

    @property
    def said(self) -> list["ValueView"]:
        """Of a record, what says anything."""
        return [part for part in self.parts if part.text or part.cells]

    @property
    def cell_rows(self) -> list[list[Mapping[str, Any]]]:
        """Of a table of a page, as HTML writes it: cell by cell, with what each spans."""
        names = ("row", "column", "text", "rows", "columns", "is_header")
        written = sorted(
            (dict(zip(names, cell, strict=True)) for cell in self.cells), key=itemgetter("row", "column")
        )
        return [list(row) for _number, row in groupby(written, key=lambda cell: cell["row"])]

    @property
    def html(self) -> str:
        """Of a text that came out, which a model may have written as Markdown."""
        return markdown_html.plainly_rendered(self.text)

    @property
    def headings(self) -> list[str]:
        return [each.title for each in self.parts[0].parts] if self.parts else []

    @property
    def rows(self) -> list[list[str]]:
        """Of a table."""
        return [[cell.text for cell in row.parts] for row in self.parts]

    @property
    def table(self) -> RowTable:
        names = [f"column_{number}" for number in range(len(self.headings))]
        rows = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in self.rows[:SHOWN_ROWS]]
        return RowTable(dict(zip(names, self.headings, strict=True)), rows, caption=self.title)

    @property
    def untold_count(self) -> int:
        """Rows that only the file has."""
        return max(0, len(self.parts) - SHOWN_ROWS)


@dataclass(frozen=True)
class SuggestionsView(ValueView):
    """A text with changes to accept one by one. `text`: with those that a person accepted."""

    output: str = ""
    original: str = ""
    suggestions: list["SuggestionView"] = field(default_factory=list)

    @property
    def pieces(self) -> list[Piece]:
        return word_changes(self.original, self.text)


@dataclass(frozen=True)
class SuggestionView:
    """`notes`: what else the record says. `may_be_accepted`: its words stand in the text, apart from those before."""

    number: int
    quote: str
    replacement: str
    notes: list[str]
    may_be_accepted: bool
    is_accepted: bool


def place_id(box: Iterable[float]) -> str:
    """Of a place on the picture, wherever it is told: the same box has the same one."""
    return "-".join(["place", *(str(round(1000 * share)) for share in box)])


def output_views(run: AppRun) -> list[ValueView]:
    """In the order of the file; what a version of another time gave is left out."""
    return list(named_output_views(run).values())


def named_output_views(run: AppRun) -> dict[str, ValueView]:
    """The same by name, as conditions of the file call each."""
    app = run.version.checked
    return {name: _output_view(app, run, name) for name in app.outputs if name in run.outputs} if app else {}


def input_views(app: CheckedApp, run: AppRun) -> list[ValueView]:
    """What went in; a collection by its name, as it was chosen."""
    ports = {name: port for name, port in app.file.inputs.items() if name in run.inputs}
    chosen = (run.inputs[name] for name, port in ports.items() if isinstance(port, types.Collection))
    keys = list(filter(None, map(optional_uuid, chosen)))
    rows = Collection.objects.within(run.organisation_id).filter(pk__in=keys) if keys else ()
    names = {str(row.pk): row.name for row in rows}
    views = (_view(name, port, run.inputs[name]) for name, port in ports.items())
    return [replace(view, text=names.get(view.text, view.text)) for view in views]


def changes(other: AppRun, run: AppRun) -> list[tuple[str, list[Piece] | None]]:
    """By output, what changed from the other run to this one; None where nothing did."""
    before, after = ({view.title: plain_words(view) for view in output_views(each)} for each in (other, run))
    titles = dict.fromkeys([*after, *before])
    texts = ((title, before.get(title, ""), after.get(title, "")) for title in titles)
    return [(title, word_changes(old, new) if old != new else None) for title, old, new in texts]


def plain_words(view: ValueView) -> str:
    """On a line for each part; fields of a record under their titles. What was not found, or has other figures, says so."""
    if not view.parts:
        notes = [gettext("figures not in the quote")] if view.has_other_figures else []
        notes += [gettext("not found in the text")] if view.text and not view.is_found else []
        return f"{view.text} [{gettext('; ').join(notes)}]" if notes else view.text
    mark = "\n" if view.kind in ("list", "table") else gettext("; ")
    told = ((part.title, plain_words(part)) for part in view.parts)
    return mark.join(f"{title}{colon()}{words}" if title else words for title, words in told if words)


def _output_view(app: CheckedApp, run: AppRun, name: str) -> ValueView:
    port, value = app.outputs[name], run.outputs[name]
    if app.file.outputs[name].suggestions_for is None:
        return _view(name, port, value)
    return _suggestions(name, port, value, (run.accepted or {}).get(name, []))


def _suggestions(name: str, port: Type, value: Mapping[str, Any], accepted: list[int]) -> SuggestionsView:
    listed = types.fields_of(port)[suggestions.SUGGESTIONS]
    field_name = suggestions.quote_field(listed) or ""
    records = value[suggestions.SUGGESTIONS]
    quotes = [each[field_name] for each in records]
    replacements = [each[suggestions.REPLACEMENT] for each in records]
    record = types.item_of(listed) or Record(fields={})
    others = {
        key: each
        for key, each in types.fields_of(record).items()
        if key not in (field_name, suggestions.REPLACEMENT)
    }
    rows = zip(records, quotes, replacements, suggestions.applicable(value["text"], quotes), strict=True)
    return SuggestionsView(
        "suggestions",
        types.label_of(name, port, get_language() or "en"),
        suggestions.with_accepted(value["text"], quotes, replacements, accepted),
        output=name,
        original=value["text"],
        suggestions=[
            SuggestionView(
                number,
                quote["text"],
                replacement,
                [part.text for part in _parts(others, each) if part.text],
                may,
                number in accepted and may,
            )
            for number, (each, quote, replacement, may) in enumerate(rows)
        ],
    )


def _parts(fields: Mapping[str, Type], values: Mapping[str, Any]) -> Iterator[ValueView]:
    """Of a record. A text beside a quote is held to its figures."""
    quotes = [values[name]["text"] for name, port in fields.items() if isinstance(port, types.Quote)]
    for name, port in fields.items():
        if isinstance(port, types.Boxes):
            continue
        part = _view(name, port, values[name])
        if quotes and isinstance(port, types.Text):
            part = replace(part, has_other_figures=has_other_figures(values[name], quotes))
        yield part


def _view(name: str, port: Type, value: Any) -> ValueView:
    title = types.label_of(name, port, get_language() or "en")
    match port:
        case types.Quote():
            return ValueView("quote", title, value["text"], value["found"])
        case types.File() | types.Picture():
            return ValueView("text", title, value["name"])
        case types.Table():
            row = Record(fields=port.columns)
            return ValueView("table", title, parts=[_view("", row, each) for each in value])
        case types.Cells():
            return ValueView("cells", title, "\n".join(cell[2] for cell in value), cells=value)
    if item := types.item_of(port):
        return ValueView("list", title, parts=[_view("", item, each) for each in value])
    if fields := types.fields_of(port):
        boxes = [each for name, of in fields.items() if isinstance(of, types.Boxes) for each in value[name]]
        return ValueView("record", title, parts=list(_parts(fields, value)), boxes=boxes)
    number = value if isinstance(port, types.Number) else None
    return ValueView("text", title, value_texts.text_of(port, value, get_language() or "en"), number=number)
