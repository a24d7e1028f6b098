"""Where a page shows a picture: a closed area of ink that holds no text."""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import numpy.typing as npt

from domain.documents.blocks import Box

# Of the page along its longer side: enough to tell a photo from letters.
SIDE = 500
# From the paper, in steps of grey.
LEAST_CONTRAST = 30
# What stands closer together belongs to one picture.
GAP = 9
# Of the page; a frame or a shadow around all of it is none.
LEAST_AREA, MOST_AREA = 0.015, 0.85
# Of its box, and of the page's side: a rule, a frame and a line of a hand are thinner.
LEAST_FILLED, LEAST_SIDE = 0.6, 0.08


def find(picture: npt.NDArray[np.uint8], text: Iterable[Box]) -> Iterator[Box]:
    """On a page in RGB. `text`: where lines and tables stand."""
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    small = cv2.resize(
        picture, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    rows, columns = grey.shape
    # Paper is the most of what stands around the text.
    paper = int(np.bincount(grey.ravel(), minlength=256).argmax())
    ink = (np.abs(grey.astype(int) - paper) > LEAST_CONTRAST).astype(np.uint8)
    for box in text:
        top, bottom = int(box.top * rows) - 1, int(box.bottom * rows) + 2
        ink[max(0, top) : bottom, max(0, int(box.left * columns) - 1) : int(box.right * columns) + 2] = 0
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((GAP, GAP), dtype=np.uint8))
    _count, _labels, stats, _middles = cv2.connectedComponentsWithStats(closed)
    for left, top, wide, tall, filled in stats[1:]:
        share = wide * tall / (rows * columns)
        is_solid = filled >= LEAST_FILLED * wide * tall and min(wide / columns, tall / rows) >= LEAST_SIDE
        if is_solid and LEAST_AREA <= share <= MOST_AREA:
            right, bottom = left + wide, top + tall
            yield Box(*map(float, (left / columns, top / rows, right / columns, bottom / rows)))
