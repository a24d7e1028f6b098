"""Ordered rules that rewrite text: a pattern and what takes its place, from TOML files that a doctor can read and mend."""

from collections.abc import Mapping
from pathlib import Path

from domain.clinical.word_lists import read
from llm_backend import patterns

Rules = tuple[tuple[patterns.Pattern[str], str], ...]


def read_rules(path: Path, fillers: Mapping[str, str] | None = None) -> dict[str, Rules]:
    """By name. `fillers`: what stands for a `{name}` in a pattern of the file."""
    rules: dict[str, Rules] = {}
    for name, pairs in read(path).items():
        compiled = []
        for pattern, new in pairs:
            for filler, meaning in (fillers or {}).items():
                pattern = pattern.replace(f"{{{filler}}}", meaning)
            compiled.append((patterns.compile(pattern, patterns.IGNORECASE), new))
        rules[name] = tuple(compiled)
    return rules


def rewrite(rules: Rules, text: str) -> str:
    for pattern, new in rules:
        text = pattern.sub(new, text)
    return " ".join(text.split())
