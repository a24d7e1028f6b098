"""Recognised lines of text, and how they become running text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from domain.documents.blocks import Box
from llm_backend import patterns
from llm_backend.unicode_forms import nfc

# Between two of these no space is written: Chinese and Japanese characters, and their full-width marks.
_CJK = r"[⺀-〿぀-ヿ㐀-䶿一-鿿豈-﫿︰-﹏＀-￯]"
_ENDS_CJK = patterns.compile(rf"{_CJK}$")
_STARTS_CJK = patterns.compile(rf"^{_CJK}")
_CJK_LETTER = patterns.compile(r"[㐀-䶿一-鿿豈-﫿぀-ヿ]")
_TALL = patterns.compile(r"[^acegmnopqrsuvwxyz.,:;_ -]")
_DEEP = patterns.compile(r"[gjpqyQ(){}\[\]|,;/]")
_HYPHENATED = patterns.compile(r"[^\W\d_]-$")
_STARTS_LOWER = patterns.compile(r"^[a-zß-öø-ÿ]")


@dataclass(frozen=True, slots=True)
class Line:
    """`left` to `bottom` are pixels of the page turned upright; `box` is where it stands on the page as it is shown."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float
    box: Box

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def size(self) -> float:
        """Of its type: a line without descenders or capitals is lower in the same type."""
        if _CJK_LETTER.search(self.text):
            return self.height / 0.84
        is_tall, is_deep = _TALL.search(self.text) is not None, _DEEP.search(self.text) is not None
        return self.height / (0.5 + 0.22 * is_tall + 0.22 * is_deep)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def rows_of(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines that stand beside each other, from left to right; rows from top to bottom."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda each: each.middle):
        row = rows[-1] if rows else []
        if row and _is_beside(line, row):
            row.append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def joined_text(texts: Iterable[str]) -> str:
    """Lines of one paragraph as one text: no space between Chinese lines, hyphens at the ends of lines mended."""
    whole = ""
    for text in texts:
        whole = _joined(whole, nfc(text.strip()))
    return whole


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of them."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _is_beside(line: Line, row: Sequence[Line]) -> bool:
    """Measured against the middle of the row: a slow drift of boxes would pull two rows into one."""
    top, bottom = median(each.top for each in row), median(each.bottom for each in row)
    shared = min(line.bottom, bottom) - max(line.top, top)
    return shared > 0.5 * min(line.height, bottom - top)


def _joined(before: str, after: str) -> str:
    if not before or not after:
        return before or after
    if _HYPHENATED.search(before) and _STARTS_LOWER.search(after):
        return before[:-1] + after
    if _ENDS_CJK.search(before) and _STARTS_CJK.search(after):
        return before + after
    return f"{before} {after}"
