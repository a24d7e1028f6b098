"""Tables of pages: what stands in a cell, and what a table looks like."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from apps.core.row_table import ListColumn, RowTable


@dataclass(frozen=True)
class Tea:
    name: str
    state: str = "ready"
    tone: str = "good"
    grams: int = 12_500
    is_sold: bool = True
    kinds: tuple[str, ...] = ()
    grower: "Tea | None" = None
    picked_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.name} tea"

    def get_state_display(self) -> str:
        return "on the shelf"


def drawn(table: RowTable) -> str:
    return " ".join(render_to_string("components/table.html", {"table": table}).split())


def test_a_cell_is_drawn_by_what_its_value_is() -> None:
    tea = Tea("Longjing", picked_at=datetime(2026, 4, 1, tzinfo=UTC))
    columns = {"__str__": "Tea", "grams": "Grams", "is_sold": "Sold", "picked_at": "Picked", "state": "State"}

    html = drawn(RowTable(columns, [tea]))

    assert "Longjing tea" in html
    assert '<td data-label="Grams" class="number" dir="auto" hx-disable>12,500</td>' in html
    assert '<span class="badge badge-dot badge-good">' in html
    assert 'datetime="2026-04-01T00:00:00+00:00"' in html
    assert "on the shelf" in html


def test_what_a_row_names_may_be_missing_and_a_name_that_is_not_there_is_an_error() -> None:
    tea = Tea("Longjing", grower=Tea("Wang"))

    [cell] = RowTable({"grower.name": "Grower"}, [tea]).lines[0].cells
    [missing] = RowTable({"grower.grower.name": "Grower"}, [tea]).lines[0].cells

    assert (cell.text, missing.text) == ("Wang", "–")
    with pytest.raises(AttributeError):
        RowTable({"colour": "Colour"}, [tea]).lines  # noqa: B018


def test_a_state_has_the_words_and_the_tone_of_its_row() -> None:
    html = drawn(RowTable({"name": "Tea", "state": ListColumn("State", kind="state")}, [Tea("Longjing")]))

    assert '<span class="badge badge-dot badge-good" data-state="ready">on the shelf</span>' in html


def test_what_people_wrote_is_text_and_leads_where_the_column_says() -> None:
    columns = {"name": ListColumn("Tea", note="state", badge="tone", tone="bad")}
    table = RowTable(columns, [Tea("<b>Longjing</b>")], link=lambda tea: f"/teas/?{len(tea.name)}")

    html = drawn(table)

    assert '<a href="/teas/?15">&lt;b&gt;Longjing&lt;/b&gt;</a>' in html
    assert (
        '<span class="badge badge-bad" dir="auto">good</span> <span class="faint small" dir="auto">ready</span>'
        in html
    )


def test_another_column_than_the_first_may_name_the_row() -> None:
    columns = {"grams": "Grams", "name": ListColumn("Tea", names_row=True)}

    html = drawn(RowTable(columns, [Tea("Longjing")]))

    assert html.index("<td") < html.index('<th scope="row"')
