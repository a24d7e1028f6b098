"""Reading order, paragraphs, headings and tables from lines with boxes, without any weights."""

from domain.documents.blocks import Block, BlockKind, Box
from domain.documents.ocr.layout import blocks_of
from domain.documents.ocr.lines import Line, joined_text
from domain.documents.ocr.rules import Grid, Rule

WIDTH, HEIGHT = 1000.0, 1400.0
ENGLISH = "every word of this line belongs to one column"
CHINESE = "本报告汇总了全部生产设备的维护情况以及备件更换"


def line(text: str, left: float, top: float, *, right: float | None = None, height: float = 20) -> Line:
    right = left + 10 * len(text) if right is None else right
    box = Box(left / WIDTH, top / HEIGHT, right / WIDTH, (top + height) / HEIGHT)
    return Line(text, 0.99, left, top, right, top + height, box)


def column(texts: list[str], left: float, top: float, *, right: float | None = None) -> list[Line]:
    return [line(text, left, top + 30 * place, right=right) for place, text in enumerate(texts)]


def texts(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks]


def test_a_page_without_lines_has_no_blocks() -> None:
    assert blocks_of([]) == []


def test_two_columns_are_read_one_after_the_other() -> None:
    left = column([f"left {number} {ENGLISH}" for number in range(6)], 50, 100, right=480)
    right = column([f"right {number} {ENGLISH}" for number in range(6)], 520, 112, right=950)
    title = line("A title across both columns of the page", 100, 20, right=900)
    read = " ".join(texts(blocks_of([*right, title, *left])))
    assert read.index("A title") < read.index("left 0") < read.index("left 5") < read.index("right 0")


def test_lines_of_a_paragraph_are_joined_and_a_wider_gap_begins_another() -> None:
    first = column([f"{ENGLISH},", f"{ENGLISH}."], 50, 100, right=500)
    second = column([f"{ENGLISH},", "and ends."], 50, 200, right=500)
    assert [len(text.split()) for text in texts(blocks_of([*first, *second]))] == [18, 11]


def test_chinese_lines_are_joined_without_spaces_and_hyphens_are_mended() -> None:
    assert joined_text(["设备的维护", "情况。"]) == "设备的维护情况。"
    assert joined_text(["the mainte-", "nance of presses"]) == "the maintenance of presses"
    assert joined_text(["the A-", "4 sheet"]) == "the A- 4 sheet"
    assert joined_text(["版本", "2.0"]) == "版本 2.0"


def test_larger_type_is_a_heading_and_its_size_tells_the_level() -> None:
    lines = [
        line("年度设备维护报告", 50, 20, right=450, height=40),
        line("第一章概述", 50, 100, right=200, height=30),
        *column([CHINESE] * 4, 50, 150, right=500),
    ]
    blocks = blocks_of(lines)
    assert [(block.kind, block.level) for block in blocks] == [
        (BlockKind.HEADING, 1),
        (BlockKind.HEADING, 2),
        (BlockKind.PARAGRAPH, 0),
    ]


def test_items_of_a_list_stay_apart() -> None:
    blocks = blocks_of(column(["1. 检查传感器", "2. 更换滤芯", "3. 记录结果"], 50, 100, right=250))
    assert [block.kind for block in blocks] == [BlockKind.LIST] * 3


def test_short_lines_in_columns_are_a_table() -> None:
    lines = []
    for place, row in enumerate(
        [("Quarter", "Revenue", "Cost"), ("Q1", "1,204", "980"), ("Q2", "1,390", "1,010")]
    ):
        lines += [line(text, 50 + 200 * at, 100 + 30 * place) for at, text in enumerate(row)]
    (table,) = blocks_of(lines)
    assert table.kind is BlockKind.TABLE
    assert [(cell.row, cell.column, cell.text) for cell in table.cells][3:5] == [
        (1, 0, "Q1"),
        (1, 1, "1,204"),
    ]
    assert [cell.is_header for cell in table.cells] == [True] * 3 + [False] * 6


def test_a_heading_over_several_columns_spans_those_under_its_rule() -> None:
    lines = [line("Name", 50, 100), line("Sales", 430, 100)]
    for place in range(4):
        lines += [line(f"row {place}", 50, 140 + 30 * place), line("12", 300, 140 + 30 * place)]
        lines += [line("34", 450, 140 + 30 * place), line("56", 600, 140 + 30 * place)]
    (table,) = blocks_of(lines, [Rule(290, 640, 128)])
    heading = next(cell for cell in table.cells if cell.text == "Sales")
    assert (heading.column, heading.columns) == (1, 3)


def test_text_goes_into_the_cells_of_a_ruled_grid() -> None:
    grid = Grid((40, 240, 440), (90, 130, 170), ((0, 0, 1, 2), (1, 0, 1, 1), (1, 1, 1, 1)))
    lines = [
        line("设备清单", 60, 100),
        line("A-1", 60, 140),
        line("冲压机", 260, 140),
        line("below", 60, 300),
    ]
    table, below = blocks_of(lines, (), [grid])
    assert [(cell.text, cell.columns) for cell in table.cells] == [("设备清单", 2), ("A-1", 1), ("冲压机", 1)]
    assert below.text == "below"
