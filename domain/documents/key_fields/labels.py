"""Where the labels of fields stand on a page, also where letters of one were set apart or read with an error."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from domain.documents.key_fields.lines import Piece, squeezed
from domain.documents.key_fields.schemas import Field

# Of a label that was read with an error in it; shorter ones have to be whole.
LEAST_ALIKE, LEAST_LETTERS = 80, 5

Rows = Sequence[Sequence[Piece]]


@dataclass(frozen=True)
class Label:
    """`rank`: of the words among the field's labels; read with an error they come behind the same without. `end`: where they
    end in the text of the piece at `column` of the row.
    """

    rank: float
    row: int
    column: int
    end: int


def labels_of(rows: Rows, field: Field) -> Iterator[Label]:
    """In the order of the page; of several words that end in one piece the best."""
    for number, row in enumerate(rows):
        letters = "".join(squeezed(piece.text)[0] for piece in row)
        if any(word in letters for word in field.never):
            continue
        at = [(column, place) for column, piece in enumerate(row) for place in squeezed(piece.text)[1]]
        found: dict[int, Label] = {}
        for rank, word in enumerate(field.labels):
            for end in _ends_of(word, letters, at):
                column, place = at[end - 1]
                found.setdefault(column, Label(rank, number, column, place + 1))
        for column, piece in enumerate(row):
            near = None if column in found else _nearly(piece.text, field)
            if near:
                found[column] = Label(near[0] + 0.5, number, column, near[1])
        yield from (found[column] for column in sorted(found))


def is_label(text: str, fields: Sequence[Field]) -> bool:
    plain = squeezed(text)[0].rstrip(":")
    return any(plain.startswith(word) for each in fields for word in each.labels if len(word) > 1)


def until_next_label(text: str, field: Field, fields: Sequence[Field]) -> str:
    plain, at = squeezed(text)
    own = set(field.labels)
    starts = (
        plain.find(word) for each in fields for word in each.labels if word not in own and len(word) > 1
    )
    first = min((start for start in starts if start > 0), default=None)
    return text if first is None else text[: at[first]]


def _ends_of(word: str, letters: str, at: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Behind each place of the word in a row. An English word is no part of a longer one."""
    start = letters.find(word)
    while start >= 0:
        before = letters[start - 1] if start and at[start - 1][0] == at[start][0] else ""
        if not (before.isascii() and before.isalpha() and word[0].isalpha()):
            yield start + len(word)
        start = letters.find(word, start + len(word))


def _nearly(text: str, field: Field) -> tuple[int, int] | None:
    """The number of the first word that the text has with an error, and where that ends."""
    plain, at = squeezed(text)
    for rank, word in enumerate(field.labels):
        is_alike_long = abs(len(plain) - len(word)) <= len(plain) // 2
        if len(word) < LEAST_LETTERS or not word.isascii() or not is_alike_long:
            continue
        if len(plain) < len(word):
            # Of a shorter text only all of it may be the label.
            end = len(plain) if fuzz.ratio(word, plain) >= LEAST_ALIKE else 0
        else:
            near = fuzz.partial_ratio_alignment(word, plain, score_cutoff=LEAST_ALIKE)
            end = near.dest_end if near and near.dest_end - near.dest_start > len(word) - 3 else 0
        if end:
            return rank, at[end - 1] + 1
    return None
