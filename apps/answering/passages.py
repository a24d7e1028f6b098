"""What is asked, where it is looked up, and which passages an answer may be written from."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from uuid import UUID

from apps.answering import messages
from apps.core.ttl_cache import TTLCache
from apps.jobs.runs import JobRun
from apps.knowledge import selectors as knowledge
from apps.knowledge.chunking import HEADING_SEPARATOR
from apps.knowledge.models import Collection
from apps.knowledge.rights import ANYBODY, Reader
from apps.knowledge.selectors import Hit
from llm_backend.tokens import count_tokens, fit

CANDIDATES = 6
# The prompt stays short: on a laptop every hundred tokens cost the visitor most of a second.
MAX_PASSAGES = 5
PASSAGE_TOKENS = 160
TOKENS = 440
# Cosines of e5 for questions that a shop's documents do not answer go up to these. Beyond, the model decides.
UNRELATED_SIMILARITY = {messages.CHINESE: 0.842, messages.ENGLISH: 0.828}
# What falls this far behind the best passage only distracts a small model, unless all of it is read in a moment.
MIN_SHARE_OF_BEST = 0.35
FEW_TOKENS = 300

# A busy shop gets the same question many times a minute; a new document is found a few seconds later.
_hits = TTLCache[list[Hit]](seconds=10)


@dataclass(frozen=True)
class NumberedPassage:
    """A passage under the number that the model cites it by, cut to what the model reads.

    What a lookup answered is read and cited like one, and has no id.
    """

    number: int
    id: UUID | None
    document_title: str
    heading: str
    text: str
    # Of one search; found by another, it is the same passage.
    score: float = field(default=0.0, compare=False)
    # People wrote it, beside what was read of the document.
    is_edited: bool = False

    @property
    def topic(self) -> str:
        """The last of the headings above it, which says what it is about."""
        return self.heading.rpartition(HEADING_SEPARATOR)[2].strip() or self.document_title


@dataclass(frozen=True)
class Inquiry:
    """What somebody asks. `previous`: what they asked before, as “and for gifts?” leans on it.

    `collections`: those that whoever reads the answer, the `reader`, may read, looked up only where nothing is remembered
    of this `scope`. `more`: finds what lies in none of them.
    """

    text: str
    previous: str
    scope: Hashable
    collections: Iterable[Collection]
    reader: Reader = ANYBODY
    more: Callable[[str], list[Hit]] | None = None

    @cached_property
    def search_text(self) -> str:
        """“And for gifts?” is searched together with the question before it."""
        if self.previous and messages.leans_back(self.text):
            return f"{self.previous}\n{self.text}"
        return self.text


def hits_for(run: JobRun, inquiry: Inquiry) -> list[Hit]:
    """What the search found, best first, also what may have nothing to do with the question."""
    return search(run, inquiry, inquiry.search_text)


def search(run: JobRun, inquiry: Inquiry, question: str) -> list[Hit]:
    """In the words given, which may be one of several questions that were asked together."""

    def look() -> list[Hit]:
        found = knowledge.search(
            run,
            collections=list(inquiry.collections),
            question=question,
            reader=inquiry.reader,
            limit=CANDIDATES,
        ).hits
        more = inquiry.more(question) if inquiry.more else []
        return sorted([*more, *found], key=lambda hit: -hit.score)[:CANDIDATES] if more else found

    return _hits.get((inquiry.scope, question), look)


def worth_reading(inquiry: Inquiry, hits: Sequence[Hit]) -> list[NumberedPassage]:
    """Numbered and cut to what a model reads in a moment, without what has nothing to do with the question."""
    question = inquiry.search_text
    return numbered(_near_the_best([hit for hit in hits if is_related(hit, question)]))


def is_related(hit: Hit, question: str) -> bool:
    """Sharing a word that carries meaning, or the meaning itself."""
    language = messages.language_of(question, otherwise=messages.ENGLISH)
    return hit.lexical_score > 0 or (hit.similarity or 0.0) > UNRELATED_SIMILARITY[language]


def _near_the_best(hits: Sequence[Hit]) -> Iterator[Hit]:
    best = max((hit.score for hit in hits), default=0.0)
    tokens = 0
    for hit in hits:
        tokens_with_it = tokens + min(count_tokens(hit.text), PASSAGE_TOKENS)
        if hit.score >= best * MIN_SHARE_OF_BEST or tokens_with_it <= FEW_TOKENS:
            tokens = tokens_with_it
            yield hit


def numbered(hits: Iterable[Hit]) -> list[NumberedPassage]:
    """As many as fit into the budget; the first one always does."""
    passages: list[NumberedPassage] = []
    remaining_tokens = TOKENS
    for hit in islice(hits, MAX_PASSAGES):
        text = fit(hit.text, min(PASSAGE_TOKENS, remaining_tokens))
        if not text:
            break
        remaining_tokens -= count_tokens(text)
        number = len(passages) + 1
        passages.append(
            NumberedPassage(
                number, hit.passage_id, hit.document_title, hit.heading, text, hit.score, hit.is_edited
            )
        )
    return passages
