"""Headers and footers of a Word file, which lie in parts of their own: each line once for the document."""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from zipfile import ZipFile

from lxml import etree

from domain.documents.blocks import Block, BlockKind
from domain.documents.pages.running import is_page_number
from domain.documents.word_numbers import WORD

# Ends the headers, and the footers behind them, above the text. In no text that people write.
END = "\ue0f1"
_KINDS = ("header", "footer")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WATERMARK = "{urn:schemas-microsoft-com:vml}textpath"
RELATIONS, _SETTINGS = "word/_rels/document.xml.rels", "word/settings.xml"


def put_above(document: etree._Element, archive: ZipFile, read: Callable[[str], etree._Element]) -> None:
    """`read`: a part by its name."""
    body = document.find(f"{WORD}body")
    names = set(archive.namelist())
    if body is None:
        return
    above: list[etree._Element] = []
    relations = read(RELATIONS) if RELATIONS in names else ()
    paths = {each.get("Id"): posixpath.join("/word", each.get("Target", ""))[1:] for each in relations}
    is_two_sided = _SETTINGS in names and _is_on(read(_SETTINGS), "evenAndOddHeaders")
    for kind in _KINDS:
        used = dict.fromkeys(paths.get(each, "") for each in _references(document, kind, is_two_sided))
        for path in filter(names.__contains__, used):
            try:
                part = read(path)
            except etree.XMLSyntaxError:
                # Its text is whole: a damaged header costs nobody the document.
                continue
            _split_lines(part)
            above += part
        above.append(paragraph(END))
    for element in reversed(above):
        body.insert(0, element)


def lines(blocks: Iterable[Block], kind: BlockKind, text: Iterable[Block]) -> Iterator[Block]:
    """Without the numbers of pages, and lines that stand in the text, too."""
    known = {line for block in text for line in _lines_of(block)}
    found = dict.fromkeys(line for block in blocks for line in _lines_of(block))
    if kept := [line for line in found if line not in known and not is_page_number(line)]:
        yield Block(kind, "\n".join(kept))


def _references(document: etree._Element, kind: str, is_two_sided: bool) -> Iterator[str]:
    """Of each section those that its pages show; what it does not name is that of the section before."""
    named: dict[str, str] = {}
    for section in document.iterfind(f".//{WORD}sectPr"):
        references = section.findall(f"{WORD}{kind}Reference")
        named |= {each.get(f"{WORD}type", "default"): each.get(_RELATION, "") for each in references}
        is_shown = {"first": _is_on(section, "titlePg"), "default": True, "even": is_two_sided}
        yield from (named[each] for each in is_shown if is_shown[each] and each in named)


def _split_lines(part: etree._Element) -> None:
    """What stands at the left, in the middle and at the right of a line says something each; a watermark is a line, too."""
    for run in part.iter(f"{WORD}r"):
        for tab in run.iterchildren(f"{WORD}tab", f"{WORD}ptab"):
            tab.tag = f"{WORD}br"
    part.extend([paragraph(each.get("string", "")) for each in part.iter(_WATERMARK)])


def _lines_of(block: Block) -> list[str]:
    """Of a table its rows."""
    rows: dict[int, list[str]] = {}
    for cell in block.cells:
        rows.setdefault(cell.row, []).append(cell.text)
    found = map(" ".join, rows.values()) if rows else block.text.split("\n")
    return [line.strip() for line in found if line.strip()]


def paragraph(text: str, style: str = "") -> etree._Element:
    made = etree.Element(f"{WORD}p")
    if style:
        own = etree.SubElement(made, f"{WORD}pPr")
        etree.SubElement(own, f"{WORD}pStyle").set(f"{WORD}val", style)
    run = etree.SubElement(made, f"{WORD}r")
    etree.SubElement(run, f"{WORD}t").text = text
    return made


def _is_on(parent: etree._Element, name: str) -> bool:
    switch = parent.find(f"{WORD}{name}")
    return switch is not None and switch.get(f"{WORD}val", "1") not in ("0", "false", "off")
