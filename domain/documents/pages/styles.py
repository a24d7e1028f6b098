"""How the text of a document is set, by which its headings are told: larger than the rest, or bold and alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from domain.documents.pages.runs import Line, PageRuns, lines_of

LARGER = 1.08
LONGEST_HEADING = 150
MOST_HEADING_LINES = 3
DEEPEST = 6
# Beside tables: then a form stands below its title, and is set as the cells are.
FEW_LETTERS = 40
# Leading of text of which nothing is known.
USUAL_LEADING = 1.4
# Of the pages that the leading is measured on.
MEASURED_PAGES = 30
# What headings do not end with.
_SENTENCE_END = tuple("。；;，,.：:")

# Size, bold, italic.
Setting = tuple[float, bool, bool]


@dataclass
class Style:
    """`size` and `is_bold`: of plain text. `leading`: from one of its lines to the next, in sizes. `levels`: of the settings
    that headings have, from the largest.
    """

    size: float
    is_bold: bool = False
    leading: float = USUAL_LEADING
    levels: dict[Setting, int] = field(default_factory=dict)

    def is_heading(self, lines: Sequence[Line], text: str) -> bool:
        size = lines[0].size
        if len(text) > LONGEST_HEADING or len(lines) > MOST_HEADING_LINES or lines[0].cells:
            return False
        if not any(character.isalpha() for character in text):
            return False
        if size >= LARGER * self.size:
            return True
        is_bold = lines[0].is_bold and not self.is_bold and size >= 0.95 * self.size
        return is_bold and not text.endswith(_SENTENCE_END)

    def level(self, line: Line) -> int:
        return self.levels.get(self.setting_of(line), DEEPEST)

    def setting_of(self, line: Line) -> Setting:
        """How heavy it is and how it leans counts only where it is no larger than the text."""
        size = rounded(line.size)
        return (size, True, False) if size >= LARGER * self.size else (size, line.is_bold, line.is_italic)


def sizes_of(pages: Sequence[PageRuns]) -> Counter[tuple[float, bool]]:
    """How many letters of each size and weight stand outside of tables."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for page in pages:
        for run in page.runs:
            if not run.cells:
                sizes[rounded(run.size), run.is_bold] += len(run.text)
    return sizes


def style_of(pages: Sequence[PageRuns], all_sizes: Counter[tuple[float, bool]]) -> Style:
    """`all_sizes`: before tables were found."""
    sizes = sizes_of(pages)
    if sizes.total() < FEW_LETTERS:
        sizes = all_sizes
    if not sizes:
        return Style(10.0)
    size, is_bold = sizes.most_common(1)[0][0]
    style = Style(size, is_bold, _leading(pages, size))
    found = Counter(
        style.setting_of(line)
        for page in pages
        for line in (Line.of([run]) for run in page.runs if run.size > 0.9 * size or run.is_bold)
        if style.is_heading([line], line.text)
    )
    ordered = sorted(found, key=lambda setting: (-setting[0], not setting[1], setting[2]))
    style.levels = {setting: min(rank, DEEPEST) for rank, setting in enumerate(ordered, start=1)}
    return style


def rounded(size: float) -> float:
    return round(size * 2) / 2


def _leading(pages: Sequence[PageRuns], size: float) -> float:
    """The commonest step between lines that stand above one another."""
    steps: Counter[float] = Counter()
    for page in pages[:MEASURED_PAGES]:
        lines = lines_of(run for run in page.runs if rounded(run.size) == size and not run.cells)
        for above, line in pairwise(lines):
            step = (line.bottom - above.bottom) / size
            if 1 <= step <= 3:
                steps[round(step * 20) / 20] += 1
    return steps.most_common(1)[0][0] if steps else USUAL_LEADING
