"""Vectors of texts, for tests that are not on the event loop."""

from collections.abc import Sequence

from llm_backend import event_loop
from llm_backend.embeddings import EmbeddingEndpoint, Vector, embed


def embed_queries(endpoint: EmbeddingEndpoint, texts: Sequence[str]) -> list[Vector]:
    return event_loop.run(embed(endpoint, texts, "query")).vectors


def embed_passages(endpoint: EmbeddingEndpoint, texts: Sequence[str]) -> list[Vector]:
    return event_loop.run(embed(endpoint, texts, "passage")).vectors
