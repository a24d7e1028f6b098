"""Markdown of a model is shown as what it means, and says nothing else than was written."""

from html import unescape
from typing import Any

import pytest

from apps.answering.markdown_html import Mark, plainly_rendered, rendered
from apps.answering.pieces import plain, sentence_pieces

OWN = '<span class="own-words" title="own">'
CITATION = '<a class="citation" href="#source-1" aria-label="Source 1">1</a>'


def marked(text: str, sentence: dict[str, Any]) -> str:
    pieces = sentence_pieces(text, [sentence])
    html = rendered(text, pieces, marks={"own": Mark("own-words", "own")}, sources="source")
    return html.replace(OWN, "<i>").replace("</span>", "</i>")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("A **bold** word", "<p>A <strong>bold</strong> word</p>\n"),
        ("这是**重点**。", "<p>这是<strong>重点</strong>。</p>\n"),
        ("one\ntwo", "<p>one<br />\ntwo</p>\n"),
        ("# Title", "<h4>Title</h4>"),
        ("a\0b", "<p>a\N{REPLACEMENT CHARACTER}b</p>\n"),
        ("```python\na < b[1]\n```", '<pre tabindex="0"><code>a &lt; b[1]\n</code></pre>'),
    ],
)
def test_marks_become_what_they_mean(text: str, html: str) -> None:
    assert plainly_rendered(text) == html


def test_a_number_of_no_source_is_a_part_of_the_text() -> None:
    text = "“See [03].” [1]"
    pieces = sentence_pieces(text, [{"start": 0, "end": len(text), "is_supported": True}], numbers={1})

    assert rendered(text, pieces, marks={}, sources="source") == f"<p>“See [03].” {CITATION}</p>\n"


def test_the_plain_text_loses_the_marks_of_its_sources_alone() -> None:
    assert plain("“Press [3] for staff.” [1] [2]", {1, 2}) == "“Press [3] for staff.”"


@pytest.mark.parametrize(
    "text",
    ["3*4*5 = 60", "2**3**2", r"C:\*.log, \(x\), \[y\]", "&copy", "    four spaces", "[1]: no link"],
)
def test_what_could_be_a_figure_stays(text: str) -> None:
    assert unescape(plainly_rendered(text)).strip() == f"<p>{text.strip()}</p>"


def test_items_keep_the_numbers_that_they_were_given() -> None:
    shown = plainly_rendered("3. three\n5. five")

    assert '<li value="3">three</li>' in shown
    assert '<li value="5">five</li>' in shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[here](https://elsewhere.example)",
        "![x](https://elsewhere.example/x.png)",
        "<https://elsewhere.example>",
        "[x][1]\n\n[1]: https://elsewhere.example",
    ],
)
def test_nothing_of_a_model_leads_or_fetches_anywhere(text: str) -> None:
    shown = plainly_rendered(text)

    assert "<a" not in shown
    assert "<img" not in shown
    assert "<script" not in shown


def test_a_sentence_is_marked_wherever_its_words_stand() -> None:
    text = "It lasts **two days** [1].\n\n- Drink it cold. Or hot."
    own = {"start": text.index("Drink"), "end": text.index(" Or"), "is_supported": True, "origin": "own"}

    shown = marked(text, own)

    assert f"<p>It lasts <strong>two days</strong> {CITATION}.</p>" in shown
    assert "<li><i>Drink it cold.</i> Or hot.</li>" in shown


def test_a_sentence_through_marks_is_marked_in_each_of_them() -> None:
    text = "Keep it **very cold. And dry.**"
    own = {"start": 0, "end": text.index(" And"), "is_supported": True, "origin": "own"}

    shown = marked(text, own)

    assert shown == "<p><i>Keep it </i><strong><i>very cold.</i> And dry.</strong></p>\n"
