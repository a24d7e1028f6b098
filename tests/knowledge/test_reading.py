"""Files of strangers. Each is read in the child process that the workers use."""

import codecs
import io
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest
import xlsxwriter

from apps.core.errors import UnsupportedContent
from apps.knowledge import reader
from apps.knowledge.chunking import Cut, sentences_of
from domain.app_functions.file_texts import gather_texts
from domain.documents import text as encodings
from domain.documents.blocks import Block, BlockKind, Cell, markdown_of
from tests.domain.documents import bombs
from tests.domain.documents.test_archives import cheap
from tests.knowledge.conftest import pdf_file, word_file

CHINESE = (
    "云栖茶铺的茶叶都来自杭州的茶山，未开封的茶叶可以在三十天之内退货，运费由我们承担。欢迎光临，祝您喝茶愉快。\n"
    * 3
)
TRADITIONAL = (
    "雲棲茶鋪的茶葉都來自杭州的茶山，未開封的茶葉可以在三十天之內退貨，運費由我們承擔。歡迎光臨，祝您喝茶愉快。\n"
    * 3
)

Read = Callable[..., list[Block]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_file(content: bytes | str, name: str) -> list[Block]:
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return reader.read(path, name, check=lambda: None)[1]

    return read_file


def refusal(read: Read, content: bytes | str, name: str) -> str:
    with pytest.raises(UnsupportedContent) as caught:
        read(content, name)
    return caught.value.code


@pytest.mark.slow
def test_word_headings_become_markdown_headings(read: Read) -> None:
    blocks = read(word_file(("heading", "Returns"), ("", "Within 30 days.")), "terms.docx")
    assert markdown_of(blocks) == "# Returns\n\nWithin 30 days."


def test_a_pdf_gives_blocks_of_each_page(read: Read) -> None:
    blocks = read(pdf_file("Opening hours are nine to five.", "Closed on Mondays in winter."), "hours.pdf")
    assert [(block.page, block.text) for block in blocks] == [
        (1, "Opening hours are nine to five."),
        (2, "Closed on Mondays in winter."),
    ]


@pytest.mark.slow
def test_a_page_that_says_what_it_is_about_is_read_without_its_menus(read: Read) -> None:
    menu, text = "<div>Home · Products · Contact</div>", "<h2>Oolong</h2><p>It costs 40 yuan.</p>"
    page = "<!doctype html><html><head><title>Prices</title></head><body>{}<main>{}</main>{}</body></html>"

    blocks = read(page.format(menu, text, menu), "prices.html")

    assert [block.text for block in blocks] == ["Prices", "Oolong", "It costs 40 yuan."]
    assert "Contact" in str(read(page.format(menu, "", menu), "prices.html"))


def test_html_loses_its_scripts_and_keeps_its_tables(read: Read) -> None:
    page = (
        "<!doctype html><html><head><title>Prices</title></head><body><script>alert(1)</script>"
        "<p>All in yuan.</p><table><tr><th>Tea</th><th>Price</th></tr><tr><td>Longjing</td><td>128</td></tr></table>"
    )
    blocks = read(page, "prices.txt")
    assert [block.kind for block in blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.TABLE]
    assert markdown_of(blocks) == (
        "# Prices\n\nAll in yuan.\n\n| Tea | Price |\n| --- | --- |\n| Longjing | 128 |"
    )


@pytest.mark.slow
def test_cells_that_span_are_known_and_stand_in_each_of_their_rows(read: Read) -> None:
    page = (
        "<html><table><tr><th colspan=2>Tea</th><th>Price</th></tr>"
        "<tr><td rowspan=2>Green</td><td>Longjing</td><td>128</td></tr>"
        "<tr><td>Biluochun</td><td>99</td></tr></table></html>"
    )
    table = read(page, "prices.html")[0]
    assert table.cells[:3] == (
        Cell(0, 0, "Tea", columns=2, is_header=True),
        Cell(0, 2, "Price", is_header=True),
        Cell(1, 0, "Green", rows=2),
    )
    assert table.text.endswith("| Green | Longjing | 128 |\n| Green | Biluochun | 99 |")


@pytest.mark.slow
def test_captions_of_tables_accordions_and_lists_of_terms_keep_their_words_apart(read: Read) -> None:
    page = (
        "<html><dl><dt>How long?</dt><dd>Three days.</dd></dl>"
        "<details><summary>Returns</summary>Within 30 days.</details><aside>News</aside>"
        "<table><caption>Prices of 2025</caption><tr><th>Tea</th></tr><tr><td>Keemun</td></tr></table></html>"
    )
    *texts, _table = [block.text for block in read(page, "faq.html")]
    assert texts == ["How long?\nThree days.", "Returns", "Within 30 days.", "News", "Prices of 2025"]


@pytest.mark.slow
def test_rows_that_begin_with_their_own_names_stand_under_no_other(read: Read) -> None:
    page = (
        "<html><table><tr><th>Phone</th><td>0571 8888</td></tr>"
        "<tr><th>Address</th><td>Hangzhou</td></tr></table></html>"
    )
    [table] = read(page, "contact.html")
    told = [each.text for each in sentences_of(Cut("", table.text))]
    assert told == ["Phone: 0571 8888", "Address: Hangzhou"]


@pytest.mark.slow
def test_a_page_that_is_one_form_is_read_and_other_forms_are_not(read: Read) -> None:
    search = "<form><p>Search our teas</p></form>"
    text = "<h1>Hours</h1><p>We are open from nine to five, and on Sundays from ten.</p>"
    for page in (f"<html><form id=aspnetForm>{text}</form></html>", f"<html>{text}{search}</html>"):
        assert read(page, "hours.html")[0].text == "Hours"
        assert "Search" not in str(read(page, "hours.html"))


def test_a_table_that_only_places_things_is_no_table(read: Read) -> None:
    page = "<html><table><tr><td><h1>Offers</h1><p>Tea.</p></td><td><p>More tea.</p></td></tr></table></html>"
    assert [(block.kind, block.text) for block in read(page, "mail.html")] == [
        (BlockKind.HEADING, "Offers"),
        (BlockKind.PARAGRAPH, "Tea."),
        (BlockKind.PARAGRAPH, "More tea."),
    ]


@pytest.mark.parametrize(
    "header", ["question,answer", "问题,答案", "id,Answer,QUESTION", "category;q;a", "问题\t回答"]
)
def test_a_table_of_questions_is_read_whatever_its_columns_are_called(read: Read, header: str) -> None:
    mark = next(each for each in ";\t," if each in header)
    names = header.lower().split(mark)
    cells = {
        "question": "Open?",
        "q": "Open?",
        "问题": "Open?",
        "answer": "Yes.",
        "a": "Yes.",
        "答案": "Yes.",
        "回答": "Yes.",
    }
    row = mark.join(cells.get(name, "1") for name in names)
    blocks = read(f"{header}\n{row}\n", "faq.csv")
    assert [(block.text, block.is_whole) for block in blocks] == [("Open?\nYes.", True)]


def test_as_one_text_questions_and_answers_keep_their_column_names(read: Read) -> None:
    pairs = read(
        '标准问题,备注,回答\n"几点\n开门？",a,九点。\n有停车位吗？,b,"有。\n两小时免费。"\n', "faq.csv"
    )

    text = markdown_of(pairs)

    assert text == "标准问题: 几点 开门？\n回答: 九点。\n\n标准问题: 有停车位吗？\n回答: 有。\n两小时免费。"
    table = {"name": "faq.csv", "text": text}
    told = gather_texts([], table, "回答", has_lines=True, most=9)["texts"]
    assert told == ["九点。", "有。\n两小时免费。"]


@pytest.mark.parametrize(
    ("row", "pair"),
    [
        (
            "Do you ship?,We ship free in Europe, except Switzerland",
            "Do you ship?\nWe ship free in Europe, except Switzerland",
        ),
        ("Hi, do you ship?,Yes", "Hi, do you ship?\nYes"),
        ("What is it?,1,000 yuan", "What is it?\n1,000 yuan"),
        ("Open?,Nine to five,,", "Open?\nNine to five"),
    ],
)
def test_a_comma_without_quotes_cuts_no_answer_short(read: Read, row: str, pair: str) -> None:
    assert [block.text for block in read(f"question,answer\n{row}\n", "faq.csv")] == [pair]


def test_an_answer_below_a_merged_question_is_one_of_that_question(read: Read) -> None:
    blocks = read("问题,回答,分类\n如何退货？,七天内。,售后\n,也可以换货。,售后\n", "faq.csv")
    assert [block.text for block in blocks] == ["如何退货？\n七天内。", "如何退货？\n也可以换货。"]


@pytest.mark.slow
def test_lines_above_the_names_of_a_csv_name_none_of_its_columns(read: Read) -> None:
    rows = "品名,规格,价格\n绿茶,100g,50\n"
    assert [each.text for each in read(f"2025年价格表,,\n{rows}", "prices.csv")] == [
        "2025年价格表",
        "品名: 绿茶\n规格: 100g\n价格: 50",
    ]
    assert [each.text for each in read("常见问题,\n问题,答案\n几点开门？,九点\n", "faq.csv")] == [
        "常见问题",
        "几点开门？\n九点",
    ]
    # A first line that names one column alone, and an index without a name.
    assert read("Tea,,\nKeemun,black,68\n", "teas.csv")[0].text == "Tea: Keemun\nblack\n68"
    assert read(",price,stock\nKeemun,68,3\n", "teas.csv")[0].text == "Keemun\nprice: 68\nstock: 3"


def test_a_table_of_other_things_keeps_its_column_names(read: Read) -> None:
    blocks = read("tea,price,origin\nLongjing,128,Hangzhou\n", "teas.csv")
    assert blocks[0].text == "tea: Longjing\nprice: 128\norigin: Hangzhou"


def test_titles_above_a_table_of_other_things_are_none_of_its_columns(read: Read) -> None:
    blocks = read("2026年报表,,\n单位：万元\n\n月份,收入,成本\n1月,100,80\n", "report.csv")
    assert [block.text for block in blocks] == ["2026年报表", "单位：万元", "月份: 1月\n收入: 100\n成本: 80"]
    assert [block.text for block in read("name,,\ntea,20,good\n", "a.csv")] == ["name: tea\n20\ngood"]
    assert read("sep=;\na;b;c\n1;2,5;3\n", "a.csv")[0].text == "a: 1\nb: 2,5\nc: 3"


def test_a_second_table_below_an_empty_line_has_its_own_columns(read: Read) -> None:
    blocks = read(
        "name,phone,mail\nAnna,138,a@b.c\n\nBob,139,\n\nproduct,price,stock\ntea,20,\nmilk,30,4\n", "a.csv"
    )
    assert [block.text for block in blocks] == [
        "name: Anna\nphone: 138\nmail: a@b.c",
        "name: Bob\nphone: 139",
        "product: tea\nprice: 20",
        "product: milk\nprice: 30\nstock: 4",
    ]


def test_quotes_commas_and_line_breaks_inside_answers_survive(read: Read) -> None:
    blocks = read('question,answer\n"Ship, or collect?","We ship.\nOr collect, ""free""."\n', "faq.csv")
    assert blocks[0].text == 'Ship, or collect?\nWe ship.\nOr collect, "free".'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_chinese_text_is_read_in_every_usual_encoding(read: Read, encoding: str) -> None:
    assert read(CHINESE.encode(encoding), "tea.txt")[0].text == CHINESE.strip()


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("gbk", "营业时间：9:00-18:00"),
        ("gbk", "姓名,电话\n张三,13800000000\n"),
        ("gbk", '<meta charset="gb2312"><title>联系我们</title><p>电话：010-88886666</p>'),
        ("big5", "營業時間：9:00-18:00"),
        ("euc_kr", "반품은 7일 이내에 가능합니다."),
        ("shift_jis", "営業時間：9:00-18:00"),
        ("cp1251", "Время работы: 9:00-18:00"),
        ("cp1252", "Name,Fee\nMüller,£45\n"),
        ("cp1252", "Keep at 5 °C, ±2."),
    ],
)
def test_a_few_words_are_read_in_the_encoding_they_were_written_in(encoding: str, written: str) -> None:
    assert encodings.decode(written.encode(encoding)) == written


def test_a_byte_that_was_cut_in_two_leaves_the_rest_of_a_text_as_it_is() -> None:
    assert encodings.decode((CHINESE * 3).encode()[:-2] + b"\xe8") == (CHINESE * 3)[:-2]


def test_chinese_below_a_long_head_of_scripts_is_read() -> None:
    page = f"<script>{'x' * 100_000}</script><p>营业时间：9:00-18:00</p>"
    assert encodings.decode(page.encode("gbk")) == page


def test_traditional_chinese_in_big5_is_read() -> None:
    assert encodings.decode(TRADITIONAL.encode("big5")) == TRADITIONAL


def test_a_byte_order_mark_of_utf_32_is_not_taken_for_utf_16() -> None:
    assert encodings.decode(codecs.BOM_UTF32_LE + "茶".encode("utf-32-le")) == "茶"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "empty.md", "empty_file"),
        (b" \n\t ", "blank.txt", "empty_file"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "notes.txt", "broken_file"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 50, "notes.txt", "binary_file"),
        (bytes(range(256)) * 40, "notes.md", "binary_file"),
        (b"%PDF-1.7\nthis is no PDF", "terms.pdf", "broken_file"),
        (b"PK\x03\x04 this is no archive", "terms.docx", "broken_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "terms.doc", "old_office_file"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    read: Read, content: bytes, name: str, code: str
) -> None:
    assert refusal(read, content, name) == code


def test_groups_of_rows_across_a_price_list_leave_its_names_where_they_are(read: Read) -> None:
    groups = "".join(
        f'<tr><td colspan="2">{name}</td></tr><tr><td>{tea}</td><td>{price}</td></tr>'
        for name, tea, price in (("Black teas", "Keemun", "5.00"), ("Green teas", "Longjing", "6.00"))
    )
    (table,) = read(
        f"<html><body><table><tr><td>Name</td><td>Price</td></tr>{groups}</table></body></html>", "t.html"
    )

    assert table.text.splitlines()[0] == "| Name | Price |"
    assert table.text.splitlines()[-1] == "| Longjing | 6.00 |"


@pytest.mark.slow
def test_a_pdf_of_blank_pages_says_that_nothing_was_recognised(read: Read) -> None:
    assert refusal(read, pdf_file("", ""), "scan.pdf") == "no_text_found"


def test_a_lying_extension_does_not_matter(read: Read) -> None:
    blocks = read(pdf_file("A PDF after all, with text."), "really.csv")
    assert blocks[0].text == "A PDF after all, with text."


def test_another_archive_named_docx_is_refused(read: Read, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("prices.txt", "128")
    assert refusal(read, (tmp_path / "other.zip").read_bytes(), "prices.docx") == "unsupported_archive"


@pytest.mark.slow
def test_a_zip_bomb_named_docx_is_not_opened(read: Read) -> None:
    bomb = word_file(("", "boom"), padding=59 * 2**20)
    assert len(bomb) < 100_000
    assert refusal(read, bomb, "terms.docx") == "archive_bomb"


@pytest.mark.parametrize(
    ("bomb", "codes"),
    [
        (partial(bombs.of_zeros, "word/document.xml"), {"archive_bomb"}),
        (bombs.nested, {"unsupported_archive"}),
        (partial(bombs.of_many_entries, 6000), {"archive_bomb"}),
        (partial(bombs.claiming, "word/document.xml", bytes(2**20), 10), {"broken_file"}),
        pytest.param(
            bombs.pdf, {"too_complex", "broken_file", "no_text_found", "pages_unread"}, marks=pytest.mark.slow
        ),
    ],
    ids=["zeros", "nested", "many entries", "lying size", "pdf"],
)
def test_bombs_are_refused_in_bounded_time(read: Read, bomb: Callable[[], bytes], codes: set[str]) -> None:
    content = bomb()
    with cheap(seconds=1):
        assert refusal(read, content, "terms.docx") in codes


def test_xml_that_multiplies_itself_takes_neither_memory_nor_time(read: Read) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    body = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e0 "laugh">{entities}]><w>&e11;</w>'
    started = time.monotonic()
    assert refusal(read, _archive_of(body), "laughs.docx") in ("broken_file", "too_complex")
    assert time.monotonic() - started < 20


@pytest.mark.slow
def test_a_sheet_with_one_cell_at_either_end_is_refused(read: Read) -> None:
    """It says to be of 17 thousand million cells."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    assert refusal(read, file.getvalue(), "far.xlsx") in ("too_complex", "too_many_columns")


@pytest.mark.slow
def test_a_small_file_that_needs_much_memory_is_stopped(read: Read) -> None:
    """The nesting costs far more memory than the file has bytes."""
    assert refusal(read, "<html>" + "<div>" * 200_000, "deep.html") == "too_complex"


def test_reading_stops_when_the_job_is_cancelled(tmp_path: Path) -> None:
    class Cancelled(Exception):
        pass

    def check() -> None:
        raise Cancelled

    (tmp_path / "upload").write_bytes(pdf_file(*["Many pages of text."] * 400))
    with pytest.raises(Cancelled):
        reader.read(tmp_path / "upload", "long.pdf", check=check)
    assert not _children()


def _children() -> list[psutil.Process]:
    own = psutil.Process().children()
    return [child for child in own if "apps.core.bounded_child" in child.cmdline()]


def _archive_of(document: str) -> bytes:
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", document)
    return packed.getvalue()
