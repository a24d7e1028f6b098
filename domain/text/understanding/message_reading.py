"""What the fast path reads from messages, as one function of plain values: a child process can be given it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.text.understanding.classifier import Classifier, Verdict
from domain.text.understanding.entities import Entity, entities
from domain.text.understanding.examples import Floats
from domain.text.understanding.products import NO_PRODUCTS, ProductNames
from domain.text.understanding.urgency import is_urgent

# For the child that reads: loaded before its time begins (apps/core/bounded_calls_child.py).
LIBRARIES = ("sklearn.feature_extraction.text", "sklearn.svm")
# A process meets the classifiers of many organisations, and need not keep all of them.
MOST_KEPT = 32
_classifiers: dict[str, Classifier] = {}


@dataclass(frozen=True)
class Judge:
    """A trained classifier by a name that never means another one. `arrays`: what `Classifier.to_bytes` wrote."""

    name: str
    arrays: bytes = b""

    @property
    def is_known(self) -> bool:
        """Whether this process has it already, or it comes with its arrays."""
        return self.name in _classifiers or bool(self.arrays)

    def classifier(self) -> Classifier:
        if self.name not in _classifiers:
            if len(_classifiers) >= MOST_KEPT:
                # The oldest one: a dict keeps the order in which it was filled.
                del _classifiers[next(iter(_classifiers))]
            _classifiers[self.name] = Classifier.from_bytes(self.arrays)
        return _classifiers[self.name]


@dataclass(frozen=True)
class Reading:
    """`sentiment` and `intent` are None where nobody judged. The reading of nothing is what an unreadable message has."""

    sentiment: Verdict | None = None
    intent: Verdict | None = None
    is_urgent: bool = False
    entities: list[Entity] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    sentiment: Judge
    intent: Judge | None = None
    products: ProductNames = NO_PRODUCTS

    def read(self, texts: Sequence[str], vectors: Floats, today: date) -> list[Reading] | None:
        """One for each text, in their order; None where a judge is not known: then send them with their arrays."""
        if not (self.sentiment.is_known and (self.intent is None or self.intent.is_known)):
            return None
        moods = self.sentiment.classifier().verdicts(texts, vectors)
        topics = self.intent.classifier().verdicts(texts, vectors) if self.intent else [None] * len(texts)
        return [
            Reading(mood, topic, is_urgent(text), entities(text, today=today, products=self.products))
            for text, mood, topic in zip(texts, moods, topics, strict=True)
        ]
