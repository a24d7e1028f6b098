"""Which words of a text changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from llm_backend import patterns

# Comparing takes their product, and more where words repeat. Beyond it, all between what begins and ends both is new.
MAX_COMPARISONS = 1_000_000
# A Chinese character is a word to compare, as are white space and each mark.
_WORD = patterns.compile(r"[㐀-鿿]|[^\W㐀-鿿]+|\s+|[^\w\s]")


Operation = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Piece:
    """`kind`: "same", "added" or "removed". The text may be a model's: templates must escape it."""

    kind: str
    text: str


def word_changes(before: str, after: str) -> list[Piece]:
    """Both texts as pieces that are the same, were added or were removed. White space and each mark count as words."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    pieces: list[Piece] = []
    for kind, start, end, new_start, new_end in diff_opcodes(old, new):
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[start:end])))
            continue
        pieces += [Piece("removed", "".join(old[start:end]))] if end > start else []
        pieces += [Piece("added", "".join(new[new_start:new_end]))] if new_end > new_start else []
    return pieces


def diff_opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[Operation]:
    """The operations that make one of the other, as difflib names them."""
    if len(old) * len(new) <= MAX_COMPARISONS:
        return SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    first = _shared_start(old, new)
    last = _shared_start(old[first:][::-1], new[first:][::-1])
    end, new_end = len(old) - last, len(new) - last
    middle: Sequence[Operation] = [("replace", 0, end - first, 0, new_end - first)]
    if (end - first) * (new_end - first) <= MAX_COMPARISONS:
        middle = diff_opcodes(old[first:end], new[first:new_end])
    return [
        ("equal", 0, first, 0, first),
        *((kind, a + first, b + first, c + first, d + first) for kind, a, b, c, d in middle),
        ("equal", end, len(old), new_end, len(new)),
    ]


def _shared_start(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, yours) in pairs if mine != yours), min(len(one), len(other)))
