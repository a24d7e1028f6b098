"""BM25 inside PostgreSQL.

A passage keeps, for every term, its BM25 weight without the IDF as a sparse vector. A question becomes the
sparse vector of its terms' IDFs. Their inner product, computed in C by pgvector, is the BM25 score; `ts_rank`
knows no IDF. A GIN index over the lexemes finds the candidates, by the question's rarest terms first.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum
from pgvector import SparseVector

from apps.knowledge import tokenisation
from apps.knowledge.models import TERM_SPACE, Collection, Document, Passage, TermCount

# BM25's k1 and b, at the values that Lucene has by default.
SATURATION = 1.2
# b of BM25, at its usual value.
LENGTH_PENALTY = 0.75
# Passages are cut to a like length, so a fixed pivot does what a moving average does, and weights never age.
PIVOT_TERMS = 200
# Terms of half of all passages can neither be looked up fast nor change who is first: the rarest lead to the
# candidates.
CANDIDATE_BUDGET = 5000
# Of a collection's id, before each of its lexemes.
PREFIX_CHARACTERS = 8


@dataclass(frozen=True)
class LexicalQuery:
    """The question as BM25 sees it: an IDF for every term that occurs, and the rarest terms for the index."""

    weights: dict[str, float]
    candidate_terms: list[str]

    @property
    def vector(self) -> str:
        return str(sparse_vector(self.weights).to_text())

    def tsquery(self, collections: Iterable[Collection]) -> str:
        return " | ".join(
            _lexeme(collection, term) for collection in collections for term in self.candidate_terms
        )


def passage_weights(passage_terms: Sequence[str]) -> dict[str, float]:
    length_factor = 1 - LENGTH_PENALTY + LENGTH_PENALTY * len(passage_terms) / PIVOT_TERMS
    return {
        term: count * (SATURATION + 1) / (count + SATURATION * length_factor)
        for term, count in Counter(passage_terms).items()
    }


def rarity(count: int, passages: int) -> float:
    """BM25's IDF of a term that `count` of so many passages have."""
    return math.log(1 + (max(passages - count, 0) + 0.5) / (count + 0.5))


def sparse_vector(weights: dict[str, float]) -> SparseVector:
    places: dict[int, float] = {}
    for term, weight in weights.items():
        place = zlib.crc32(term.encode()) % TERM_SPACE
        places[place] = places.get(place, 0.0) + weight
    return SparseVector(places, TERM_SPACE)


def lexemes(collection: Collection, passage_terms: Iterable[str]) -> str:
    """Terms in PostgreSQL's notation for a tsvector. Places are left out: BM25 does not look at them."""
    return " ".join(_lexeme(collection, term) for term in sorted(set(passage_terms)))


def lexical_query(collections: Sequence[Collection], question: str) -> LexicalQuery:
    passages = sum(collection.passages_count for collection in collections)
    rows = TermCount.objects.filter(collection__in=collections, term__in=tokenisation.asked_terms(question))
    counts: dict[str, int] = dict(rows.values_list("term").annotate(Sum("passages_count")))
    weights = {term: rarity(count, passages) for term, count in counts.items()}
    return LexicalQuery(weights, _rarest(counts))


def count_terms(document: Document, *, sign: int, passages: Sequence[Passage] = ()) -> None:
    """Adds (1) or takes away (-1) these passages of the document, without any all that are searched with it. The caller
    holds the collection's row lock.
    """
    chosen = [passage.pk for passage in passages] or None
    with connection.cursor() as cursor:
        parameters = {"document": document.pk, "sign": sign, "chosen": chosen, "prefix": PREFIX_CHARACTERS}
        cursor.execute(_COUNT_TERMS, parameters)
        if sign < 0:
            cursor.execute(_FORGET_TERMS, {"collection": document.collection_id})


def _rarest(counts: dict[str, int]) -> list[str]:
    """As many of the rarest as the budget allows. What they all miss, common words would not put first."""
    rarest: list[str] = []
    candidates = 0
    for term in sorted(counts, key=lambda term: (counts[term], term)):
        candidates += counts[term]
        if rarest and candidates > CANDIDATE_BUDGET:
            break
        rarest.append(term)
    return rarest


def _lexeme(collection: Collection, term: str) -> str:
    """Begins with the collection, so that one index keeps them apart."""
    text = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{collection.pk.hex[-PREFIX_CHARACTERS:]}{text}'"


_COUNT_TERMS = """
    INSERT INTO knowledge_termcount (id, organisation_id, collection_id, term, passages_count)
    SELECT gen_random_uuid(), passage.organisation_id, passage.collection_id,
        substr(entry.lexeme, %(prefix)s + 1), count(*)
    FROM knowledge_passage AS passage, unnest(passage.lexemes) AS entry
    WHERE passage.document_id = %(document)s AND NOT passage.is_off
        AND (%(chosen)s::uuid[] IS NULL OR passage.id = ANY(%(chosen)s::uuid[]))
    GROUP BY passage.organisation_id, passage.collection_id, entry.lexeme
    ON CONFLICT (collection_id, term)
    DO UPDATE SET passages_count = knowledge_termcount.passages_count + %(sign)s * excluded.passages_count
"""
_FORGET_TERMS = "DELETE FROM knowledge_termcount WHERE collection_id = %(collection)s AND passages_count <= 0"
