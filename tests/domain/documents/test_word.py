"""Word files say what Word shows: the numbers that it counts, and nothing that is hidden."""

import io
import zipfile
from typing import Any

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from domain.documents import markup, word_numbers

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
LEVELS = (
    ("chineseCountingThousand", "第%1条", ""),
    ("decimal", "%1.%2", "<w:isLgl/>"),
    ("lowerLetter", "(%3)", ""),
)


def level(at: int, number_format: str, text: str, more: str) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


@pytest.fixture
def contract() -> Any:
    """A document with a list of clauses, 77, and one that begins it anew, 78."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(level(at, *each) for at, each in enumerate(LEVELS))
    numbering.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="77">{levels}</w:abstractNum>'))
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    for number, more in ((77, ""), (78, anew)):
        numbering.append(
            parse_xml(f'<w:num {W} w:numId="{number}"><w:abstractNumId w:val="77"/>{more}</w:num>')
        )
    return document


def add(document: Any, text: str, at: int, style: str | None = None, number: int = 77) -> Any:
    paragraph = document.add_paragraph(text, style)
    numbered = f'<w:numPr {W}><w:ilvl w:val="{at}"/><w:numId w:val="{number}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(parse_xml(numbered))
    return paragraph


def told(document: Any) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in markup.word_blocks(saved(document))]


def saved(document: Any) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_clauses_stand_under_the_numbers_that_word_counts(contract: Any) -> None:
    add(contract, "服务内容", 0, "Heading 1")
    add(contract, "服务期一年。", 1)
    add(contract, "按月交付", 2)
    add(contract, "按季验收", 2)
    add(contract, "违约责任", 0, "Heading 1")
    add(contract, "逾期按日支付。", 1)
    contract.add_paragraph("以上不含税。")
    add(contract, "最高不超过10%。", 1)
    add(contract, "附则", 0, "Heading 1", number=78)
    assert told(contract) == [
        ("heading", "第一条 服务内容"),
        ("paragraph", "1.1 服务期一年。\n   (a) 按月交付\n   (b) 按季验收"),
        ("heading", "第二条 违约责任"),
        ("paragraph", "2.1 逾期按日支付。"),
        ("paragraph", "以上不含税。"),
        ("paragraph", "2.2 最高不超过10%。"),
        ("heading", "第一条 附则"),
    ]


def test_a_list_goes_on_behind_a_paragraph_in_a_table_and_behind_what_was_deleted(contract: Any) -> None:
    for text in ("Open the box.", "Take out the pot."):
        contract.add_paragraph(text, "List Number")
        contract.add_paragraph("Mind the lid.")
    add(contract, "", 0)._p.pPr.append(parse_xml(f'<w:rPr {W}><w:del w:id="1" w:author="a"/></w:rPr>'))
    table = contract.add_table(2, 2)
    for row, name in zip(table.rows, ("Longjing", "Keemun"), strict=True):
        row.cells[0].paragraphs[0]._p.get_or_add_pPr().append(
            parse_xml(f'<w:numPr {W}><w:ilvl w:val="0"/><w:numId w:val="77"/></w:numPr>')
        )
        row.cells[1].text = name
    assert told(contract) == [
        ("list", "1. Open the box."),
        ("paragraph", "Mind the lid."),
        ("list", "2. Take out the pot."),
        ("paragraph", "Mind the lid."),
        ("table", "| 第一条 | Longjing |\n| --- | --- |\n| 第二条 | Keemun |"),
    ]


def test_fields_and_readings_keep_their_words_and_what_is_hidden_stays_so(contract: Any) -> None:
    field = contract.add_paragraph("客户：")
    field._p.append(
        parse_xml(f'<w:fldSimple {W} w:instr="MERGEFIELD n"><w:r><w:t>云栖茶铺</w:t></w:r></w:fldSimple>')
    )
    reading = contract.add_paragraph("")
    reading._p.append(
        parse_xml(
            f"<w:r {W}><w:ruby><w:rt><w:r><w:t>lóng</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>龙</w:t></w:r>"
            "</w:rubyBase></w:ruby></w:r>"
        )
    )
    reading.add_run("井")
    hidden = contract.add_paragraph("128 yuan.")
    hidden.add_run(" It costs us 30.").font.hidden = True
    hidden.add_run(" Really.").font.hidden = False
    contract.add_paragraph("Was ").add_run("150").font.double_strike = True
    assert [text for _kind, text in told(contract)] == [
        *("客户：云栖茶铺", "龙井", "128 yuan. Really.", "Was ~~150~~")
    ]


@pytest.mark.parametrize(
    "fallback", ["", "<mc:Fallback><w:drawing/></mc:Fallback>", "<mc:Fallback>{}</mc:Fallback>", None]
)
def test_a_text_box_is_read_once_whatever_older_programs_are_given(
    contract: Any, fallback: str | None
) -> None:
    names = (
        f'{W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:v="urn:schemas-microsoft-com:vml"'
    )
    box = "<w:txbxContent><w:p><w:r><w:t>Open on Sundays</w:t></w:r></w:p></w:txbxContent>"
    shape = f"<w:drawing><wps:txbx>{box}</wps:txbx></w:drawing>"
    if fallback is not None:
        older = fallback.format(f"<w:pict><v:textbox>{box}</v:textbox></w:pict>")
        shape = (
            f'<mc:AlternateContent><mc:Choice Requires="wps">{shape}</mc:Choice>{older}</mc:AlternateContent>'
        )
    contract.add_paragraph("Our shop")._p.append(parse_xml(f"<w:r {names}>{shape}</w:r>"))
    assert [text for _kind, text in told(contract)] == ["Our shop", "Open on Sundays"]


def test_pictures_and_links_that_lead_nowhere_and_new_pages_break_no_text(contract: Any) -> None:
    names = (
        f'{W} xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    )
    blip = (
        '<a:graphicData><pic:pic><pic:blipFill><a:blip r:embed=""/></pic:blipFill></pic:pic></a:graphicData>'
    )
    paragraph = contract.add_paragraph("See ")
    for part in (
        '<w:hyperlink {} r:id="rId999"><w:r><w:t>our shop</w:t></w:r></w:hyperlink>',
        f"<w:r {{}}><w:drawing><wp:inline><wp:docPr/><a:graphic>{blip}</a:graphic></wp:inline></w:drawing></w:r>",
        '<w:r {}><w:pict><v:shape><v:imagedata r:id="rId888"/></v:shape></w:pict></w:r>',
        '<w:r {}><w:t>.</w:t><w:br w:type="page"/><w:t>Next page</w:t></w:r>',
    ):
        paragraph._p.append(parse_xml(part.format(names)))
    assert [text for _kind, text in told(contract)] == ["See our shop.  \nNext page"]


def test_a_row_that_begins_further_right_stands_under_its_names(contract: Any) -> None:
    table = contract.add_table(3, 3)
    for at, text in enumerate(("Tea", "Retail", "Trade", "", "128", "100", "Keemun", "64", "50")):
        table.cell(at // 3, at % 3).text = text
    row = table.rows[1]._tr
    row.remove(row.tc_lst[0])
    row.insert(0, parse_xml(f'<w:trPr {W}><w:gridBefore w:val="1"/></w:trPr>'))
    assert told(contract) == [
        ("table", "| Tea | Retail | Trade |\n| --- | --- | --- |\n|  | 128 | 100 |\n| Keemun | 64 | 50 |")
    ]


def test_a_ticked_box_says_so_and_two_rows_of_names_are_one(contract: Any) -> None:
    paragraph = contract.add_paragraph("")
    for mark, text in (("1", " Agree "), ("0", " Decline")):
        box = (
            f'<w:sdt {W} xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><w:sdtPr><w14:checkbox>'
            f'<w14:checked w14:val="{mark}"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent>'
            "</w:sdt>"
        )
        paragraph._p.append(parse_xml(box))
        paragraph.add_run(text)
    table = contract.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "Region"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "Sales"
    for at, text in enumerate(("planned", "actual", "East", "10", "12")):
        table.cell(1 + (at + 1) // 3, (at + 1) % 3).text = text
    assert told(contract) == [
        ("paragraph", "☑ Agree ☐ Decline"),
        ("table", "| Region | Sales planned | Sales actual |\n| --- | --- | --- |\n| East | 10 | 12 |"),
    ]


def test_a_document_in_the_strict_form_is_read_as_any_other(contract: Any) -> None:
    contract.sections[0].header.paragraphs[0].text = "机密"
    add(contract, "服务内容", 0)
    file, strict = io.BytesIO(), io.BytesIO()
    contract.save(file)
    with zipfile.ZipFile(file) as usual, zipfile.ZipFile(strict, "w") as copy:
        for name in usual.namelist():
            part = usual.read(name)
            for kind, of in ((b"wordprocessingml", b"main"), (b"officeDocument", b"relationships")):
                names = b"http://schemas.openxmlformats.org/%b/2006/%b" % (kind, of)
                part = part.replace(names, b"http://purl.oclc.org/ooxml/%b/%b" % (kind, of))
            copy.writestr(name, part)
    assert [block.text for block in markup.word_blocks(strict.getvalue())] == ["机密", "第一条 服务内容"]


def test_what_a_control_asks_for_is_no_answer(contract: Any) -> None:
    for is_empty, text in (("<w:showingPlcHdr/>", "Click here to enter text."), ("", "Li Na")):
        contract.add_paragraph("Contact: ")._p.append(
            parse_xml(
                f"<w:sdt {W}><w:sdtPr>{is_empty}<w:text/></w:sdtPr><w:sdtContent><w:r><w:t>{text}</w:t></w:r></w:sdtContent>"
                "</w:sdt>"
            )
        )
    assert [text for _kind, text in told(contract)] == ["Contact:", "Contact: Li Na"]


def test_letters_in_a_font_of_signs_are_what_they_look_like(contract: Any) -> None:
    paragraph = contract.add_paragraph("")
    for font, letters in (
        ("Wingdings 2", "R"),
        ("Arial", "是"),
        ("Wingdings 2", "\uf0a3"),
        ("Arial", "否 5 "),
        ("Symbol", "m"),
        ("Arial", "g\uf052"),
    ):
        paragraph.add_run(letters).font.name = font
    paragraph._p.append(parse_xml(f'<w:r {W}><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'))
    assert told(contract) == [("paragraph", "☑是□否 5 μg\uf052☑")]


def test_a_note_stands_below_its_paragraph_under_its_number(contract: Any) -> None:
    """At the end of the document it was under the last heading, where nobody saw that it is an exception to something."""
    contract.add_heading("Returns")
    mark = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    refund = contract.add_paragraph("We refund the deposit")
    for text in (mark.format(2), "<w:r><w:t> within 10 days</w:t></w:r>", mark.format(3)):
        refund._p.extend(parse_xml(f"<w:p {W}>{text}</w:p>"))
    contract.add_heading("Delivery")
    contract.add_paragraph("By post.")
    notes = "".join(
        f'<w:footnote w:id="{number}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:footnote>'
        for number, text in ((2, "Not of damaged goods."), (3, "Days of work."))
    )
    type_ = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    content = f"<w:footnotes {W}>{notes}</w:footnotes>".encode()
    part = Part(PackURI("/word/footnotes.xml"), type_, content, contract.part.package)
    contract.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    assert told(contract) == [
        ("heading", "Returns"),
        ("paragraph", "We refund the deposit¹ within 10 days²"),
        ("paragraph", "¹ Not of damaged goods."),
        ("paragraph", "² Days of work."),
        ("heading", "Delivery"),
        ("paragraph", "By post."),
    ]


def test_a_style_of_ones_own_is_a_heading_and_a_table_of_contents_is_no_text(contract: Any) -> None:
    own = contract.styles.add_style("合同标题", 1)
    own.base_style = contract.styles["Heading 2"]
    contents = contract.styles.add_style("toc 1", 1)
    contract.add_paragraph("Returns\t3", contents)
    contract.add_paragraph("Returns", own)
    contract.add_paragraph("Within 30 days.")
    clause = "The buyer bears the cost of what is sent back. " * 5
    contract.add_paragraph(clause, own)
    assert told(contract) == [
        ("heading", "Returns"),
        ("paragraph", "Within 30 days."),
        ("paragraph", clause.strip()),
    ]


def test_headers_and_footers_are_told_once_as_the_pages_show_them(contract: Any) -> None:
    """Parts of a line for themselves, no number of a page, nothing that the text says too, and none of a header that no page
    has.
    """
    section = contract.sections[0]
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "龙井路1号 Tel 0571-88888888"
    section.even_page_header.paragraphs[0].text = "Old address"
    header = section.header
    header.paragraphs[0].text = "云栖茶业\t合同编号：HT-2026-018\t第 1 页/共 3 页"
    for cell, text in zip(
        header.add_table(1, 4, 900_000).rows[0].cells, ("编号", "QP-07", "版本", "3"), strict=True
    ):
        cell.text = text
    mark = (
        f'<w:r {W} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:textpath string="草稿"/></w:pict></w:r>'
    )
    header.add_paragraph()._p.append(parse_xml(mark))
    section.footer.paragraphs[0].text = "机密"
    contract.add_paragraph("云栖茶业")
    annex = contract.add_section()
    for part, text in ((annex.header, "附件一"), (annex.footer, "机密")):
        part.is_linked_to_previous = False
        part.paragraphs[0].text = text
    contract.add_paragraph("附则", "Heading 1")
    assert told(contract) == [
        (
            "page_header",
            "龙井路1号 Tel 0571-88888888\n合同编号：HT-2026-018\n编号 QP-07 版本 3\n草稿\n附件一",
        ),
        ("paragraph", "云栖茶业"),
        ("heading", "附则"),
        ("page_footer", "机密"),
    ]


def test_a_damaged_header_costs_nobody_the_document(contract: Any) -> None:
    contract.sections[0].header.paragraphs[0].text = "Confidential"
    contract.add_paragraph("Within 30 days.")
    whole, damaged = io.BytesIO(), io.BytesIO()
    contract.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[:60] if "/header" in name else content)

    assert [block.text for block in markup.word_blocks(damaged.getvalue())] == ["Within 30 days."]


@pytest.mark.parametrize(
    ("count", "number_format", "expected"),
    [
        (12, "chineseCounting", "十二"),
        (105, "chineseCountingThousand", "一百零五"),
        (110, "japaneseCounting", "一百一十"),
        (3, "chineseLegalSimplified", "叁"),
        (14, "upperRoman", "XIV"),
        (28, "lowerLetter", "bb"),
        (2, "ideographTraditional", "乙"),
        (3, "decimalEnclosedCircleChinese", "③"),
        (7, "decimalZero", "07"),
        (7, "decimal", "7"),
    ],
)
def test_numbers_are_written_in_the_form_of_their_list(count: int, number_format: str, expected: str) -> None:
    assert word_numbers.written(count, number_format) == expected


def test_comments_are_no_part_of_a_document_that_others_are_answered_from(contract: Any) -> None:
    rent = contract.add_paragraph("租金为每月 45,000 元。")
    contract.add_comment([*rent.runs], text="上限 48,000 元。", author="王芳")

    assert told(contract) == [("paragraph", "租金为每月 45,000 元。")]


def test_what_was_moved_is_read_where_it_stands_now_and_counts_no_number_where_it_stood(
    contract: Any,
) -> None:
    moved = '<w:{0} {1} w:id="1" w:author="a"><w:r><w:t>押金不退。</w:t></w:r></w:{0}>'
    before = add(contract, "", 0)._p
    before.pPr.append(parse_xml(f'<w:rPr {W}><w:moveFrom w:id="2" w:author="a"/></w:rPr>'))
    before.append(parse_xml(moved.format("moveFrom", W)))
    add(contract, "租金", 0)
    add(contract, "", 0)._p.append(parse_xml(moved.format("moveTo", W)))
    assert told(contract) == [("paragraph", "第一条 租金\n第二条 押金不退。")]


def test_a_picture_says_what_it_shows_below_its_paragraph_or_in_its_cell(contract: Any) -> None:
    def add_picture(paragraph: Any, text: str) -> None:
        drawing = f'<wp:inline xmlns:wp="{DRAWING}"><wp:docPr id="1" name="a" descr="{text}"/></wp:inline>'
        paragraph._p.append(parse_xml(f"<w:r {W}><w:drawing>{drawing}</w:drawing></w:r>"))

    add_picture(contract.add_paragraph("我们的茶园："), "龙井村的茶园，清明前")
    add_picture(contract.add_paragraph(), "已删除的照片")
    deleted = contract.paragraphs[-1]._p
    deleted.append(parse_xml(f'<w:del {W} w:id="1" w:author="a"/>'))
    deleted[-1].append(deleted.r_lst[0])
    for name in ("image1.png", "图片包含 户外&#10;&#10;描述已自动生成", "我们的茶园："):
        add_picture(contract.add_paragraph(), name)
    table = contract.add_table(2, 2)
    for at, text in enumerate(("店", "门头", "A 店")):
        table.cell(at // 2, at % 2).text = text
    add_picture(table.cell(1, 1).paragraphs[0], "红色招牌")
    assert told(contract) == [
        ("paragraph", "我们的茶园："),
        ("caption", "龙井村的茶园，清明前"),
        ("table", "| 店 | 门头 |\n| --- | --- |\n| A 店 | 红色招牌 |"),
    ]


def test_a_title_and_a_short_paragraph_in_bold_are_headings_and_a_sentence_or_a_value_is_none(
    contract: Any,
) -> None:
    contract.add_paragraph("房屋租赁合同", "Title")
    bold = (
        "二、标准",
        "2.1 Scope",
        "2026年计划",
        "不得转让。",
        "电话：0571 8888",
        "128 yuan",
        "Open 9–17, Mon.",
    )
    for text in bold:
        contract.add_paragraph().add_run(text).bold = True
    contract.add_paragraph("每天 ").add_run("500 元").bold = True
    assert told(contract) == [
        ("heading", "房屋租赁合同"),
        *(("heading", text) for text in bold[:3]),
        *(("paragraph", text) for text in bold[3:]),
        ("paragraph", "每天 500 元"),
    ]


def test_what_stands_across_a_table_is_its_title_above_and_a_note_below(contract: Any) -> None:
    table = contract.add_table(5, 2)
    for at, text in enumerate(
        ("2026 年价格", "", "单位：元", "", "品名", "单价", "龙井", "128", "以上含税。", "")
    ):
        table.cell(at // 2, at % 2).text = text
    for row in (0, 1, 4):
        table.cell(row, 0).merge(table.cell(row, 1))
    assert told(contract) == [
        ("caption", "2026 年价格"),
        ("caption", "单位：元"),
        ("table", "| 品名 | 单价 |\n| --- | --- |\n| 龙井 | 128 |"),
        ("paragraph", "以上含税。"),
    ]
