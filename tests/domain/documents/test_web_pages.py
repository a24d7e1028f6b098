"""Web pages are read as browsers show them."""

import pytest

from domain.documents import markup


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (
            '<ol type="a"><li>Keep it dry.</li><li>Keep it cool.</li></ol>',
            "a. Keep it dry.\nb. Keep it cool.",
        ),
        ("<ol><li>Tea<ol type=i start=4><li>Green</ol><li>Pots</ol>", "1. Tea\n   iv. Green\n2. Pots"),
        ('<ol style="list-style-type: upper-alpha"><li>One</li></ol>', "A. One"),
        ("<ol><li value=7>Returns</li><li>Refunds</li></ol>", "7. Returns\n8. Refunds"),
        ("<ol start=3><li>Returns</li></ol>", "3. Returns"),
    ],
)
def test_items_have_the_numbers_that_their_list_counts(page: str, told: str) -> None:
    assert [block.text for block in markup.html_blocks(page)] == [told]


def test_readings_above_words_are_not_among_them() -> None:
    page = "<p><ruby>龙<rp>(</rp><rt>lóng</rt><rp>)</rp>井<rt>jǐng</rt></ruby>茶</p>"
    assert [block.text for block in markup.html_blocks(page)] == ["龙井茶"]


def test_a_picture_says_what_it_shows_in_its_sentence_its_cell_or_as_a_caption() -> None:
    page = (
        '<p>Press <img alt="Save"> to keep it.</p><div><img alt="Yields: plot A 12 t"></div>'
        '<figure><img alt="Our garden"><figcaption>Our garden</figcaption></figure><img alt="IMG 1.JPG"><img alt="*">'
        '<table><tr><td>Shop</td><td>Sign</td></tr><tr><td>A</td><td><img alt="Red"></td></tr></table>'
    )
    assert [(block.kind.value, block.text) for block in markup.html_blocks(page)] == [
        ("paragraph", "Press Save to keep it."),
        ("caption", "Yields: plot A 12 t"),
        ("paragraph", "Our garden"),
        ("table", "| Shop | Sign |\n| --- | --- |\n| A | Red |"),
    ]
    assert markup.html_to_markdown('<p>Hello<img alt="Our logo"></p>') == "Hello"
