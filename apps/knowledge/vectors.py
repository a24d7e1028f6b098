"""Passages as vectors. One table holds those of every model; each length of vector has its own index."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction

from apps.accounts.models import Organisation
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.knowledge import cutting
from apps.knowledge.models import Document, Passage, PassageVector

# pgvector indexes vectors up to this length; longer ones are searched exactly.
LONGEST_INDEXED = 2000


@dataclass(frozen=True)
class Window:
    passage: Passage
    ordinal: int
    text: str


def embedding_model(organisation: Organisation) -> str:
    """The model that answers for this organisation; empty when none is set up."""
    endpoints = inference.candidates(organisation, Purpose.EMBEDDING)
    return endpoints[0].model if endpoints else ""


def windows_of(passages: Sequence[Passage]) -> list[Window]:
    return [
        Window(passage, ordinal, text)
        for passage in passages
        for ordinal, text in enumerate(cutting.windows(cutting.Cut(passage.heading, passage.text)))
    ]


def store(
    document: Document, windows: Sequence[Window], embeddings: Sequence[list[float]], *, model: str
) -> None:
    ensure_index(len(embeddings[0]))
    PassageVector.objects.bulk_create(
        [
            PassageVector(
                organisation_id=document.organisation_id,
                collection_id=document.collection_id,
                passage=window.passage,
                ordinal=window.ordinal,
                embedding_model=model,
                embedding=embedding,
            )
            for window, embedding in zip(windows, embeddings, strict=True)
        ],
        ignore_conflicts=True,
    )


@cache
def ensure_index(dimensions: int) -> None:
    """Made when the first vector of a length arrives, so another embedding model needs no migration."""
    if dimensions > LONGEST_INDEXED:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('passage_vector_index', 0))")
        cursor.execute(_CREATE_INDEX % {"dimensions": int(dimensions)})


_CREATE_INDEX = """
    CREATE INDEX IF NOT EXISTS passage_vector_hnsw_%(dimensions)s ON knowledge_passagevector
    USING hnsw ((embedding::vector(%(dimensions)s)) vector_cosine_ops)
    WHERE vector_dims(embedding) = %(dimensions)s
"""
