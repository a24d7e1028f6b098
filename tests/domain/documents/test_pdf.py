"""What stands on the pages of a PDF: set by our own typesetter, without the tags that it could leave."""

from pathlib import Path

import pytest
import typst

from domain.clinical.exporting import pdf as typesetting
from domain.documents import pdf, single_page
from domain.documents.blocks import RUNNING, Block, BlockKind, Cell
from domain.documents.errors import Unreadable
from domain.documents.pages import layout, tables
from domain.documents.pages.runs import Line, Rule, Run
from tests.knowledge.conftest import pdf_file, pdf_of_objects

TEXT = "Tea is picked in spring, before the rain comes, and is dried in the shade for a day. "
PAGE = (
    '#set page(width: 400pt, height: 500pt, margin: 50pt)\n#set text(font: "Libertinus Serif", size: 10pt)\n'
)


def blocks_of(tmp_path: Path, source: str) -> list[Block]:
    path = tmp_path / "made.pdf"
    content = typst.compile(
        (PAGE + source).encode(), font_paths=typesetting.fonts(), ignore_system_fonts=True, pdf_tags=False
    )
    assert isinstance(content, bytes)
    path.write_bytes(content)
    return [block for page in pdf.pages(path) for block in page.blocks or []]


def told(blocks: list[Block]) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in blocks]


def test_headings_are_told_by_their_size_and_lists_by_their_marks(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, f"= Returns\n{TEXT}\n\n{TEXT}\n== Gifts\n- One tea.\n- Another tea.\n")

    assert told(blocks) == [
        ("heading", "Returns"),
        ("paragraph", TEXT.strip()),
        ("paragraph", TEXT.strip()),
        ("heading", "Gifts"),
        ("list", "- One tea.\n- Another tea."),
    ]
    assert [block.level for block in blocks if block.kind is BlockKind.HEADING] == [1, 2]
    box = blocks[0].box
    assert box
    assert box.left == pytest.approx(50 / 400, abs=0.01)
    assert box.top < 0.15 < box.right


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    sentences = [
        f"Sentence {number} says that tea is picked in spring before the rain." for number in range(24)
    ]
    blocks = blocks_of(tmp_path, "#set page(columns: 2)\n#set par(justify: true)\n" + "\n\n".join(sentences))
    assert [block.text for block in blocks] == sentences


def test_what_every_page_repeats_is_told_from_what_it_says(tmp_path: Path) -> None:
    blocks = blocks_of(
        tmp_path,
        f'#set page(header: [Tea House], numbering: "1 / 1")\n{TEXT}\n#pagebreak()\nSecond. {TEXT}',
    )
    assert told(blocks) == [
        ("page_header", "Tea House"),
        ("paragraph", TEXT.strip()),
        ("page_footer", "1 / 2"),
        ("page_header", "Tea House"),
        ("paragraph", f"Second. {TEXT}".strip()),
        ("page_footer", "2 / 2"),
    ]


def rows_of(count: int) -> str:
    return "".join(f"[{at}], [{at * 7 % 50}.5], " for at in range(1, count))


HEADER = "#set page(header: [Prices of 2026], footer: context [Page #counter(page).display() of 3], margin: 40pt)\n"


def test_rows_of_numbers_at_the_edges_of_pages_are_not_what_these_repeat(tmp_path: Path) -> None:
    found = blocks_of(tmp_path, f"{HEADER}#table(columns: 2, stroke: none, [Number], [Price], {rows_of(60)})")
    assert {block.text for block in found if block.kind in RUNNING} == {
        *("Prices of 2026", "Page 1 of 3", "Page 2 of 3", "Page 3 of 3")
    }


@pytest.mark.parametrize("look", ["", "stroke: none, table.hline(), "])
def test_rows_overleaf_stand_under_the_names_of_their_columns(tmp_path: Path, look: str) -> None:
    found = blocks_of(
        tmp_path, f"{HEADER}#table(columns: (1fr, 1fr), {look}[Number], [Price], {rows_of(60)})"
    )
    tables = [block.text.splitlines() for block in found if block.kind is BlockKind.TABLE]
    assert len(tables) > 1
    assert {table[0] for table in tables} == {"| Number | Price |"}
    told_rows = [row for table in tables for row in table[2:]]
    assert told_rows == [f"| {at} | {at * 7 % 50}.5 |" for at in range(1, 60)]


@pytest.mark.parametrize(
    ("names", "expected"), [("", "| Number | Price |"), ("[Size], [Weight],", "| Size | Weight |")]
)
def test_the_name_of_a_group_at_the_head_of_a_page_parts_no_table(
    tmp_path: Path, names: str, expected: str
) -> None:
    across = f"table.cell(colspan: 2)[*Green teas*], {names}"
    page = "#set page(height: 300pt, margin: 40pt)\n#table(columns: (1fr, 1fr), [Number], [Price], "
    found = blocks_of(tmp_path, f"{page}{rows_of(13)}{across}{rows_of(5)})")

    assert [block.text for block in found if block.kind is BlockKind.CAPTION] == ["Green teas"]
    assert found[-1].page == 2
    assert found[-1].text.splitlines()[0] == expected


def test_the_name_of_a_group_at_the_foot_of_a_page_stands_above_its_rows_overleaf(tmp_path: Path) -> None:
    page = "#set page(height: 300pt, margin: 40pt)\n#table(columns: (1fr, 1fr), [Number], [Price], "
    lines: list[str] = []
    for count in range(9, 14):
        rows = f"{rows_of(count)}table.cell(colspan: 2)[Green teas], {rows_of(9)}"
        first, *note, second = blocks_of(tmp_path, f"{page}{rows})")
        assert first.text.startswith("| Number | Price |")
        assert second.text.startswith("| Number | Price |")
        if "Green teas" in [block.text for block in note if block.page == 1]:
            lines = second.text.splitlines()
    assert lines[2:4] == ["| Green teas | Green teas |", "| 1 | 7.5 |"]


def test_a_line_between_tables_of_other_columns_parts_them_without_rules(tmp_path: Path) -> None:
    first = "[Tea], [Size], [Price], [Longjing], [250 g], [398], [Keemun], [500 g], [268]"
    second = "[Buyer: Tea House], [Seller: Hill], [By: Li Na], [By: Wu], [On: 1 May], [On: 2 May]"
    tables = [
        "#table(columns: 3, stroke: none, column-gutter: 15pt, " + first + ")",
        "Call Li Na.",
        "#table(columns: (1fr, 1fr), stroke: none, " + second + ")",
    ]
    assert [block.text.splitlines()[-1] for block in blocks_of(tmp_path, "\n".join(tables))] == [
        *("| Keemun | 500 g | 268 |", "Call Li Na.", "| On: 1 May | On: 2 May |")
    ]


def test_a_table_that_begins_with_a_name_of_the_one_before_is_another(tmp_path: Path) -> None:
    forms = [
        f"#v(320pt)#table(columns: (1fr, 1fr), [Name], [{name}], [Town], [Hangzhou])" for name in ("Li", "Wu")
    ]
    tables = [
        block.text
        for block in blocks_of(
            tmp_path, "\n#pagebreak()\n".join((forms[0], forms[1].replace("#v(320pt)", "")))
        )
        if block.kind is BlockKind.TABLE
    ]
    assert tables == [f"| Name | {name} |\n| --- | --- |\n| Town | Hangzhou |" for name in ("Li", "Wu")]


def test_a_table_in_a_grid_keeps_its_merged_cells(tmp_path: Path) -> None:
    table = (
        "#table(columns: 3, table.cell(colspan: 2)[Tea], [Price],"
        " table.cell(rowspan: 2)[Green], [Longjing], [128], [Biluochun], [99])"
    )
    blocks = blocks_of(tmp_path, f"{TEXT}\n\n{table}\n\n{TEXT}")

    assert [block.kind for block in blocks] == [BlockKind.PARAGRAPH, BlockKind.TABLE, BlockKind.PARAGRAPH]
    assert blocks[1].cells == (
        Cell(0, 0, "Tea", columns=2, is_header=True),
        Cell(0, 2, "Price", is_header=True),
        Cell(1, 0, "Green", rows=2),
        Cell(1, 1, "Longjing"),
        Cell(1, 2, "128"),
        Cell(2, 1, "Biluochun"),
        Cell(2, 2, "99"),
    )


@pytest.mark.parametrize(
    "lines", ["", "table.hline(y: 0), table.hline(y: 1), table.hline(y: 4),"], ids=["no rules", "three rules"]
)
def test_a_table_without_a_grid_is_told_by_its_columns(tmp_path: Path, lines: str) -> None:
    rows = [["Tea", "Price"], ["Longjing", "128"], ["Biluochun", "99"], ["Keemun", "64"]]
    cells = ", ".join(f"[{cell}]" for row in rows for cell in row)
    blocks = blocks_of(tmp_path, f"{TEXT}\n\n#table(columns: 2, stroke: none, {lines} {cells})\n\n{TEXT}")

    table = next(block for block in blocks if block.kind is BlockKind.TABLE)
    assert [[cell.text for cell in table.cells if cell.row == row] for row in range(4)] == rows


def test_prose_is_no_table_however_its_spaces_stretch(tmp_path: Path) -> None:
    blocks = blocks_of(tmp_path, f"#set par(justify: true)\n#block(width: 120pt)[{TEXT * 5}]")
    assert {block.kind for block in blocks} == {BlockKind.PARAGRAPH}


def test_a_turned_page_is_read_as_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "turned.pdf"
    page = pdf_file("Opening hours are nine to five.")
    path.write_bytes(
        page.replace(b"/MediaBox", b"/Rotate 90 /MediaBox").replace(b"50 700 Td", b"0 1 -1 0 99 50 Tm")
    )
    (block,) = next(pdf.pages(path)).blocks or []
    assert block.text == "Opening hours are nine to five."
    assert block.box
    assert block.box.left < 0.1 < 0.2 < block.box.right
    # What runs from top to bottom there is no line that anybody reads.
    path.write_bytes(page.replace(b"/MediaBox", b"/Rotate 90 /MediaBox"))
    assert next(pdf.pages(path)).blocks is None


@pytest.mark.parametrize("angle", [-90, 90, 180])
def test_a_table_that_lies_sideways_on_its_page_is_read(tmp_path: Path, angle: int) -> None:
    table = (
        "#table(columns: (60pt,) * 3, [Team], [January], [February], [Sales], [1], [2], [Research], [4], [5])"
    )
    (above, below, found) = blocks_of(
        tmp_path, f"Above.\n\n#rotate({angle}deg, reflow: true)[{table}]\n\nBelow it."
    )
    assert [above.text, below.text] == ["Above.", "Below it."]
    assert found.text.splitlines()[::2] == ["| Team | January | February |", "| Sales | 1 | 2 |"]
    assert above.box
    assert below.box
    assert found.box
    assert above.box.bottom < found.box.top < found.box.bottom < below.box.top
    is_high = (found.box.bottom - found.box.top) * 500 > (found.box.right - found.box.left) * 400
    assert is_high == (angle != 180)


def test_a_stamp_in_the_margin_is_not_read(tmp_path: Path) -> None:
    stamp = "#place(left, dx: -30pt)[#rotate(-90deg, reflow: true)[arXiv:2101.00001v1 1 Jan 2021 cs.CL]]"
    assert [block.text for block in blocks_of(tmp_path, f"{stamp}{TEXT}")] == [TEXT.strip()]


def test_a_page_without_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mixed.pdf"
    path.write_bytes(pdf_file("Opening hours are nine to five.", "", "7"))
    assert [(page.number, page.blocks is None) for page in pdf.pages(path)] == [
        (1, False),
        (2, True),
        (3, True),
    ]


@pytest.mark.slow
def test_a_page_of_ten_thousand_rules_and_runs_takes_little_time() -> None:
    runs = [Run("x", n % 100 * 6, n // 100 * 8, n % 100 * 6 + 5, n // 100 * 8 + 7, 7) for n in range(10_000)]
    rules = [Rule(0, n / 4, 600, n / 4) for n in range(2_900)]
    assert tables.with_tables(runs, rules)
    assert list(layout.columns_of(runs, 7.0))


def test_a_document_of_too_many_pages_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PAGES", 2)
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf_file("One page.", "Two pages.", "Three pages."))
    with pytest.raises(Unreadable, match="too_much_text"):
        list(pdf.pages(path))


def test_what_was_filled_into_a_form_ticked_and_typed_onto_a_page_is_read(tmp_path: Path) -> None:
    """A value that no program has drawn yet is, too."""

    def stream(head: str, drawing: str) -> str:
        return f"<< {head} /Length {len(drawing)} >>\nstream\n{drawing}\nendstream"

    def annotation(kind: str, top: int, more: str) -> str:
        return f"<< /Type /Annot {kind} /DA (/F1 12 Tf 0 g) /Rect [200 {top} 400 {top + 20}] /P 3 0 R /F 4 {more} >>"

    form = "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 4 0 R /Za 5 0 R >> >>"
    labels = "BT /F1 12 Tf 50 700 Td (Name:) Tj 0 -30 Td (Amount:) Tj 0 -30 Td (Married:) Tj ET"
    resources = "<< /Font << /F1 4 0 R /Za 5 0 R >> >>"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R 8 0 R 9 0 R] /DR {resources} >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources {resources} /Contents 6 0 R"
        " /Annots [7 0 R 8 0 R 9 0 R 10 0 R] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /ZapfDingbats >>",
        stream("", labels),
        annotation("/Subtype /Widget", 695, "/FT /Tx /T (name) /V (Wang Fang) /AP << /N 11 0 R >>"),
        annotation("/Subtype /Widget", 665, "/FT /Tx /T (amount) /V (52000)"),
        annotation(
            "/Subtype /Widget", 635, "/FT /Btn /T (m) /V /Yes /AS /Yes /AP << /N << /Yes 12 0 R >> >>"
        ),
        annotation("/Subtype /FreeText", 600, "/Contents (Checked by Li) /AP << /N 13 0 R >>"),
        stream(form, "BT /F1 12 Tf 2 5 Td (Wang Fang) Tj ET"),
        stream(form, "BT /Za 12 Tf 2 5 Td (4) Tj ET"),
        stream(form, "BT /F1 12 Tf 2 5 Td (Checked by Li) Tj ET"),
    ]
    (tmp_path / "form.pdf").write_bytes(pdf_of_objects(objects))
    [page] = pdf.pages(tmp_path / "form.pdf")
    assert told(page.blocks or []) == [
        ("table", "|  |  |\n| --- | --- |\n| Name: | Wang Fang |\n| Amount: | 52000 |\n| Married: | ✔ |"),
        ("paragraph", "Checked by Li"),
    ]
    read = single_page.read(str(tmp_path / "form.pdf"), "form.pdf", 1)
    assert [line["text"] for line in read["lines"]] == [
        *("Name:", "Wang Fang", "Amount:", "52000", "Married:", "✔", "Checked by Li")
    ]


def test_what_stands_above_the_line_is_no_digit_of_the_number_before_it(tmp_path: Path) -> None:
    note = "#super(typographic: false)[1]"
    source = f"In 2025{note} we sold $10^6$ boxes for $10^(-2)$ each, at 19 kg.\n\n{note}Of all shops.\n"
    assert [block.text for block in blocks_of(tmp_path, source)] == [
        "In 2025¹ we sold 10⁶ boxes for 10⁻² each, at 19 kg. ¹Of all shops."
    ]


def test_characters_that_come_in_two_halves_are_read(tmp_path: Path) -> None:
    assert [block.text for block in blocks_of(tmp_path, "The mean is $x$ of all the teas.")] == [
        "The mean is 𝑥 of all the teas."
    ]


def test_dots_that_lead_to_a_price_or_a_page_are_a_gap(tmp_path: Path) -> None:
    teas = (("Longjing", "128 yuan"), ("Keemun", "on request"), ("Oolong", "68 yuan"))
    source = "\n\n".join(f"{tea} #box(width: 1fr, repeat[.]) {price}" for tea, price in teas)
    table = "|  |  |\n| --- | --- |\n| Longjing | 128 yuan |\n| Keemun | on request |\n| Oolong | 68 yuan |"
    assert told(blocks_of(tmp_path, source)) == [("table", table)]
    assert told(blocks_of(tmp_path, "Wait for it .... then pour.")) == [
        ("paragraph", "Wait for it …. then pour.")
    ]


def test_the_rows_of_a_form_stand_below_its_title_and_under_no_names(tmp_path: Path) -> None:
    wide = "table.cell(colspan: 3)"
    source = f"""#text(size: 16pt)[Request for leave]
#table(columns: (1fr, 2fr, 1fr, 2fr), [Name], [Li], [Team], [Sales], [From], {wide}[5 March],
  [Why], {wide}[Home.], [Note], {wide}[Urgent.])"""
    heading, form = blocks_of(tmp_path, source)
    assert told([heading]) == [("heading", "Request for leave")]
    assert form.text.split("\n")[:4] == [
        *(
            "|  |  |  |  |",
            "| --- | --- | --- | --- |",
            "| Name | Li | Team | Sales |",
            "| From | 5 March |  |  |",
        )
    ]
    assert not any(cell.is_header for cell in form.cells)


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ((("签字：", 0, 30), ("日期：", 60, 90)), "签字： 日期："),
        ((("姓", 0, 10), ("名", 40, 50)), "姓名"),
        ((("租金为", 0, 30), ("每月", 36, 56)), "租金为每月"),
    ],
)
def test_words_of_a_line_that_stand_apart_are_not_one(
    runs: tuple[tuple[str, float, float], ...], text: str
) -> None:
    assert Line.of([Run(each, left, 0, right, 10) for each, left, right in runs]).text == text


def test_a_line_of_a_cell_that_had_room_for_the_next_ended_on_purpose() -> None:
    def cell(*lines: tuple[str, float]) -> str:
        return tables._cell_text([Line.of([Run(text, 5, 0, right, 10)]) for text, right in lines], 0, 120)

    assert cell(("名称：知行科技", 75), ("税号：9131", 60)) == "名称：知行科技 税号：9131"
    assert cell(("买方应当于收到发票后", 105), ("三十日内付款", 65)) == "买方应当于收到发票后三十日内付款"


def test_a_title_in_the_grid_of_a_table_names_no_column(tmp_path: Path) -> None:
    wide = "table.cell(colspan: 2)"
    blocks = blocks_of(
        tmp_path, f"{TEXT}\n#table(columns: 2, {wide}[Prices], [Tea], [yuan], [Keemun], [68], [Oolong], [90])"
    )
    assert told(blocks[1:]) == [
        ("caption", "Prices"),
        ("table", "| Tea | yuan |\n| --- | --- |\n| Keemun | 68 |\n| Oolong | 90 |"),
    ]
    assert [cell.is_header for cell in blocks[-1].cells] == [True, True, False, False, False, False]


def test_a_picture_of_a_tagged_document_says_what_it_shows_where_it_stands() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    svg = svg.replace('"', '\\"')
    picture = f'#image(bytes("{svg}"), width: 150pt, height: 100pt, alt: "{{}}")\n'.format
    source = f"{PAGE}{TEXT}\n{picture('Plot A yields 12 t')}{picture('chart.svg')}\n{TEXT}"
    content = typst.compile(source.encode(), font_paths=typesetting.fonts(), ignore_system_fonts=True)
    assert isinstance(content, bytes)
    [page] = pdf.pages(content)
    above, caption, below = page.blocks or []
    assert (above.kind, caption.kind, caption.text, below.kind) == (
        *(BlockKind.PARAGRAPH, BlockKind.CAPTION, "Plot A yields 12 t", BlockKind.PARAGRAPH),
    )
    assert caption.box
    assert (caption.box.left, caption.box.right) == (pytest.approx(0.125), pytest.approx(0.5))
