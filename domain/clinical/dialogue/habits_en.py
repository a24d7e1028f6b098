"""Habits that an English consultation speaks of."""

from llm_backend import patterns

_HABITS = (
    ("smoking", patterns.compile(r"\bsmok\w+|\bcigar\w+", patterns.IGNORECASE)),
    ("tobacco", patterns.compile(r"\btobacco\b", patterns.IGNORECASE)),
    (
        "alcohol",
        patterns.compile(
            r"\balcohol\b|\bdrink\w*+"
            r"(?!\s(?:any |much |a lot of )?(?:coffee|tea|water|milk|soda|caffeine|energy|enough|fluids))",
            patterns.IGNORECASE,
        ),
    ),
    ("drug use", patterns.compile(r"\bdrugs\b", patterns.IGNORECASE)),
    ("vaping", patterns.compile(r"\bvap(?:e|es|ing)\b", patterns.IGNORECASE)),
    ("caffeine", patterns.compile(r"\bcaffeine\b", patterns.IGNORECASE)),
    ("coffee", patterns.compile(r"\bcoffee\b", patterns.IGNORECASE)),
    ("tea", patterns.compile(r"\btea\b", patterns.IGNORECASE)),
    ("pets", patterns.compile(r"\bpets?\b", patterns.IGNORECASE)),
)


def habits(text: str) -> list[str]:
    """Those that a question or an answer names, in the words of a record."""
    return [name for name, pattern in _HABITS if pattern.search(text)]
