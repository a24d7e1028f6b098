"""Sizes of type as they were measured, each a little off → those that the document has."""

from collections.abc import Iterator, Sequence

import numpy as np

from domain.documents.pages.runs import PageRuns, Rule, Run

# Points that most of the text is taken to have, whatever the picture's resolution.
TEXT_SIZE = 10.0
# Sizes that are one; and how far from its class one may have been measured that is in none.
SAME, FAR, LEAST_MEMBERS = 0.07, 0.13, 2


def set_alike(pages: Sequence[PageRuns]) -> None:
    """Scales pages of runs to points, and gives runs of nearly one size the same."""
    runs = [run for page in pages for run in page.runs]
    if not runs:
        return
    # Of all letters.
    text = float(np.median(np.repeat([run.size for run in runs], [len(run.text) for run in runs])))
    _set_sizes(runs, text)
    for page in pages:
        _scale(page, TEXT_SIZE / text)


def _set_sizes(runs: Sequence[Run], text: float) -> None:
    """Each run takes the size of the nearest class: that of most text, and those of which there are several runs. One that
    is far from all of them, such as the title, has its own.
    """
    classes = [text, *_repeated([run.size for run in runs if not _is_near(run.size, text, SAME)])]
    for run in runs:
        nearest = min(classes, key=lambda size: abs(size - run.size))
        if _is_near(run.size, nearest, FAR):
            run.size = nearest


def _repeated(sizes: Sequence[float]) -> Iterator[float]:
    """The middle of each class, from the one with most members to those with two."""
    left = np.array(sorted(sizes))
    while len(left):
        near = np.abs(left[:, None] - left) <= SAME * left
        fullest = near[near.sum(axis=1).argmax()]
        if fullest.sum() < LEAST_MEMBERS:
            return
        yield float(np.median(left[fullest]))
        left = left[~fullest]


def _is_near(size: float, other: float, share: float) -> bool:
    return abs(size - other) <= share * other


def _scale(page: PageRuns, scale: float) -> None:
    page.width, page.height = page.width * scale, page.height * scale
    a, b, c, d, e, f = page.shown
    page.shown = (a / scale, b / scale, c, d / scale, e / scale, f)
    page.rules = [
        Rule(rule.left * scale, rule.top * scale, rule.right * scale, rule.bottom * scale)
        for rule in page.rules
    ]
    for run in page.runs:
        run.left, run.top, run.right, run.bottom = (
            side * scale for side in (run.left, run.top, run.right, run.bottom)
        )
        run.size *= scale
