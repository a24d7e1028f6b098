"""Word lists that a doctor can read and mend: TOML files beside the modules that look for the words.

A name stands for one regular expression. A text is the expression itself, a list its alternatives; a table says how
these stand: `words` whole, `beginnings` of words, `anywhere`. `{name}` is what an earlier name of the file holds.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, reduce
from pathlib import Path
from typing import Any

from llm_backend import patterns

_FORMS = {"words": r"\b(?:{})\b", "beginnings": r"\b(?:{})\w*", "anywhere": "{}"}


@cache
def read(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_patterns(path: Path, part: str = "", *, flags: int = 0) -> dict[str, patterns.Pattern[str]]:
    """By name, in the order of the file. `part`: one table of it, with a dot before one that lies in another."""
    expressions: dict[str, str] = {}
    entries = reduce(lambda table, key: table[key], filter(None, part.split(".")), read(path))
    for name, entry in entries.items():
        expressions[name] = expression(entry)
        # Braces of a count such as {0,4} are left alone: they are no names.
        for earlier, meaning in expressions.items():
            expressions[name] = expressions[name].replace(f"{{{earlier}}}", meaning)
    return {name: patterns.compile(each, flags) for name, each in expressions.items()}


def expression(entry: Any) -> str:
    """The regular expression that an entry stands for; what else a table holds does not count."""
    if isinstance(entry, str):
        return entry
    if isinstance(entry, list):
        return "|".join(entry)
    return "|".join(
        _FORMS[form].replace("{}", "|".join(several)) for form, several in entry.items() if form in _FORMS
    )
