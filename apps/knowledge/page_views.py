"""Passages of a document beside the pages that they stand on, each with its places there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext

from apps.analytics.charts import Drawing
from apps.knowledge.models import Document, Passage, listed_pages


@dataclass(frozen=True)
class PageView:
    """`number`: of the page, None for passages that stand on none; a passage that goes on overleaf stands with its first."""

    number: int | None
    passages: list[Passage] = field(default_factory=list)
    marks: Drawing | None = None


@dataclass(frozen=True)
class Difference:
    """Two readings of a line of a page; empty where one of them lacks it. The recognised one is kept."""

    page: int
    recognised: str
    model: str


@dataclass(frozen=True)
class SecondReadings:
    """What came of showing the scanned pages of a document to a model as well. `away`: pages that it did not read;
    `more_count`: differences beyond those that are kept.
    """

    looked: list[int]
    away: list[int]
    is_distrusted: bool
    corrected_count: int
    differences: list[Difference]
    more_count: int

    @property
    def looked_text(self) -> str:
        return listed_pages(self.looked)

    @property
    def away_text(self) -> str:
        return listed_pages(self.away)

    @property
    def differences_count(self) -> int:
        return len(self.differences) + self.more_count


def second_readings(document: Document) -> SecondReadings | None:
    """None where no model was set up to read its pages."""
    told = document.second_readings
    if not told:
        return None
    looked = [each for each in told if each["state"] == "looked"]
    differences = [Difference(each["page"], *readings) for each in looked for readings in each["differences"]]
    return SecondReadings(
        looked=[each["page"] for each in looked],
        away=[each["page"] for each in told if each["state"] == "away"],
        is_distrusted=any(each["state"] == "not_trusted" for each in told),
        corrected_count=sum(each["corrected"] for each in looked),
        differences=differences,
        more_count=sum(each["differences_count"] for each in looked) - len(differences),
    )


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
