"""Tables as files: out without becoming formulas, in with a reason for every row that cannot be taken."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection

from apps.core import tables
from apps.core.errors import Conflict, InvalidInput
from apps.core.tables import Column
from tests.architecture.floods import cpu_seconds

COLUMNS = [Column("term", frozenset({"术语"}), is_required=True), Column("meaning")]


def downloaded(rows: list[dict[str, object]], file_type: str) -> bytes:
    return b"".join(tables.response(rows, name="terms", file_type=file_type))


def refusal(content: bytes, **limits: int) -> str:
    with pytest.raises(InvalidInput) as refused:
        tables.read(content, COLUMNS, code="terms_unusable", **limits)
    assert refused.value.code == "terms_unusable"
    return str(refused.value.fields["file"][0])


def test_a_sentence_with_a_comma_and_no_quotation_marks_is_refused_not_cut() -> None:
    said = refusal(b"term,meaning\nchai,tea\npu'er,dark, from Yunnan\noolong,blue,,\n")

    assert "in rows 3." in said
    assert "“,”" in said


@pytest.mark.parametrize("name", ["=1+1", "＝1+1", "＠SUM(A1)", "\n=1+1", "\t=1+1"])
def test_a_cell_that_begins_like_a_formula_is_never_run(name: str) -> None:
    written = downloaded([{"term": name}], "csv").decode("utf-8-sig")

    [[_heading], [cell]] = csv.reader(io.StringIO(written))
    assert cell == f"'{name}"


def test_what_looks_like_a_formula_is_text_and_a_number_stays_one() -> None:
    written = downloaded([{"term": "=1+1", "count": -3, "share": Decimal("0.5")}], "csv").decode("utf-8-sig")

    assert written.splitlines() == ["term,count,share", "'=1+1,-3,0.5"]


def test_every_file_type_says_the_same() -> None:
    rows = [{"term": "茶", "at": datetime(2026, 11, 27, 8, tzinfo=UTC), "tags": ["a"]}]

    lines = [json.loads(line) for line in downloaded(rows, "jsonl").splitlines()]
    sheet = ZipFile(io.BytesIO(downloaded(rows, "xlsx"))).read("xl/worksheets/sheet1.xml").decode()

    assert lines == [{"term": "茶", "at": "2026-11-27T08:00:00+00:00", "tags": ["a"]}]
    assert "茶" in sheet
    assert "2026-11-27T08:00:00+00:00" in sheet


def test_a_sheet_that_is_full_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_XLSX_ROWS", 3)
    rows = [{"number": number} for number in range(3)]

    assert tables.content(rows[:2], name="few", file_type="xlsx")
    with pytest.raises(InvalidInput):
        tables.content(rows, name="many", file_type="xlsx")


def test_a_table_without_rows_still_says_its_columns() -> None:
    empty = b"".join(tables.response([], name="terms", file_type="csv", headings=["term", "meaning"]))

    assert empty.decode("utf-8-sig").splitlines() == ["term,meaning"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_table_is_read_as_spreadsheets_save_it(encoding: str, delimiter: str) -> None:
    text = f"术语{delimiter}meaning{delimiter}other\n'=茶{delimiter}tea{delimiter}?\n{delimiter}{delimiter}\n咖啡\n"

    table = tables.read(text.encode(encoding), COLUMNS, code="terms_unusable")

    assert table.ignored == ["other"]
    assert [row.number for row in table.rows] == [2, 4]
    assert [row.cells for row in table.rows] == [
        {"term": "=茶", "meaning": "tea"},
        {"term": "咖啡", "meaning": ""},
    ]


@pytest.mark.parametrize(
    "text",
    [
        "term;meaning\nniño;child\n¿Cómo?;how\n",
        "term;meaning\nÄpfel;apples\n",
        "term;meaning\nblåbær;3,50 €\n",
    ],
)
def test_a_table_of_western_europe_keeps_its_letters(text: str) -> None:
    table = tables.read(text.encode("cp1252"), COLUMNS, code="terms_unusable")

    assert [f"{row.cells['term']};{row.cells['meaning']}" for row in table.rows] == text.splitlines()[1:]


def test_columns_that_nobody_reads_are_told_with_what_was_taken() -> None:
    many = [f"c{number}" for number in range(30)]

    assert tables.imported_text("2 rows were imported.", ()) == "2 rows were imported."
    told = tables.imported_text("2 rows were imported.", ["Unit", "备注"])
    assert told == "2 rows were imported. Columns not used: Unit, 备注."
    assert tables.imported_text("Done.", many).endswith("c18, c19, ….")


def test_a_file_that_cannot_be_taken_is_explained() -> None:
    assert "Missing: term" in refusal(b"meaning\ntea\n")
    assert "no rows" in refusal("术语\n".encode())
    assert "more than 2 rows" in refusal(b"term\na\nb\nc\n", max_rows=2)
    assert "not a readable CSV file" in refusal(b"\xff\xfe\x00")
    assert "larger than 4 MB" in refusal(b"x" * (tables.MAX_BYTES + 1))


@pytest.mark.parametrize("line", [b"\n", b"a\n", b",\n"])
def test_a_file_of_nothing_but_lines_is_read_no_further_than_it_has_to(line: bytes) -> None:
    content = b"term\n" + line * ((tables.MAX_BYTES - 10) // len(line))

    assert cpu_seconds(lambda: refusal(content), at_most=5) < 0.4


@pytest.mark.django_db
def test_an_organisation_saves_one_table_at_a_time() -> None:
    table, organisation_id = tables.read(b"term\na\n", COLUMNS, code="terms_unusable"), uuid4()

    def save() -> tables.TableImport:
        return tables.save_all(
            table, lambda cells: None, code="terms_unusable", organisation_id=organisation_id
        )

    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"table {organisation_id}"]
            )
        with pytest.raises(Conflict, match="Another table"):
            save()
        other.rollback()
        assert save().count == 1
    finally:
        other.close()


@pytest.mark.django_db
def test_all_rows_are_saved_or_none_and_each_wrong_one_is_named() -> None:
    text = "term\n" + "".join(f"{number}\n" for number in range(50))
    table = tables.read(text.encode(), COLUMNS, code="terms_unusable")

    def save(cells: dict[str, str]) -> None:
        if int(cells["term"]) % 2:
            raise InvalidInput(fields={"term": ["odd"]})

    with pytest.raises(InvalidInput) as refused:
        tables.save_all(table, save, code="terms_unusable", organisation_id=uuid4())

    lines = [str(line) for line in refused.value.fields["file"]]
    assert lines[0] == "Row 3: odd"
    assert lines[-1] == "… and 5 more rows."
    imported = tables.save_all(table, lambda cells: None, code="terms_unusable", organisation_id=uuid4())
    assert imported.count == 50
