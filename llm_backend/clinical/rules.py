"""Ordered rules that rewrite text: a pattern and what takes its place."""

import re

Rules = tuple[tuple[re.Pattern[str], str], ...]


def rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((re.compile(pattern, re.IGNORECASE), new) for pattern, new in pairs)


def applied(ordered: Rules, text: str) -> str:
    for pattern, new in ordered:
        text = pattern.sub(new, text)
    return " ".join(text.split())
