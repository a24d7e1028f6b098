"""Things that statements are about, in Chinese and English: who pays and what for, colours, rooms, ingredients.

`things.toml` holds the words. A text and its translation are compared by the things that both of them name.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from llm_backend import patterns

# An English word ends where its letters do.
_FRAMES = {"zh": "(?:{})", "en": r"(?<!\w)(?:{})(?!\w)"}
_LISTS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class _Thing(NamedTuple):
    kind: str
    name: str


_NAMED = {
    f"t{number}": _Thing(kind, line)
    for number, (kind, line) in enumerate((kind, line) for kind, lines in _LISTS.items() for line in lines)
}
_WORDS = {
    language: {group: thing.name.split(" = ")[language == "en"] for group, thing in _NAMED.items()}
    for language in _FRAMES
}
# Where something is named is found without groups, forty times as fast; which thing that is, only there.
_PLACES = {
    language: patterns.compile(frame.format("|".join(_WORDS[language].values())))
    for language, frame in _FRAMES.items()
}
_THINGS = {
    language: patterns.compile(
        frame.format("|".join(f"(?P<{group}>{words})" for group, words in _WORDS[language].items()))
    )
    for language, frame in _FRAMES.items()
}


def named(text: str, language: str) -> Iterator[tuple[str, str, str]]:
    """Kind, name and words of each thing that a text names; the name is the same in both languages."""
    lower = text.lower()
    for place in _PLACES[language].finditer(lower):
        if match := _THINGS[language].match(lower, place.start()):
            thing = _NAMED[str(match.lastgroup)]
            yield thing.kind, thing.name, match[0]
