"""Ordered rules that rewrite text: a pattern and what takes its place, from TOML files that a doctor can read and mend."""

from collections.abc import Mapping
from pathlib import Path

from clinical.word_lists import read
from llm_backend import patterns

Rules = tuple[tuple[patterns.Pattern[str], str], ...]


def read_rules(path: Path, fillers: Mapping[str, str] | None = None) -> dict[str, Rules]:
    """By name. `fillers`: what stands for a `{name}` in a pattern of the file."""
    return {
        name: tuple(
            (patterns.compile(_fill_names(pattern, fillers or {}), patterns.IGNORECASE), new)
            for pattern, new in pairs
        )
        for name, pairs in read(path).items()
    }


def _fill_names(pattern: str, fillers: Mapping[str, str]) -> str:
    for name, meaning in fillers.items():
        pattern = pattern.replace(f"{{{name}}}", meaning)
    return pattern


def rewritten(rules: Rules, text: str) -> str:
    for pattern, new in rules:
        text = pattern.sub(new, text)
    return " ".join(text.split())
