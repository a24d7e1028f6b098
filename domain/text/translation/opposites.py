"""Words that have an opposite, of which a text and its translation must not say one each: 增长12% is not “fell 12%”.

A side is lost only where the source says that one alone, the translation the other one alone, and nothing in either may be
read as the missing side. `opposites.toml` holds the words.
"""

import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from domain.text.translation.segments import Pair
from llm_backend import patterns

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SIDES = {"one": "other", "other": "one"}
_LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_FRAMES = {"zh": "{}", "en": r"(?<![\w-])(?:{})(?!\w)"}


def _expression(language: str, words: Mapping[str, str]) -> str:
    """Whatever comes first in the file is looked for first."""
    expression = "|".join(f"(?P<{name}>{each})" for name, each in words.items())
    for name, meaning in _LISTS["names"].items():
        expression = expression.replace(f"{{{name}}}", meaning)
    return _FRAMES[language].format(expression)


_ROWS = [
    {language: patterns.compile(_expression(language, words)) for language, words in row.items()}
    for row in (*_LISTS["parties"], *_LISTS["pairs"])
]
# The first rows.
PARTIES = len(_LISTS["parties"])
_PARTIES = _ROWS[:PARTIES]
# Behind these who stands first may be the one to whom it is done, or has a sentence of its own.
_TURNS = {
    "zh": patterns.compile(r"[被由受从自收接获得后前时如若的之为是与和及、，；;]"),
    "en": patterns.compile(
        r"[,;:]|['’]s|(?<![a-z])(?:by|from|of|and|or|with|after|before|upon|when|once|if|unless|until|where|whose|who|which|that"
        r"|than|as|for|is|are|was|were|be|been|being|receiv\w+|obtain\w*|accept\w*)(?![a-z])"
    ),
}


def changed(source: str, translation: str, pair: Pair) -> list[str]:
    """What the source says, of each pair of opposites of which the translation says the other one; none for languages that
    are not known here."""
    before, after = _in_small_letters(source), _in_small_letters(translation)
    places = (
        _turned(row[pair.source], before, row[pair.target], after)
        for row in _ROWS
        if pair.source in row and pair.target in row
    )
    return [source[slice(*place)] for place in places if place]


def sides(text: str, language: str) -> Iterator[tuple[int, str, str]]:
    """What a text surely says of each pair of opposites: the number of the pair, the side, and its words."""
    plain = _in_small_letters(text)
    for number, row in enumerate(_ROWS):
        for name, place in _sides(row[language], plain)[0].items():
            yield number, name, text[slice(*place)]


def exchanged(source: str, translation: str, pair: Pair) -> list[str]:
    """Who does something to whom, where the translation has each in the other's place: 买方向卖方付款 is not “the seller
    pays the buyer”. Only of statements whose order alone tells it.
    """
    if pair.source not in _TURNS or pair.target not in _TURNS:
        return []
    texts = ((_in_small_letters(source), pair.source), (_in_small_letters(translation), pair.target))
    places = []
    for row in _PARTIES:
        before, after = (_in_order(row[language], text, _TURNS[language]) for text, language in texts)
        if before and after and before[0] != after[0]:
            places.append(before[1])
    return [source[slice(*place)] for place in places]


def parties_lost(source: str, translation: str, pair: Pair) -> list[str]:
    """Both parties of the source, where the translation names one alone, and that one for both of them."""
    if {pair.source, pair.target} != {"zh", "en"}:
        return []
    plain, other = _in_small_letters(source), _in_small_letters(translation)
    there = {
        match.start(): match[0].rstrip("s") for row in _PARTIES for match in row[pair.target].finditer(other)
    }
    if len(there) < len(_SIDES) or len(set(there.values())) > 1:
        return []
    both = (_sides(row[pair.source], plain)[0] for row in _PARTIES)
    return [" / ".join(source[slice(*place)] for place in said.values()) for said in both if len(said) > 1]


def _in_order(
    pattern: patterns.Pattern[str], plain: str, turns: patterns.Pattern[str]
) -> tuple[str, tuple[int, int]] | None:
    """Which side is named first, and from there to the other one; nothing where something may turn them around."""
    matches = list(pattern.finditer(plain))
    if len(matches) != 2 or matches[0].lastgroup == matches[1].lastgroup:
        return None
    # With the ’s of “at the buyer's request”.
    if turns.search(plain[: matches[1].end() + 2]):
        return None
    return str(matches[0].lastgroup), (matches[0].start(), matches[1].end())


def _in_small_letters(text: str) -> str:
    """As long as before; the month of May permits nothing."""
    return text.replace("May", "___").translate(_SMALL)


def _turned(
    pattern: patterns.Pattern[str], before: str, other_pattern: patterns.Pattern[str], after: str
) -> tuple[int, int] | None:
    said, possible = _sides(pattern, before)
    if len(said) != 1:
        return None
    [(side, place)] = said.items()
    said_there, possible_there = _sides(other_pattern, after)
    opposite = _SIDES[side]
    is_turned = set(said_there) == {opposite} and opposite not in possible and side not in possible_there
    return place if is_turned else None


def _sides(pattern: patterns.Pattern[str], plain: str) -> tuple[dict[str, tuple[int, int]], set[str]]:
    """Each side that a text says with its first place, and those that it may be read to say."""
    said: dict[str, tuple[int, int]] = {}
    possible: set[str] = set()
    for match in pattern.finditer(plain):
        name = str(match.lastgroup)
        if name in _SIDES:
            said.setdefault(name, match.span())
        possible |= set(_SIDES) if name == "either" else {name.removeprefix("perhaps_")}
    return said, possible
