"""The ruled lines of a page, found in its picture."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from domain.documents.pages.runs import Rule

Grey = npt.NDArray[np.uint8]

# In heights of a letter: beside a row, and below a cell.
LOWEST_RULE, SHORTEST_RULE = 1.6, 3.0
# In heights of a letter: thicker is an area, such as a picture.
THICKEST_RULE = 0.4
# Darker than what is around it, of 255 shades, along so much of a letter's height: noise of a scan is gone there.
DARK, ALONG = 15, 0.35
# Crooked scans break a rule into stairs, faint ones into pieces.
STAIRS, BROKEN = 3, 0.5
# So near to a rule, in heights of a letter, little else is drawn: the feet of letters in a row have strokes above them.
NEAR, MOST_BESIDE = 0.15, 0.3
MOST_RULES = 2000


def find(page: Grey, letter_height: float) -> list[Rule]:
    """In points of the picture."""
    upright = _level(page.T, letter_height, LOWEST_RULE)
    return [
        *_level(page, letter_height, SHORTEST_RULE),
        *(Rule(rule.top, rule.left, rule.bottom, rule.right) for rule in upright),
    ]


def _level(page: Grey, letter_height: float, shortest: float) -> Iterator[Rule]:
    length = max(16, round(letter_height * shortest))
    smooth = cv2.blur(np.ascontiguousarray(page), (max(3, round(ALONG * letter_height)), 1))
    dark = cv2.adaptiveThreshold(
        np.asarray(smooth, dtype=np.uint8), 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, DARK
    )
    stairs = cv2.dilate(dark, np.ones((STAIRS, 1), dtype=np.uint8))
    rules = cv2.morphologyEx(stairs, cv2.MORPH_OPEN, np.ones((1, length), dtype=np.uint8))
    whole = cv2.morphologyEx(
        rules, cv2.MORPH_CLOSE, np.ones((1, max(3, round(BROKEN * length))), dtype=np.uint8)
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(whole, dtype=np.uint8))
    thickest, near = max(THICKEST_RULE * letter_height, 3 * STAIRS), max(2, round(NEAR * letter_height))
    for x, y, width, height, _area in sorted(stats[1:].tolist(), key=lambda each: -each[2])[:MOST_RULES]:
        above, below = dark[max(0, y - near) : y, x : x + width], dark[y + height :, x : x + width][:near]
        is_free = all(side.any(axis=0).mean() <= MOST_BESIDE for side in (above, below) if side.size)
        if height <= thickest and is_free:
            middle = y + height / 2
            yield Rule(x, middle, x + width, middle)
