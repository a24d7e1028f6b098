"""Hybrid search: BM25 and vectors each name candidates, then every candidate gets both scores.

The scores are added, not the ranks: how far the first is ahead of the second says more than that it is ahead.
Measured against rank fusion in `docs/decisions/retrieval.md`.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from pgvector import Vector

from apps.knowledge import lexical
from apps.knowledge.chunking import Place
from apps.knowledge.models import Collection
from apps.knowledge.rights import ANYBODY, Reader
from llm_backend.language_means import CentredQuestion, centred_question

# Of each kind, by words and by vectors: both lists are scored together, and few of them are shown.
CANDIDATES = 50
# A passage has a few vectors, so more of them are fetched than passages wanted.
CANDIDATE_VECTORS = 200
# Up to this many passages a plain scan of their vectors is as fast as the index, and misses nothing.
EXACT_PASSAGES = 4000
# A weak best match must not count as much as a strong one.
LEXICAL_SOFTENER = 6.0
# From the middle of a plateau: 0.2 to 0.4 moves recall by less than 0.005. See docs/decisions/retrieval.md.
VECTOR_WEIGHT = 0.3
# Where the languages differ, shared words are names and numbers at best.
CROSS_LANGUAGE_LEXICAL_WEIGHT = 0.5
# Of a collection in two languages, as many passages of the other one are always found.
FOREIGN = 2
# Where all are equally similar there is no spread to divide by.
LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Question:
    text: str
    embedding: list[float] | None = None
    embedding_model: str = ""

    @cached_property
    def vector(self) -> str | None:
        return str(Vector(self.embedding).to_text()) if self.embedding else None

    @cached_property
    def is_chinese(self) -> bool:
        return lexical.is_chinese(self.text)

    def similarity(self, vector: list[float] | None, model: str) -> float | None:
        """The cosine of a vector that lies in no collection; None where another model made it."""
        if vector is None or self.embedding is None or self.embedding_model != model:
            return None
        lengths = math.hypot(*vector) * math.hypot(*self.embedding)
        product = sum(here * there for here, there in zip(vector, self.embedding, strict=True))
        return product / lengths if lengths else None

    def similarities(self, passages: Sequence[UUID]) -> dict[tuple[UUID, Place], float]:
        """The cosine of each sentence of these passages; of none without a vector."""
        if not passages or self.embedding is None:
            return {}
        parameters = {"passages": passages, "model": self.embedding_model, "vector": self.vector}
        found = _rows(_OF_SENTENCES, parameters)
        return {(passage, Place(start, end)): cosine for passage, start, end, cosine in found}

    def centred(self) -> CentredQuestion | None:
        """For passages in another language, where the model's means are known."""
        if self.embedding is None:
            return None
        return centred_question(self.embedding, model=self.embedding_model, is_chinese=self.is_chinese)


@dataclass(frozen=True)
class Candidate:
    """`centred`: the cosine without what the two languages have in common, of a passage in another one."""

    passage_id: UUID
    language: str
    lexical: float
    similarity: float | None
    centred: float | None


@dataclass(frozen=True)
class RankedPassage:
    passage_id: UUID
    score: float
    lexical: float
    similarity: float | None
    text_rank: int | None
    vector_rank: int | None


def rank(
    collections: Sequence[Collection], question: Question, *, reader: Reader = ANYBODY, limit: int
) -> list[RankedPassage]:
    """The best passages of the collections, best first, without those of documents that are closed to the reader."""
    query = lexical.lexical_query(collections, question.text)
    with transaction.atomic():
        passages = set(_by_text(collections, query, reader)) | set(_by_vector(collections, question, reader))
        candidates = _score_candidates(passages, query, question)
    return ranked(candidates, question, limit=limit)


def ranked(candidates: list[Candidate], question: Question, *, limit: int) -> list[RankedPassage]:
    """The best of those that were scored, wherever they lie."""
    similarities = _similarities(candidates)
    return _in_both_languages(_fuse(candidates, similarities, question), candidates, similarities, limit)


def _of_reader(reader: Reader) -> dict[str, Any]:
    """A reader without a role holds no grant that names none."""
    return {
        "reads_all": reader.reads_all,
        "member": reader.member_id,
        "role": reader.role or None,
        "groups": reader.groups,
    }


def _by_text(collections: Sequence[Collection], query: lexical.LexicalQuery, reader: Reader) -> list[UUID]:
    if not query.candidate_terms:
        return []
    parameters = {
        **_of_reader(reader),
        "collections": [collection.pk for collection in collections],
        "lexemes": query.tsquery(collections),
        "vector": query.vector,
        "limit": CANDIDATES,
    }
    return [row[0] for row in _rows(_BY_TEXT, parameters)]


def _by_vector(collections: Sequence[Collection], question: Question, reader: Reader) -> list[UUID]:
    if question.embedding is None:
        return []
    parameters = {
        **_of_reader(reader),
        "collections": [collection.pk for collection in collections],
        "model": question.embedding_model,
        "vector": question.vector,
        "limit": CANDIDATE_VECTORS,
    }
    if sum(collection.passages_count for collection in collections) <= EXACT_PASSAGES:
        rows = _rows(_BY_VECTOR_EXACTLY, parameters)
    else:
        # Rows of other collections are passed over until enough are found, instead of ending with too few.
        _rows("SET LOCAL hnsw.iterative_scan = relaxed_order", {})
        _rows(f"SET LOCAL hnsw.ef_search = {CANDIDATE_VECTORS}", {})
        index = _BY_VECTOR_INDEX.replace("{dimensions}", str(len(question.embedding)))
        rows = _rows(index, parameters)
    return list(dict.fromkeys(row[0] for row in rows))[:CANDIDATES]


def _score_candidates(
    passages: set[UUID], query: lexical.LexicalQuery, question: Question
) -> list[Candidate]:
    if not passages:
        return []
    centred = question.centred()
    parameters = {
        "passages": list(passages),
        "weights": query.vector if query.weights else None,
        "vector": question.vector,
        "model": question.embedding_model,
        "is_chinese": question.is_chinese,
        "centred": str(Vector(centred.vector).to_text()) if centred else None,
        "mean": str(Vector(centred.passage_mean).to_text()) if centred else None,
        "offset": centred.offset if centred else 0.0,
        "square": centred.square if centred else 0.0,
    }
    return [Candidate(*row) for row in _rows(_SCORES, parameters)]


def _fuse(
    candidates: list[Candidate], similarities: Mapping[UUID, float], question: Question
) -> list[RankedPassage]:
    text_ranks = _ranks({each.passage_id: each.lexical for each in candidates if each.lexical > 0})
    vector_ranks = _ranks(similarities)
    meaning = _z_scores(similarities)
    best = max((each.lexical for each in candidates), default=0.0) + LEXICAL_SOFTENER
    results = []
    for each in candidates:
        is_same_language = (each.language == "zh") == question.is_chinese
        weight = 1.0 if is_same_language else CROSS_LANGUAGE_LEXICAL_WEIGHT
        # Both parts are of about one size: words as a share of the best match, meaning in standard deviations.
        score = weight * each.lexical / best + VECTOR_WEIGHT * meaning.get(each.passage_id, 0.0)
        ranks = text_ranks.get(each.passage_id), vector_ranks.get(each.passage_id)
        results.append(RankedPassage(each.passage_id, score, each.lexical, each.similarity, *ranks))
    return sorted(results, key=lambda each: (-each.score, each.passage_id))


def _in_both_languages(
    results: list[RankedPassage],
    candidates: list[Candidate],
    similarities: Mapping[UUID, float],
    limit: int,
) -> list[RankedPassage]:
    """The best, and among them the nearest in meaning of the language that would be missing.

    A passage in another language shares no words with the question, so its score says little of it.
    """
    languages = {each.passage_id: each.language for each in candidates}
    best = results[:limit]
    if not best or limit <= FOREIGN or len({languages[each.passage_id] for each in best}) > 1:
        return best
    foreign = [
        each for each in results[limit:] if languages[each.passage_id] != languages[best[0].passage_id]
    ]
    nearest = sorted(foreign, key=lambda each: -similarities.get(each.passage_id, 0.0))[:FOREIGN]
    return [*best[: limit - len(nearest)], *nearest]


def _similarities(candidates: list[Candidate]) -> dict[UUID, float]:
    """Which of the passages in another language is nearer is said by their centred cosines; how near these are beside
    passages in the question's own, by the plain ones: the nearest by the former has the highest of the latter."""
    plain = {each.passage_id: each.similarity for each in candidates if each.similarity is not None}
    centred = {each.passage_id: each.centred for each in candidates if each.centred is not None}
    nearest_first = sorted(centred, key=lambda passage: -centred[passage])
    highest_first = sorted((plain[passage] for passage in centred), reverse=True)
    return plain | dict(zip(nearest_first, highest_first, strict=True))


def _z_scores(similarities: Mapping[UUID, float]) -> dict[UUID, float]:
    """Similarities in standard deviations from the mean: models differ in how wide they spread them.

    A passage that has no vector yet counts as average, so it is found by its words meanwhile.
    """
    if len(similarities) < 2:
        return {}
    mean = statistics.fmean(similarities.values())
    spread = max(statistics.pstdev(similarities.values()), LEAST_SPREAD)
    return {passage: (similarity - mean) / spread for passage, similarity in similarities.items()}


def _ranks(scores: Mapping[UUID, float]) -> dict[UUID, int]:
    best_first = sorted(scores, key=lambda passage: (-scores[passage], passage))
    return {passage: rank for rank, passage in enumerate(best_first, start=1)}


def _rows(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []


# Asked once for a search; only where a document of the collections is restricted, each passage is asked for.
_ALL_IS_OPEN = """%(reads_all)s OR NOT EXISTS (
    SELECT FROM knowledge_document AS any_document
    WHERE any_document.collection_id = ANY(%(collections)s) AND any_document.is_restricted
)"""
_PASSAGE_IS_OPEN = """NOT EXISTS (
    SELECT FROM knowledge_document AS document WHERE document.id = passage.document_id AND document.is_restricted
        AND NOT EXISTS (
            SELECT FROM knowledge_accessgrant AS given WHERE given.document_id = document.id AND (
                given.member_id = %(member)s OR given.role = %(role)s OR given."group" = ANY(%(groups)s)
            )
        )
)"""
_BY_TEXT = f"""
    SELECT id FROM knowledge_passage AS passage
    WHERE is_live AND collection_id = ANY(%(collections)s) AND lexemes @@ %(lexemes)s::tsquery
        AND ({_ALL_IS_OPEN} OR {_PASSAGE_IS_OPEN})
    ORDER BY term_weights <#> %(vector)s::sparsevec LIMIT %(limit)s
"""  # noqa: S608  (constants)
_BY_VECTOR_EXACTLY = f"""
    SELECT passage_id FROM knowledge_passagevector AS vector JOIN knowledge_passage AS passage
        ON passage.id = vector.passage_id AND passage.is_live
    WHERE vector.collection_id = ANY(%(collections)s) AND embedding_model = %(model)s
        AND ({_ALL_IS_OPEN} OR {_PASSAGE_IS_OPEN})
    ORDER BY embedding <=> %(vector)s::vector LIMIT %(limit)s
"""  # noqa: S608  (constants)
_BY_VECTOR_INDEX = f"""
    SELECT passage_id FROM (
        SELECT passage_id, embedding::vector({{dimensions}}) <=> %(vector)s::vector AS distance
        FROM knowledge_passagevector AS vector
        WHERE vector_dims(embedding) = {{dimensions}}
            AND collection_id = ANY(%(collections)s) AND embedding_model = %(model)s
            AND ({_ALL_IS_OPEN} OR (
                SELECT {_PASSAGE_IS_OPEN} FROM knowledge_passage AS passage WHERE passage.id = vector.passage_id
            ))
        ORDER BY embedding::vector({{dimensions}}) <=> %(vector)s::vector({{dimensions}}) LIMIT %(limit)s
    ) AS nearest JOIN knowledge_passage AS passage ON passage.id = nearest.passage_id AND passage.is_live
    ORDER BY distance
"""  # noqa: S608  (constants)
# The mean of the best sentence and of the whole: better than either, most of all across languages.
_SCORES = """
    SELECT passage.id, passage.language,
        COALESCE(-(passage.term_weights <#> %(weights)s::sparsevec), 0),
        1 - (vector.nearest + COALESCE(vector.whole, vector.nearest)) / 2,
        (vector.centred + COALESCE(vector.centred_whole, vector.centred)) / 2
    FROM knowledge_passage AS passage
    LEFT JOIN LATERAL (
        SELECT min(distance) AS nearest,
            min(distance) FILTER (WHERE is_whole) AS whole,
            max(cosine) AS centred,
            max(cosine) FILTER (WHERE is_whole) AS centred_whole
        FROM (
            SELECT start = 0 AND "end" = char_length(passage.text) AS is_whole,
                embedding <=> %(vector)s::vector AS distance,
                CASE WHEN (passage.language = 'zh') <> %(is_chinese)s AND %(centred)s::text IS NOT NULL THEN
                    (-(embedding <#> %(centred)s::vector) - %(offset)s)
                        / sqrt(1 + 2 * (embedding <#> %(mean)s::vector) + %(square)s)
                END AS cosine
            FROM knowledge_passagevector
            WHERE passage_id = passage.id AND embedding_model = %(model)s
        ) AS measured
    ) AS vector ON TRUE
    WHERE passage.id = ANY(%(passages)s)
"""

# Rows of an earlier version are of several sentences and say nothing about one.
_OF_SENTENCES = """
    SELECT passage_id, start, "end", 1 - (embedding <=> %(vector)s::vector) FROM knowledge_passagevector
    WHERE passage_id = ANY(%(passages)s) AND embedding_model = %(model)s AND "end" > 0
"""
