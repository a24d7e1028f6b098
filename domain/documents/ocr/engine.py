"""A picture of a page → its lines of text with boxes, whichever way up and however crooked it was laid on the glass.

PP-OCRv6 small, by rapidocr: the weights lie in its wheel. Loaded once in a process, which is always a bounded child.
"""

import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import cv2
import numpy as np
import numpy.typing as npt
from rapidocr import RapidOCR

from domain.documents.ocr import ink
from domain.documents.ocr.lines import Line

Picture = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

# Two more threads gain a fifth and take the machine from everybody else.
THREADS = min(2, os.cpu_count() or 1)
# Lines are found on a page of this many pixels along its longer side, and read from the page as it came.
DETECTION_SIDE = 1472
# Below this, letters are too small for the detector.
SMALL_SIDE = 1000
PADDING = 24
LEAST_CONFIDENCE = 0.5
# A strip with one line of text: the detector finds nothing where letters fill the picture.
STRIP_HEIGHT, STRIP_RATIO = 80, 4
# A turn of 180° is asked of so many lines, the longest.
ASKED_LINES = 8
LONG_RATIO = 5
LEAST_SKEW_DEGREES = 0.15


@dataclass(frozen=True)
class Reading:
    """`upright`: the page as its lines are measured on it, turned and straightened, in grey. `to_shown`: from its points to
    shares of the page as it is shown.
    """

    lines: tuple[Line, ...]
    upright: Picture
    to_shown: Matrix


def read(picture: Picture) -> Reading:
    """Lines of a picture in RGB."""
    page = _Page(picture)
    quads = _detected(page.picture)
    turns = _quarter_turns(page.picture, quads)
    turned: Picture = np.ascontiguousarray(np.rot90(page.picture, turns))
    quads = [_turned(quad, page.picture.shape, turns) for quad in quads]
    upright, straight = _straightened(turned, _skew_degrees(quads))
    quads = [_lying(quad @ straight[:2, :2].T + straight[:2, 2]) for quad in quads]
    crops = [crop for quad in quads for crop in _crops(upright, quad)]
    texts = _texts([crop.picture for crop in crops])
    height, width = picture.shape[:2]
    if height <= STRIP_HEIGHT and width >= STRIP_RATIO * height and len(texts) < 2:
        crops, texts = _better_strip(page, crops, texts)
    lines = [
        Line(text.strip(), *_bounds(crop.quad), confidence)
        for (text, confidence), crop in zip(texts, crops, strict=True)
        if text.strip() and confidence >= LEAST_CONFIDENCE
    ]
    grey = np.asarray(cv2.cvtColor(upright, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    to_shown = page.to_shares() @ _rotation(turned.shape, -turns) @ np.linalg.inv(straight)
    return Reading(tuple(lines), grey, to_shown)


@dataclass(frozen=True)
class _Crop:
    """A piece of a line with a margin, as it is read, and the corners of its letters on the turned page."""

    picture: Picture
    quad: Points


class _Page:
    """A picture enlarged where it is small, with a margin: the detector misses letters at the edge."""

    def __init__(self, picture: Picture) -> None:
        self.height, self.width = picture.shape[:2]
        self.scale = 2 if max(self.height, self.width) < SMALL_SIDE else 1
        if self.scale > 1:
            picture = cv2.resize(picture, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_CUBIC)  # type: ignore[assignment]
        self.padding = PADDING * self.scale
        self.picture: Picture = np.pad(picture, ((self.padding,) * 2, (self.padding,) * 2, (0, 0)), "edge")

    def to_shares(self) -> Matrix:
        """From points of it to shares of the picture as it came."""
        wide, high = self.width * self.scale, self.height * self.scale
        return np.array([[1 / wide, 0, -self.padding / wide], [0, 1 / high, -self.padding / high], [0, 0, 1]])


@functools.cache
def _ocr() -> RapidOCR:
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECTION_SIDE,
        }
    )


def _detected(picture: Picture) -> list[Points]:
    """Four corners of each line, from its upper left one on."""
    found = _ocr()(picture[:, :, ::-1], use_det=True, use_cls=False, use_rec=False)
    boxes = getattr(found, "boxes", None)
    return [] if boxes is None else [np.asarray(quad, dtype=np.float32) for quad in boxes]


def _crops(page: Picture, quad: Points) -> Iterator[_Crop]:
    """A detected line as one piece, or several: the detector takes neighbouring cells of a table for one line."""
    (picture,) = _ocr().crop_text_regions(page, np.array([quad]))
    height, width = picture.shape[:2]
    standing = _sides(quad)[1] > 1.5 * _sides(quad)[0]
    if standing:
        # The library lays such a picture down; what stands on an upright page is no row of cells.
        yield _Crop(picture, quad)
        return
    letters = ink.without_neighbours(ink.ink_of(picture))
    clear = ink.without_specks(letters)
    # The recogniser reads letters at the very edge badly.
    margin = max(2, height // 4)
    for start, end in ink.pieces(letters):
        left, top, right, bottom = ink.letters_box(clear[:, start:end])
        part = picture[:, max(0, start - margin) : end + margin]
        sides = ((start + left) / width, top / height, (start + right) / width, bottom / height)
        yield _Crop(part, _part(quad, sides))


def _part(quad: Points, sides: tuple[float, float, float, float]) -> Points:
    """`sides`: left, top, right and bottom in shares of the quad."""
    left, top, right, bottom = sides
    across, down = quad[1] - quad[0], quad[3] - quad[0]
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return np.array([quad[0] + x * across + y * down for x, y in corners], dtype=np.float32)


def _texts(crops: Sequence[Picture]) -> list[tuple[str, float]]:
    if not crops:
        return []
    found = _ocr().recognize_txt([crop[:, :, ::-1] for crop in crops])
    return list(zip(found.txts or (), (float(score) for score in found.scores or ()), strict=True))


def _quarter_turns(picture: Picture, quads: Sequence[Points]) -> int:
    """How often the page has to be turned to the left by 90°."""
    standing = sum(height for width, height in map(_sides, quads) if height > 1.5 * width)
    lying = sum(width for width, height in map(_sides, quads) if width > 1.5 * height)
    turns = 1 if standing > lying else 0
    longest = sorted(quads, key=lambda quad: -max(_sides(quad)))[:ASKED_LINES]
    turned: Picture = np.ascontiguousarray(np.rot90(picture, turns))
    crops = _ocr().crop_text_regions(
        turned, np.array([_turned(quad, picture.shape, turns) for quad in longest])
    )
    if longest and _is_upside_down(crops):
        turns += 2
    return turns


def _is_upside_down(crops: Sequence[Picture]) -> bool:
    """A small classifier says it fast and is wrong at times: where it says so, both ways are read and compared."""
    labels = _ocr().cls_and_rotate(list(crops))[1].cls_res or []
    if sum("180" in label for label, _ in labels) * 3 <= len(labels):
        return False
    as_it_is, turned = (
        fmean(confidence for _, confidence in _texts(some))
        for some in (crops, [crop[::-1, ::-1] for crop in crops])
    )
    return turned > as_it_is


def _turned(quad: Points, shape: tuple[int, ...], turns: int) -> Points:
    """The corners on the page after so many quarter turns to the left, again from the upper left one on."""
    points = np.hstack([quad, np.ones((4, 1))]) @ _rotation(shape, turns)[:2].T
    return np.roll(points, -(turns % 4), axis=0).astype(np.float32)


def _rotation(shape: tuple[int, ...], turns: int) -> Matrix:
    """Where points of a page of this shape stand after so many quarter turns to the left."""
    height, width = shape[:2]
    matrix = np.eye(3)
    for _ in range(turns % 4):
        matrix = np.array([[0, 1, 0], [-1, 0, width], [0, 0, 1]]) @ matrix
        height, width = width, height
    return matrix


def _sides(quad: Points | Matrix) -> tuple[float, float]:
    return float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[3] - quad[0]))


def _skew_degrees(quads: Sequence[Points]) -> float:
    """How far long lines fall to the right. Short ones say nothing: their boxes are as crooked as their letters."""
    angles = []
    for quad in quads:
        width, height = _sides(quad)
        if width > LONG_RATIO * height:
            across, down = (quad[1] + quad[2] - quad[0] - quad[3]) / 2
            angles.append(float(np.degrees(np.arctan2(down, across))))
    skew = median(angles) if len(angles) > 2 else 0.0
    return skew if abs(skew) >= LEAST_SKEW_DEGREES else 0.0


def _straightened(picture: Picture, skew: float) -> tuple[Picture, Matrix]:
    """A crooked page turned back, and where its points went. It grows, so that no corner is lost."""
    matrix = np.eye(3)
    if not skew:
        return picture, matrix
    height, width = picture.shape[:2]
    matrix[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1.0)
    cosine, sine = np.abs(matrix[0, :2])
    size = (round(height * sine + width * cosine), round(height * cosine + width * sine))
    matrix[:2, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    straight = cv2.warpAffine(
        picture, matrix[:2], size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(straight, dtype=np.uint8), matrix


def _lying(quad: Matrix) -> Points:
    """Corners of a line on a straight page. How crooked a short one was found says nothing."""
    width, height = _sides(quad)
    if width > LONG_RATIO * height:
        return quad.astype(np.float32)
    left, top, right, bottom = _bounds(quad)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float32)


def _bounds(quad: Points | Matrix) -> tuple[float, float, float, float]:
    """The mean of two corners on each side: a box that stays a little crooked would grow into its neighbours."""
    left, right = quad[[0, 3], 0].mean(), quad[[1, 2], 0].mean()
    top, bottom = quad[[0, 1], 1].mean(), quad[[2, 3], 1].mean()
    return float(left), float(top), float(right), float(bottom)


def _better_strip(
    page: _Page, crops: list[_Crop], texts: list[tuple[str, float]]
) -> tuple[list[_Crop], list[tuple[str, float]]]:
    """The strip as one line where that reads at least as well as what was found in it."""
    near, far_x = page.padding, page.padding + page.width * page.scale
    far_y = page.padding + page.height * page.scale
    picture = page.picture[near:far_y, near:far_x]
    whole = _texts([picture])
    if not whole or (texts and whole[0][1] < texts[0][1]):
        return crops, texts
    quad = np.array([[near, near], [far_x, near], [far_x, far_y], [near, far_y]], dtype=np.float32)
    return [_Crop(picture, quad)], whole
