"""A hospital's catalogue from a file: code, name and, where there are any, other names of the same term."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from domain.clinical.coding.entries import Entry
from domain.clinical.coding.normalisation import fold

MAX_ENTRIES = 200_000
MAX_CHARACTERS = 40_000_000
MAX_ALIASES = 20
MAX_CODE_CHARACTERS = 40
MAX_NAME_CHARACTERS = 200
MAX_FAULTS = 50

# What hospitals call the first column of such a table: a line that begins so is no entry.
_HEADS = frozenset(
    ("code", "icd", "icd10", "icd-10", "编码", "代码", "疾病编码", "诊断编码", "药品编码", "项目编码", "id")
)
_BETWEEN_ALIASES = "|"


@dataclass(frozen=True, slots=True)
class Fault:
    """`line`: as an editor counts them. `reason`: no_code, no_name, code_too_long or name_too_long."""

    line: int
    reason: str
    words: str = ""


class CatalogueUnreadable(ValueError):
    """The file as a whole cannot be used. `reason`: empty, too_large, too_many, unreadable or one_column."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class CatalogueFile:
    """`merged`: how many lines repeated a code; their names became other names of its first line."""

    entries: list[Entry]
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0
    merged: int = 0


@dataclass
class _Draft:
    """An entry while lines may still add names to it."""

    name: str
    aliases: list[str]

    def add(self, names: Iterable[str]) -> None:
        known_names = {fold(each) for each in (self.name, *self.aliases)}
        for name in names:
            if fold(name) not in known_names and len(self.aliases) < MAX_ALIASES:
                self.aliases.append(name)
                known_names.add(fold(name))


def read_catalogue(content: str) -> CatalogueFile:
    """Tab or comma between columns; a first line of headings is optional. Other names: further columns, or one
    column with “|” between them. Lines that cannot be used are named, the others are read.

    Raises CatalogueUnreadable.
    """
    if len(content) > MAX_CHARACTERS:
        raise CatalogueUnreadable("too_large")
    drafts: dict[str, _Draft] = {}
    faults: list[Fault] = []
    merged = 0
    for line, cells in _rows(content):
        fault = _fault(line, cells)
        if fault:
            faults.append(fault)
            continue
        code, name, *others = cells
        if code in drafts:
            drafts[code].add([name, *others])
            merged += 1
            continue
        if len(drafts) == MAX_ENTRIES:
            raise CatalogueUnreadable("too_many")
        drafts[code] = _Draft(name, [])
        drafts[code].add(others)
    if not drafts and not faults:
        raise CatalogueUnreadable("empty")
    entries = [Entry(code, draft.name, tuple(draft.aliases)) for code, draft in drafts.items()]
    return CatalogueFile(entries, faults[:MAX_FAULTS], max(len(faults) - MAX_FAULTS, 0), merged)


def _rows(content: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and cells, other names taken apart; without headings and empty lines."""
    content = content.removeprefix("\ufeff")
    head = next((line for line in content.splitlines() if line.strip()), "")
    delimiter = next((each for each in ("\t", ",", ";") if each in head), "")
    if head and not delimiter:
        raise CatalogueUnreadable("one_column")
    # A name in a file with tabs may hold a quotation mark of its own.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(io.StringIO(content), delimiter=delimiter or ",", quoting=quoting)
    is_first = True
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not (is_first and cells[0].lower() in _HEADS):
                aliases = (alias.strip() for cell in cells[2:] for alias in cell.split(_BETWEEN_ALIASES))
                fitting = [alias for alias in aliases if 0 < len(alias) <= MAX_NAME_CHARACTERS]
                yield reader.line_num, [*cells[:2], *fitting]
            is_first = False
    except csv.Error as error:
        raise CatalogueUnreadable("unreadable") from error


def _fault(line: int, cells: list[str]) -> Fault | None:
    code, name = [*cells, "", ""][:2]
    if not code:
        return Fault(line, "no_code", name[:MAX_NAME_CHARACTERS])
    if not name:
        return Fault(line, "no_name", code[:MAX_CODE_CHARACTERS])
    if len(code) > MAX_CODE_CHARACTERS:
        return Fault(line, "code_too_long", code[:MAX_CODE_CHARACTERS])
    if len(name) > MAX_NAME_CHARACTERS:
        return Fault(line, "name_too_long", code)
    return None
