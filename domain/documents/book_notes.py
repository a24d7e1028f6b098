"""Notes of a book that stand in another file than their marks, such as a chapter of them: into the file of the mark, where
`footnotes` puts each below its paragraph.
"""

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag

from domain.documents import footnotes

# `lxml`, as of every web page.
_PARSER = "lxml"
# No mark is written without it.
_SIGN = "noteref"
Place = tuple[str, str]


def chapters_with_notes(names: Sequence[str], read: Callable[[str], str]) -> Iterator[str]:
    """The pages of these files in their order. `read` gives one."""
    asked = defaultdict[str, set[str]](set)
    for name in names:
        page = read(name)
        for file, at in _places_elsewhere(_parsed(page), name, names) if _SIGN in page else ():
            asked[file].add(at)
    notes: dict[Place, str] = {}
    for file, wanted in asked.items():
        found = footnotes.notes_of(_parsed(read(file)))
        notes |= {(file, at): str(found[at]) for at in sorted(wanted & found.keys())}
    for name in names:
        page = read(name)
        if name in asked or (notes and _SIGN in page):
            page = _page_with_notes(_parsed(page), name, asked.get(name, set()), notes)
        yield page


def _parsed(page: str) -> BeautifulSoup:
    return BeautifulSoup(page.encode(), _PARSER, from_encoding="utf-8")


def _places_elsewhere(soup: BeautifulSoup, name: str, names: Sequence[str]) -> Iterator[Place]:
    for mark in footnotes.marks_of(soup):
        file, at = _place(str(mark["href"]), name)
        if file != name and file in names:
            yield file, at


def _place(address: str, name: str) -> Place:
    """The file, and where in it, that a link of this file leads to."""
    path, _sign, at = unquote(address).partition("#")
    return (posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name), at


def _page_with_notes(soup: BeautifulSoup, name: str, gone: set[str], notes: dict[Place, str]) -> str:
    """Without the notes that other files ask for, and with those that this one asks for at its end."""
    own = footnotes.notes_of(soup)
    for at in gone & own.keys():
        own[at].extract()
    brought: dict[Place, str] = {}
    for mark in footnotes.marks_of(soup):
        place = _place(str(mark["href"]), name)
        if place in notes and soup.body:
            if place not in brought:
                brought[place] = f"note-{len(brought)}-elsewhere"
                soup.body.append(_note(notes[place], brought[place], place[0], name))
            mark["href"] = f"#{brought[place]}"
    return str(soup)


def _note(written: str, identity: str, file: str, name: str) -> Tag:
    """As one of this file, with its way back."""
    note = next(each for each in _parsed(written).body.children if isinstance(each, Tag))  # type: ignore[union-attr]
    note["id"] = identity
    for link in note("a", href=True):
        path, at = _place(str(link["href"]), file)
        if path == name:
            link["href"] = f"#{at}"
    return note
