"""Collections for the retrieval measure, made by the platform's own services."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.accounts.actors import Actor
from apps.inference import services as inference
from apps.inference.selectors import embedding_model
from apps.knowledge import ingestion, selectors, services, vectors
from apps.knowledge.chunking import Cut
from apps.knowledge.models import Collection, Document, Passage
from benchmarks import progress
from benchmarks.organisations import evaluation_actor

DEPTH = 10
TEXTS_AT_ONCE = 32


@dataclass
class StoredParagraphs:
    """`places`: which paragraph each passage is."""

    actor: Actor
    collections: list[Collection] = field(default_factory=list)
    places: dict[UUID, int] = field(default_factory=dict)
    timing: dict[str, Any] = field(default_factory=dict)

    def ranks(
        self, collection: Collection, questions: list[tuple[str, int]]
    ) -> tuple[list[int | None], dict[str, float]]:
        """Of each question's paragraph; and how long a search took, the question's embedding included."""
        ranks, seconds = [], []
        for question, place in questions:
            start = time.perf_counter()
            search = selectors.search(self.actor, collections=[collection], question=question, limit=DEPTH)
            seconds.append(time.perf_counter() - start)
            if search.mode != "hybrid":
                raise RuntimeError("the embedding endpoint stopped answering")
            places = [self.places[hit.passage_id] for hit in search.hits]
            ranks.append(places.index(place) + 1 if place in places else None)
        return ranks, {"search_p50_ms": round(statistics.median(seconds) * 1000, 1)}


def fill(paragraphs: Sequence[list[str]]) -> StoredParagraphs:
    stored = StoredParagraphs(evaluation_actor())
    start = time.monotonic()
    for number, texts in enumerate(paragraphs, start=1):
        cuts = [Cut("", text) for text in texts]
        collection, passages = collection_of(stored.actor, f"eval {number}", cuts)
        stored.places |= {passage.pk: passage.ordinal for passage in passages}
        stored.collections.append(collection)
    stored.timing["ingest_s"] = round(time.monotonic() - start, 1)
    return stored


def collection_of(actor: Actor, name: str, cuts: Sequence[Cut]) -> tuple[Collection, list[Passage]]:
    """Passages that are searched by their words and their meaning."""
    collection = services.create_collection(actor, name=name)
    document = Document.objects.create(
        organisation=actor.organisation, collection=collection, title=name, file_name=name, digest=name
    )
    ingestion.store_passages(document, cuts)
    passages = list(Passage.objects.filter(document=document).order_by("ordinal"))
    model = embedding_model(actor.organisation)
    for some in progress.in_parts("passages", vectors.texts_of(passages), TEXTS_AT_ONCE):
        embeddings = inference.embed(actor, [text.text for text in some], input_type="passage")
        vectors.store(document, some, embeddings, model=model)
    return Collection.objects.get(pk=collection.pk), passages
