"""What every page repeats at its head and its foot, told from what the document says."""

from collections import Counter
from collections.abc import Iterator, Sequence

from domain.documents.pages.runs import Line, PageRuns, lines_of
from llm_backend import patterns

# Shares of the height of a page, at its head and at its foot.
MARGIN = 0.13
# Of the lines there, from the edge.
EDGE_LINES = 3
# Of the pages; where left and right pages differ, each has its own.
LEAST_SHARE = 0.4
# As often as this it is no accident, however many pages there are.
OFTEN = 6
LEAST_PAGES = 2
LONGEST_NUMBER = 9
# In points: lines at one height.
SAME_HEIGHT = 4.0
_DIGITS = patterns.compile(r"\d+")
_NUMBER = patterns.compile(
    r"(?:page |p\. ?|第 ?)?\d{1,5}(?: ?页)?(?:(?: ?/ ?共? ?| of |，? ?共 ?)\d{1,5}(?: ?页)?)?",
    patterns.IGNORECASE,
)
# Around the number of a page.
_ORNAMENTS = " -–—·•|[]()（）~*"

Mark = tuple[str, int]


def repeated(pages: Sequence[PageRuns]) -> frozenset[Mark]:
    """Lines that differ in their numbers repeat one another where one of these counts the pages: rows of a table do not."""
    counts = Counter(
        alike
        for page in pages
        for alike in {each for line in edge_lines(page) for each in _alike(page, line)}
    )
    least = max(LEAST_PAGES, min(LEAST_SHARE * len(pages), OFTEN))
    return frozenset(mark for (mark, *_numbers), count in counts.items() if count >= least)


def _alike(page: PageRuns, line: Line) -> Iterator[tuple[Mark, int, int | str]]:
    """With its numbers as they are, then with each as it stands to the number of the page."""
    numbers = _DIGITS.findall(line.text)
    yield mark_of(page, line), -1, " ".join(numbers)
    for at, number in enumerate(numbers):
        yield mark_of(page, line), at, int(number[:LONGEST_NUMBER]) - page.number


def is_repeated(page: PageRuns, line: Line, lines: Sequence[Line], marks: frozenset[Mark]) -> bool:
    """`lines`: at both edges of the page. A number alone is that of the page only where it is the outermost."""
    if mark_of(page, line) in marks:
        return True
    numbers = [run.text for run in line.runs if is_page_number(run.text)]
    # Beside a title or an address, a number has to say that it is one of pages: 3 / 12.
    is_number = len(numbers) == len(line.runs) == 1 or any(not text.isdigit() for text in numbers)
    return is_number and line in (lines[0], lines[-1])


def is_page_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip(_ORNAMENTS)) is not None


def edge_lines(page: PageRuns) -> list[Line]:
    head, foot = MARGIN * page.height, (1 - MARGIN) * page.height
    near = [run for run in page.runs if run.bottom < head or run.top > foot]
    lines = lines_of(near)
    return [
        *[line for line in lines if line.bottom < head][:EDGE_LINES],
        *[line for line in lines if line.top > foot][-EDGE_LINES:],
    ]


def mark_of(page: PageRuns, line: Line) -> Mark:
    """What lines have in common that repeat one another: all but their numbers, and where they stand."""
    at = line.top if line.top < page.height / 2 else line.top - page.height
    return _DIGITS.sub("#", line.text.casefold()), round(at / SAME_HEIGHT)
