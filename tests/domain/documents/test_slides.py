"""Slides say what is shown on them, where it stands there."""

import io
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.util import Inches

from domain.documents import slides
from domain.documents.blocks import Block, BlockKind, Box, from_json, to_json

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
DGM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
PML = "http://schemas.openxmlformats.org/presentationml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def presentation() -> Any:
    return Presentation()


def add_slide(presentation: Any, title: str) -> Any:
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = title
    return slide


def blocks_of(presentation: Any) -> list[Block]:
    file = io.BytesIO()
    presentation.save(file)
    return list(slides.blocks(file.getvalue()))


def test_shapes_of_a_group_stand_where_the_group_was_moved_to(presentation: Any) -> None:
    slide = add_slide(presentation, "Steps")
    group = slide.shapes.add_group_shape()
    for at, text in enumerate(("First", "Second")):
        shape = group.shapes.add_textbox(Inches(1 + 2 * at), Inches(6), Inches(1), Inches(1))
        shape.text_frame.text = text
    group.left, group.top, group.width, group.height = Inches(2), Inches(2), Inches(6), Inches(0.5)
    slide.shapes.add_textbox(Inches(1), Inches(4), Inches(4), Inches(1)).text_frame.text = "Below"

    _title, first, second, below = blocks_of(presentation)

    assert [first.text, second.text, below.text] == ["First", "Second", "Below"]
    assert first.box == Box(0.2, pytest.approx(2 / 7.5), pytest.approx(0.4), pytest.approx(2.5 / 7.5))
    assert second.box
    assert second.box.left == pytest.approx(0.6)


def test_numbers_of_a_chart_are_a_table(presentation: Any) -> None:
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("East", (19.2, 21.4))
    data.add_series("South", (10, None))
    slide = add_slide(presentation, "Sales")
    place = (Inches(1), Inches(2), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Million yuan"

    assert [block.text for block in blocks_of(presentation)[1:]] == [
        "Million yuan",
        "|  | East | South |\n| --- | --- | --- |\n| Q1 | 19.2 | 10 |\n| Q2 | 21.4 |  |",
    ]


def test_points_of_a_chart_are_rows_below_what_its_axes_say(presentation: Any) -> None:
    data = XyChartData()
    for name, points in {"Pump A": ((10, 1.5), (20, 2.75)), "Pump B": ((15, 3.5),)}.items():
        series = data.add_series(name)
        for point in points:
            series.add_data_point(*point)
    slide = add_slide(presentation, "Load")
    place = (Inches(1), Inches(2), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *place, data).chart
    chart.category_axis.axis_title.text_frame.text = "Flow in l/s"
    (block,) = blocks_of(presentation)[1:]
    assert block.text.splitlines() == [
        "|  | Flow in l/s | y |",
        "| --- | --- | --- |",
        "| Pump A | 10 | 1.5 |",
        "| Pump A | 20 | 2.75 |",
        "| Pump B | 15 | 3.5 |",
    ]


def test_what_the_axes_of_a_chart_say_stands_with_its_numbers(presentation: Any) -> None:
    data = CategoryChartData()
    data.categories = ["2024", "2025"]
    data.add_series("East", (19.2, 21.4))
    slide = add_slide(presentation, "Sales")
    place = (Inches(1), Inches(2), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data).chart
    chart.value_axis.axis_title.text_frame.text = "Million yuan"
    chart.category_axis.axis_title.text_frame.text = "Year"
    assert [block.text for block in blocks_of(presentation)[1:]] == [
        "Million yuan",
        "| Year | East |\n| --- | --- |\n| 2024 | 19.2 |\n| 2025 | 21.4 |",
    ]


def test_a_chart_of_a_kind_that_is_not_known_leaves_the_rest_of_its_slide(presentation: Any) -> None:
    data = CategoryChartData()
    data.categories = ["Q1"]
    data.add_series("East", (1,))
    slide = add_slide(presentation, "Sales")
    place = (Inches(1), Inches(2), Inches(4), Inches(3))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data).chart
    plot = chart._chartSpace.chart.plotArea[0]
    plot.tag = plot.tag.replace("barChart", "surfaceChart")
    assert [block.text for block in blocks_of(presentation)] == ["Sales"]


def test_the_points_of_a_diagram_are_read(presentation: Any) -> None:
    slide = add_slide(presentation, "Returns")
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>"
        for text in ("Ask for a label", "", "Send it")
    )
    model = f'<dgm:dataModel xmlns:dgm="{DGM}" xmlns:a="{A}"><dgm:ptLst>{points}</dgm:ptLst></dgm:dataModel>'
    media_type = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
    part = Part(PackURI("/ppt/diagrams/data1.xml"), media_type, presentation.part.package, model.encode())
    name = slide.part.relate_to(part, RELATIONSHIP_TYPE.DIAGRAM_DATA)
    frame = (
        f'<p:graphicFrame xmlns:p="{PML}" xmlns:a="{A}"><p:nvGraphicFramePr><p:cNvPr id="9" name="d"/>'
        '<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/>'
        f'</p:xfrm><a:graphic><a:graphicData uri="{DGM}"><d:relIds xmlns:d="{DGM}" xmlns:r="{REL}" r:dm="{name}"/>'
        "</a:graphicData></a:graphic></p:graphicFrame>"
    )
    slide.shapes._spTree.append(etree.fromstring(frame))

    assert [(block.kind.value, block.text) for block in blocks_of(presentation)][1:] == [
        ("list", "- Ask for a label\n- Send it")
    ]


def test_a_hidden_slide_is_not_read_and_counts_as_a_page(presentation: Any) -> None:
    add_slide(presentation, "One")
    add_slide(presentation, "Two")._element.set("show", "0")
    add_slide(presentation, "Three")
    assert [(block.page, block.text) for block in blocks_of(presentation)] == [(1, "One"), (3, "Three")]


def test_shares_of_a_chart_are_told_in_per_cent_as_it_shows_them(presentation: Any) -> None:
    data = CategoryChartData(number_format="0%")
    data.categories = ["East", "South"]
    data.add_series("2026", (0.35, 0.65))
    slide = add_slide(presentation, "Shares")
    slide.shapes.add_chart(XL_CHART_TYPE.PIE, Inches(1), Inches(2), Inches(4), Inches(3), data)
    assert blocks_of(presentation)[1].text == "|  | 2026 |\n| --- | --- |\n| East | 35% |\n| South | 65% |"


def test_what_is_hidden_is_not_read_and_what_is_struck_out_says_so(presentation: Any) -> None:
    slide = add_slide(presentation, "Prices")
    for at, text in enumerate(("128 yuan", "It costs us 30.")):
        box = slide.shapes.add_textbox(Inches(1), Inches(2 + at), Inches(4), Inches(1))
        box.text_frame.text = text
        box._element.nvSpPr.cNvPr.set("hidden", str(at))
    table = slide.shapes.add_table(2, 1, Inches(1), Inches(4), Inches(4), Inches(1)).table
    for at, text in enumerate(("Before", "150")):
        table.cell(at, 0).text = text
    table.cell(1, 0).text_frame.paragraphs[0].runs[0].font._element.set("strike", "sngStrike")
    assert [block.text for block in blocks_of(presentation)] == [
        "Prices",
        "128 yuan",
        "| Before |\n| --- |\n| ~~150~~ |",
    ]


def test_the_footer_of_all_slides_is_told_once_and_their_numbers_and_dates_are_not(presentation: Any) -> None:
    for title in ("Prices", "Terms"):
        slide = add_slide(presentation, title)
        for placeholder in presentation.slide_layouts[5].placeholders:
            if placeholder.placeholder_format.idx:
                slide.shapes._spTree.append(deepcopy(placeholder._element))
        slide.placeholders[11].text = "Confidential. Tea House, Hangzhou"
    assert [(block.kind, block.text, block.page) for block in blocks_of(presentation)] == [
        (BlockKind.HEADING, "Prices", 1),
        (BlockKind.HEADING, "Terms", 2),
        (BlockKind.PAGE_FOOTER, "Confidential. Tea House, Hangzhou", None),
    ]


def test_shapes_of_a_line_are_read_from_the_left_though_none_begins_at_the_height_of_another(
    presentation: Any,
) -> None:
    slide = add_slide(presentation, "Steps")
    for left, top, width, height, text in (
        (1, 2.1, 0.8, 3, "Order"),
        (4, 2.05, 2, 0.5, "Pay"),
        (7, 2, 2, 0.5, "Send"),
        (4.1, 3, 2, 0.5, "by card"),
        (4, 3.6, 4, 0.5, "or in cash"),
    ):
        place = Inches(left), Inches(top), Inches(width), Inches(height)
        slide.shapes.add_textbox(*place).text_frame.text = text
    assert [block.text for block in blocks_of(presentation)][1:] == [
        *("Order", "Pay", "Send", "by card", "or in cash")
    ]


def test_columns_of_a_slide_are_read_one_after_the_other_and_a_group_as_one(presentation: Any) -> None:
    slide = add_slide(presentation, "Service")
    groups = [slide.shapes.add_group_shape() for _ in range(2)]
    cards = [
        (0.5, "Returns", "within 7 days"),
        (3.7, "Repair", "for a year"),
        (6.9, "Points", "1 for 1 yuan"),
    ]
    for left, title, text in cards:
        for top, said in ((1.5, title), (2.2, text)):
            slide.shapes.add_textbox(Inches(left), Inches(top), Inches(3), Inches(0.5)).text_frame.text = said
    for group, left in zip(groups, (0.5, 2.9), strict=True):
        for top, said in (
            (4, "East" if left < 1 else "West"),
            (4.8, "0571 8888" if left < 1 else "020 8888"),
        ):
            shape = group.shapes.add_textbox(Inches(left), Inches(top), Inches(2.3), Inches(0.5))
            shape.text_frame.text = said
    # Numbers beside texts are no column.
    for at, (number, text) in enumerate((("01", "Apply"), ("02", "Wait"))):
        for left, width, said in ((0.5, 0.5, number), (2, 7, text)):
            place = Inches(left), Inches(6 + 0.6 * at), Inches(width), Inches(0.5)
            slide.shapes.add_textbox(*place).text_frame.text = said

    assert [block.text for block in blocks_of(presentation)][1:] == [
        *("Returns", "within 7 days", "Repair", "for a year", "Points", "1 for 1 yuan"),
        *("East", "0571 8888", "West", "020 8888", "01", "Apply", "02", "Wait"),
    ]


def test_a_slide_without_a_title_stands_below_its_first_line_or_below_no_heading(presentation: Any) -> None:
    add_slide(presentation, "Prices")
    for lines in (
        ("Questions", "How long does it take? Three days."),
        ("We are closed on Sundays.", "Call us."),
    ):
        slide = presentation.slides.add_slide(presentation.slide_layouts[6])
        for at, text in enumerate(lines):
            place = Inches(1), Inches(1 + 2 * at), Inches(5), Inches(0.5)
            slide.shapes.add_textbox(*place).text_frame.text = text

    blocks = blocks_of(presentation)

    assert [(block.kind, block.text) for block in blocks[:2]] == [
        (BlockKind.HEADING, "Prices"),
        (BlockKind.HEADING, "Questions"),
    ]
    assert [block.is_apart for block in blocks] == [False, False, False, True, False]
    assert from_json(to_json(blocks[3])).is_apart


def test_points_stand_under_the_numbers_that_powerpoint_counts(presentation: Any) -> None:
    frame = add_slide(presentation, "Steps").shapes.add_textbox(0, 0, Inches(5), Inches(2)).text_frame
    for at, (text, level, form) in enumerate(
        (
            ("Order", 0, "arabicPeriod"),
            ("by card", 1, "alphaLcParenR"),
            ("in cash", 1, "alphaLcParenR"),
            ("Send", 0, "arabicPeriod"),
            ("by post", 1, "alphaLcParenR"),
            ("That is all.", 0, ""),
            ("Return", 0, "romanUcPeriod"),
            ("退货", 0, "ea1ChsPeriod"),
        )
    ):
        paragraph = frame.add_paragraph() if at else frame.paragraphs[0]
        paragraph.text, paragraph.level = text, level
        if form:
            numbered = etree.SubElement(paragraph._p.get_or_add_pPr(), f"{{{A}}}buAutoNum", type=form)
            numbered.set("startAt", "3" if form == "romanUcPeriod" else "1")
    assert blocks_of(presentation)[1].text.splitlines() == [
        *("1. Order", "  a) by card", "  b) in cash", "2. Send", "  a) by post", "- That is all."),
        *("III. Return", "一. 退货"),
    ]


def test_a_slide_that_somebody_drew_on_is_read(presentation: Any) -> None:
    slide = add_slide(presentation, "Prices")
    names = f'xmlns:p="{PML}" xmlns:r="{REL}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ink = '<mc:Choice Requires="p14"><p:contentPart r:id="rId9"/></mc:Choice>'
    drawn = f"<mc:AlternateContent {names}>{ink}<mc:Fallback><p:pic/></mc:Fallback></mc:AlternateContent>"
    slide.shapes._spTree.append(etree.fromstring(drawn))
    assert [block.text for block in blocks_of(presentation)] == ["Prices"]


def test_a_picture_says_what_it_shows_where_it_stands(presentation: Any) -> None:
    slide = add_slide(presentation, "Garden")
    for text in ("The garden in spring", "photo.png"):
        picture = io.BytesIO()
        Image.new("RGB", (4, 4)).save(picture, "PNG")
        shape = slide.shapes.add_picture(picture, Inches(1), Inches(1.5), Inches(5), Inches(3))
        shape._element._nvXxPr.cNvPr.set("descr", text)
    assert blocks_of(presentation)[1:] == [
        Block(BlockKind.CAPTION, "The garden in spring", page=1, box=Box(0.1, 0.2, 0.6, 0.6))
    ]


def test_what_layouts_and_masters_show_below_their_slides_is_told_once(presentation: Any) -> None:
    def move(text: str, target: Any) -> None:
        box = presentation.slides[0].shapes.add_textbox(0, 0, Inches(1), Inches(1))
        box.text_frame.text = text
        target.shapes._spTree.append(box._element)

    layout = presentation.slide_layouts[5]
    for title in ("Prices", "Terms"):
        add_slide(presentation, title)
    move("Tea House, Hangzhou", presentation.slide_master)
    move("Internal", layout)
    move("Never shown", presentation.slide_layouts[0])
    footer = [(block.kind, block.text) for block in blocks_of(presentation)][2:]
    assert footer == [(BlockKind.PAGE_FOOTER, "Internal\nTea House, Hangzhou")]
    layout.element.set("showMasterSp", "0")
    assert blocks_of(presentation)[-1].text == "Internal"
    for slide in presentation.slides:
        slide.element.set("showMasterSp", "0")
    assert blocks_of(presentation)[-1].text == "Terms"


def test_comments_are_no_part_of_a_slide(presentation: Any) -> None:
    slide = add_slide(presentation, "Rent")
    comment = f'<p:cmLst xmlns:p="{PML}"><p:cm authorId="0" idx="1"><p:text>At most 48,000</p:text></p:cm></p:cmLst>'
    name, kind = PackURI("/ppt/comments/comment1.xml"), "application/vnd.openxmlformats-officedocument"
    part = Part(name, f"{kind}.presentationml.comments+xml", presentation.part.package, comment.encode())
    slide.part.relate_to(part, RELATIONSHIP_TYPE.COMMENTS)

    assert [block.text for block in blocks_of(presentation)] == ["Rent"]
