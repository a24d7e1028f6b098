"""Things that statements are about, in Chinese and English: who pays and what for, colours, rooms, ingredients.

`things.toml` holds the words. A text and its translation are compared by the things that both of them name.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from llm_backend import patterns

# An English word ends where its letters do.
_FRAMES = {"zh": "(?P<{}>{})", "en": r"(?<!\w)(?P<{}>{})(?!\w)"}
_LISTS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class _Thing(NamedTuple):
    kind: str
    name: str


_NAMED = {
    f"t{number}": _Thing(kind, line)
    for number, (kind, line) in enumerate((kind, line) for kind, lines in _LISTS.items() for line in lines)
}


def _pattern(language: str) -> patterns.Pattern[str]:
    frame = _FRAMES[language]
    words = (
        frame.format(group, thing.name.split(" = ")[language == "en"]) for group, thing in _NAMED.items()
    )
    return patterns.compile("|".join(words))


_PATTERNS = {language: _pattern(language) for language in ("zh", "en")}


def named(text: str, language: str) -> Iterator[tuple[str, str, str]]:
    """Kind, name and words of each thing that a text names; the name is the same in both languages."""
    for match in _PATTERNS[language].finditer(text.lower()):
        thing = _NAMED[str(match.lastgroup)]
        yield thing.kind, thing.name, match[0]
