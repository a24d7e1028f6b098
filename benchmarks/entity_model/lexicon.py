"""What is found in a medical text, a span and its type, and a general vocabulary that finds terms, the longest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, Self, get_args

# dis: disease; sym: symptom or sign; pro: procedure; equ: equipment; dru: drug; ite: item measured; bod: body part
# or substance; dep: department; mic: microorganism.
EntityType = Literal["dis", "sym", "pro", "equ", "dru", "ite", "bod", "dep", "mic"]
TYPES: tuple[EntityType, ...] = get_args(EntityType)
LONGEST_TERM = 24
LONGEST_BEFORE_ENDING = 8
_FILE = files("benchmarks.entity_model") / "lexicon.tsv"
# An ending reaches back over what names are made of, not over these.
_STOPS = frozenset(
    "的了和与及或等在是为有无可由对于其之、，。；：！？,.;:!?()（）[]【】“”\"' \t\n"
    "如因后前引起导致发生患检现示见查予并疑虑提"
)


@dataclass(frozen=True, slots=True, order=True)
class Entity:
    """`end`: exclusive. A body part may lie inside of a symptom."""

    start: int
    end: int
    type: EntityType

    def holds(self, other: "Entity") -> bool:
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: "Entity") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class LabelledText:
    """A text and what a person marked in it."""

    text: str
    entities: tuple[Entity, ...]


def outermost(entities: Sequence[Entity]) -> list[Entity]:
    """Those that lie in no other; of two that cross, the earlier one."""
    return apart(sorted(entities, key=lambda each: (each.start, -each.end)))


def apart(entities: Sequence[Entity]) -> list[Entity]:
    """Of two that touch, the first."""
    found: list[Entity] = []
    for entity in entities:
        if not any(entity.touches(other) for other in found):
            found.append(entity)
    return found


@dataclass(frozen=True)
class Lexicon:
    """`types`: of each folded term; the first one is the likeliest."""

    types: Mapping[str, tuple[EntityType, ...]]
    endings: Mapping[str, EntityType]

    @classmethod
    @lru_cache(maxsize=1)
    def general(cls) -> Self:
        types: dict[str, tuple[EntityType, ...]] = {}
        endings: dict[str, EntityType] = {}
        for kind, term in _lines():
            if term.startswith("…"):
                endings[term[1:]] = kind
            else:
                types[term] = (*types.get(term, ()), kind)
        return cls(types, endings)

    def found(self, text: str) -> list[tuple[int, int, EntityType]]:
        """Longest terms that do not overlap, from the left."""
        plain = text.lower()
        found: list[tuple[int, int, EntityType]] = []
        start = 0
        while start < len(plain):
            end = self._end_of_term(plain, start)
            if end:
                found.append((start, end, self.types[plain[start:end]][0]))
            start = end or start + 1
        return found

    def with_endings(self, text: str) -> list[Entity]:
        """As a person would mark them, without any training: an ending takes what stands before it along."""
        terms = self.found(text)
        named = [Entity(*term) for term in terms] + list(self._by_ending(text, terms))
        return sorted(apart(sorted(named, key=lambda each: each.start - each.end)))

    def _by_ending(self, text: str, terms: list[tuple[int, int, EntityType]]) -> Iterator[Entity]:
        starts = {start for start, _, kind in terms if kind in ("bod", "dis", "mic", "sym")}
        for ending, kind in self.endings.items():
            place = text.find(ending)
            while place >= 0:
                end = place + len(ending)
                reach = range(max(place - LONGEST_BEFORE_ENDING, 0), place)
                beginnings = (each for each in reach if each in starts and _STOPS.isdisjoint(text[each:end]))
                if (start := next(beginnings, None)) is not None:
                    yield Entity(start, end, kind)
                place = text.find(ending, end)

    def _end_of_term(self, plain: str, start: int) -> int:
        for end in range(min(len(plain), start + LONGEST_TERM), start, -1):
            if plain[start:end] in self.types and _is_whole(plain, start, end):
                return end
        return 0


def _is_whole(text: str, start: int, end: int) -> bool:
    """A word written with letters is not a part of a longer one."""
    edges = (text[start - 1 : start], text[start]), (text[end - 1], text[end : end + 1])
    return not any(_is_letter(one) and _is_letter(other) for one, other in edges)


def _is_letter(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _lines() -> Iterator[tuple[EntityType, str]]:
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        kind, terms = line.split("\t")
        known = next(each for each in TYPES if each == kind)
        for term in terms.split("|"):
            yield known, term.lower()
