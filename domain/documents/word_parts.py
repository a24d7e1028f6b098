"""The parts of a Word file as Word shows them: numbers that it counts, headings of any style, nothing that is hidden.

The reader of the format knows none of these, and leaves out the text of some elements.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from functools import cached_property, partial
from typing import IO

from lxml import etree
from mammoth.docx.dingbats import dingbats

from domain.documents import word_headers
from domain.documents.alternative_texts import alternative_text
from domain.documents.formula_places import FormulaPlaces, take_from_word
from domain.documents.word_headers import RELATIONS
from domain.documents.word_numbers import WORD, Numbers, value_of

# Ends the number of a paragraph, until it is known whether that is an item of a list. In no text that people write.
NUMBER_END = "\ue0f0"
# The style of paragraphs that say what a picture shows.
PICTURE_TEXT = "TextOfPicture"
_DOCUMENT = "word/document.xml"
_PARTS = (_DOCUMENT, "word/footnotes.xml", "word/endnotes.xml")
_TEXTS = (".xml", ".rels")
_STRICT_NAMES = tuple(
    (
        f"http://purl.oclc.org/ooxml/{kind}/{name}".encode(),
        f"http://schemas.openxmlformats.org/{kind}/2006/{name}".encode(),
    )
    for kind, name in (
        ("wordprocessingml", "main"),
        ("officeDocument", "relationships"),
        ("officeDocument", "math"),
        ("drawingml", "main"),
    )
)
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BOX = f"{WORD}txbxContent"
_ALTERNATIVE = f"{_COMPATIBILITY}Choice"
# What the reader passes over with all its text, and what it takes as it is: text of fields, bases of readings above them,
# words in the other direction, and what is struck out twice.
_READ_AS = {
    **dict.fromkeys(("fldSimple", "ruby", "rubyBase", "bdo", "dir"), "smartTag"),
    "cr": "br",
    "dstrike": "strike",
    "ptab": "tab",
}
_DEEPEST_STYLE = 20
# Clauses of contracts have places in the outline, too.
LONGEST_HEADING = 150
_HEADINGS = 6


class Styles:
    """Of paragraphs, with those that they are made of."""

    def __init__(self, root: etree._Element) -> None:
        self._styles = {each.get(f"{WORD}styleId", ""): each for each in root.iter(f"{WORD}style")}

    def of(self, own: etree._Element) -> Iterator[etree._Element]:
        """What is set at a paragraph, then what its styles set, the nearest first."""
        yield own
        name = value_of(own, "pStyle")
        for _depth in range(_DEEPEST_STYLE):
            style = self._styles.get(name)
            if style is None:
                return
            yield from style.iterfind(f"{WORD}pPr")
            name = value_of(style, "basedOn")

    @cached_property
    def of_contents(self) -> frozenset[str]:
        """Those of a table of contents."""
        names = {each: value_of(style, "name").casefold() for each, style in self._styles.items()}
        return frozenset(each for each, name in names.items() if name.startswith("toc "))


def rewritten(file: IO[bytes], formulas: FormulaPlaces) -> IO[bytes]:
    """The document without pictures, fonts and what is embedded, with words in the place of its formulas."""
    written = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(written, "w") as copy:
        names = archive.namelist()
        styles, numbering = (
            part_of(archive, name) if name in names else etree.Element("none")
            for name in ("word/styles.xml", "word/numbering.xml")
        )
        for name in names:
            if name in _PARTS:
                root = part_of(archive, name)
                if name == _DOCUMENT:
                    word_headers.put_above(root, archive, partial(part_of, archive))
                _take_as_shown(root)
                _mark_paragraphs(root, Styles(styles), Numbers(numbering))
                take_from_word(root, formulas)
                copy.writestr(name, etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
            elif name.endswith(_TEXTS):
                copy.writestr(name, archive.read(name))
    written.seek(0)
    return written


def chunks(file: IO[bytes]) -> Iterator[tuple[bytes, str]]:
    """Documents that the document consists of, as some systems wrap a web page into a Word file; bytes and names."""
    with zipfile.ZipFile(file) as archive:
        names = frozenset(archive.namelist())
        relations = part_of(archive, RELATIONS) if RELATIONS in names else ()
        for each in relations:
            path = posixpath.join("/word", each.get("Target", ""))[1:]
            if each.get("Type", "").endswith("/aFChunk") and path in names:
                yield archive.read(path), path


def _take_as_shown(root: etree._Element) -> None:
    """Text that the reader passes over under a name that it knows; what is hidden, and readings above words, not at all."""
    _take_boxes(root)
    _tell_pictures(root)
    _cut_references(root)
    _fill_rows(root)
    _take_signs(root)
    for prompt in root.iter(f"{WORD}showingPlcHdr"):
        # “Click here to enter text”: nobody did. Its place stays, as of a cell.
        control = next(prompt.iterancestors(f"{WORD}sdt"), None)
        for text in control.iter(f"{WORD}t") if control is not None else ():
            text.text = ""
    for element in list(root.iter(*(f"{WORD}{name}" for name in (*_READ_AS, "rt", "vanish")))):
        name = etree.QName(element).localname
        if name in _READ_AS:
            element.tag = f"{WORD}{_READ_AS[name]}"
        elif name == "rt":
            _drop(element)
        elif element.get(f"{WORD}val", "1") not in ("0", "false", "off"):
            _drop_hidden(element)


def _take_signs(root: etree._Element) -> None:
    """Letters in a font of signs: “R” may be a ticked box, and the “m” of mg a μ."""
    for fonts in root.iter(f"{WORD}rFonts"):
        run = next(fonts.iterancestors(f"{WORD}r"), None)
        font = fonts.get(f"{WORD}ascii") or fonts.get(f"{WORD}hAnsi")
        for text in run.iterchildren(f"{WORD}t") if run is not None and font else ():
            text.text = "".join(_sign(font, letter) for letter in text.text or "")


def _sign(font: str, letter: str) -> str:
    """What it looks like there. It may be written as itself, or in the range of private use."""
    code = ord(letter)
    return chr(dingbats.get((font, code & 0xFF if 0xF000 <= code < 0xF100 else code), code))


def _tell_pictures(root: etree._Element) -> None:
    """Their alternative texts, each below the paragraph that it stands in."""
    for drawing in list(root.iter("{*}docPr")):
        paragraph = next(drawing.iterancestors(f"{WORD}p"), None)
        is_gone = next(drawing.iterancestors(f"{WORD}del", f"{WORD}moveFrom"), None) is not None
        if paragraph is not None and not is_gone and (text := alternative_text(drawing.get("descr"))):
            paragraph.addnext(word_headers.paragraph(text, PICTURE_TEXT))


def _cut_references(root: etree._Element) -> None:
    """To pictures and addresses, of which no text comes: the reader breaks off at one that leads nowhere."""
    for picture in list(root.iter("{*}blip", "{*}imagedata")):
        _drop(picture)
    for link in root.iter(f"{WORD}hyperlink"):
        link.attrib.pop(_RELATION, None)
    for end in root.iter(f"{WORD}br"):
        # A new page or column begins a line, too.
        end.attrib.pop(f"{WORD}type", None)


def _fill_rows(root: etree._Element) -> None:
    """Places that a row leaves out before its first cell: the others stand under the names of their columns."""
    for before in root.iter(f"{WORD}gridBefore"):
        row = before.getparent().getparent()
        first = row.find(f"{WORD}tc") if row is not None else None
        if first is not None:
            cell = etree.Element(f"{WORD}tc")
            span = etree.SubElement(etree.SubElement(cell, f"{WORD}tcPr"), f"{WORD}gridSpan")
            span.set(f"{WORD}val", before.get(f"{WORD}val", "1"))
            etree.SubElement(cell, f"{WORD}p")
            first.addprevious(cell)


def _take_boxes(root: etree._Element) -> None:
    """The text of boxes that only newer programs show, where older ones are given a picture or nothing."""
    for box in list(root.iter(_BOX)):
        drawing = next(box.iterancestors(f"{WORD}drawing"), None)
        if drawing is None:
            continue
        alternatives = next(box.iterancestors(f"{_COMPATIBILITY}AlternateContent"), None)
        fallback = None if alternatives is None else alternatives.find(f"{_COMPATIBILITY}Fallback")
        if fallback is None or next(fallback.iter(_BOX), None) is None:
            shape = etree.Element(f"{WORD}pict")
            shape.append(box)
            (drawing if alternatives is None else alternatives).addprevious(shape)


def _mark_paragraphs(root: etree._Element, styles: Styles, numbers: Numbers) -> None:
    """Headings as such, and numbers as text; a table of contents says nothing that the document does not."""
    for paragraph in list(root.iter(f"{WORD}p")):
        own = paragraph.find(f"{WORD}pPr")
        if own is None or next(paragraph.iterancestors(_ALTERNATIVE), None) is not None:
            continue
        if value_of(own, "pStyle") in styles.of_contents:
            _drop(paragraph)
            continue
        settings = list(styles.of(own))
        if sum(len(text.text or "") for text in paragraph.iter(f"{WORD}t")) <= LONGEST_HEADING:
            _mark_heading(own, settings)
        is_deleted = any(own.find(f"{WORD}rPr/{WORD}{name}") is not None for name in ("del", "moveFrom"))
        if not is_deleted and (number := numbers.next_of(settings)):
            run = etree.Element(f"{WORD}r")
            etree.SubElement(run, f"{WORD}t").text = f"{number}{NUMBER_END}"
            own.addnext(run)


def _mark_heading(own: etree._Element, settings: list[etree._Element]) -> None:
    """One that its outline says is a heading, whatever its style is called."""
    level = next((found for each in settings if (found := value_of(each, "outlineLvl"))), "")
    if level.isdecimal() and int(level) < _HEADINGS:
        style = own.find(f"{WORD}pStyle")
        if style is None:
            style = etree.Element(f"{WORD}pStyle")
            own.insert(0, style)
        style.set(f"{WORD}val", f"Heading{int(level) + 1}")


def _drop_hidden(vanish: etree._Element) -> None:
    """Of a paragraph's own mark only that is hidden."""
    run = vanish.getparent().getparent() if vanish.getparent() is not None else None
    if run is not None and run.tag == f"{WORD}r":
        _drop(run)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def part_of(archive: zipfile.ZipFile, name: str) -> etree._Element:
    """Under the names of the usual form, also of a document in the strict one."""
    content = archive.read(name)
    for strict, usual in _STRICT_NAMES:
        content = content.replace(strict, usual)
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
