"""Which words of a text changed."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

# A Chinese character is a word to compare, as are white space and each mark.
_WORD = re.compile(r"[㐀-鿿]|[^\W㐀-鿿]+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """`kind`: "same", "added" or "removed". The text may be a model's: templates must escape it."""

    kind: str
    text: str


def word_changes(before: str, after: str) -> list[Piece]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    pieces: list[Piece] = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[start:end])))
            continue
        pieces += [Piece("removed", "".join(old[start:end]))] if end > start else []
        pieces += [Piece("added", "".join(new[new_start:new_end]))] if new_end > new_start else []
    return pieces
