"""Words out of the TOML files beside this module, as patterns for folded text."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from domain.marketing.copy_checks.folding import Coverage
from llm_backend import patterns

# What “…” in a word stands for: a few letters of the same clause.
_GAP = r"[^，。！？；,.!?;\n]{0,12}?"


@cache
def read(name: str) -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


@cache
def pattern(name: str, *keys: str) -> patterns.Pattern[str]:
    """Any word of these lists of a file."""
    return words(word for key in keys for word in read(name)[key])


def words(several: Iterable[str]) -> patterns.Pattern[str]:
    """English words stand whole; Chinese ones anywhere."""
    names = list(several)
    return patterns.either(
        patterns.words((name for name in names if not name.isascii()), gap=_GAP),
        patterns.words(
            (name for name in names if name.isascii()), before="(?<![a-z0-9])", after="(?![a-z0-9])", gap=_GAP
        ),
    )


def pairs(first: Iterable[str], then: Iterable[str]) -> patterns.Pattern[str]:
    """One word and, in the same clause and soon after it, another: “prevents” and “colds”."""
    names, ends = list(first), alternatives(then)
    before = "(?<![a-z0-9])" if all(name.isascii() for name in names) else ""
    return patterns.words(names, before=before, after=rf"{_GAP}(?:{ends})")


def alternatives(several: Iterable[str]) -> str:
    """The same to stand inside of an expression, the longest first."""
    names = sorted(several, key=len, reverse=True)
    return "|".join(patterns.escape(name) + (r"(?![a-z])" if name.isascii() else "") for name in names)


def matches(
    plain: str, pattern: patterns.Pattern[str], unless: patterns.Pattern[str]
) -> Iterator[patterns.Match[str]]:
    """What begins within a phrase of `unless` says something else: 最近 in 最近好."""
    idle = Coverage(len(plain), (match.span() for match in unless.finditer(plain)))
    return (
        match for match in pattern.finditer(plain) if not idle.touches((match.start(), match.start() + 1))
    )
