"""Which passages an answer may be written from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from apps.core.ttl_cache import TTLCache
from apps.customer_service.conversations import messages
from apps.customer_service.conversations.selectors import Exchange
from apps.jobs.runs import JobRun
from apps.knowledge import selectors as knowledge
from apps.knowledge.chunking import HEADING_SEPARATOR
from apps.knowledge.models import Collection
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
    score: float = 0.0

    @property
    def topic(self) -> str:
        """The last of the headings above it, which says what it is about."""
        return self.heading.rpartition(HEADING_SEPARATOR)[2].strip() or self.document_title


def relevant_passages(run: JobRun, exchange: Exchange) -> list[NumberedPassage]:
    """The passages worth reading for the question, best first; none when the documents hold no answer."""
    return worth_reading(exchange, hits_for(run, exchange))


def hits_for(run: JobRun, exchange: Exchange) -> list[Hit]:
    """What the search found, best first, also what may have nothing to do with the question."""
    return search(run, exchange, search_text(exchange))


def search(run: JobRun, exchange: Exchange, question: str) -> list[Hit]:
    """In the words given, which may be one of several questions that were asked together."""
    channel = exchange.conversation.channel

    def look() -> list[Hit]:
        # What a preview tries, else what the channel names; a channel that names none may answer from all of them.
        collections = (
            list(exchange.collections)
            or list(channel.collections.all())
            or list(Collection.objects.within(channel.organisation_id))
        )
        return knowledge.search(run, collections=collections, question=question, limit=CANDIDATES).hits

    preview_ids = tuple(collection.pk for collection in exchange.collections)
    return _hits.get((channel.pk, preview_ids, question), look)


def worth_reading(exchange: Exchange, hits: Sequence[Hit]) -> list[NumberedPassage]:
    """Numbered and cut to what a model reads in a moment, without what has nothing to do with the question."""
    question = search_text(exchange)
    return _number_hits(_near_the_best([hit for hit in hits if is_related(hit, question)]))


def search_text(exchange: Exchange) -> str:
    """“And for gifts?” is searched together with the question before it."""
    if exchange.previous_question and messages.leans_back(exchange.question):
        return f"{exchange.previous_question}\n{exchange.question}"
    return exchange.question


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


def _number_hits(hits: Iterable[Hit]) -> list[NumberedPassage]:
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
            NumberedPassage(number, hit.passage_id, hit.document_title, hit.heading, text, hit.score)
        )
    return passages
