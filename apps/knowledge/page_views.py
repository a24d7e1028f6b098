"""Passages of a document beside the pages that they stand on, each with its places there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext

from apps.analytics.charts import Drawing
from apps.knowledge.models import Passage


@dataclass(frozen=True)
class PageView:
    """`number`: of the page, None for passages that stand on none; a passage that goes on overleaf stands with its first."""

    number: int | None
    passages: list[Passage] = field(default_factory=list)
    marks: Drawing | None = None


def page_views(passages: Iterable[Passage], lit: int | None = None) -> list[PageView]:
    """In the order of the passages. `lit`: the ordinal of the passage whose places are lit."""
    by_page: dict[int | None, list[Passage]] = defaultdict(list)
    for passage in passages:
        by_page[passage.first_page].append(passage)
    return [
        PageView(number, own, _marks(number, own, lit) if number else None) for number, own in by_page.items()
    ]


def _marks(page: int, passages: Iterable[Passage], lit: int | None) -> Drawing:
    """A box for each block, which leads to its passage."""
    drawing = Drawing(gettext("Passages on this page"), css="page-marks")
    for passage in passages:
        css = "page-mark page-mark-lit" if passage.ordinal == lit else "page-mark"
        title = gettext("Passage %(number)d") % {"number": passage.ordinal + 1}
        with drawing.link(f"#passage-{passage.ordinal}", title):
            for place in passage.places:
                if place["page"] == page and place["box"]:
                    left, top, right, bottom = place["box"]
                    drawing.box((left, top, right - left, bottom - top), css)
    return drawing
