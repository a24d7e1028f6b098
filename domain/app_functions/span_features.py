"""What a chain of tags sees of each character: its neighbours, the word it stands in, and what examples say of that word."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from domain.app_functions.marked_texts import MarkedText
from domain.app_functions.tag_chains import where_in

LONGEST_KNOWN = 20
REACH = 3
_OPEN, _CLOSE = "《“(（【「[", "》”)）】」]"

Known = Mapping[str, Counter[str]]


def features(text: str, known: Known, own: Known, *, has_words: bool) -> list[list[str]]:
    """What stands around each character. `own`: what is not counted of what is known."""
    padded = "<" * REACH + text + ">" * REACH
    inside, marks = -1, _marks(text, known, own)
    words = list(_words(text)) if has_words else []
    rows = []
    for place, letter in enumerate(text):
        near = padded[place : place + 2 * REACH + 1]
        kinds = "".join(map(_letter_class, near))
        row = ["b", f"k={kinds[1:6]}", f"k0={kinds[3]}", f"k1={kinds[2:5]}", marks[place]]
        row += [f"c{at}={one}" for at, one in enumerate(near)]
        row += [f"g{at}={near[at : at + 2]}" for at in range(6)]
        row += [f"t{at}={near[at : at + 3]}" for at in (1, 2, 3)]
        row += [f"q={near[:4]}", f"q2={near[3:]}", f"h={near[2]}{near[4]}"]
        inside = place if letter in _OPEN else -1 if letter in _CLOSE else inside
        if inside >= 0:
            row += [f"in={text[inside]}", f"in={text[inside]}{min(place - inside, 3)}"]
        rows.append(row + words[place] if has_words else row)
    return rows


def _words(text: str) -> Iterator[list[str]]:
    # Fifty megabytes of dictionary, which only the child that learns needs, not whoever checks a file.
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    cut = [("<", "<"), *((pair.word, pair.flag) for pair in jieba.posseg.lcut(text)), (">", ">")]
    for (before, flag_before), (word, flag), (after, flag_after) in zip(cut, cut[1:], cut[2:], strict=False):
        shared = [f"w={word}", f"p={flag}", f"pw={before}", f"nw={after}", f"ne={after[-1]}"]
        shared += [f"pp={flag_before}|{flag}|{flag_after}", f"we={word[-1]}", f"ws={word[0]}"]
        shared += [f"ppw={before}|{word}", f"wnw={word}|{after}"]
        for at in range(len(word)):
            where = where_in(at, len(word))
            yield [*shared, f"wp={where}{flag}", f"wl={min(len(word), 5)}{where}", f"wb={where}|{word}"]


def known_values(marked: Sequence[MarkedText]) -> Known:
    """Which fields each value was an example of, and how often."""
    known: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in marked:
        for start, end, field in each.spans:
            known[each.text[start:end]][field] += 1
    return known


def _marks(text: str, known: Known, own: Known) -> list[str]:
    """Where known values stand, the longest first."""
    marks, place = ["z="] * len(text), 0
    while place < len(text):
        size = 0
        for size in range(min(LONGEST_KNOWN, len(text) - place), 1, -1):
            value = text[place : place + size]
            if value in known and (fields := known[value] - own.get(value, Counter())):
                field = fields.most_common(1)[0][0]
                marks[place : place + size] = [f"z={where_in(at, size)}-{field}" for at in range(size)]
                break
        else:
            size = 1
        place += size
    return marks


def _letter_class(letter: str) -> str:
    if "\u3400" <= letter <= "\u9fff":
        return "H"
    if letter.isdigit():
        return "D"
    if letter.isascii() and letter.isalpha():
        return "U" if letter.isupper() else "L"
    return "P"
