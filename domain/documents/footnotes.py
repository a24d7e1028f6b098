"""Notes of Word, of books and of web pages: below the paragraph that they belong to, with which they are read and found.

At the end of a document an exception stands under whatever heading comes last.
"""

from bs4 import BeautifulSoup, Tag

_MARKS = {"role": "doc-noteref", "epub:type": "noteref"}
_BACK = {"role": "doc-backlink", "epub:type": "backlink"}
# As `mammoth` calls those of Word.
_WORD_MARKS = ("#footnote-", "#endnote-")
_WORD_BACK = ("#footnote-ref", "#endnote-ref")
# What paragraphs stand in that are read as one.
_TOGETHER = ("table", "ul", "ol", "dl")
_PARAGRAPHS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "div")
# In which the number of a note stands, and what it is the number of.
_INLINE, _NOTES = ("a", "span", "sup"), ("p", "li", "dd", "aside")
# Parts of a page rather than a note.
_LARGE = ("body", "main", "article", "section", *_TOGETHER)


def put_below(soup: BeautifulSoup) -> None:
    """Each note once, below its first mark, and without the way back."""
    links = soup("a", href=True)
    backs = [each for each in links if _is(each, _BACK, _WORD_BACK)]
    marks = marks_of(soup)
    notes = {f"#{at}": each for at, each in notes_of(soup).items()}
    last: dict[int, Tag] = {}
    for mark in marks:
        number, place = _raised(soup, mark), _place(mark)
        note = notes.pop(str(mark["href"]), None)
        if note is None or place is None or any(each is note for each in (place, *place.parents)):
            continue
        for back in note("a", href=f"#{mark.get('id')}"):
            back.decompose()
        _number(soup, note, number)
        last.get(id(place), place).insert_after(note.extract())
        last[id(place)] = note
    for back in backs:
        back.decompose()


def marks_of(soup: BeautifulSoup) -> list[Tag]:
    """The links that lead to notes."""
    links = soup("a", href=True)
    return [each for each in links if _is(each, _MARKS, _WORD_MARKS) and not _is(each, _BACK, _WORD_BACK)]


def notes_of(soup: BeautifulSoup) -> dict[str, Tag]:
    """What may be a note, by where a link leads: the paragraph, also where that leads to the number at its head."""
    found = {}
    for each in soup(id=True):
        note = (each.find_parent(_NOTES) or each) if each.name in _INLINE else each
        if note.name not in _LARGE:
            found[str(each["id"])] = note
    return found


def _is(link: Tag, attributes: dict[str, str], addresses: tuple[str, ...]) -> bool:
    is_named = any(value in str(link.get(name, "")).split() for name, value in attributes.items())
    return is_named or str(link["href"]).startswith(addresses)


def _raised(soup: BeautifulSoup, mark: Tag) -> str:
    """The number of a mark: above the line, as “300” and a 1 are no 3001, and without brackets, which citations have."""
    number = mark.get_text(strip=True).strip("[]")
    mark.string = number
    if mark.find_parent("sup") is None:
        mark.wrap(soup.new_tag("sup"))
    return number


def _place(mark: Tag) -> Tag | None:
    """What its note stands behind: the paragraph, or the whole table or list."""
    outer = mark.find_parents(_TOGETHER)
    return outer[-1] if outer else mark.find_parent(_PARAGRAPHS)


def _number(soup: BeautifulSoup, note: Tag, number: str) -> None:
    note.name = "div"
    first = note.p or note
    if said := next(first.strings, None):
        said.replace_with(said.lstrip())
    first.insert(0, raised := soup.new_tag("sup"), " ")
    raised.string = number
