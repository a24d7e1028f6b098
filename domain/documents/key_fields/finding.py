"""Which values stand on a page: behind a label, beside or below it; by their form; or by where they stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain, islice, product
from operator import add

from domain.documents.key_fields import positions
from domain.documents.key_fields.forms import FORMS, TELLING, money_of
from domain.documents.key_fields.labels import Label, Rows, is_label, labels_of, until_next_label
from domain.documents.key_fields.lines import Found, Piece, row_text
from domain.documents.key_fields.schemas import Field
from domain.documents.pages.runs import joined

# What stands between a label and its value.
SEPARATORS = " :.;=-_|\t"
LINES_BELOW = 4
# Of one field; no page that people hand over has more.
MOST_LABELS = 50
# What a receipt says of its payment.
PAYMENT = ("total", "paid", "change")
ROUNDING = Field("rounding", "amount", labels=("rounding", "抹零"))
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
            value = next(chain(_all_of_form(rows, field.form), _across_pieces(rows, field.form)), None)
        if value:
            found[field.name] = value
    named = {field.name: field for field in fields}
    return found | _payment(rows, named) if named.keys() >= set(PAYMENT) else found


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
    for group in (beside, _below(rows, label), _amounts_next(rows, label) if field.form == "amount" else []):
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


def _amounts_next(rows: Rows, label: Label) -> list[Piece]:
    """On a page that lies askew, the nearest row of nothing but amounts, where the label's own has none."""
    if money_of(row_text(rows[label.row])) is not None:
        return []
    near = [rows[at] for at in (label.row + 1, label.row - 1) if 0 <= at < len(rows)]
    amounts = [row for row in near if _is_amount(row_text(row))]
    nearest = sorted(amounts, key=lambda row: _distance(row[0], rows[label.row][0]))
    return list(nearest[0]) if nearest else []


def _is_amount(text: str) -> bool:
    return money_of(text) is not None and sum(each.isalpha() for each in text) <= len("RM")


def _distance(one: Piece, other: Piece) -> float:
    """Between their middles, down and across."""
    middles = ((piece.box[0] + piece.box[2], piece.box[1] + piece.box[3]) for piece in (one, other))
    (left, top), (right, bottom) = middles
    return abs(left - right) + abs(top - bottom)


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


def _across_pieces(rows: Rows, form: str) -> Iterator[Found]:
    """Where the gaps between its words were taken for those between cells."""
    for row in rows:
        for value in _of_form_in_pieces(row, form):
            yield replace(value, by_label=False)


def _payment(rows: Rows, fields: Mapping[str, Field]) -> dict[str, Found]:
    """Of all that is called total, paid and change, the first three that agree; else of any amount the one that was paid
    less the change; else the total below the rounding.
    """
    totals, paid, change = named = [_values(rows, fields[name], [*fields.values()]) for name in PAYMENT]
    without_point = [_without_point(rows, fields[name], [*fields.values()]) for name in PAYMENT]
    anywhere = [*islice(_all_of_form(rows, "amount"), MOST_THREES)]
    for candidates in (named, map(add, named, without_point), (anywhere, paid, change)):
        for three in islice(product(*candidates), MOST_THREES):
            total, given, back = (money_of(value.value) for value in three)
            if total and given is not None and back is not None and total + back == given:
                return dict(zip(PAYMENT, three, strict=True))
    rounded = _rounded_total(totals, _values(rows, ROUNDING, [*fields.values()]))
    return {"total": rounded} if rounded else {}


def _values(rows: Rows, field: Field, fields: Sequence[Field]) -> list[Found]:
    """Those of the best labels first."""
    return [value for _rank, value in sorted(_values_by_label(rows, field, fields), key=lambda each: each[0])]


def _without_point(rows: Rows, field: Field, fields: Sequence[Field]) -> list[Found]:
    """Amounts whose point was not recognised, with it."""
    values = _values(rows, replace(field, form="cents"), fields)
    return [replace(each, value=f"{each.value[:-2]}.{each.value[-2:]}", by_label=False) for each in values]


def _rounded_total(totals: Sequence[Found], roundings: Sequence[Found]) -> Found | None:
    """The one below the rounding that differs by it from one above."""
    for before, rounding, after in islice(product(totals, roundings, totals), MOST_THREES):
        amounts = [money_of(value.value) for value in (before, rounding, after)]
        first, changed, last = (amount or Decimal() for amount in amounts)
        is_between = before.pieces[0].row < rounding.pieces[0].row < after.pieces[0].row
        if is_between and changed and abs(first - last) == abs(changed):
            return after
    return None
