"""CSV → a block per row: question and answer where the columns are known, else “column: value” lines."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from domain.documents.blocks import Block, BlockKind
from domain.documents.errors import Unreadable
from llm_backend import patterns

MOST_ROWS = 100_000
MOST_COLUMNS = 1000
LONGEST_CELL = 100_000
DELIMITERS = ",\t;|"
# Titles and empty lines that people put above the names of the columns.
MOST_LINES_ABOVE = 20
# Of a sheet; more lines of one cell are its content.
MOST_TITLES = 5
_LABELLED = patterns.compile(r"[^\W\d_] ?[:：] ?[^\s/]")
_NUMBER = patterns.compile(r"[¥￥$€£]?\s?[-+]?\d[\d,.:/-]{0,40}\s?%?")
_QUESTIONS = "question questions q query faq ask 问题 问 提问 提问内容 标准问题 問題 問 用户问题 常见问题"
_ANSWERS = "answer answers a reply response 答案 回答 答 答复 回复 标准答案 解答 回覆 內容 答覆"
QUESTION_NAMES = frozenset(_QUESTIONS.split())
ANSWER_NAMES = frozenset(_ANSWERS.split())


def blocks(text: str) -> Iterator[Block]:
    """Each question with its answer, where two columns are called so or there are two; else each row as a record.
    Raises Unreadable.
    """
    csv.field_size_limit(LONGEST_CELL)
    delimiter, text = delimiter_of(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Unreadable("broken_file") from error
    count = sum(map(_is_filled, rows))
    if count > MOST_ROWS:
        raise Unreadable("too_much_text")
    if not count:
        raise Unreadable("empty_file")
    titles, rows = _titles(rows)
    tables = list(_tables(rows))
    if any(len(table[0]) > MOST_COLUMNS for table in tables):
        raise Unreadable("too_many_columns")
    found = (each for table in tables for each in _table_blocks(_with_whole_cells(table, delimiter)))
    return chain((Block(BlockKind.PARAGRAPH, title) for title in titles), found)


def delimiter_of(text: str) -> tuple[str, str]:
    """What parts the cells, and the text below the line in which Excel says it (“sep=;”).

    The one that the first line with any has most of; `csv.Sniffer` is led astray by commas inside answers.
    """
    first, _end, rest = text.lstrip("\ufeff").lstrip().partition("\n")
    if len(said := first.strip()) == len("sep=;") and said[:4].lower() == "sep=":
        return said[-1], rest
    for line in text.splitlines()[:MOST_LINES_ABOVE]:
        if any(each in line for each in DELIMITERS):
            return max(DELIMITERS, key=line.count), text
    return ",", text


def notes_count(rows: Sequence[Sequence[str]]) -> int:
    """How many lines say something of the table, such as “Unit: yuan | | | Date: 1 May”, above the names of its columns:
    those are words, fill more columns, and begin with the first.
    """
    filled = [
        (at, [cell.strip() for cell in row]) for at, row in enumerate(rows[:MOST_LINES_ABOVE]) if any(row)
    ]
    count = 0
    for (_at, note), (following, names) in pairwise(filled[: MOST_TITLES + 2]):
        # A corner that is empty belongs to a table with names on two sides.
        fills_more = note[0] and names[0] and sum(map(bool, note)) < sum(map(bool, names))
        are_names = fills_more and not any(map(_is_number, names))
        if not are_names or not any(_LABELLED.search(cell) for cell in note):
            break
        count = following
    return count if any(any(row) for row in rows[count + 1 :]) else 0


def _titles(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Lines of one cell, and of notes, above the names of the columns; and what is below them."""
    wide = (at for at, row in enumerate(rows[:MOST_LINES_ABOVE]) if sum(map(bool, map(str.strip, row))) > 1)
    if (at := next(wide, None)) is None:
        return [], rows
    at += notes_count(rows[at:])
    above = [cell.strip().lstrip("\ufeff") for row in rows[:at] for cell in row if cell.strip()]
    below = next(filter(_is_filled, rows[at + 1 :]), [])
    is_header = sum(map(bool, map(str.strip, below))) > 1 and not any(map(_is_number, rows[at]))
    return (above, rows[at:]) if is_header else ([], rows)


def _tables(rows: list[list[str]]) -> Iterator[list[list[str]]]:
    """The tables of a file, which empty lines part where other names of columns stand below them."""
    table: list[list[str]] = []
    is_behind_gap = False
    for at, row in enumerate(rows):
        if not _is_filled(row):
            is_behind_gap = bool(table)
            continue
        if is_behind_gap and _names_columns(row, table, rows[at + 1 : at + 2]):
            yield table
            table = []
        table.append(row)
        is_behind_gap = False
    yield table


def _names_columns(row: list[str], above: list[list[str]], below: list[list[str]]) -> bool:
    """Whether a row says words in a column that has numbers above it and below."""
    if len(above) < 2 or not below or not _is_filled(below[0]):
        return False
    columns = zip(row, above[-1], below[0], strict=False)
    return not any(map(_is_number, row)) and any(
        bool(name.strip()) and _is_number(last) and _is_number(following) for name, last, following in columns
    )


def _table_blocks(table: list[list[str]]) -> Iterator[Block]:
    if (pairs := pairs_of(table)) is not None:
        return iter(pairs)
    found = _pairs(table, 0, 1) if len(table[0]) == 2 else records(table)
    return (Block(BlockKind.PARAGRAPH, text, is_whole=True) for text in found)


def _is_filled(row: list[str]) -> bool:
    return any(cell.strip() for cell in row)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def pairs_of(table: list[list[str]]) -> list[Block] | None:
    """Each question with its answer below it. None where no columns are called so."""
    header = [cell.strip().lower().lstrip("\ufeff") for cell in table[0]]
    question, answer = _column(header, QUESTION_NAMES), _column(header, ANSWER_NAMES)
    if question is None or answer is None:
        return None
    names = tuple(table[0][at].strip().lstrip("\ufeff") for at in (question, answer))
    return [
        Block(BlockKind.PARAGRAPH, text, is_whole=True, columns=names)
        for text in _pairs(table[1:], question, answer)
    ]


def records(table: list[list[str]]) -> Iterator[str]:
    """Each row as lines of column and value."""
    header, *rows = table
    for row in rows:
        yield "\n".join(
            f"{name.strip()}: {cell.strip()}" if name.strip() else cell.strip()
            for name, cell in zip(header, row, strict=False)
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


def _pairs(table: list[list[str]], question: int, answer: int) -> Iterator[str]:
    """An answer without a question is a further one of that above it, whose cell was merged with its own."""
    asked = ""
    for row in table:
        own, answered = (row[at].strip() if at < len(row) else "" for at in (question, answer))
        asked = " ".join(own.split()) or asked
        if asked and answered:
            # In one line: the answer begins with the second.
            yield f"{asked}\n{answered}"
