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
# White between dots and their letters, in heights of the picture.
BAND_GAP = 0.12
# Of the height: how far a crooked line reaches out of its straight rows.
CROOKED = 0.12
# How crooked a line may be on a page that is straight, and in how many parts that is looked for.
MOST_SLOPE, MOST_PARTS = 0.012, 24
# How far italic letters lean to the right for each step up, and how much less upright others then stand: 0.3 to 0.5.
LEAN, LEANING = 0.2, 0.8
LEAST_CONTRAST = 40
# In a row of letters: of what is in the row with most, of its length, and in points.
LEAST_INK, LEAST_SHARE, LEAST_POINTS = 0.01, 0.004, 2.5
# Of the square of a line's height: less is a speck, even beside a full stop.
LEAST_AREA = 0.005


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


def without_specks(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """For measuring: where print is faint, letters lie in pieces as small as specks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8))
    is_letter = stats[:, cv2.CC_STAT_AREA] >= LEAST_AREA * ink.shape[0] ** 2
    is_letter[0] = False
    return np.asarray(is_letter[labels], dtype=bool)


def letter_rows(ink: npt.NDArray[np.bool_], parts_gap: float = BAND_GAP) -> tuple[int, int]:
    """The first row of letters and the one behind the last; all rows where nothing stands out.

    The picture of a line may still be a little crooked, and show the feet of the line above.
    """
    shares = _straight_shares(ink)
    least = min(LEAST_SHARE, LEAST_POINTS / ink.shape[1])
    rows = np.flatnonzero(shares > max(LEAST_INK * shares.max(), least))
    if not len(rows):
        return 0, ink.shape[0]
    bands = np.split(rows, np.flatnonzero(np.diff(rows) > parts_gap * ink.shape[0]) + 1)
    band = max(bands, key=lambda some: shares[some].sum())
    return int(band[0]), int(band[-1]) + 1


def without_neighbours(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The ink of the line alone: what is left of a rule above or below closes gaps, and makes letters higher."""
    top, bottom = letter_rows(ink)
    margin = round(CROOKED * ink.shape[0])
    cleared = ink.copy()
    cleared[: max(0, top - margin)] = False
    cleared[bottom + margin :] = False
    return cleared


def letters_box(ink: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the letters."""
    top, bottom = letter_rows(ink, parts_gap=1.0)
    columns = np.flatnonzero(ink.any(axis=0))
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, ink.shape[1])
    return left, top, right, bottom


def _straight_shares(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Ink of each row, along the slope at which rows differ most."""
    height, width = ink.shape
    parts = max(1, min(MOST_PARTS, width // max(1, 2 * height)))
    profiles = [part.mean(axis=1) for part in np.array_split(ink, parts, axis=1)]
    reach = round(MOST_SLOPE * width / 2)
    best = np.mean(profiles, axis=0)
    for reach_here in range(-reach, reach + 1):
        shifts = np.rint(np.linspace(-reach_here, reach_here, parts)).astype(int)
        shares = np.mean(
            [np.roll(profile, shift) for profile, shift in zip(profiles, shifts, strict=True)], axis=0
        )
        if np.square(shares).sum() > np.square(best).sum():
            best = shares
    return np.asarray(best, dtype=np.float64)


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


def stroke(line: npt.NDArray[np.uint8]) -> float:
    """How wide the strokes are in the grey picture of a line, in its points: twice their area by what bounds it."""
    if not line.size:
        return 0.0
    letters = cv2.medianBlur(_dark(line), 3)
    outlines, _ = cv2.findContours(letters, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return 2 * float(np.sum(letters)) / max(1.0, sum(cv2.arcLength(outline, True) for outline in outlines))


def leans(line: npt.NDArray[np.uint8]) -> bool:
    """Whether the letters are italic: stems stand upright only in a picture that is sheared back."""
    letters = np.pad(_dark(line), ((0, 0), (line.shape[0],) * 2))
    return bool(_uprightness(letters, LEAN) > LEANING * _uprightness(letters, 0.0))


def _uprightness(letters: npt.NDArray[np.uint8], lean: float) -> float:
    """How sharply ink changes from column to column."""
    height, width = letters.shape
    shear = np.array([[1, lean, -lean * height / 2], [0, 1, 0]], dtype=np.float32)
    columns = np.asarray(cv2.warpAffine(letters * 255, shear, (width, height))).sum(axis=0, dtype=np.float64)
    return float(np.square(np.diff(columns)).sum())


def _dark(line: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    threshold, _ = cv2.threshold(line, 0, 255, cv2.THRESH_OTSU)
    return np.asarray(line <= threshold, dtype=np.uint8)
