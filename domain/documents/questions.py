"""CSV → a block per row: question and answer where the columns are known, else “column: value” lines."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from domain.documents.blocks import Block, BlockKind
from domain.documents.errors import Unreadable
from domain.documents.table_parts import (
    MOST_LINES_ABOVE,
    TablePart,
    are_words,
    filled_count,
    is_number,
    parts_of,
)

MOST_ROWS = 100_000
MOST_COLUMNS = 1000
LONGEST_CELL = 100_000
DELIMITERS = ",\t;|"
# Characters of a file that tell what parts its cells.
SAMPLE = 20_000
_QUESTIONS = "question questions q query faq ask 问题 问 提问 提问内容 标准问题 問題 問 用户问题 常见问题"
_ANSWERS = "answer answers a reply response 答案 回答 答 答复 回复 标准答案 解答 回覆 內容 答覆"
_SIMILAR = "similar variants paraphrases 相似问法 相似问题 相似问 扩展问法 扩展问题 扩展问 同义问法 同义问题"
QUESTION_NAMES = frozenset(_QUESTIONS.split())
ANSWER_NAMES = frozenset(_ANSWERS.split())
SIMILAR_NAMES = frozenset(_SIMILAR.split())


def blocks(text: str) -> Iterator[Block]:
    """Each question with its answer, where two columns are called so or there are two; else each row as a record.
    Raises Unreadable.
    """
    delimiter, text = delimiter_of(text)
    try:
        rows = list(rows_of(text, delimiter))
    except csv.Error as error:
        raise Unreadable("broken_file") from error
    count = sum(map(bool, map(filled_count, rows)))
    if count > MOST_ROWS:
        raise Unreadable("too_much_text")
    if not count:
        raise Unreadable("empty_file")
    parts = list(parts_of(rows))
    if any(len(rows[part.top]) > MOST_COLUMNS for part in parts):
        raise Unreadable("too_many_columns")
    return (block for part in parts for block in _part_blocks(part, rows, delimiter))


def rows_of(text: str, delimiter: str) -> Iterator[list[str]]:
    """With ="0012" as the 0012 that spreadsheets show. Raises csv.Error."""
    csv.field_size_limit(LONGEST_CELL)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        yield [_cell_text(cell) for cell in row]


def _cell_text(cell: str) -> str:
    is_text = cell.startswith('="') and cell.find('"', 2) == len(cell) - 1
    return cell[2:-1] if is_text else cell


def _part_blocks(part: TablePart, rows: list[list[str]], delimiter: str) -> Iterator[Block]:
    table = [row for row in rows[part.top : part.bottom] if filled_count(row)]
    yield from (Block(BlockKind.CAPTION, title) for title in part.titles)
    yield from _table_blocks(_with_whole_cells(table, delimiter))
    yield from (Block(BlockKind.PARAGRAPH, note) for note in part.notes)


def delimiter_of(text: str) -> tuple[str, str]:
    """What parts the cells, and the text below the line in which Excel says it (“sep=;”).

    The one that parts the first lines evenly; else the one that the first line with any has most of. `csv.Sniffer` is led
    astray by commas inside answers.
    """
    first, _end, rest = text.lstrip("\ufeff").lstrip().partition("\n")
    if len(said := first.strip()) == len("sep=;") and said[:4].lower() == "sep=":
        return said[-1], rest
    if even := _even_delimiter(text[:SAMPLE]):
        return even, text
    for line in text.splitlines()[:MOST_LINES_ABOVE]:
        if any(each in line for each in DELIMITERS):
            return max(DELIMITERS, key=line.count), text
    return ",", text


def _even_delimiter(sample: str) -> str | None:
    """That gives all lines, from the first that has it on, as many cells. A comma counts last, as it stands in numbers and
    sentences, too.
    """
    found: list[tuple[int, str]] = []
    for delimiter in sorted(DELIMITERS, key=lambda each: each == ","):
        try:
            rows = list(islice(csv.reader(io.StringIO(sample), delimiter=delimiter), MOST_LINES_ABOVE))
        except csv.Error:
            continue
        widths = [len(row) for row in rows if filled_count(row)]
        start = next((at for at, width in enumerate(widths) if width > 1), len(widths))
        if len(widths) > start + 1 and len(set(widths[start:])) == 1:
            found.append((start, delimiter))
    return min(found, key=lambda each: each[0])[1] if found else None


def _table_blocks(table: list[list[str]]) -> Iterator[Block]:
    if (pairs := pairs_of(table)) is not None:
        return iter(pairs)
    are_pairs = len(table[0]) == 2 and not _has_names(table)
    found = _pairs(table, 0, 1) if are_pairs else records(table)
    return (Block(BlockKind.PARAGRAPH, text, is_whole=True) for text in found)


def _has_names(table: list[list[str]]) -> bool:
    """Whether words stand above a column of numbers: “month, income”."""
    below = [row[1] for row in table[1:] if len(row) > 1 and row[1].strip()]
    return are_words(table[0]) and len(below) > 1 and all(map(is_number, below))


def pairs_of(table: list[list[str]]) -> list[Block] | None:
    """Each question with its answer below it. None where no columns are called so."""
    header = [cell.strip().lower().lstrip("\ufeff") for cell in table[0]]
    question, answer = _column(header, QUESTION_NAMES), _column(header, ANSWER_NAMES)
    if question is None or answer is None:
        return None
    names = tuple(table[0][at].strip().lstrip("\ufeff") for at in (question, answer))
    return [
        Block(BlockKind.PARAGRAPH, text, is_whole=True, columns=names)
        for text in _pairs(table[1:], question, answer, _column(header, SIMILAR_NAMES))
    ]


def records(table: list[list[str]]) -> Iterator[str]:
    """Each row as lines of column and value."""
    header, *rows = table
    # A name of two lines is one.
    names = [" ".join(name.split()) for name in header]
    for row in rows:
        yield "\n".join(
            f"{name}: {cell.strip()}" if name else cell.strip()
            for name, cell in zip(names, row, strict=False)
            if cell.strip()
        )


def _with_whole_cells(table: list[list[str]], delimiter: str) -> list[list[str]]:
    """A cell that was written with a comma and without quotes came as several: each row has as many as there are names."""
    header = table[0]
    is_spaced = any(name[:1] == " " for name in header[1:])
    return [header, *(_whole_cells(row, len(header), delimiter, is_spaced) for row in table[1:])]


def _whole_cells(row: list[str], width: int, delimiter: str, is_spaced: bool) -> list[str]:
    """A comma of a sentence has a space behind it; where that does not tell, the last cell is the long one."""
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    surplus, parts = end - width, list[list[str]]()
    for cell in row[:end]:
        if parts and surplus > 0 and cell[:1] == " " and not is_spaced:
            parts[-1].append(cell)
            surplus -= 1
        else:
            parts.append([cell])
    cells = [delimiter.join(each) for each in parts]
    return cells if surplus <= 0 else [*cells[: width - 1], delimiter.join(cells[width - 1 :])]


def _column(header: list[str], names: frozenset[str]) -> int | None:
    return next((at for at, name in enumerate(header) if name in names), None)


def _pairs(table: list[list[str]], question: int, answer: int, similar: int | None = None) -> Iterator[str]:
    """An answer without a question is a further one of that above it, whose cell was merged with its own. `similar`: where
    other ways to ask it stand.
    """
    asked = ""
    for row in table:
        places = (question, answer) if similar is None else (question, answer, similar)
        own, answered, *ways = (row[at].strip() if at < len(row) else "" for at in places)
        asked = " / ".join(" ".join(each.split()) for each in (own, *ways) if each) if own else asked
        if asked and answered:
            # In one line: the answer begins with the second.
            yield f"{asked}\n{answered}"
