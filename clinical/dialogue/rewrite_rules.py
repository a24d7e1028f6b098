"""Ordered rules that rewrite text: a pattern and what takes its place."""

from llm_backend import patterns

Rules = tuple[tuple[patterns.Pattern[str], str], ...]


def rules(*pairs: tuple[str, str]) -> Rules:
    return tuple((patterns.compile(pattern, patterns.IGNORECASE), new) for pattern, new in pairs)


def applied(ordered: Rules, text: str) -> str:
    for pattern, new in ordered:
        text = pattern.sub(new, text)
    return " ".join(text.split())
