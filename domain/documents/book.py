"""EPUB → the chapters of a book in the order of its spine."""

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from domain.documents import book_notes, markup, text
from domain.documents.blocks import Block
from domain.documents.errors import Unreadable
from domain.documents.sources import Source, opened

MOST_CHAPTERS = 3000
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTERS = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def blocks(source: Source) -> Iterator[Block]:
    """Raises Unreadable, also for a book that only a bought key opens. Sizes were added up before
    (`content.kind_of`), and `zipfile` gives no more of an entry than it declared.
    """
    with opened(source) as file, zipfile.ZipFile(file) as archive:
        names = frozenset(archive.namelist())
        chapters = _spine(archive)
        if _ENCRYPTION in names and _sealed(archive) & set(chapters):
            raise Unreadable("encrypted_file")
        if len(chapters) > MOST_CHAPTERS:
            raise Unreadable("too_much_text")
        held = [name for name in chapters if name in names]
        for page in book_notes.chapters_with_notes(held, lambda name: text.decode(archive.read(name))):
            yield from markup.html_blocks(page)


def _spine(archive: zipfile.ZipFile) -> list[str]:
    root = next(_xml(archive, _CONTAINER).iter("{*}rootfile"), None)
    if root is None:
        raise Unreadable("broken_file")
    package_name = str(root.get("full-path"))
    package = _xml(archive, package_name)
    folder = posixpath.dirname(package_name)
    items = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in package.iter("{*}item")
        if item.get("media-type") in _CHAPTERS and "nav" not in (item.get("properties") or "").split()
    }
    return [items[place.get("idref")] for place in package.iter("{*}itemref") if place.get("idref") in items]


def _sealed(archive: zipfile.ZipFile) -> set[str]:
    references = _xml(archive, _ENCRYPTION).iter("{*}CipherReference")
    return {unquote(reference.get("URI", "")) for reference in references}


def _xml(archive: zipfile.ZipFile, name: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    return etree.fromstring(archive.read(name), parser)
