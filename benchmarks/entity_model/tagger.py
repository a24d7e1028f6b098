"""Marks spans in a text: a chain of tags with weights learnt from marked texts (CRFsuite, passive-aggressive)."""

from collections.abc import Iterable, Sequence

from benchmarks.entity_model.entity import TYPES, Entity
from domain.app_functions import tag_chains
from domain.app_functions.tag_chains import Rows


class Tagger:
    """One thread at a time: CRFsuite keeps the text it works on."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._tagger = tag_chains.tagger_of(content)

    @classmethod
    def trained(cls, rows: Iterable[tuple[Rows, Sequence[Entity]]]) -> "Tagger":
        """`rows`: the features of each text and its spans, of which no two may cross."""
        return cls(
            tag_chains.trained(
                (
                    features,
                    tag_chains.tags_of(len(features), [(each.start, each.end, each.type) for each in spans]),
                )
                for features, spans in rows
            )
        )

    def tags(self, features: Rows) -> list[str]:
        marks: list[str] = self._tagger.tag(features) if features else []
        return marks


def spans_of(marks: Sequence[str]) -> list[Entity]:
    """Whole spans only: a beginning without an end of its type is none."""
    kinds = {str(each): each for each in TYPES}
    return [Entity(start, end, kinds[name]) for start, end, name in tag_chains.spans_of(marks)]
