"""A written line prepared once for all that is compared with it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from domain.clinical.coding.normalisation import (
    MAX_SUBSTRING,
    expand,
    fold,
    grams,
    parts,
    substrings,
    without_sides,
)


@dataclass(frozen=True)
class Line:
    """`plain`: without sides. `forms`: as written and expanded. `units`: the forms, then those of each part."""

    plain: str
    forms: tuple[str, ...]
    units: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        plain = without_sides(fold(text))
        forms = tuple(dict.fromkeys((plain, expand(plain))))
        finer = [form for part in parts(text) for form in (part, expand(part))]
        return cls(plain, forms, tuple(dict.fromkeys((*forms, *finer))))

    @property
    def asked(self) -> list[tuple[str, ...]]:
        return [grams(unit) for unit in self.units]

    @cached_property
    def runs(self) -> frozenset[str]:
        return frozenset().union(*(substrings(form) for form in self.forms))


def cover(text: str, runs: frozenset[str]) -> tuple[list[bool], int]:
    """Which characters lie in a pair that `runs` has as well, and the length of the longest such run."""
    marks = [False] * len(text)
    longest = start = 0
    while start < len(text):
        end = start
        while end < len(text) and end - start < MAX_SUBSTRING and text[start : end + 1] in runs:
            end += 1
        if end - start > 1:
            marks[start:end] = [True] * (end - start)
        longest = max(longest, end - start)
        # From the last character of the run on: the next pair may begin with it.
        start = max(end - 1, start + 1)
    return marks, longest
