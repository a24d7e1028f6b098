"""Words out of the TOML files beside this module, as patterns for folded text."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

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


def alternatives(several: Iterable[str]) -> str:
    """The same to stand inside of an expression, the longest first."""
    names = sorted(several, key=len, reverse=True)
    return "|".join(patterns.escape(name) + (r"(?![a-z])" if name.isascii() else "") for name in names)


def words(several: Iterable[str]) -> patterns.Pattern[str]:
    """English words stand whole; Chinese ones anywhere."""
    names = list(several)
    english = [name for name in names if name.isascii()]
    chinese = [name for name in names if not name.isascii()]
    return patterns.either(
        patterns.words(chinese, gap=_GAP),
        patterns.words(english, before=r"(?<![a-z0-9])", after=r"(?![a-z0-9])", gap=_GAP),
    )
