"""The sentences of the found passages that most likely answer, word for word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.ttl_cache import TTLCache
from apps.customer_service.answering import passages
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.conversations.selectors import Exchange
from apps.jobs.runs import JobRun
from apps.knowledge import evidence
from apps.knowledge import selectors as knowledge
from apps.knowledge.chunking import HEADING_SEPARATOR, Place
from apps.knowledge.evidence import Sentence
from apps.knowledge.selectors import Hit

# Each costs the model one word, about a second for three on two cores: docs/decisions/answering.md.
MAX_QUOTES = 3
# The condition often stands in the sentence beside the answer: a second one of the same passage comes along unless
# it is this much less likely.
SECOND_WITHIN = 3.0
# By characters. What is longer is cut, and shows that it is.
MAX_QUOTED_CHARACTERS = 600

# As `passages` keeps what was found: a busy shop gets the same question many times a minute.
_quotes = TTLCache[list["Quote"]](seconds=10)


@dataclass(frozen=True)
class Quote:
    """One or two sentences of a passage, in its order."""

    passage: NumberedPassage
    places: tuple[Place, ...]
    is_certain: bool
    """Its passage is the first by words and by meaning."""

    @property
    def sentences(self) -> list[str]:
        return [
            self.passage.text[slice(*place)] + "…" * (place.end - place.start == MAX_QUOTED_CHARACTERS)
            for place in self.places
        ]

    @property
    def headings(self) -> str:
        """The last two of the headings above it, for a reader who sees nothing else of the document."""
        parts = self.passage.heading.split(HEADING_SEPARATOR)
        return HEADING_SEPARATOR.join(parts[-2:]) or self.passage.document_title

    def body(self) -> dict[str, Any]:
        """What a page shows while the answer is being made."""
        return {
            "passage": str(self.passage.id),
            "document_title": self.passage.document_title,
            "heading": self.passage.heading,
            "text": " ".join(self.sentences),
        }


def best_quotes(run: JobRun, exchange: Exchange, hits: Sequence[Hit]) -> list[Quote]:
    """At most `MAX_QUOTES`, each from another passage, the likeliest first; they are numbered in this order."""
    texts = tuple(dict.fromkeys([passages.search_text(exchange), exchange.question]))
    key = (texts, tuple(hit.passage_id for hit in hits))

    def rank() -> list[Quote]:
        # One that leans on the question before is read both alone and together with it.
        questions = [knowledge.embedded_question(run, text[: knowledge.LONGEST_QUESTION]) for text in texts]
        by_passage: dict[Any, list[Sentence]] = {}
        for sentence in evidence.ranked_sentences(questions, hits):
            by_passage.setdefault(sentence.hit.passage_id, []).append(sentence)
        best = list(by_passage.values())[:MAX_QUOTES]
        return [_quote(number, sentences) for number, sentences in enumerate(best, start=1)]

    return _quotes.get(key, rank)


def _quote(number: int, sentences: Sequence[Sentence]) -> Quote:
    best, hit = sentences[0], sentences[0].hit
    best_sentences = [each for each in sentences[:2] if each.score >= best.score - SECOND_WITHIN]
    places = []
    for each in best_sentences:
        text = hit.text[slice(*each.place)]
        # The mark of a list is none of its words.
        start = each.place.start + len(text) - len(text.lstrip(" \t-*•·#>|"))
        places.append(Place(start, min(each.place.end, start + MAX_QUOTED_CHARACTERS)))
    passage = NumberedPassage(number, hit.passage_id, hit.document_title, hit.heading, hit.text, hit.score)
    return Quote(passage, tuple(sorted(places)), is_certain=hit.text_rank == hit.vector_rank == 1)
