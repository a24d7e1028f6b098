"""Which values stand on a page: behind a label, beside or below it; by their form; or by where they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

from domain.documents.key_fields import positions
from domain.documents.key_fields.forms import FORMS, TELLING, money_of
from domain.documents.key_fields.labels import Label, Rows, is_label, labels_of, until_next_label
from domain.documents.key_fields.lines import Found, Piece
from domain.documents.key_fields.schemas import Field
from domain.documents.pages.runs import joined

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
    for label in islice(labels_of(rows, field), MOST_LABELS):
        for value in _values_at(rows, label, field, fields):
            values.append((label.rank, value))
    return values


def _values_at(rows: Rows, label: Label, field: Field, fields: Sequence[Field]) -> list[Found]:
    """Behind the label, else beside it, else below."""
    row = rows[label.row]
    piece = row[label.column]
    rest = until_next_label(piece.text[label.end :], field, fields)
    beside = [replace(piece, text=rest), *row[label.column + 1 :]]
    if field.form == "lines":
        return _lines(rows, label, beside, fields)
    for group in (beside, _below(rows, label)):
        values = []
        for each in group:
            if each is not beside[0] and is_label(each.text, fields):
                break
            values += _of_form(each, field.form)
        if values:
            return values[:1] if field.form == "text" else values
    return _of_form_in_pieces(beside, field.form)


def _of_form(piece: Piece, form: str) -> list[Found]:
    if pattern := FORMS.get(form):
        values = (each[0].strip() for each in pattern.finditer(piece.text))
        return [Found(value.replace(" ", "") if form in TIGHT else value, (piece,)) for value in values]
    text = piece.text.strip(SEPARATORS)[:LONGEST_VALUE]
    return [Found(text, (piece,))] if any(letter.isalnum() for letter in text) else []


def _of_form_in_pieces(pieces: Sequence[Piece], form: str) -> list[Found]:
    """A value whose parts stand apart, such as a date on a form."""
    pattern = FORMS.get(form)
    found = pattern.search(" ".join(piece.text for piece in pieces)[:LONGEST_VALUE]) if pattern else None
    return [Found(found[0].strip(), tuple(pieces))] if found else []


def _below(rows: Rows, label: Label) -> list[Piece]:
    """In the next row, what stands under the label."""
    over = rows[label.row][label.column]
    following = rows[label.row + 1] if label.row + 1 < len(rows) else []
    return [each for each in following if each.left < over.right and each.right > over.left]


def _lines(rows: Rows, label: Label, beside: Sequence[Piece], fields: Sequence[Field]) -> list[Found]:
    """A value that goes on in the rows below, until another label."""
    pieces = [each for each in beside if each.text.strip(SEPARATORS)]
    for row in rows[label.row + 1 : label.row + LINES_BELOW]:
        if any(is_label(each.text, fields) for each in row):
            break
        pieces += row
    text = joined(words for each in pieces if (words := each.text.strip(SEPARATORS)))
    return [Found(text[:LONGEST_VALUE], tuple(pieces))] if text else []


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
