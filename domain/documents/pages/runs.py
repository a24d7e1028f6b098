"""What stands on a page: runs of text and rules, in points from its upper left corner."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from itertools import chain, pairwise, repeat
from typing import Any

from domain.documents.blocks import Box, Cell
from llm_backend import patterns

# A hyphen that stands only where the line ends.
SOFT_HYPHEN = "\u00ad"
_CJK = patterns.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\U00020000-\U0003ffff\u201c\u201d\u2018\u2019\u2014\u2026]"
)


@dataclass(slots=True)
class Run:
    """Text on one line without a wide gap in it; or, with `cells`, a whole table."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float = 0.0
    is_bold: bool = False
    is_italic: bool = False
    cells: tuple[Cell, ...] = ()

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class Rule:
    """A line that was drawn, along one of the axes."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def is_horizontal(self) -> bool:
        return self.right - self.left >= self.bottom - self.top


@dataclass(slots=True)
class PageRuns:
    """`shown`: where the page was turned to be read, the first two rows of the matrix from its points to shares of the page
    as it is shown.
    """

    number: int
    width: float
    height: float
    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    shown: tuple[float, ...] = ()

    def box(self, runs: Sequence["Run"]) -> Box:
        """Around these, within the page."""
        a, b, c, d, e, f = self.shown or (1 / self.width, 0.0, 0.0, 0.0, 1 / self.height, 0.0)
        left, right = min(run.left for run in runs), max(run.right for run in runs)
        top, bottom = min(run.top for run in runs), max(run.bottom for run in runs)
        corners = [(x, y) for x in (left, right) for y in (top, bottom)]
        across = [min(max(round(a * x + b * y + c, 4), 0.0), 1.0) for x, y in corners]
        down = [min(max(round(d * x + e * y + f, 4), 0.0), 1.0) for x, y in corners]
        return Box(min(across), min(down), max(across), max(down))


def page_to_json(page: PageRuns) -> dict[str, Any]:
    """What a child process answers of a page without tables; `page_from_json` makes the page of it again."""
    return {
        "number": page.number,
        "size": [page.width, page.height],
        "runs": [astuple(run)[:-1] for run in page.runs],
        "rules": [astuple(rule) for rule in page.rules],
        "shown": page.shown,
    }


def page_from_json(written: Mapping[str, Any]) -> PageRuns:
    width, height = written["size"]
    return PageRuns(
        written["number"],
        width,
        height,
        runs=[Run(*run) for run in written["runs"]],
        rules=[Rule(*rule) for rule in written["rules"]],
        shown=tuple(written["shown"]),
    )


@dataclass(slots=True)
class Line:
    """Runs side by side, from left to right."""

    runs: list[Run]
    left: float
    top: float
    right: float
    bottom: float
    size: float
    is_bold: bool

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Line":
        ordered = sorted(runs, key=lambda run: run.left)
        weights = [max(len(run.text), 1) for run in ordered]
        return cls(
            runs=ordered,
            left=ordered[0].left,
            top=min(run.top for run in ordered),
            right=max(run.right for run in ordered),
            bottom=max(run.bottom for run in ordered),
            size=sum(run.size * weight for run, weight in zip(ordered, weights, strict=True)) / sum(weights),
            is_bold=2 * sum(w for run, w in zip(ordered, weights, strict=True) if run.is_bold) > sum(weights),
        )

    @property
    def text(self) -> str:
        """Words that stand apart stay so; letters of a Chinese label that do, “姓　名”, are one word."""
        gaps = (
            run.left - before.right > run.bottom - run.top and min(len(before.text), len(run.text)) > 1
            for before, run in pairwise(self.runs)
        )
        return joined((run.text for run in self.runs), gaps)

    @property
    def is_italic(self) -> bool:
        return self.runs[0].is_italic

    @property
    def cells(self) -> tuple[Cell, ...]:
        return self.runs[0].cells


def lines_of(runs: Iterable[Run]) -> list[Line]:
    """From top to bottom. Runs belong to one line where their heights overlap by half."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.middle, run.left)):
        # The last few suffice: the runs come by their middles.
        for row in rows[:-4:-1]:
            overlap = min(row[0].bottom, run.bottom) - max(row[0].top, run.top)
            is_beside = all(run.left >= other.right - 1 or run.right <= other.left + 1 for other in row[-8:])
            if (
                not (row[0].cells or run.cells)
                and is_beside
                and overlap * 2 > min(row[0].bottom - row[0].top, run.bottom - run.top)
            ):
                row.append(run)
                break
        else:
            rows.append([run])
    return sorted((Line.of(row) for row in rows), key=lambda line: (line.top, line.left))


def joined(texts: Iterable[str], gaps: Iterable[bool] = ()) -> str:
    """As one line: a space between words, none where a word was broken nor between Chinese characters, unless the next of
    `gaps` says so.
    """
    whole = ""
    for text, is_apart in zip(texts, chain((False,), gaps, repeat(False)), strict=False):
        if whole.endswith(SOFT_HYPHEN):
            # COVID-19 keeps its own.
            whole = whole[:-1] + ("" if text[:1].islower() else "-") + text
        elif not whole or not text or (not is_apart and _is_cjk(whole[-1]) and _is_cjk(text[0])):
            whole += text
        else:
            whole += f" {text}"
    return whole


def wide(text: str) -> int:
    """Letters, Chinese ones counted twice."""
    return sum(2 if character > "\u2e7f" else 1 for character in text)


def _is_cjk(character: str) -> bool:
    return _CJK.match(character) is not None
