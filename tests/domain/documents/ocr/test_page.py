"""What recognised lines become: runs with the size and weight of their type, rules, and blocks of the whole document."""

import numpy as np
import pytest
import typst
from PIL import Image, ImageDraw
from pypdfium2 import PdfDocument

from domain.clinical.exporting import pdf as typesetting
from domain.documents.blocks import Block, BlockKind
from domain.documents.ocr import ink, reading, rules
from domain.documents.ocr.lines import Line
from domain.documents.pages.runs import (
    SOFT_HYPHEN,
    PageRuns,
    Rule,
    Run,
    joined,
    page_from_json,
    page_to_json,
)

ENGLISH = "every word of this line belongs to one column"


def page(runs: list[Run], number: int = 1, ruled: list[Rule] | None = None) -> PageRuns:
    return PageRuns(number, 1000, 1400, runs, ruled or [], shown=(0.001, 0, 0, 0, 1 / 1400, 0))


def run(text: str, left: float, top: float, *, size: float = 20, is_bold: bool = False) -> Run:
    return Run(text, left, top, left + size * len(text) / 2, top + size, size, is_bold)


def prose(top: float, lines: int = 4) -> list[Run]:
    return [run(ENGLISH, 50, top + 28 * place) for place in range(lines)]


def told(blocks: list[Block]) -> list[tuple[str, int]]:
    return [(block.kind.value, block.level) for block in blocks]


def grey(source: str, scale: float = 3) -> np.ndarray:
    content = typst.compile(
        f'#set page(width: auto, height: auto, margin: 6pt)\n#set text(font: "Libertinus Serif")\n{source}'.encode(),
        font_paths=typesetting.fonts(),
        ignore_system_fonts=True,
    )
    assert isinstance(content, bytes)
    return np.asarray(PdfDocument(content)[0].render(scale=scale, grayscale=True).to_pil())


def test_levels_of_headings_are_told_from_all_pages() -> None:
    first = [run("The title", 50, 40, size=36), run("A chapter", 50, 120, size=28), *prose(180)]
    second = [
        run("A section", 50, 40, size=24),
        *prose(100),
        run("A chapter", 50, 260, size=27.3),
        *prose(320),
    ]
    blocks = reading.blocks([page(first), page(second, number=2)])
    assert told([block for block in blocks if block.kind is BlockKind.HEADING]) == [
        ("heading", 1),
        ("heading", 2),
        ("heading", 3),
        ("heading", 2),
    ]


def test_bold_type_alone_is_a_heading() -> None:
    blocks = reading.blocks([page([run("Returns", 50, 40, is_bold=True), *prose(80)])])
    assert told(blocks) == [("heading", 1), ("paragraph", 0)]


def test_short_lines_in_columns_are_a_table_whose_labels_go_on() -> None:
    rows = [
        ("Quarter", "Tea", "Revenue"),
        ("Q1", "green", "1,204"),
        ("", "black", "980"),
        ("Q2", "green", "7"),
    ]
    runs = [
        run(text, 50 + 200 * column, 100 + 40 * row)
        for row, texts in enumerate(rows)
        for column, text in enumerate(texts)
        if text
    ]
    (table,) = reading.blocks([page(runs)])
    assert [(cell.row, cell.column, cell.text, cell.rows) for cell in table.cells[3:7]] == [
        (1, 0, "Q1", 2),
        (1, 1, "green", 1),
        (1, 2, "1,204", 1),
        (2, 1, "black", 1),
    ]


def test_a_page_goes_through_json_and_its_boxes_stand_on_it_as_it_is_shown() -> None:
    turned = page([run("upside down", 50, 40)])
    turned.shown = (-0.001, 0, 1, 0, -1 / 1400, 1)
    (block,) = reading.blocks([page_from_json(page_to_json(turned))])
    assert block.box
    assert block.box.right == pytest.approx(0.95)
    assert block.box.bottom == pytest.approx(1 - 40 / 1400, abs=0.001)


def test_hyphens_at_the_ends_of_lines_are_mended() -> None:
    assert joined([f"the mainte{SOFT_HYPHEN}", "nance"]) == "the maintenance"
    assert joined([f"against COVID{SOFT_HYPHEN}", "19"]) == "against COVID-19"


def test_type_is_as_large_whichever_letters_a_line_has() -> None:
    sizes = [
        Line(text, 0, 0, 100, height).size
        for text, height in [("Capitals", 93), ("Read", 72.5), ("sea", 49), ("gas", 69.5), ("产品", 94)]
    ]
    assert sizes == pytest.approx([100] * 5, rel=0.01)


def test_bold_and_italic_type_is_seen_in_its_strokes() -> None:
    plain, bold, italic = (grey(f"{mark}Duties of the supplier team{mark}") for mark in ("", "*", "_"))
    assert ink.stroke(bold) > 1.15 * ink.stroke(plain)
    assert [ink.leans(each) for each in (plain, bold, italic)] == [False, False, True]


def test_letters_are_measured_without_the_rule_above_and_specks() -> None:
    crop = np.zeros((40, 200), dtype=bool)
    crop[0, :] = True
    crop[12:30, 20:180:4] = True
    assert ink.letters_box(ink.without_neighbours(crop)) == (20, 12, 177, 30)


def test_rules_are_found_and_feet_of_letters_are_none() -> None:
    sheet = Image.new("L", (600, 400), 255)
    draw = ImageDraw.Draw(sheet)
    for y in (50, 150, 250):
        draw.line([(50, y), (550, y)], width=2)
    draw.line([(300, 150), (300, 250)], width=2)
    # A row of stems on one line of feet.
    draw.line([(50, 330), (250, 330)], width=2)
    for x in range(50, 250, 6):
        draw.line([(x, 312), (x, 330)], width=3)
    found = rules.find(np.asarray(sheet), letter_height=20)
    assert sorted(round(rule.top, -1) for rule in found if rule.is_horizontal) == [50, 150, 250]
    assert [round(rule.left, -1) for rule in found if not rule.is_horizontal] == [300]
