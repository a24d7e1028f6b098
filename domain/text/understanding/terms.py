"""The terms that the words view counts: of any mixture of Chinese and languages written with spaces."""

from itertools import pairwise

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

# Chinese words have one to four characters and no spaces; pieces of other words stand for endings and misspellings.
CHINESE_GRAMS = (1, 2, 3, 4)
WORD_GRAMS = (2, 3, 4, 5)

_CHINESE = "\\u3000-\\u303f\\u3400-\\u9fff\\uf900-\\ufaff"
_CHUNK = patterns.compile(rf"(?P<chinese>[{_CHINESE}]+)|[^\s{_CHINESE}]+")
_WORD = patterns.compile(r"\w+")


def terms(text: str) -> list[str]:
    """Characters 1 to 4 at a time of Chinese; of other words themselves, their pairs and their pieces.

    Pieces (`~`) forgive typing errors and endings, pairs keep “not working” apart from “working”.
    """
    grams, words = [], []
    for chunk in _CHUNK.finditer(nfkc(text).lower()):
        if chunk["chinese"]:
            grams += _grams(chunk[0], CHINESE_GRAMS)
        else:
            grams += [f"~{gram}" for gram in _grams(f" {chunk[0]} ", WORD_GRAMS)]
            words += _WORD.findall(chunk[0])
    pairs = [f"{one} {next_one}" for one, next_one in pairwise(words)]
    return grams + words + pairs


def _grams(text: str, lengths: tuple[int, ...]) -> list[str]:
    return [text[start : start + n] for n in lengths for start in range(len(text) - n + 1)]
