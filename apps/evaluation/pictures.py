"""Models as dots; the table beside them says the same in numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.analytics.panels import scale_between
from apps.core.errors import Text
from apps.evaluation.results import Result

GRID_LINES = 4


@dataclass(frozen=True)
class Figure:
    title: Text
    note: Text
    drawing: Drawing


def scatter_plots(rows: Sequence[Result]) -> list[Figure]:
    """Quality against cost and against speed, of the models that have a number for it; nothing of fewer than two."""

    def cost(row: Result) -> float | None:
        return None if row.measures.cost_per_answer is None else float(row.measures.cost_per_answer)

    drawn = (
        (_("Quality and cost"), _("Cost per answer"), cost),
        (_("Quality and speed"), _("Tokens per second"), lambda row: row.measures.tokens_per_second),
    )
    return [
        Figure(
            title,
            label,
            _scatter(rows, value, _("%(title)s: share of questions passed, by model") % {"title": title}),
        )
        for title, label, value in drawn
        if sum(value(row) is not None for row in rows) > 1
    ]


def _scatter(rows: Sequence[Result], value: Callable[[Result], float | None], summary: str) -> Drawing:
    """Dots bear the numbers of the table, upright lines are intervals."""
    known = [(row, x) for row in rows for x in [value(row)] if x is not None]
    step, low, high = scale_between([x for _row, x in known])
    drawing = Drawing(summary)
    drawing.grid(
        (1 - number / GRID_LINES, f"{100 * number / GRID_LINES:.0f}%") for number in range(GRID_LINES + 1)
    )
    steps = [low + step * number for number in range(round((high - low) / step) + 1)]
    drawing.ticks([((each - low) / (high - low), f"{each:.6g}") for each in steps])
    for row, x in known:
        place, (least, most) = (x - low) / (high - low), row.interval
        drawing.line([(place, 1 - least), (place, 1 - most)], "stroke-accent")
        words = f"{row.number} {row.model}: {100 * row.share:.0f}%, {x:.4g}"
        drawing.dot((place, 1 - row.share), "fill-accent", words, radius=4)
        drawing.label((place, 1 - row.share), str(row.number), "chart-label chart-beside", words)
    return drawing
