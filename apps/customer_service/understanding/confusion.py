"""The confusion table as a picture, and in words what is taken for what."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.customer_service.understanding.models import ClassifierVersion
from domain.text.understanding.validation import OUT_OF_SCOPE

MAX_MISTAKES = 5


@dataclass(frozen=True)
class Mistake:
    expected: str
    given: str
    times: int


@dataclass(frozen=True)
class Confusion:
    drawing: Drawing
    mistakes: list[Mistake]


def confusion_of(version: ClassifierVersion) -> Confusion:
    labels = [_("out of scope") if label == OUT_OF_SCOPE else label for label in version.confusion["labels"]]
    table: list[list[int]] = version.confusion["table"]
    drawing, mistakes = Drawing(_("Rows: actual intent. Columns: predicted intent."), css="confusion"), []
    side = 1 / max(len(labels), 1)
    for row, line in enumerate(table):
        for column, times in enumerate(line):
            if not times:
                continue
            words = {"times": times, "total": sum(line), "expected": labels[row], "given": labels[column]}
            text = _("%(times)d of %(total)d “%(expected)s” classified as “%(given)s”") % words
            # Not from zero: what happened once among hundreds must still be seen.
            shade = 0.15 + 0.85 * times / sum(line)
            box = (column * side, row * side, 0.9 * side, 0.9 * side)
            drawing.box(box, "fill-good" if row == column else "fill-bad", text, opacity=shade)
            if row != column:
                mistakes.append(Mistake(labels[row], labels[column], times))
    mistakes.sort(key=lambda mistake: -mistake.times)
    return Confusion(drawing, mistakes[:MAX_MISTAKES])
