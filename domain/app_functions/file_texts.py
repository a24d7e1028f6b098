"""The texts that a file holds: the cells of a column, the rows of a table, the lines of a list, or a document in parts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from domain.app_functions.texts import head_and_rest, split_text
from domain.workflows.functions import Function
from domain.workflows.types import File, Flag, List, Number, Record, Text
from llm_backend.wording import normalise

MAX_TEXTS = 1000
# A longer one is read in parts.
PART_CHARACTERS = 8000
WORKBOOKS = (".xlsx", ".xls", ".ods")
TABLES = (".csv", ".tsv", *WORKBOOKS)
TEXTS = List(of=Text(), max_items=MAX_TEXTS)


def gather_texts(
    texts: list[str], file: Mapping[str, str], column: str, has_lines: bool, most: float
) -> dict[str, Any]:
    """What was typed, and behind it what the file says; at most so many. A table's rows come as the platform reads them:
    “column: cell” lines, of two columns a line each, or as a table of short cells. `has_lines`: each line of another file
    is a text of its own.
    """
    said, name = file["text"], file["name"].lower()
    rows = list(_rows(said, has_names=name.endswith(WORKBOOKS)))
    is_table = name.endswith(TABLES)
    names = {_plain(name) for part in said.split("\n\n") for name in next(iter(_table(part)), ())}
    if column.strip():
        found = _cells(rows, _plain(column), names)
    elif is_table:
        found = rows
    else:
        found = said.splitlines() if has_lines else [said]
    parts = [part for text in found for part in split_text(text, PART_CHARACTERS)["parts"]]
    gathered = [*texts, *parts]
    limit = min(int(most), MAX_TEXTS)
    return {
        "texts": gathered[:limit],
        "left_out": max(0, len(gathered) - limit),
        "is_column_missing": bool(column.strip() and said and not found) and _plain(column) not in names,
    }


def _rows(said: str, *, has_names: bool) -> Iterator[str]:
    """`has_names`: of the sheets, a line each, which are no rows."""
    for part in said.split("\n\n"):
        if table := _table(part):
            # Printed tables name their columns on each page.
            for line in filter(table[0].__ne__, table[1:]):
                cells = zip(table[0], line, strict=False)
                yield "\n".join(f"{name}: {cell}" if name else cell for name, cell in cells if cell)
            continue
        is_sheet_name = has_names and part.startswith("# ") and "\n" not in part
        if part.strip() and not is_sheet_name and not _names_columns(part):
            yield part


def _names_columns(part: str) -> bool:
    """Whether a row says of each of several columns nothing but its name."""
    cells = [head_and_rest(line) for line in part.split("\n")]
    return len(cells) > 1 and all(head and head == rest for head, rest in cells)


def _table(part: str) -> list[list[str]]:
    """The names and cells of a table of short cells; empty for anything else."""
    header, *lines = part.split("\n")
    if not (lines and lines[0].startswith("| ---")):
        return []
    return [
        [cell.replace("\\|", "|").strip() for cell in line[2:-2].split(" | ")]
        for line in (header, *lines[1:])
    ]


def _cells(rows: Sequence[str], column: str, names: set[str]) -> list[str]:
    """Of the column, also where a cell has several lines. `names`: of columns, as far as they are known."""
    lines_of = [row.splitlines() for row in rows]
    header = [_plain(line) for line in lines_of[0]] if rows else []
    if column in header:
        place = header.index(column)
        return [lines[place].strip() for lines in lines_of[1:] if len(lines) > place]
    heads = Counter(head for lines in lines_of for head in set(map(_head, lines)))
    columns = {head for head, count in heads.items() if head and 2 * count >= len(rows)} | names | {column}
    found = []
    for lines in lines_of:
        begins = [place for place, line in enumerate(lines) if _head(line) in columns]
        for place, end in pairwise([*begins, len(lines)]):
            if _head(lines[place]) == column:
                cell = [head_and_rest(lines[place])[1], *lines[place + 1 : end]]
                found.append("\n".join(cell).strip())
    return [cell for cell in found if cell]


def _head(line: str) -> str:
    head, _rest = head_and_rest(line)
    return _plain(head) if head != line.strip() else ""


def _plain(name: str) -> str:
    return "".join(normalise(name).split())


FUNCTIONS = (
    Function(
        "gather_texts",
        {
            "texts": TEXTS,
            "file": File(),
            "column": Text(optional=True),
            "has_lines": Flag(),
            "most": Number(min=1, max=MAX_TEXTS),
        },
        Record(fields={"texts": TEXTS, "left_out": Number(), "is_column_missing": Flag()}),
        gather_texts,
    ),
)
