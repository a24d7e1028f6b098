"""What stands on a page: runs of text and rules, in points from its upper left corner."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from domain.documents.blocks import Box, Cell
from llm_backend import patterns

# A hyphen that stands only where the line ends.
SOFT_HYPHEN = "\u00ad"
_CJK = patterns.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f\u201c\u201d\u2018\u2019\u2014\u2026]"
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
    number: int
    width: float
    height: float
    runs: list[Run] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def box(self, runs: Sequence["Run"]) -> Box:
        """Around these, within the page."""
        return Box(
            *(
                min(max(round(share, 4), 0.0), 1.0)
                for share in (
                    min(run.left for run in runs) / self.width,
                    min(run.top for run in runs) / self.height,
                    max(run.right for run in runs) / self.width,
                    max(run.bottom for run in runs) / self.height,
                )
            )
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
        return joined(run.text for run in self.runs)

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


def joined(texts: Iterable[str]) -> str:
    """As one line: a space between words, none between Chinese characters nor where a word was broken."""
    whole = ""
    for text in texts:
        if whole.endswith(SOFT_HYPHEN):
            whole = whole[:-1] + text
        elif not whole or not text or (_is_cjk(whole[-1]) and _is_cjk(text[0])):
            whole += text
        else:
            whole += f" {text}"
    return whole


def _is_cjk(character: str) -> bool:
    return _CJK.match(character) is not None
