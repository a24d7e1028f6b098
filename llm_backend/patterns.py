"""The one door to regular expressions, so that every one of them can be found and timed.

`re` has no time limit: where a pattern's cost grows faster than its text, one hostile message holds a process for
minutes. What is written in the code goes through `compile`, or stands word for word in a call of `search`, `sub` and
their like; a test times each of these over floods of every kind of character. What is made of names goes through
`words`, which is linear by its form. What people type goes through `fits`, which has a time limit.
"""

import math
import re
import sys
from collections.abc import Iterable
from re import (
    ASCII,
    DOTALL,
    IGNORECASE,
    MULTILINE,
    VERBOSE,
    Match,
    Pattern,
    escape,
    findall,
    finditer,
    fullmatch,
    match,
    search,
    split,
    sub,
)
from typing import Any, AnyStr, cast

import regex

__all__ = [
    "ASCII",
    "DOTALL",
    "IGNORECASE",
    "MULTILINE",
    "VERBOSE",
    "Match",
    "Pattern",
    "compile",
    "either",
    "escape",
    "findall",
    "finditer",
    "fits",
    "fullmatch",
    "graphemes",
    "is_typed_well",
    "match",
    "search",
    "split",
    "sub",
    "words",
]

# Whoever types a pattern is signed in, and not to be trusted with a worker's time all the same.
MAX_TYPED_CHARACTERS = 200
# What people type cannot be tried out beforehand: docs/decisions/patterns.md.
TYPED_SECONDS = 0.05
# `regex` writes counts out when it compiles: three of a thousand, one in another, fill the memory of any machine.
MAX_TYPED_COUNT = 100_000
_COUNT = re.compile(r"\{(\d{1,9})")
_GRAPHEME = regex.compile(r"\X")


class UncompiledPattern:
    """A pattern that is compiled when it is first used, and costs nothing more from then on.

    There are two thousand; a process needs few of them, and compiling all took a third of each one's start.
    """

    METHODS = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")
    ATTRIBUTES = ("flags", "groups", "groupindex", "scanner")

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern, self._flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """Only what this object does not have yet comes here."""
        if name not in (*self.METHODS, *self.ATTRIBUTES):
            raise AttributeError(name)
        made = re.compile(self.pattern, self._flags)
        for each in (*self.METHODS, *self.ATTRIBUTES):
            self.__dict__[each] = getattr(made, each)
        return getattr(made, name)


compiled: dict[tuple[str, int, str | bytes], Pattern[str] | Pattern[bytes]] = {}
"""All that `compile` was given, by module, line and text."""


def compile(pattern: AnyStr, flags: int = 0) -> Pattern[AnyStr]:
    """A pattern that stands in the code or in its files. It is kept, so a person's words go through `words`."""
    pattern_object = cast(Pattern[AnyStr], UncompiledPattern(pattern, flags))
    caller = sys._getframe(1)
    compiled[caller.f_globals["__name__"], caller.f_lineno, pattern] = pattern_object
    return pattern_object


def words(
    names: Iterable[str],
    *,
    before: str = "",
    after: str = "",
    between: str = "",
    gap: str = "…",
    flags: int = 0,
) -> Pattern[str]:
    """Any of these names, letter by letter, the longest first; nothing where there are none.

    `before` and `after` look around, or take a few letters. `between`: a set of characters that no name holds, any
    number of which may stand between two letters. `gap`: what “…” in a name stands for, of a length that has an end.
    """
    joint = f"{between}*+" if between else ""
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    alternatives = "|".join(
        joint.join(gap if letter == "…" else re.escape(letter) for letter in name) for name in longest_first
    )
    return cast(Pattern[str], UncompiledPattern(f"{before}(?:{alternatives or '(?!)'}){after}", flags))


def either(*several: Pattern[str]) -> Pattern[str]:
    """What one of these finds, the first of them first."""
    return re.compile("|".join(each.pattern for each in several), several[0].flags)


def graphemes(text: str) -> list[str]:
    """What a reader takes for one character each: a letter with its accents, an emoji with its skin and its family."""
    return list(_GRAPHEME.findall(text))


def is_typed_well(pattern: str) -> bool:
    """Whether what a person typed is a regular expression that `fits` can use."""
    counts = math.prod(max(1, int(count[1])) for count in _COUNT.finditer(pattern))
    if len(pattern) > MAX_TYPED_CHARACTERS or counts > MAX_TYPED_COUNT:
        return False
    try:
        regex.compile(pattern)
    except regex.error:
        return False
    return True


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is what a person's pattern asks for. One that would take for ever fits nothing."""
    if not is_typed_well(pattern):
        return False
    try:
        return regex.fullmatch(pattern, text, timeout=TYPED_SECONDS) is not None
    except TimeoutError:
        return False
