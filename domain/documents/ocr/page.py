"""A picture of a page → what stands on it: runs of recognised text, and rules."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from domain.documents.ocr import engine, ink, rules
from domain.documents.ocr.lines import Line
from domain.documents.pages.runs import SOFT_HYPHEN, PageRuns, Rule, Run, lines_of
from llm_backend import patterns

# Strokes of bold type against those of most lines of the page, both in sizes of their type.
BOLD = 1.09
# Type of other sizes has other strokes, and the shortest texts too few of them.
SAME_SIZE, LONG_SAME, VAGUE, LONG_LINE, LEAST_LETTERS = 0.1, 0.15, 0.25, 40, 3
# Lines of another script than most, and by how much their type is measured otherwise.
LEAST_LINES, OTHER_SCRIPT = 3, 0.25
# Of a line's height: what lies further inside is no rule but a stroke, or what strikes the text out.
INSIDE = 0.12
# Of a rule's length: what runs through text further is none.
MOST_WITHIN = 0.3
BULLET = "•"
_MARK = patterns.compile(r"\A(?:[•·●▪■◆‣–*.-]|[（(]?\d{1,2}[)）.、])\Z")
_DOT = patterns.compile(r"\A[•·●▪.](?: |(?=[㐀-䶿一-鿿]))")
_HYPHENATED = patterns.compile(r"[a-zß-öø-ÿ]{2}-$")


def page_runs(picture: engine.Picture, number: int) -> PageRuns:
    """Of a picture in RGB, in its points; without runs where nothing is written."""
    reading = engine.read(picture)
    return runs_of(reading, number)


def runs_of(reading: engine.Reading, number: int) -> PageRuns:
    height, width = reading.upright.shape
    page = PageRuns(number, width, height, shown=tuple(map(float, reading.to_shown[:2].ravel())))
    if not reading.lines:
        return page
    found = rules.find(reading.upright, median(line.height for line in reading.lines))
    page.rules = list(_between_lines(found, reading.lines))
    page.runs = _with_marks_joined(_runs(reading.lines, reading.upright))
    return page


def _between_lines(found: Iterable[Rule], lines: Sequence[Line]) -> Iterator[Rule]:
    """Those that are no strokes of letters, in a line or in several that stand above one another."""
    left, top, right, bottom = np.array([(line.left, line.top, line.right, line.bottom) for line in lines]).T
    margins = INSIDE * (bottom - top)
    for rule in found:
        if rule.is_horizontal:
            is_at = (top + margins < rule.top) & (rule.top < bottom - margins)
            within = np.minimum(right, rule.right) - np.maximum(left, rule.left)
        else:
            is_at = (left + margins < rule.left) & (rule.left < right - margins)
            within = np.minimum(bottom, rule.bottom) - np.maximum(top, rule.top)
        length = max(rule.right - rule.left, rule.bottom - rule.top)
        if within[is_at].clip(0).sum() <= MOST_WITHIN * length:
            yield rule


def _runs(lines: Sequence[Line], upright: engine.Picture) -> list[Run]:
    parts = [_part(line, upright) for line in lines]
    lines = [replace(line, is_italic=_leans(line, part)) for line, part in zip(lines, parts, strict=True)]
    chinese = [line.has_chinese for line in lines]
    sizes, text = _sizes(lines, chinese)
    strokes = [ink.stroke(part) / size for part, size in zip(parts, sizes, strict=True)]
    # Strokes of Chinese are thinner: each is held against its own.
    usual = {
        script: _median(
            strokes,
            [
                len(line.text) * (size == text) * (each == script)
                for line, size, each in zip(lines, sizes, chinese, strict=True)
            ],
        )
        for script in set(chinese)
    }
    runs = []
    for line, size, stroke, script in zip(lines, sizes, strokes, chinese, strict=True):
        is_bold = len(line.text) >= LEAST_LETTERS and 0 < BOLD * usual[script] < stroke
        words = _HYPHENATED.sub(lambda found: found[0][:-1] + SOFT_HYPHEN, line.text)
        foot = line.foot(size)
        runs.append(Run(words, line.left, foot - size, line.right, foot, size, is_bold, line.is_italic))
    return runs


def _sizes(lines: Sequence[Line], chinese: Sequence[bool]) -> tuple[list[float], float]:
    """Of the type of each line, and of most text. Latin letters beside Chinese ones may be larger in the same type."""
    letters = [len(line.text) for line in lines]
    medians = {
        script: _median(
            [line.size for line in lines],
            [count * (each == script) for count, each in zip(letters, chinese, strict=True)],
        )
        for script in (False, True)
    }
    main = 2 * sum(count for count, each in zip(letters, chinese, strict=True) if each) > sum(letters)
    text, other = medians[main], medians[not main]
    is_mixed = chinese.count(not main) >= LEAST_LINES and abs(other - text) < OTHER_SCRIPT * text
    factor = {main: 1.0, not main: text / other if is_mixed else 1.0}
    measured = [line.size * factor[script] for line, script in zip(lines, chinese, strict=True)]
    return [
        text if _is_text(line, size, text) else size for line, size in zip(lines, measured, strict=True)
    ], text


def _median(values: Sequence[float], weights: Sequence[int]) -> float:
    """0 of nothing."""
    weighted = np.repeat(values, weights)
    return float(np.median(weighted)) if len(weighted) else 0.0


def _is_text(line: Line, size: float, text: float) -> bool:
    """Whether its type is as large as that of most text. The only descender of a long line may have been overlooked, and
    letters as low as x say little.
    """
    is_long = len(line.text) >= LONG_LINE
    least = VAGUE if is_long or not line.is_tall else SAME_SIZE
    most = LONG_SAME if is_long else SAME_SIZE
    return (1 - least) * text < size < (1 + most) * text


def _leans(line: Line, part: engine.Picture) -> bool:
    """There is no italic type in Chinese, and the fewest letters do not tell."""
    return len(line.text) > LEAST_LETTERS and not line.has_chinese and ink.leans(part)


def _with_marks_joined(runs: Sequence[Run]) -> list[Run]:
    """The mark of an item of a list is no column of its own, and its dot is read as one of several."""
    for line in lines_of(runs):
        first = line.runs[0]
        if len(line.runs) > 1 and _MARK.search(first.text):
            second = line.runs[1]
            second.text, second.left = f"{first.text} {second.text}", first.left
            first.text = ""
        for run in line.runs:
            run.text = _DOT.sub(f"{BULLET} ", run.text)
    return [run for run in runs if run.text]


def _part(line: Line, upright: engine.Picture) -> engine.Picture:
    top, left = max(0, int(line.top)), max(0, int(line.left))
    return upright[top : int(line.bottom) + 1, left : int(line.right) + 1]
