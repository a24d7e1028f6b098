"""Medical entities in Chinese text, and in simple English: what is named, where, and what lies inside of it.

Untrained it knows a general vocabulary; from marked texts it learns two taggers, one for what lies outermost and
one for what lies within that. What it was measured at: docs/decisions/coding.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from benchmarks.entity_model.features import features
from benchmarks.entity_model.lexicon import TYPES, Entity, LabelledText, Lexicon, outermost
from domain.app_functions import tag_chains
from domain.app_functions.tag_chains import Rows, tags_of
from llm_backend import patterns

# Sentences are tagged one by one; one without an end is cut so that memory stays bounded.
LONGEST_SENTENCE = 500
_SENTENCE = patterns.compile(rf"[^。！？!?\n]{{1,{LONGEST_SENTENCE}}}[。！？!?]*|\n+|[。！？!?]+")


class Tagger:
    """A chain of tags with weights learnt from marked texts (CRFsuite, passive-aggressive); for one thread at a time."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._tagger = tag_chains.tagger_of(content)

    @classmethod
    def trained(cls, rows: Iterable[tuple[Rows, Sequence[Entity]]]) -> "Tagger":
        """`rows`: the features of each text and its spans, of which no two may cross."""
        return cls(tag_chains.trained((each, _tags(len(each), spans)) for each, spans in rows))

    def tags(self, rows: Rows) -> list[str]:
        marks: list[str] = self._tagger.tag(rows) if rows else []
        return marks


def spans_of(marks: Sequence[str]) -> list[Entity]:
    """Whole spans only: a beginning without an end of its type is none."""
    kinds = {str(each): each for each in TYPES}
    return [Entity(start, end, kinds[name]) for start, end, name in tag_chains.spans_of(marks)]


@dataclass(frozen=True)
class Recogniser:
    outer: Tagger | None = None
    inner: Tagger | None = None

    @classmethod
    def untrained(cls) -> Self:
        return cls()

    @classmethod
    def trained(cls, rows: Sequence[LabelledText]) -> Self:
        sentences = [sentence for row in rows for sentence in _sentences_of(row) if sentence.text.strip()]
        outer = Tagger.trained((features(each.text), outermost(each.entities)) for each in sentences)
        nested = [(each, _inside(each.entities)) for each in sentences]
        if not any(inside for _, inside in nested):
            return cls(outer)
        # What lies inside is looked for only where there is something to look inside of.
        around = [(each, inside, outermost(each.entities)) for each, inside in nested if each.entities]
        marked = ((features(each.text, _tags(len(each.text), own)), inside) for each, inside, own in around)
        return cls(outer, Tagger.trained(marked))

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
            return Lexicon.general().with_endings(sentence)
        marks = self.outer.tags(features(sentence))
        around = spans_of(marks)
        if self.inner is None or not around:
            return around
        inside = spans_of(self.inner.tags(features(sentence, marks)))
        return around + [
            each for each in inside if any(outer.holds(each) and outer != each for outer in around)
        ]


def _tags(length: int, spans: Sequence[Entity]) -> list[str]:
    return tags_of(length, [(each.start, each.end, each.type) for each in spans])


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    return ((found.start(), found[0]) for found in _SENTENCE.finditer(text))


def _sentences_of(row: LabelledText) -> Iterator[LabelledText]:
    """What a person marked across two sentences is lost."""
    for start, text in _sentences(row.text):
        inside = (each for each in row.entities if start <= each.start and each.end <= start + len(text))
        moved = tuple(Entity(each.start - start, each.end - start, each.type) for each in inside)
        yield LabelledText(text, moved)


def _inside(entities: Sequence[Entity]) -> list[Entity]:
    around = outermost(list(entities))
    nested = [each for each in entities if each not in around and any(outer.holds(each) for outer in around)]
    return outermost(nested)
