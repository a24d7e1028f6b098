"""Every format: what is no text comes back byte for byte, and hostile files are refused."""

import base64
import io
import zipfile
from collections.abc import Callable

import docx
import pytest
from lxml import etree

from domain.text.translation import documents, word_texts

MARKDOWN = """---
title: Tea
---
# Hello *world*

A line
goes on, see [the shop](https://tea.example/a_b).  
A hard break \\
and another

> quoted
> text

- item one
  - [ ] item two

| a b | price |
|---|---:|
| cell one | `code` words |

```py
A line
```

    A line of code

<div>
html words
</div>

[ref]: https://tea.example
"""
HTML = """<!DOCTYPE html>
<html lang='en'><head><title>Hi &amp; there</title><script>var a = "<b>text</b>";</script>
<style>p{color:red}</style></head>
<body class=x><p>Some <b>bold</b> text<br>and <code>x = 1</code> more&nbsp;&lt;tag&gt;.</p>
<ul><li><a href="/a?x=1&y=2">A link</a></li><li>5</li></ul><!-- a comment --><img alt="pic">
<![if !mso]><div>loose <p>inner</div><pre>kept  as it is</pre></body></html>
"""
SUBTITLES = (
    "1\r\n00:00:01,000 --> 00:00:02,000\r\nHello there\r\nmy friend\r\n\r\n"
    "2\r\n00:00:03,000 --> 00:00:04,000\r\n<i>Yes</i>\r\n\r\n3\r\n00:00:05,000 --> 00:00:06,000\r\n12\r\n"
)
TEXT = "Line one\n\n  indented two  \n12\nlast"


def segments(content: bytes, kind: str) -> list[str]:
    found: list[str] = documents.read(content, kind)["segments"]
    return found


def written(content: bytes, kind: str, change: Callable[[str], str] = str) -> bytes:
    made = documents.with_translations(
        content, kind, [change(source) for source in segments(content, kind)], "en"
    )
    return base64.b64decode(made["content"])


@pytest.mark.parametrize(("kind", "content"), [("html", HTML), ("srt", SUBTITLES), ("txt", TEXT)])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_whose_texts_stay_comes_back_byte_for_byte(kind: str, content: str, encoding: str) -> None:
    assert written(content.encode(encoding), kind) == content.encode(encoding)


def test_markdown_comes_back_with_its_soft_line_breaks_joined() -> None:
    joined = MARKDOWN.replace("A line\ngoes", "A line goes").replace("quoted\n> text", "quoted text")

    assert written(MARKDOWN.encode(), "md").decode() == joined


def test_markdown_texts_are_translated_and_nothing_else() -> None:
    changed = written(MARKDOWN.encode(), "md", lambda source: source.replace("o", "0")).decode()

    assert "title: Tea" in changed
    assert "# Hell0 *w0rld*" in changed
    assert "g0es 0n, see [the sh0p](https://tea.example/a_b).  \nA hard break \\\nand an0ther" in changed
    assert "> qu0ted text" in changed
    assert "  - [ ] item tw0" in changed
    assert "| cell 0ne | `c0de` w0rds |" in changed
    assert "```py\nA line\n```\n\n    A line of code\n\n<div>\nhtml words\n</div>" in changed
    assert changed.endswith("[ref]: https://tea.example\n")


def test_front_matter_of_any_length_and_entries_of_their_own_stay_lines() -> None:
    text = (
        "---\ntitle: Tea\ndate: 2026-01-01\n---\n\nPrices[^1]\n\n[^1]: Until May.\n[^2]: Or June.\n"
        '[ref]: https://tea.example "The shop"\n\nOolong\n: A tea\n'
    )

    assert segments(text.encode(), "md") == ["Prices[^1]", "Until May.", "Or June.", "Oolong", "A tea"]
    assert written(text.encode(), "md") == text.encode()


def test_a_footnote_without_a_space_is_translated_and_the_box_of_a_task_stays() -> None:
    text = "营收增长[^1]，见[年报][a]。\n\n[^1]: 数据来源于年报。\n\n[a]: ./a.md\n\n- [ ] 待办\n- [x] 完成\n"

    assert segments(text.encode(), "md") == [
        "营收增长[^1]，见[年报][a]。",
        "数据来源于年报。",
        "待办",
        "完成",
    ]
    assert written(text.encode(), "md") == text.encode()


@pytest.mark.parametrize("place", ["", "{\\an8}", "<i>"])
def test_two_speakers_of_a_cue_keep_their_lines(place: str) -> None:
    cue = f"1\n00:00:01,000 --> 00:00:02,000\n{place}- Do you have any green tea left?\n- No.\n"

    assert segments(cue.encode(), "srt") == [f"{place}- Do you have any green tea left?", "- No."]
    assert written(cue.encode(), "srt") == cue.encode()


def test_what_html_says_not_to_translate_is_a_mark() -> None:
    text = '<p>Order the <span translate="no">Red <b>Robe</b></span> today</p>'

    assert segments(text.encode(), "html") == ["Order the <1/> today"]


def test_html_keeps_tags_attributes_scripts_and_comments() -> None:
    assert segments(HTML.encode(), "html") == [
        "Hi & there",
        "Some <1>bold</1> text<2/>and <3/> more\u00a0<tag>.",
        "A link",
        "loose",
        "inner",
    ]
    changed = written(HTML.encode(), "html", lambda source: source.replace("text", "<script>")).decode()
    assert changed == HTML.replace("</b> text", "</b> &lt;script&gt;")


def test_a_translation_that_lost_its_marks_loses_no_tag() -> None:
    changed = written(b"<p>Some <b>bold</b> text<br>and</p>", "html", lambda source: "nothing <9>").decode()

    assert changed == "<p>nothing <b></b><br></p>"


def test_subtitles_keep_numbers_timings_and_their_number_of_lines() -> None:
    changed = written(
        SUBTITLES.encode(), "srt", lambda source: source.replace("Hello", "Good morning")
    ).decode()

    assert changed.replace("Good morning\r\nthere my friend", "Hello there\r\nmy friend") == SUBTITLES


def test_a_file_in_an_old_encoding_becomes_unicode_only_when_it_has_to() -> None:
    western = "Der Tee schmeckt gut, süß und heiß.\nÄpfel für große Gäste.\n" * 5

    assert written(western.encode("cp1252"), "txt").decode("cp1252") == western
    assert written(western.encode("cp1252"), "txt", lambda _: "茶").decode("utf-8-sig").startswith("茶\n")
    html = ("<p>" + western + "</p>").encode("cp1252")
    assert b"&#33590;" in written(html, "html", lambda _: "茶")


def test_a_few_lines_in_gbk_are_read_as_chinese() -> None:
    assert segments("茶叶介绍\n\n好茶。".encode("gbk"), "txt") == ["茶叶介绍", "好茶。"]


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Contract", 1)
    paragraph = document.add_paragraph("Please ")
    paragraph.add_run("sign").bold = True
    paragraph.add_run(" here within 30 days.")
    run = document.add_paragraph().add_run("Name:")
    run.add_tab()
    run.add_text("Bob")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Price", "5"
    document.sections[0].header.paragraphs[0].text = "Head"
    document.sections[0].footer.paragraphs[0].text = "Foot"
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def without_texts(content: bytes, name: str) -> bytes:
    root = etree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read(name))
    for text in root.iter("{*}t"):
        text.text = ""
        text.attrib.clear()
    return etree.tostring(root, method="c14n")


def test_word_files_give_paragraphs_tables_headers_and_footers() -> None:
    assert segments(word_file(), "docx") == [
        "Contract",
        "Please <1>sign</1> here within 30 days.",
        "Name:<1/>Bob",
        "Price",
        "Foot",
        "Head",
    ]


def test_a_word_file_keeps_its_layout_and_its_other_parts() -> None:
    content = word_file()
    changed = written(content, "docx", lambda source: source.replace("e", "é"))
    before, after = (zipfile.ZipFile(io.BytesIO(each)) for each in (content, changed))

    assert before.namelist() == after.namelist()
    texts = {"word/document.xml", "word/header1.xml", "word/footer1.xml"}
    assert {name for name in before.namelist() if before.read(name) != after.read(name)} == texts
    document = docx.Document(io.BytesIO(changed))
    assert [(run.text, run.bold) for run in document.paragraphs[1].runs] == [
        ("Pléasé ", None),
        ("sign", True),
        (" héré within 30 days.", None),
    ]
    assert document.paragraphs[2].text == "Namé:\tBob"
    assert document.paragraphs[0].style.name == "Heading 1"
    assert without_texts(written(content, "docx"), "word/header1.xml") == without_texts(
        content, "word/header1.xml"
    )


def test_formatting_follows_the_words_that_it_was_on() -> None:
    changed = written(
        word_file(), "docx", lambda source: source.replace("Please <1>sign</1> here", "这里<1>签字</1>")
    )

    runs = docx.Document(io.BytesIO(changed)).paragraphs[1].runs
    assert [(run.text, run.bold) for run in runs] == [
        ("这里", None),
        ("签字", True),
        (" within 30 days.", None),
    ]


def test_runs_that_only_word_tells_apart_are_one_text() -> None:
    body = (
        '<w:p><w:r><w:rPr><w:rFonts w:hint="eastAsia"/><w:lang w:val="zh-CN"/></w:rPr><w:t>你好</w:t></w:r>'
        '<w:proofErr w:type="spellStart"/><w:r><w:t>Bob</w:t></w:r></w:p>'
    )
    assert segments(packed_word(body), "docx") == ["你好Bob"]


def test_what_was_inserted_with_changes_tracked_is_part_of_its_sentence() -> None:
    body = (
        "<w:p><w:r><w:t xml:space='preserve'>The fee is </w:t></w:r>"
        "<w:ins w:id='1' w:author='a'><w:r><w:t xml:space='preserve'>not </w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='a'><w:r><w:delText>always</w:delText></w:r></w:del>"
        "<w:r><w:t>refundable.</w:t></w:r></w:p>"
    )

    assert segments(packed_word(body), "docx") == ["The fee is not refundable."]
    changed = written(packed_word(body), "docx", lambda _source: "费用不予退还。")
    assert segments(changed, "docx") == ["费用不予退还。"]


def said(text: str, look: str = "") -> str:
    return f'<w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r>'


CONTROL = '<w:sdt><w:sdtPr><w:id w:val="5"/>{}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>'


@pytest.mark.parametrize(
    ("inside", "source"),
    [
        (CONTROL.format("", said("Mr Li")), "<1>Mr Li</1>"),
        (f'<w:fldSimple w:instr="MERGEFIELD n">{said("Mr Li")}</w:fldSimple>', "<1>Mr Li</1>"),
        (
            f'<w:hyperlink w:anchor="a"><w:proofErr w:type="gramStart"/>{said("Mr Li")}</w:hyperlink>',
            "<1>Mr Li</1>",
        ),
        (f'<w:ins w:id="1"><w:hyperlink w:anchor="a">{said("Mr Li")}</w:hyperlink></w:ins>', "<1>Mr Li</1>"),
        (f'<w:customXml w:element="n">{said("Mr Li")}</w:customXml>', "Mr Li"),
        (CONTROL.format("", said("     ")), "<1/>"),
        ("<m:oMath><m:r><m:t>x</m:t></m:r></m:oMath>", "<1/>"),
        (said("          ", '<w:rPr><w:u w:val="single"/></w:rPr>'), "<1/>"),
        ("<w:r><w:fldChar/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:fldChar/></w:r>", "<1/>"),
    ],
)
def test_controls_fields_links_formulas_and_gaps_keep_their_place_in_the_sentence(
    inside: str, source: str
) -> None:
    content = packed_word(f"<w:p>{said('Dear ')}{inside}{said(', please sign.')}</w:p>")

    assert segments(content, "docx") == [f"Dear {source}, please sign."]
    changed = written(
        content, "docx", lambda each: each.replace("Dear", "尊敬的").replace(", please sign", "，请签字")
    )
    assert segments(changed, "docx") == [f"尊敬的 {source}，请签字."]
    before, after = (
        etree.fromstring(zipfile.ZipFile(io.BytesIO(each)).read("word/document.xml"))
        for each in (content, changed)
    )
    for kept in ("sdt", "hyperlink", "fldSimple", "oMath", "u", "instrText"):
        assert len(list(before.iter(f"{{*}}{kept}"))) == len(list(after.iter(f"{{*}}{kept}")))


def test_a_control_in_two_formattings_stays_one_and_shows_its_translation() -> None:
    bound = '<w:dataBinding w:xpath="/title"/>'
    inside = f"{said('The ')}{said('tea', '<w:rPr><w:b/></w:rPr>')}<w:bookmarkStart w:id='7' w:name='q'/>"
    content = packed_word(f"<w:p>{said('About ')}{CONTROL.format(bound, inside)}</w:p>")
    changed = written(content, "docx", lambda source: source.replace("tea", "茶"))

    text = zipfile.ZipFile(io.BytesIO(changed)).read("word/document.xml").decode()
    assert text.count("<w:sdt>") == 1
    assert "dataBinding" not in text
    assert 'w:name="q"' in text


def packed_word(body: str, head: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
        document = f'{head}<w:document xmlns:w="{space}" {math}><w:body>{body}</w:body></w:document>'
        archive.writestr("word/document.xml", document)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"not a zip", "docx", "broken_file"),
        (packed_word("<w:p>"), "docx", "broken_file"),
        (packed_word("", '<!DOCTYPE x [<!ENTITY a "b">]>'), "docx", "broken_file"),
        (b"12 34", "txt", "empty_file"),
        (b"<![ foo", "html", "broken_file"),
        (b"word\n" * 5001, "txt", "too_much_text"),
    ],
)
def test_what_cannot_be_translated_is_named(content: bytes, kind: str, code: str) -> None:
    assert documents.read(content, kind) == {"error": code}


def test_no_entity_of_a_word_file_is_resolved() -> None:
    head = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(word_texts.Unreadable):
        word_texts.sources(packed_word("<w:p><w:r><w:t>&a;</w:t></w:r></w:p>", head))
