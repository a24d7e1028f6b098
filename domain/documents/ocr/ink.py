"""Where letters stand in the picture of one line: how tall they are, and where a column ends inside it."""

from collections.abc import Iterator
from itertools import groupby

import cv2
import numpy as np
import numpy.typing as npt

# Of the height of a detected line, which is a third more than that of its letters. A space between words is 0.3, a gap
# between columns of a tight table 0.6; a comma of Chinese has as much white behind it.
GAP, GAP_BEHIND_MARK = 0.5, 0.9
MARK_WIDTH = 0.35
# A rule of a table runs through the whole picture of a line; no letter does.
RULE_SHARE = 0.95
# In heights of a line, which no stroke of a letter is long.
RULE_LENGTH = 2
LEAST_CONTRAST = 40
LEAST_INK = 0.015


def ink_of(crop: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """True where a letter is, dark on light or light on dark; nowhere in a picture without contrast.

    A speck of noise is shorter than a stroke in every direction. A blur would take the thin strokes of 三 with it.
    """
    grey = np.ascontiguousarray(crop.mean(axis=2).astype(np.uint8))
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    if float(grey.max()) - float(grey.min()) < LEAST_CONTRAST:
        return np.zeros(grey.shape, dtype=bool)
    is_dark = grey <= threshold
    mask = (is_dark if is_dark.mean() < 0.5 else ~is_dark).astype(np.uint8)
    # A rule above or below the line is no part of its letters, and would close the gaps between them.
    height, width = grey.shape
    rule = np.ones((1, max(1, min(RULE_LENGTH * height, round(0.95 * width)))), dtype=np.uint8)
    # The picture of a short line may stand a little askew to the rule.
    thick = cv2.dilate(mask, np.ones((3, 1), dtype=np.uint8))
    mask[np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, rule)) > 0] = 0
    across = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((1, 3), dtype=np.uint8))
    down = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 1), dtype=np.uint8))
    return (np.asarray(across) > 0) | (np.asarray(down) > 0)


def letter_rows(ink: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The first row of letters and the one behind the last; all rows where nothing stands out."""
    shares = ink.mean(axis=1)
    rows = np.flatnonzero(shares > max(LEAST_INK * shares.max(), 0.004))
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, ink.shape[0])


def pieces(ink: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last column of each stretch without a wide gap or a rule; all of them where no letter stands out."""
    height, width = ink.shape
    shares = ink.mean(axis=0)
    is_letter = (shares > 0.01) & (shares < RULE_SHARE)
    found: list[tuple[int, int]] = []
    previous = (0, 0)
    for start, end in _runs(is_letter):
        gap = GAP_BEHIND_MARK if _is_mark(ink[:, slice(*previous)]) else GAP
        is_ruled_off = bool((shares[previous[1] : start] >= RULE_SHARE).any())
        if found and not is_ruled_off and start - previous[1] <= gap * height:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        previous = (start, end)
    found = [(start, end) for start, end in found if end - start > 2]
    return found or [(0, width)]


def _is_mark(ink: npt.NDArray[np.bool_]) -> bool:
    """Narrow and below the middle, such as a comma."""
    height, width = ink.shape
    return 0 < width < MARK_WIDTH * height and not ink[: height // 2].any()


def _runs(flags: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    place = 0
    for flag, group in groupby(flags.tolist()):
        length = len(list(group))
        if flag:
            yield place, place + length
        place += length
