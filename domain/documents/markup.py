"""HTML and Word → blocks: by way of Markdown, with the cells of tables taken before it flattens them."""

import secrets
from collections.abc import Iterator
from dataclasses import replace

import mammoth
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from markdownify import MarkdownConverter

from domain.documents import footnotes, grids, markdown, word_headers, word_numbers, word_parts
from domain.documents.alternative_texts import alternative_text
from domain.documents.blocks import Block, BlockKind, Cell
from domain.documents.formula_places import FormulaPlaces, take_from_page
from domain.documents.sources import Source, opened
from domain.documents.text import RAISED
from llm_backend import patterns

# In C and linear. `html.parser` takes minutes for 300 KB of “<a <a” and refuses “<![ foo” altogether.
PARSER = "lxml"
_NOT_CONTENT = (
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "nav",
    "iframe",
    "form",
    "head",
    "rt",
    "rp",
)
# What menus are called in classes and identifiers of web pages, and the share of their letters that links have.
_MENU = patterns.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|topbar|breadcrumbs?|pagination|sidebar|footer)(?:$|[\s_-])",
    patterns.IGNORECASE,
)
LEAST_MENU_LINKS, LEAST_LINKED = 2, 0.9
# A table of these is there for its looks, as in mails.
_LAYOUT = ("table", "h1", "h2", "h3", "h4", "h5", "h6")
_EMPTY_LINES = patterns.compile(r"\n{3,}")
_XML_DECLARATION = patterns.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
# Powers and the numbers of notes: “10<sup>6</sup>” is not 106.
_RAISED = patterns.compile(r"[-+−–]?\d{1,4}(?:[,，]\s?\d{1,4}){0,5}")
# What a style of its own hides. A font of no size places columns side by side in many mails.
_HIDDEN = patterns.compile(
    r"(?:^|[;\s])(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|max-height\s{0,3}:\s{0,3}0(?:px)?\s{0,3}(?:;|!|$))",
    patterns.IGNORECASE,
)
# Stands for a table while the rest becomes Markdown.
_PLACE = patterns.compile(r"TABLE[0-9a-f]{16}N[0-9]{1,9}E")
_SPACES = patterns.compile(r" {2,}")
# Around bold type, until it is known whether that is a heading.
_BOLD_SIGN = "\ue0f3"
# Begins what a picture says, until that is a block. In no text that people write.
_PICTURE = "\ue0f2"
# In these it stands among the other words.
_TOGETHER = ("td", "th", "li", "h1", "h2", "h3", "h4", "h5", "h6")
# Boxes of fonts of signs, which few have.
_BOXES = str.maketrans("🗹🗷🞎🞏", "☑☒☐☐")
_LISTS = ("ul", "ol")
_WORD_STYLES = (
    f"p.{word_parts.PICTURE_TEXT} => p.{word_parts.PICTURE_TEXT}:fresh\np[style-name='Title'] => h1:fresh"
)
# A paragraph that is bold as a whole, no sentence and no value: a heading that nobody declared as one, of a level that
# nobody knows.
_BOLD = patterns.compile(
    r"\ue0f3((?:\d{1,2}[.、]|(?:\d{1,2}\.){1,3}\d{1,2}|(?:19|20)\d\d(?!\d))?(?![\d¥￥$€£])[^\ue0f3\n:：。；;，,.!?！？|]{2,40})\ue0f3"
)
_LOWEST = 6
# Of an item of a list that does not count 1, 2, 3.
_NUMBER = "data-number"
_LETTERS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_STYLES = {"lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "lower-roman": "i", "upper-roman": "I"}


class Converter(MarkdownConverter):
    """What stands on lines of its own stays so, and an answer in a list of terms gets no colon before it."""

    def convert_li(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        """Under the number that Word counted. What holds a list alone, and no word of its own, is no item."""
        if all((isinstance(part, Tag) and part.name in _LISTS) or not str(part).strip() for part in element):
            return f"{text.strip(chr(10))}\n"
        if number := str(element.get(_NUMBER, "")):
            lines = text.strip().replace("\n", f"\n{' ' * min(len(number) + 1, 3)}")
            return f"{number} {lines}\n"
        return str(super().convert_li(element, text, parent_tags))  # type: ignore[misc]

    def convert_b(self, _element: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{_BOLD_SIGN}{text}{_BOLD_SIGN}" if text.strip() else text

    def convert_em(self, _element: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    convert_strong, convert_i = convert_b, convert_em

    def convert_img(self, _element: Tag, text: str, parent_tags: set[str]) -> str:
        """Told before, where it says something."""
        return ""

    def convert_dd(self, _element: Tag, text: str, parent_tags: set[str]) -> str:
        return f" {text.strip()} " if "_inline" in parent_tags else f"{text.strip()}\n"

    def convert_aside(self, _element: Tag, text: str, parent_tags: set[str]) -> str:
        return f" {text.strip()} " if "_inline" in parent_tags else f"\n\n{text.strip()}\n\n"

    convert_header = convert_footer = convert_address = convert_aside
    convert_details = convert_summary = convert_fieldset = convert_legend = convert_aside


def html_to_markdown(html: str) -> str:
    formulas = FormulaPlaces()
    soup, title = _content(html, formulas)
    return formulas.inside(_with_title(_markdown(soup), title).replace(_BOLD_SIGN, ""))


def html_blocks(html: str) -> Iterator[Block]:
    return _blocks(html, FormulaPlaces())


def letter_blocks(html: str) -> Iterator[Block]:
    """Of a mail, which no script changes: what is hidden there nobody reads, such as a teaser for lists of mails."""
    soup = BeautifulSoup(_XML_DECLARATION.sub("", html), PARSER)
    for element in soup.find_all(style=lambda style: bool(style and _HIDDEN.search(style))):
        element.decompose()
    return _blocks(str(soup), FormulaPlaces())


def _blocks(html: str, formulas: FormulaPlaces) -> Iterator[Block]:
    soup, title = _content(html, formulas)
    return formulas.put_back(_blocks_of(soup, title))


def _blocks_of(soup: BeautifulSoup, title: str) -> Iterator[Block]:
    _tell_pictures(soup)
    tables = _take_tables(soup)
    for block in markdown.blocks(_with_title(_markdown(soup), title)):
        plain = block.text.replace(_BOLD_SIGN, "")
        if cells := tables.get(plain):
            yield from grids.blocks(cells)
        elif block.kind is BlockKind.PARAGRAPH and (bold := _BOLD.fullmatch(block.text)):
            yield Block(BlockKind.HEADING, bold[1].strip(), level=_LOWEST)
        elif plain.startswith(_PICTURE):
            yield Block(BlockKind.CAPTION, plain.replace(_PICTURE, ""))
        else:
            # One inside a list stays a part of it.
            text = _PLACE.sub(lambda word: grids.markdown(tables.get(word[0], ())), plain)
            yield replace(block, text=text.replace(_PICTURE, ""))


def word_blocks(source: Source) -> Iterator[Block]:
    formulas = FormulaPlaces()
    with opened(source) as file:
        document = word_parts.rewritten(file, formulas)
        told = mammoth.convert_to_html(document, style_map=_WORD_STYLES, convert_image=lambda image: [])
    html = told.value.translate(_BOXES)
    # Notes stand at its end.
    header, footer, text = html.split(f"<p>{word_headers.END}</p>", 2)
    said = list(_blocks(text, formulas))
    yield from word_headers.lines(_blocks(header, formulas), BlockKind.PAGE_HEADER, said)
    yield from said
    yield from word_headers.lines(_blocks(footer, formulas), BlockKind.PAGE_FOOTER, said)


def _content(html: str, formulas: FormulaPlaces) -> tuple[BeautifulSoup, str]:
    """The page without what is no text, and the title that it lacks a heading for."""
    # XHTML says that it is XML; it is read as what browsers make of it.
    soup = BeautifulSoup(_XML_DECLARATION.sub("", html), PARSER)
    _keep_main(soup)
    _drop_menus(soup)
    title = soup.title.get_text(strip=True) if soup.title else ""
    has_title = not title or soup.find("h1") is not None
    take_from_page(soup, formulas)
    _place_numbers(soup)
    _count_items(soup)
    _join_spaces(soup)
    form = soup.find("form")
    # Some systems put the whole page into one.
    if form and 2 * len(form.get_text(strip=True)) > len(soup.get_text(strip=True)):
        form.unwrap()
    for element in soup(_NOT_CONTENT):
        element.decompose()
    for box in soup("input", type=("checkbox", "radio")):
        gap = "" if str(box.next_sibling or " ")[:1].isspace() else " "
        box.replace_with(f"{'☑' if box.has_attr('checked') else '☐'}{gap}")
    footnotes.put_below(soup)
    for element in soup("sup"):
        if _RAISED.fullmatch(raised := element.get_text(strip=True)):
            element.replace_with(raised.translate(RAISED))
    for element in soup("strike"):
        element.name = "s"
    return soup, "" if has_title else title


def _tell_pictures(soup: BeautifulSoup) -> None:
    """What each shows, once, and not where the page says it in words: in its place in a sentence or a cell, else as a
    caption.
    """
    for said in soup.select(f"p.{word_parts.PICTURE_TEXT}"):
        said.replace_with(soup.new_tag("img", alt=said.get_text()))
    told = set(soup.stripped_strings)
    for picture in soup("img"):
        text = alternative_text(str(picture.get("alt", "")))
        if not text or text in told:
            continue
        told.add(text)
        beside = (picture.previous_sibling, picture.next_sibling)
        is_word = any(isinstance(each, NavigableString) and each.strip() for each in beside)
        if is_word or picture.find_parent(_TOGETHER) is not None:
            picture.replace_with(text)
        else:
            caption = soup.new_tag("p")
            caption.string = f"{_PICTURE}{text}"
            picture.replace_with(caption)


def _place_numbers(soup: BeautifulSoup) -> None:
    """Numbers that Word counted stand before their items, and before any other text."""
    for text in list(soup.strings):
        number, end, rest = str(text).partition(word_parts.NUMBER_END)
        if not end:
            continue
        item = text.find_parent("li")
        if item is not None and text.find_parent(["td", "th"]) is None:
            item[_NUMBER] = number
            text.replace_with(rest)
        else:
            text.replace_with(f"{number} {rest}")


def _count_items(soup: BeautifulSoup) -> None:
    """Where letters count, or an item has a number of its own: others refer to 3 (a)."""
    for numbered in soup("ol"):
        items = numbered.find_all("li", recursive=False)
        style = str(numbered.get("style", ""))
        form = str(numbered.get("type") or next((of for name, of in _STYLES.items() if name in style), ""))
        if form not in _LETTERS and not any(item.has_attr("value") for item in items):
            continue
        count = word_numbers.whole_number(str(numbered.get("start")), 1)
        for item in items:
            count = word_numbers.whole_number(str(item.get("value")), count)
            number = word_numbers.written(count, _LETTERS.get(form, "decimal"))
            item[_NUMBER] = f"{number[: word_numbers.LONGEST_NUMBER]}."
            count += 1


def _join_spaces(soup: BeautifulSoup) -> None:
    """As browsers do. The library would look from each of very many for the end of a line."""
    for text in list(soup.strings):
        if "  " in text and text.find_parent("pre") is None:
            text.replace_with(_SPACES.sub(" ", text))


def _keep_main(soup: BeautifulSoup) -> None:
    """Of a page that says what it is about, that alone: its menus are the same on every page of a site."""
    parts = soup.find_all("main")
    if len(parts) == 1 and soup.body and parts[0].get_text(strip=True):
        part = parts[0].extract()
        soup.body.clear()
        soup.body.append(part)


def _drop_menus(soup: BeautifulSoup) -> None:
    """What is called a menu and has hardly anything but links: the same on every page of a site. One of a restaurant has
    prices.
    """
    for element in soup.select("[class], [id], [role]"):
        if element.decomposed or element.name in ("html", "body"):
            continue
        words = " ".join(map(str, (*element.get_attribute_list("class"), element.get("id"))))
        if element.get("role") == "navigation" or (_MENU.search(words) and _has_only_links(element)):
            element.decompose()


def _has_only_links(element: Tag) -> bool:
    links, letters = element("a"), "".join(element.get_text().split())
    linked = sum(len("".join(link.get_text().split())) for link in links)
    has_figures = any(map(str.isdigit, letters))
    return len(links) >= LEAST_MENU_LINKS and not has_figures and linked >= LEAST_LINKED * len(letters)


def _markdown(soup: BeautifulSoup) -> str:
    # Nothing is escaped: what comes out is read, searched and quoted as it stands, e-mail addresses above all.
    converter = Converter(
        heading_style="ATX",
        escape_misc=False,
        escape_asterisks=False,
        escape_underscores=False,
        strip=["a"],
    )
    converted = converter.convert_soup(soup)
    return _EMPTY_LINES.sub("\n\n", converted).strip()


def _with_title(text: str, title: str) -> str:
    return f"# {title}\n\n{text}" if title else text


def _take_tables(soup: BeautifulSoup) -> dict[str, tuple[Cell, ...]]:
    """Puts a word in the place of each table. Those that only place other things become paragraphs."""
    tables = {}
    # Nobody who wrote the page knows it.
    mark = f"TABLE{secrets.token_hex(8)}N"
    for number, table in enumerate(soup("table")):
        cells = () if table.find(_LAYOUT) else grids.of_html(table)
        if len(cells) < 2:
            _unwrap(table)
            continue
        word = f"{mark}{number}E"
        tables[word] = cells
        if table.caption and (caption := table.caption.get_text(" ", strip=True)):
            table.insert_before(above := soup.new_tag("p"))
            above.string = caption
        placeholder = soup.new_tag("p")
        placeholder.string = word
        table.replace_with(placeholder)
    return tables


def _unwrap(table: Tag) -> None:
    for part in [table, *table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th", "caption"])]:
        if part.find_parent("table") in (table, None):
            part.name = "div"
