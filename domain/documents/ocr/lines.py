"""Recognised lines of text, and how large their type is."""

from collections.abc import Sequence
from dataclasses import dataclass

from llm_backend import patterns

_CJK_LETTER = patterns.compile(r"[㐀-䶿一-鿿豈-﫿぀-ヿ]")
# How far letters reach above and below the line they stand on, in sizes of their type, the furthest first.
CJK_HEIGHT, CJK_FOOT = 0.94, 0.53
_RISES = ((patterns.compile(r"[A-Z\[\](){}|/bdfhkl%&!?]"), 0.725), (patterns.compile(r"[\dtij]"), 0.66))
DESCENT = 0.205
_DESCENTS = ((patterns.compile(r"[gjpqyQ(){}\[\]|/]"), DESCENT), (patterns.compile(r"[,;]"), 0.125))
LOW_RISE = 0.49


@dataclass(frozen=True, slots=True)
class Line:
    """`left` to `bottom`: around its letters, in pixels of the page turned upright. `is_italic`: where that was asked."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float = 1.0
    is_italic: bool = False

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def has_chinese(self) -> bool:
        return _CJK_LETTER.search(self.text) is not None

    @property
    def is_tall(self) -> bool:
        return self.has_chinese or _RISES[0][0].search(self.text) is not None

    @property
    def size(self) -> float:
        """Of its type: a line without descenders or capitals is lower in the same type."""
        if self.has_chinese:
            return self.height / CJK_HEIGHT
        return self.height / (_farthest(self.text, _RISES, LOW_RISE) + self._descent)

    def foot(self, size: float) -> float:
        """Where the longest descenders would end in type of this size: steps from line to line are measured there."""
        if self.has_chinese:
            return (self.top + self.bottom) / 2 + CJK_FOOT * size
        return self.bottom + (DESCENT - self._descent) * size

    @property
    def _descent(self) -> float:
        if self.is_italic and "f" in self.text:
            return DESCENT
        return _farthest(self.text, _DESCENTS, 0.0)


def _farthest(text: str, reaches: Sequence[tuple[patterns.Pattern[str], float]], otherwise: float) -> float:
    return next((reach for letters, reach in reaches if letters.search(text)), otherwise)
