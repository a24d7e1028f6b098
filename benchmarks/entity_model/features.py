"""What a tagger looks at: for each character its neighbours, the word it stands in and the terms that cover it."""

import logging
from collections.abc import Sequence
from itertools import pairwise

import jieba
import jieba.posseg

from benchmarks.entity_model.lexicon import Lexicon
from domain.app_functions.tag_chains import where_in

jieba.setLogLevel(logging.WARNING)

_ENDINGS = frozenset("病症炎癌瘤征术菌毒药素片剂痛热血肿大")
_PUNCTUATION = frozenset("，。；：！？、,.;:!?()（）[]【】")
REACH = 3
ENDING_REACH = 8


def features(text: str, marks: Sequence[str] = ()) -> list[list[str]]:
    """`marks`: what another tagger has said of each character."""
    words = _words(text)
    general = _lexicon_marks(text)
    padded = "<" * REACH + text + ">" * REACH
    rows = []
    for place in range(len(text)):
        row = [
            *_letters(padded[place : place + 2 * REACH + 1]),
            *words[place],
            *_neighbours(general, place),
            _ending(text, place),
        ]
        if marks:
            row += [f"m={each}" for each in _neighbours(marks, place)]
        rows.append(row)
    return rows


def _letters(near: str) -> list[str]:
    """`near`: the character in the middle, `REACH` on each side."""
    middle = REACH
    kinds = "".join(_kind(letter) for letter in near[1:-1])
    found = ["b", f"y={kinds}", f"y0={kinds[middle - 1]}", f"y1={kinds[middle - 2 : middle + 1]}"]
    found += [f"c{at}={letter}" for at, letter in enumerate(near)]
    found += [f"g{at}={one}{other}" for at, (one, other) in enumerate(pairwise(near)) if 0 < at < 5]
    found.append(f"h={near[middle - 1]}{near[middle + 1]}")
    found += [f"t{at}={near[at : at + 3]}" for at in (1, 2, 3)]
    return found


def _words(text: str) -> list[list[str]]:
    cut = [(pair.word, pair.flag) for pair in jieba.posseg.lcut(text)]
    rows: list[list[str]] = []
    for place, (word, flag) in enumerate(cut):
        before = cut[place - 1] if place else ("<", "<")
        after = cut[place + 1] if place + 1 < len(cut) else (">", ">")
        shared = [f"w={word}", f"p={flag}", f"pw={before[0]}", f"nw={after[0]}", f"ne={after[0][-1]}"]
        shared += [f"we={word[-1]}", f"pp={before[1]}|{flag}", f"ww={word}|{after[0]}"]
        for at in range(len(word)):
            where = where_in(at, len(word))
            own = [f"wb={where}", f"pb={flag}{where}", f"wl={min(len(word), 5)}{where}"]
            rows.append([*shared, *own, f"np={after[1]}|{flag}|{where}"])
    return rows


def _lexicon_marks(text: str) -> list[str]:
    marks = ["l=O"] * len(text)
    for start, end, kind in Lexicon.general().found(text):
        for place in range(start, end):
            marks[place] = f"l={where_in(place - start, end - start)}-{kind}"
    return marks


def _neighbours(marks: Sequence[str], place: int) -> list[str]:
    before = marks[place - 1] if place else "<"
    after = marks[place + 1] if place + 1 < len(marks) else ">"
    return [marks[place], f"{before}|{marks[place]}", f"{marks[place]}|{after}"]


def _ending(text: str, place: int) -> str:
    """The nearest ending of a name ahead, and how far it is."""
    for at in range(place, min(len(text), place + ENDING_REACH)):
        if text[at] in _PUNCTUATION:
            break
        if text[at] in _ENDINGS:
            return f"e={text[at]}{at - place}"
    return "e="


def _kind(letter: str) -> str:
    if "\u3400" <= letter <= "\u9fff":
        return "H"
    if letter.isdigit():
        return "D"
    if letter.isascii() and letter.isalpha():
        return "U" if letter.isupper() else "L"
    return "," if letter in _PUNCTUATION else "P"
