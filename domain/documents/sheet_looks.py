"""How an XLSX file shows its sheets, where that is not as they are stored: 0.15 as 15%, 12 as 12万元, some struck out, and
hidden rows and columns not at all.

The reader of sheets gives the stored numbers alone, and all of them.
"""

import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, NamedTuple

from lxml import etree

from domain.documents.number_formats import BUILT_IN, NumberFormat, date_letters, number_format
from llm_backend import patterns

# Of each part that is read: larger sheets keep their stored numbers.
MAX_PART_BYTES = 60 * 2**20
# Of a sheet; what lies below has its stored numbers.
MAX_CELLS = 200_000
_CELL = patterns.compile(rb'<(?:x:)?c r="([A-Z]{1,3})(\d{1,7})"(?: t="\w{1,9}")? s="(\d{1,5})"')
_COLUMNS = patterns.compile(rb"<(?:x:)?col\s([^<>]{1,400})>")
_ROWS = patterns.compile(rb"<(?:x:)?row\s([^<>]{1,400})>")
_FILTER = patterns.compile(rb'<(?:x:)?filterColumn\b|filterMode="(?:1|true)"')
_ATTRIBUTE = patterns.compile(rb'(\w{1,30})="([^"]{0,40})"')
# Columns are described before the cells.
_HEAD_BYTES = 2**18
MAX_COLUMN = 16_384
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


# What the readers of archives and of XML raise.
DAMAGE = (
    zipfile.BadZipFile,
    KeyError,
    etree.XMLSyntaxError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
Place = tuple[int, int]


class CellLook(NamedTuple):
    """`text`: what is shown, where the reader of sheets gives something else; `date_letters`: how much of a date is."""

    number_format: NumberFormat | None = None
    is_struck: bool = False
    text: str = ""
    date_letters: int = 0


@dataclass
class SheetLook:
    """`cells`: by row and column, those that are shown otherwise; `merged`: from … to …, which the reader of sheets does not
    know. All count from 0. `texts`: of boxes that lie upon the cells.
    """

    cells: dict[Place, CellLook] = field(default_factory=dict)
    hidden_columns: set[int] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[Place, Place]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def of_sheets(file: IO[bytes]) -> dict[str, SheetLook]:
    """By the names of the sheets; empty for what is no XLSX."""
    try:
        with zipfile.ZipFile(file) as archive:
            styles = _styles(_part(archive, "xl/styles.xml"))
            return {name: _look(archive, path, styles) for name, path in _sheet_paths(archive).items()}
    except DAMAGE:
        # A damaged file, or one of another kind: whoever reads it says so.
        return {}


def _look(archive: zipfile.ZipFile, path: str, styles: Mapping[int, CellLook]) -> SheetLook:
    with archive.open(path) as part:
        columns = set(_hidden_columns(part.read(_HEAD_BYTES)))
    content = _content(archive, path)
    # Also what a filter hides, whose sign says that there is more.
    rows = {int(told[b"r"]) - 1 for told in _hidden(_ROWS, content)}
    if rows and any(map(_FILTER.search, (content, *_related(archive, path, "/table")))):
        rows = set()
    cells = dict(islice(_cells(content, styles), MAX_CELLS)) if styles else {}
    texts = [text for drawing in _related(archive, path, "/drawing") for text in _box_texts(drawing)]
    return SheetLook(cells, columns, rows, texts=texts)


def _hidden_columns(head: bytes) -> Iterator[int]:
    for told in _hidden(_COLUMNS, head):
        yield from range(int(told[b"min"]) - 1, min(int(told[b"max"]), MAX_COLUMN))


def _hidden(pattern: patterns.Pattern[bytes], content: bytes) -> Iterator[dict[bytes, bytes]]:
    """Not those of a group that was folded: its sign says that there is more."""
    for match in pattern.finditer(content):
        if b"hidden=" in match[1]:
            told = dict(_ATTRIBUTE.findall(match[1]))
            is_folded = told.get(b"outlineLevel", b"0") != b"0"
            if told[b"hidden"] in (b"1", b"true") and not is_folded:
                yield told


def _related(archive: zipfile.ZipFile, path: str, kind: str) -> Iterator[bytes]:
    """Parts that belong to a sheet: tables that have a name, and filters of their own; what is drawn upon it."""
    folder, name = posixpath.split(path)
    relations, names = f"{folder}/_rels/{name}.rels", frozenset(archive.namelist())
    for each in _part(archive, relations) if relations in names else ():
        target = posixpath.normpath(posixpath.join("/", folder, each.attrib["Target"]))[1:]
        if each.get("Type", "").endswith(kind) and target in names:
            yield _content(archive, target)


def _box_texts(drawing: bytes) -> Iterator[str]:
    """Of each box its paragraphs, one a line. What is hidden in a sheet stays so though a drawing on it is damaged."""
    try:
        shapes = list(_root(drawing).iter("{*}sp"))
    except etree.XMLSyntaxError:
        return
    for shape in shapes:
        is_hidden = any(each.get("hidden") in ("1", "true") for each in shape.iter("{*}cNvPr"))
        lines = ("".join(each.itertext("{*}t")).strip() for each in shape.iter("{*}p"))
        if (text := "\n".join(filter(None, lines))) and not is_hidden:
            yield text


def _styles(root: etree._Element) -> dict[int, CellLook]:
    codes = BUILT_IN | {
        int(each.attrib["numFmtId"]): each.attrib["formatCode"]
        for each in root.iterfind("{*}numFmts/{*}numFmt")
    }
    struck = [_is_struck(font) for font in root.iterfind("{*}fonts/{*}font")]
    looks = {}
    for at, each in enumerate(root.iterfind("{*}cellXfs/{*}xf")):
        code, font = codes.get(int(each.get("numFmtId", 0)), ""), int(each.get("fontId", 0))
        is_struck = font < len(struck) and struck[font]
        looks[at] = CellLook(number_format(code), is_struck, date_letters=date_letters(code))
    return {at: look for at, look in looks.items() if any(look)}


def _is_struck(font: etree._Element) -> bool:
    strike = font.find("{*}strike")
    return strike is not None and strike.get("val", "1") not in ("0", "false")


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    relations = _part(archive, "xl/_rels/workbook.xml.rels")
    targets = {each.attrib["Id"]: each.attrib["Target"] for each in relations}
    sheets = _part(archive, "xl/workbook.xml").iterfind("{*}sheets/{*}sheet")
    named = {each.attrib["name"]: targets[each.attrib[_RELATION]] for each in sheets}
    return {
        name: target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        for name, target in named.items()
    }


def _cells(content: bytes, styles: Mapping[int, CellLook]) -> Iterator[tuple[Place, CellLook]]:
    for match in _CELL.finditer(content):
        if (look := styles.get(int(match[3]))) is not None:
            column = 0
            for letter in match[1]:
                column = column * 26 + letter - ord("A") + 1
            yield (int(match[2]) - 1, column - 1), look


def _part(archive: zipfile.ZipFile, name: str) -> etree._Element:
    return _root(_content(archive, name))


def _root(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(content, parser)


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(MAX_PART_BYTES + 1)
    return b"" if len(content) > MAX_PART_BYTES else content
