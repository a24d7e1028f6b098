"""Medical entities in Chinese text, and in simple English: what is named, where, and what lies inside of it.

Untrained it knows a general vocabulary; from marked texts it learns two chains of tags, one for what lies outermost and one
for what lies within that, by what the app “Key fields” sees of a text. What it was measured at: docs/decisions/coding.md.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from domain.app_functions import span_features, tag_chains
from llm_backend import patterns

VOCABULARY = Path(__file__).with_name("entity_terms.tsv")
# dis: disease; sym: symptom or sign; pro: procedure; equ: equipment; dru: drug; ite: item measured; bod: body part
# or substance; dep: department; mic: microorganism.
TYPES = ("dis", "sym", "pro", "equ", "dru", "ite", "bod", "dep", "mic")
LONGEST_TERM, LONGEST_BEFORE_ENDING = 24, 8
# An ending reaches back over what names are made of, not over these.
_STOPS = frozenset(
    "的了和与及或等在是为有无可由对于其之，、。；：！？,.;:!?()（）[]【】“”\"' \t\n"
    "如因后前引起导致发生患检现示见查予并疑虑提"
)
# Sentences are tagged one by one; one without an end is cut so that memory stays bounded.
LONGEST_SENTENCE = 500
_SENTENCE = patterns.compile(rf"[^。！？!?\n]{{1,{LONGEST_SENTENCE}}}[。！？!?]*|\n+|[。！？!?]+")


class Entity(NamedTuple):
    """`end`: exclusive. A body part may lie inside of a symptom."""

    start: int
    end: int
    type: str

    def holds(self, other: "Entity") -> bool:
        return self.start <= other.start and other.end <= self.end

    def touches(self, other: "Entity") -> bool:
        return self.start < other.end and other.start < self.end


class LabelledText(NamedTuple):
    """A text and what a person marked in it."""

    text: str
    entities: tuple[Entity, ...]


def outermost(entities: Iterable[Entity]) -> list[Entity]:
    """Those that lie in no other; of two that cross, the earlier one."""
    return _apart(sorted(entities, key=lambda each: (each.start, -each.end)))


def _apart(entities: Sequence[Entity]) -> list[Entity]:
    """Of two that touch, the first."""
    found: list[Entity] = []
    for entity in entities:
        if not any(entity.touches(other) for other in found):
            found.append(entity)
    return found


@dataclass(frozen=True)
class Recogniser:
    """`outer`, `inner`: the weights of both chains."""

    outer: bytes | None = None
    inner: bytes | None = None

    @classmethod
    def trained(cls, rows: Sequence[LabelledText]) -> Self:
        sentences = [each for row in rows for each in _sentences_of(row) if each.text.strip()]
        outer = _weights((_features(each.text), outermost(each.entities)) for each in sentences)
        # What lies inside is looked for only where there is something to look inside of.
        around = [(each, outermost(each.entities)) for each in sentences if each.entities]
        nested = [_inside(each.entities, own) for each, own in around]
        if not any(nested):
            return cls(outer)
        rows_around = (_features(each.text, tag_chains.tags_of(len(each.text), own)) for each, own in around)
        return cls(outer, _weights(zip(rows_around, nested, strict=True)))

    def entities(self, text: str) -> list[Entity]:
        """In the order of the text, the outer one before what lies inside of it."""
        found = [
            Entity(start + each.start, start + each.end, each.type)
            for start, sentence in _sentences(text)
            for each in self._of_sentence(sentence)
        ]
        return sorted(found, key=lambda each: (each.start, -each.end))

    def _of_sentence(self, sentence: str) -> list[Entity]:
        if self.outer is None:
            return untrained_entities(sentence)
        marks = self._taggers[0].tag(_features(sentence))
        around = [Entity(*each) for each in tag_chains.spans_of(marks)]
        if self.inner is None or not around:
            return around
        inside = tag_chains.spans_of(self._taggers[1].tag(_features(sentence, marks)))
        return [*around, *_inside([*around, *(Entity(*each) for each in inside)], around)]

    @cached_property
    def _taggers(self) -> list[Any]:
        return [tag_chains.tagger_of(weights) for weights in (self.outer, self.inner) if weights]


def untrained_entities(text: str) -> list[Entity]:
    """As a person would mark them, without any training: an ending takes what stands before it along."""
    terms = list(_terms_in(text))
    named = [*terms, *_by_ending(text, terms)]
    return sorted(_apart(sorted(named, key=lambda each: each.start - each.end)))


def _weights(rows: Iterable[tuple[list[list[str]], Sequence[Entity]]]) -> bytes:
    """`rows`: the features of each text and its spans, of which no two may cross."""
    return tag_chains.trained((each, tag_chains.tags_of(len(each), spans)) for each, spans in rows)


def _features(text: str, marks: Sequence[str] = ()) -> list[list[str]]:
    """`marks`: what the other chain has said of each character."""
    rows, padded = span_features.features(text, _vocabulary()[0], {}, has_words=True), ["<", *marks, ">"]
    for place in range(len(text)) if marks else ():
        before, own, after = padded[place : place + 3]
        rows[place] += [f"m={own}", f"m<{before}|{own}", f"m>{own}|{after}"]
    return rows


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    return ((found.start(), found[0]) for found in _SENTENCE.finditer(text))


def _sentences_of(row: LabelledText) -> Iterator[LabelledText]:
    """What a person marked across two sentences is lost."""
    for start, text in _sentences(row.text):
        inside = (each for each in row.entities if start <= each.start and each.end <= start + len(text))
        moved = tuple(Entity(each.start - start, each.end - start, each.type) for each in inside)
        yield LabelledText(text, moved)


def _inside(entities: Iterable[Entity], around: Sequence[Entity]) -> list[Entity]:
    nested = (each for each in entities if each not in around)
    return outermost(each for each in nested if any(outer.holds(each) for outer in around))


@cache
def _vocabulary() -> tuple[dict[str, Counter[str]], dict[str, str]]:
    """The types of each folded term, the likeliest first, and that of each ending of names."""
    terms, endings = dict[str, Counter[str]](), dict[str, str]()
    lines = VOCABULARY.read_text(encoding="utf-8").splitlines()
    for kind, listed in (line.split("\t") for line in lines if not line.startswith("#")):
        for term in listed.lower().split("|"):
            if term.startswith("…"):
                endings[term[1:]] = kind
            else:
                terms.setdefault(term, Counter())[kind] = 1
    return terms, endings


def _terms_in(text: str) -> Iterator[Entity]:
    """The longest ones that do not overlap, from the left."""
    plain, types, start = text.lower(), _vocabulary()[0], 0
    while start < len(plain):
        ends = range(min(len(plain), start + LONGEST_TERM), start, -1)
        whole = (end for end in ends if plain[start:end] in types and _is_whole(plain, start, end))
        if end := next(whole, 0):
            yield Entity(start, end, next(iter(types[plain[start:end]])))
        start = end or start + 1


def _by_ending(text: str, terms: Sequence[Entity]) -> Iterator[Entity]:
    starts = {each.start for each in terms if each.type in ("bod", "dis", "mic", "sym")}
    for ending, kind in _vocabulary()[1].items():
        place = text.find(ending)
        while place >= 0:
            end = place + len(ending)
            reach = range(max(place - LONGEST_BEFORE_ENDING, 0), place)
            beginnings = (each for each in reach if each in starts and _STOPS.isdisjoint(text[each:end]))
            if (start := next(beginnings, None)) is not None:
                yield Entity(start, end, kind)
            place = text.find(ending, end)


def _is_whole(text: str, start: int, end: int) -> bool:
    """A word written with letters is not a part of a longer one."""
    edges = (text[start - 1 : start], text[start]), (text[end - 1], text[end : end + 1])
    return not any(all(each.isascii() and each.isalpha() for each in pair) for pair in edges)
