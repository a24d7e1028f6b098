"""Passages as vectors. One table holds those of every model; each length of vector has its own index."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction

from apps.core.locks import lock_until_commit
from apps.knowledge import chunking
from apps.knowledge.chunking import Cut, Place
from apps.knowledge.models import Document, Passage, PassageVector

# pgvector indexes vectors up to this length; longer ones are searched exactly.
LONGEST_INDEXED = 2000


@dataclass(frozen=True)
class EmbeddedText:
    """`text` is what is embedded; it stands in the passage at `place`."""

    passage: Passage
    ordinal: int
    place: Place
    text: str


def texts_of(passages: Sequence[Passage]) -> list[EmbeddedText]:
    """Each sentence, and the whole: a question in another language is nearer to a passage than to any sentence of it."""
    texts = []
    for passage in passages:
        cut = Cut(passage.heading, passage.text)
        by_place = dict(chunking.sentences_of(cut))
        by_place.setdefault(Place(0, len(passage.text)), passage.text)
        texts += [
            EmbeddedText(passage, ordinal, place, chunking.embedded_text(cut, text))
            for ordinal, (place, text) in enumerate(by_place.items())
        ]
    return texts


def store(
    document: Document,
    texts: Sequence[EmbeddedText],
    embeddings: Sequence[list[float]],
    *,
    model: str,
) -> None:
    """Vectors of the first version, which were not of single sentences, go."""
    ensure_index(len(embeddings[0]))
    passages = {text.passage.pk for text in texts}
    PassageVector.objects.filter(passage__in=passages, embedding_model=model, end=0).delete()
    PassageVector.objects.bulk_create(
        [
            PassageVector(
                organisation_id=document.organisation_id,
                collection_id=document.collection_id,
                passage=text.passage,
                ordinal=text.ordinal,
                start=text.place.start,
                end=text.place.end,
                embedding_model=model,
                embedding=embedding,
            )
            for text, embedding in zip(texts, embeddings, strict=True)
        ],
        ignore_conflicts=True,
    )


@cache
def ensure_index(dimensions: int) -> None:
    """Made when the first vector of a length arrives, so another embedding model needs no migration."""
    if dimensions > LONGEST_INDEXED:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Of two that make it at once, IF NOT EXISTS lets the second fail.
        lock_until_commit("passage_vector_index")
        cursor.execute(_CREATE_INDEX % {"dimensions": int(dimensions)})


_CREATE_INDEX = """
    CREATE INDEX IF NOT EXISTS passage_vector_hnsw_%(dimensions)s ON knowledge_passagevector
    USING hnsw ((embedding::vector(%(dimensions)s)) vector_cosine_ops)
    WHERE vector_dims(embedding) = %(dimensions)s
"""
