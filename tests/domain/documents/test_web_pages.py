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


def test_menus_made_of_any_element_are_left_out_and_lists_of_links_stay() -> None:
    menu = '<div class="menu-item"><a href="/">Home</a></div><div class="menu-item"><a href="/c">Contact</a></div>'
    page = (
        f'<body><div class="site-menu"><div>{menu}</div></div><div role="navigation">You are here: Fees</div>'
        "<div class=content><h1>Fees</h1><p>A visit costs 40 yuan.</p>"
        '<div class="menu"><a href="/1">Dumplings 12 yuan</a><a href="/2">Soup 9 yuan</a></div>'
        '<ul class="forms"><li><a href="/a">Form of registration</a><li><a href="/b">Form of leave</a></ul></div>'
        '<div id="footer">Elm Road, open on <a href="/h">Sundays</a>, <a href="/i">Imprint</a></div>'
        '<div class="footer"><a href="/i">Imprint</a> | <a href="/p">Privacy</a></div></body>'
    )
    assert [block.text for block in markup.html_blocks(page)] == [
        "Fees",
        "A visit costs 40 yuan.",
        "Dumplings 12 yuanSoup 9 yuan",
        "* Form of registration\n* Form of leave",
        "Elm Road, open on Sundays, Imprint",
    ]
