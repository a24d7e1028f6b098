"""Records on paper: PDF and Word."""

import random
from datetime import timedelta
from io import BytesIO

import docx
import pypdfium2
import pytest

from benchmarks.placement import JOINT, consultations
from domain.clinical.exporting import pdf, word
from domain.clinical.exporting.document import ExportedRecord
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import FieldContent, RecordContent, SectionContent, Statement, Support
from tests.domain.clinical.test_conversation import draft
from tests.medical_records.papers_for_export import (
    FINGERPRINT,
    INVENTED_EN,
    INVENTED_ZH,
    TEMPLATE_ZH,
    exported,
    paper_en,
    paper_zh,
    with_text,
)

HOSTILE = (
    '#read("/etc/passwd") #pagebreak() $x^2$ *bold* _it_ \\u{1F600} <label> @cite "quoted" [x] // no comment'
)
MARGIN_POINTS = 40


def pages_of(content: bytes) -> list[str]:
    found = pypdfium2.PdfDocument(content)
    return ["".join(page.get_textpage().get_text_range().split()) for page in found]


def words_of(content: bytes) -> str:
    """All that is written in a Word file: paragraphs, tables, heads and feet."""
    document = docx.Document(BytesIO(content))
    sheet = document.sections[0]
    parts = [document.element.body, sheet.header._element, sheet.footer._element]
    return "".join(node.text or "" for part in parts for node in part.iter() if node.tag.endswith("}t"))


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_pdf_says_who_what_and_who_signed() -> None:
    [page] = pages_of(pdf.write(paper_zh()))

    for words in (
        "湖滨市第一人民医院",
        "湖滨路12号",
        "门诊病历",
        "王秀英",
        "65岁",
        "P-0001",
        "呼吸内科",
        "2026年11月25日09:30",
    ):
        assert words in page, words
    for words in (
        "发热、咳嗽3天",
        "否认胸痛",
        "盗汗（不确定）",
        "150/95",
        "38.5",
        "急性支气管炎（J20.900）",
        "阿奇霉素0.5g每日一次",
    ):
        assert words in page, words
    for words in ("林国华主任医师", FINGERPRINT, "第1页/共1页", "2026年11月25日09:30"):
        assert words in page, words


def test_an_english_record_is_printed_in_english() -> None:
    [page] = pages_of(pdf.write(paper_en()))

    for words in ("Lakeside General Hospital", "Denies: Chest pain", "Signed by", "Page 1 of 1", "65 years"):
        assert squeezed(words) in page, words


def test_paper_shows_nothing_that_is_unsupported() -> None:
    for record, invented in ((paper_zh(), INVENTED_ZH), (paper_en(), INVENTED_EN)):
        assert squeezed(invented) not in "".join(pages_of(pdf.write(record)))
        assert invented not in words_of(word.write(record))


def test_a_code_nobody_confirmed_stays_inside() -> None:
    assert "I10.x00" not in "".join(pages_of(pdf.write(paper_zh())))
    assert "I10.x00" not in words_of(word.write(paper_zh()))


def test_a_pdf_brings_its_fonts_along() -> None:
    content = pdf.write(paper_zh())

    assert content.count(b"/FontFile3") >= 2  # a subset of each of the two families
    assert len(content) < 300_000
    assert b"NotoSerifSC" in content
    assert b"pdfaid" in content  # made for archives: PDF/A


def test_text_is_never_read_as_markup() -> None:
    assert squeezed(HOSTILE) in "".join(pages_of(pdf.write(with_text(HOSTILE))))
    assert HOSTILE in words_of(word.write(with_text(HOSTILE)))


@pytest.mark.parametrize("text", ["a\x00b\x07c", "x\u202ey\u2066z", "\ufffe\x0c", "tab\tand\nline"])
def test_characters_that_no_paper_shows_do_no_harm(text: str) -> None:
    record = with_text(f"开始{text}结束")

    [page] = pages_of(pdf.write(record))
    assert "开始" in page
    assert "结束" in page
    assert "结束" in words_of(word.write(record))


def test_a_character_without_a_glyph_is_printed_as_its_number() -> None:
    """PDF/A allows no empty boxes; Arabic would even stop the typesetter."""
    [page] = pages_of(pdf.write(with_text("患者\U00020bb7\U0001f600 \u0627\u0644\u0639 \ud55c")))

    assert "患者[U+20BB7][U+1F600][U+0627][U+0644][U+0639][U+D55C]" in page


@pytest.mark.slow
def test_any_text_at_all_can_be_printed() -> None:
    """In steps that meet every script there is, and neighbours that do not belong together."""
    chosen = random.Random(5)
    for start in range(0, 0x30000, 0x6000):
        letters = [chr(code) for code in range(start, start + 0x6000, 7)]
        chosen.shuffle(letters)
        assert pdf.write(with_text("".join(letters)))


def test_a_draft_says_so_on_every_page() -> None:
    draft = long_record().model_copy(update={"state": "draft", "signature": None})

    pages = pages_of(pdf.write(draft))
    assert len(pages) > 2
    for page in pages:
        assert page.count("草稿·未签署") >= 2
    assert "草稿 · 未签署" in words_of(word.write(draft))
    assert "未签署" not in "".join(pages_of(pdf.write(paper_zh())))


def test_a_long_record_repeats_head_and_foot_and_loses_nothing() -> None:
    pages = pages_of(pdf.write(long_record()))

    line, head = "王秀英·女·65岁·病历号P-0001", "湖滨市第一人民医院·门诊病历"
    body = ""
    for number, page in enumerate(pages, start=1):
        foot = f"第{number}页/共{len(pages)}页"
        assert all(words in page for words in (line, foot, FINGERPRINT))
        body += page.replace(line, "").replace(head, "").replace(foot, "").replace(FINGERPRINT, "")
    assert [number for number in range(1, 121) if f"第{number}次复诊时" not in body] == []


@pytest.mark.parametrize("count", [31, 32, 35, 39, 40, 42, 46])
def test_no_page_holds_a_signature_and_nothing_that_is_signed(count: int) -> None:
    """Some of these lengths leave room for the last statement and none for the signature."""
    last = pages_of(pdf.write(long_record(count)))[-1]

    assert "手写签名" in last
    assert f"第{count}次复诊时" in last


def test_a_whole_visit_on_paper_asks_nothing_and_gives_each_drug_its_row() -> None:
    visit = next(each for each in consultations(JOINT["tuning"]) if each.language == "zh")
    template = builtin_templates.resolve("zh_outpatient").for_sex(visit.sex)
    record = exported(draft(visit.talk, "zh_outpatient", visit.sex), template)
    pages = pages_of(pdf.write(record))
    paper = "".join(pages)
    ordered = record.sections[-1].fields[0].statements

    assert not any(mark in paper for mark in "?？")
    assert not any(each.text.startswith("病：") for _s, _f, each in record.statements())
    assert [each.text.split("，")[0] for each in ordered] == [
        "氨氯地平从5毫克加到10毫克。",
        "阿司匹林接着吃。",
        "加阿托伐他汀20毫克",
        "硝酸甘油0.5毫克",
        "阿司匹林先别停。",
        "加个护胃的泮托拉唑40毫克早上吃。",
    ]
    assert len(pages) <= 2
    assert "打120" in pages[-1]
    assert "手写签名" in pages[-1]


def test_word_keeps_the_signature_with_the_end_of_what_is_signed() -> None:
    document = docx.Document(BytesIO(word.write(long_record(5))))

    rows = document.tables[-1].rows
    assert all(cell.paragraphs[0].paragraph_format.keep_with_next for row in rows for cell in row.cells)
    assert [each.paragraph_format.keep_with_next for each in document.paragraphs[-3:-1]] == [True, True]


def test_nothing_is_printed_beyond_the_edge() -> None:
    for page in pypdfium2.PdfDocument(
        pdf.write(with_text("Pneumonoultramicroscopicsilicovolcanoconiosis" * 20))
    ):
        width, height = page.get_size()
        assert (round(width), round(height)) == (595, 842)
        for found in page.get_objects(filter=[1]):
            left, _bottom, right, _top = found.get_bounds()
            assert left >= MARGIN_POINTS
            assert right <= width - MARGIN_POINTS


def test_the_same_version_is_the_same_pdf() -> None:
    assert pdf.write(paper_zh()) == pdf.write(paper_zh())


def test_an_amendment_says_why() -> None:
    signature = paper_zh().signature
    assert signature
    amended = paper_zh(
        state="amended",
        signature=signature.model_copy(
            update={"reason": "更正剂量", "signed_at": signature.signed_at + timedelta(days=1)}
        ),
    )

    [page] = pages_of(pdf.write(amended))
    assert "更正剂量" in page
    assert "已签署（修订版）" in page


def test_a_word_file_has_styles_tables_and_chinese_fonts() -> None:
    document = docx.Document(BytesIO(word.write(paper_zh())))

    styles = {paragraph.style.name for paragraph in document.paragraphs if paragraph.style}
    assert {"Title", "Heading 1", "Heading 2", "Heading 3"} <= styles
    vitals = document.tables[1]
    assert [cell.text for cell in vitals.rows[1].cells] == ["体温", "38.5", "℃"]
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}eastAsia") == "宋体"
    assert "NUMPAGES" in document.sections[0].footer._element.xml


def test_the_properties_of_files_name_nobody() -> None:
    properties = docx.Document(BytesIO(word.write(paper_zh()))).core_properties
    written = f"{properties.author} {properties.title} {properties.comments} {properties.last_modified_by}"
    meta = pypdfium2.PdfDocument(pdf.write(paper_zh())).get_metadata_dict()

    for name in ("王秀英", "林国华", "陈晓", "P-0001"):
        assert name not in written
        assert name not in str(meta)


def test_what_a_template_requires_is_missed_aloud() -> None:
    template = TEMPLATE_ZH.model_copy(deep=True)
    template.sections[0].fields[0].is_required = True
    empty = RecordContent(template="zh_outpatient", template_version=1, language="zh")

    [page] = pages_of(pdf.write(exported(empty, template)))
    assert "未记录" in page


def long_record(count: int = 120) -> ExportedRecord:
    said = [
        Statement(
            id=f"n{number}",
            text=f"第{number}次复诊时患者诉活动后气促较前减轻，夜间可平卧，双下肢水肿消退，食欲睡眠可",
            support=Support.ENTERED,
        )
        for number in range(1, count + 1)
    ]
    fields = [FieldContent(key="complaint", statements=said)]
    content = RecordContent(
        template="zh_outpatient",
        template_version=1,
        language="zh",
        sections=[SectionContent(key="chief_complaint", fields=fields)],
    )
    return exported(content, TEMPLATE_ZH)
