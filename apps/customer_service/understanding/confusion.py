"""The confusion table as a picture, and in words what is taken for what."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.customer_service.understanding.models import ClassifierVersion
from domain.text.understanding.validation import OUT_OF_SCOPE

CELL = 10
MAX_MISTAKES = 5


@dataclass(frozen=True)
class Cell:
    """Place and shade of a square; what it says stands in its tooltip."""

    x: int
    y: int
    opacity: str
    is_right: bool
    text: str


@dataclass(frozen=True)
class Mistake:
    expected: str
    given: str
    times: int


@dataclass(frozen=True)
class Confusion:
    labels: list[str]
    cells: list[Cell]
    mistakes: list[Mistake]
    size: int


def confusion_of(version: ClassifierVersion) -> Confusion:
    labels = [_("out of scope") if label == OUT_OF_SCOPE else label for label in version.confusion["labels"]]
    table: list[list[int]] = version.confusion["table"]
    cells, mistakes = [], []
    for row, line in enumerate(table):
        for column, times in enumerate(line):
            if not times:
                continue
            words = {"times": times, "total": sum(line), "expected": labels[row], "given": labels[column]}
            text = _("%(times)d of %(total)d “%(expected)s” classified as “%(given)s”") % words
            # Not from zero: what happened once among hundreds must still be seen.
            shade = 0.15 + 0.85 * times / sum(line)
            cells.append(Cell(column * CELL, row * CELL, f"{shade:.2f}", row == column, text))
            if row != column:
                mistakes.append(Mistake(labels[row], labels[column], times))
    mistakes.sort(key=lambda mistake: -mistake.times)
    return Confusion(labels, cells, mistakes[:MAX_MISTAKES], CELL * len(labels))
