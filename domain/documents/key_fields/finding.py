"""Which values stand on a page: behind a label, beside or below it; by their form; or by where they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from rapidfuzz import fuzz

from domain.documents.key_fields import positions
from domain.documents.key_fields.forms import FORMS, TELLING, money_of
from domain.documents.key_fields.lines import Found, Piece, row_text, squeezed
from domain.documents.key_fields.schemas import Field

# Of a label that was read with an error in it; shorter ones have to be whole.
LEAST_ALIKE, LEAST_LETTERS = 80, 5
# What stands between a label and its value.
SEPARATORS = " :.;=-_|\t"
LINES_BELOW = 4
# Of one field; no page that people hand over has more.
MOST_LABELS = 50
# What a receipt says of its payment.
PAYMENT = ("total", "paid", "change")
MOST_THREES = 2000
# Forms in which white space is an error of reading.
TIGHT = frozenset({"amount"})
LONGEST_VALUE = 200

Rows = Sequence[Sequence[Piece]]


@dataclass(frozen=True)
class _Label:
    """`rank`: of the words among the field's labels; read with an error they come behind the same without. `end`: where they
    end in the text of the piece.
    """

    rank: float
    row: int
    column: int
    end: int


def find(rows: Rows, fields: Sequence[Field]) -> dict[str, Found]:
    """By the name of the field; a field that has no value on the page is left out."""
    found = {}
    for field in fields:
        value = _by_label(rows, field, fields) or positions.find(rows, field.form)
        if value is None and field.form in TELLING:
            value = next(_all_of_form(rows, field.form), None)
        if value:
            found[field.name] = value
    return found | _total_that_was_paid(rows, fields) if "change" in found else found


def _by_label(rows: Rows, field: Field, fields: Sequence[Field]) -> Found | None:
    """The value under the best label that has one; of several under it, the field's own."""
    values = _values_by_label(rows, field, fields)
    ranked = sorted(values, key=lambda each: each[0])
    best = [value for rank, value in ranked if rank == ranked[0][0]]
    return best[field.nth - 1] if len(best) >= field.nth else None


def _values_by_label(rows: Rows, field: Field, fields: Sequence[Field]) -> list[tuple[float, Found]]:
    values = []
    for label in islice(_labels(rows, field), MOST_LABELS):
        for value in _values_at(rows, label, field, fields):
            values.append((label.rank, value))
    return values


def _labels(rows: Rows, field: Field) -> Iterator[_Label]:
    for number, row in enumerate(rows):
        if field.never and any(word in squeezed(row_text(row))[0] for word in field.never):
            continue
        for column, piece in enumerate(row):
            plain, at = squeezed(piece.text)
            for rank, word in enumerate(field.labels):
                end = _end_of(word, plain)
                if end is not None:
                    yield _Label(rank + 0.5 * (word not in plain), number, column, at[end - 1] + 1)
                    break


def _end_of(word: str, plain: str) -> int | None:
    """Where the label ends in a text; None where it does not stand there. An English word is no part of a longer one."""
    start = plain.find(word)
    if start >= 0:
        before = plain[start - 1 : start]
        return None if before.isascii() and before.isalpha() and word[0].isalpha() else start + len(word)
    if len(word) < LEAST_LETTERS or not word.isascii() or abs(len(plain) - len(word)) > len(plain) // 2:
        return None
    if len(plain) < len(word):
        # Of a shorter text only all of it may be the label.
        return len(plain) if fuzz.ratio(word, plain) >= LEAST_ALIKE else None
    near = fuzz.partial_ratio_alignment(word, plain, score_cutoff=LEAST_ALIKE)
    return near.dest_end if near and near.dest_end - near.dest_start > len(word) - 3 else None


def _values_at(rows: Rows, label: _Label, field: Field, fields: Sequence[Field]) -> list[Found]:
    """Behind the label, else beside it, else below."""
    row = rows[label.row]
    piece = row[label.column]
    rest = _until_next_label(piece.text[label.end :], field, fields)
    beside = [replace(piece, text=rest), *row[label.column + 1 :]]
    if field.form == "lines":
        return _lines(rows, label, beside, fields)
    for group in (beside, _below(rows, label)):
        values = []
        for each in group:
            if each is not beside[0] and _is_label(each.text, fields):
                break
            values += _of_form(each, field.form)
        if values:
            return values[:1] if field.form == "text" else values
    return []


def _of_form(piece: Piece, form: str) -> list[Found]:
    if pattern := FORMS.get(form):
        values = (each[0].strip() for each in pattern.finditer(piece.text))
        return [Found(value.replace(" ", "") if form in TIGHT else value, (piece,)) for value in values]
    text = piece.text.strip(SEPARATORS)[:LONGEST_VALUE]
    return [Found(text, (piece,))] if any(letter.isalnum() for letter in text) else []


def _below(rows: Rows, label: _Label) -> list[Piece]:
    """In the next row, what stands under the label."""
    over = rows[label.row][label.column]
    following = rows[label.row + 1] if label.row + 1 < len(rows) else []
    return [each for each in following if each.left < over.right and each.right > over.left]


def _lines(rows: Rows, label: _Label, beside: Sequence[Piece], fields: Sequence[Field]) -> list[Found]:
    """A value that goes on in the rows below, until another label."""
    pieces = [each for each in beside if each.text.strip(SEPARATORS)]
    for row in rows[label.row + 1 : label.row + LINES_BELOW]:
        if any(_is_label(each.text, fields) for each in row):
            break
        pieces += row
    text = positions.joined(each.text.strip(SEPARATORS) for each in pieces)
    return [Found(text[:LONGEST_VALUE], tuple(pieces))] if text else []


def _until_next_label(text: str, field: Field, fields: Sequence[Field]) -> str:
    plain, at = squeezed(text)
    own = set(field.labels)
    starts = (
        plain.find(word) for each in fields for word in each.labels if word not in own and len(word) > 1
    )
    first = min((start for start in starts if start > 0), default=None)
    return text if first is None else text[: at[first]]


def _is_label(text: str, fields: Sequence[Field]) -> bool:
    plain = squeezed(text)[0].rstrip(":")
    return any(plain.startswith(word) for each in fields for word in each.labels if len(word) > 1)


def _all_of_form(rows: Rows, form: str) -> Iterator[Found]:
    for row in rows:
        for piece in row:
            for value in _of_form(piece, form):
                yield replace(value, by_label=False)


def _total_that_was_paid(rows: Rows, fields: Sequence[Field]) -> dict[str, Found]:
    """Of all that is called total, paid and change, the first three that agree; nothing where none do."""
    by_name = {field.name: field for field in fields}
    totals, paid, change = (
        [
            value
            for _rank, value in sorted(
                _values_by_label(rows, by_name[name], fields), key=lambda each: each[0]
            )
        ]
        for name in PAYMENT
    )
    for three in islice(product(totals, paid, change), MOST_THREES):
        total, given, back = (money_of(value.value) for value in three)
        if total and given is not None and back is not None and total + back == given:
            return dict(zip(PAYMENT, three, strict=True))
    return {}
