"""Small numbers as people write them, in figures and in words, for what names a date, an hour or an age."""

from typing import NamedTuple

from llm_backend import chinese_numerals, figures

IN_CHINESE = "[一二三四五六七八九十两]{1,3}"
ZH = rf"(?:\d{{1,3}}|{IN_CHINESE})"
_TO_TWENTY_ONE = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty-one twenty"
EN = rf"(?:\d{{1,3}}|{'|'.join((*figures.COUNT_WORDS, *_TO_TWENTY_ONE.split()))})"


class Named(NamedTuple):
    """`values`: all that are meant, so that “under 3” are 0, 1 and 2."""

    values: frozenset[int]
    start: int
    end: int


def whole(text: str) -> int:
    """0 of what is no number: 三五."""
    digits = text if text.isdecimal() else figures.canonical(text)
    return int(digits) if digits.isdecimal() else int(chinese_numerals.exact(text) or 0)
