"""Collections for the retrieval measure, made by the platform's own services."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.inference import endpoints
from apps.inference import services as inference
from apps.knowledge import ingestion, selectors, services, vectors
from apps.knowledge.cutting import Cut
from apps.knowledge.models import Collection, Document, Passage

DEPTH = 10
SENTENCES_AT_ONCE = 32

OnProgress = Callable[[int, int, float], None]


@dataclass
class Filled:
    """`places`: which paragraph each passage is."""

    actor: Actor
    collections: list[Collection] = field(default_factory=list)
    places: dict[UUID, int] = field(default_factory=dict)
    timing: dict[str, Any] = field(default_factory=dict)

    def ranks(
        self, collection: Collection, asked: list[tuple[str, int]]
    ) -> tuple[list[int | None], dict[str, float]]:
        """Of each question's paragraph; and how long a search took, the question's embedding included."""
        ranks, seconds = [], []
        for question, place in asked:
            started = time.perf_counter()
            found = selectors.search(self.actor, collections=[collection], question=question, limit=DEPTH)
            seconds.append(time.perf_counter() - started)
            if found.mode != "hybrid":
                raise RuntimeError("the embedding endpoint stopped answering")
            places = [self.places[hit.passage_id] for hit in found.hits]
            ranks.append(places.index(place) + 1 if place in places else None)
        return ranks, {"search_p50_ms": round(statistics.median(seconds) * 1000, 1)}


def filled(paragraphs: Sequence[list[str]], *, on_progress: OnProgress) -> Filled:
    endpoints.ensure_default_endpoints()
    made = Filled(evaluation_actor())
    started = time.monotonic()
    for number, texts in enumerate(paragraphs, start=1):
        _fill(made, f"eval {number}", texts, on_progress)
    made.timing["ingest_s"] = round(time.monotonic() - started, 1)
    return made


def _fill(made: Filled, name: str, texts: list[str], on_progress: OnProgress) -> None:
    cuts = [Cut("", text) for text in texts]
    collection, passages = collection_of(made.actor, name, cuts, on_progress=on_progress)
    made.places |= {passage.pk: passage.ordinal for passage in passages}
    made.collections.append(collection)


def collection_of(
    actor: Actor, name: str, cuts: Sequence[Cut], *, on_progress: OnProgress = lambda *_: None
) -> tuple[Collection, list[Passage]]:
    """Passages that are searched by their words and their meaning."""
    collection = services.create_collection(actor, name=name)
    document = Document.objects.create(
        organisation=actor.organisation, collection=collection, title=name, file_name=name, digest=name
    )
    ingestion.store_passages(document, cuts)
    passages = list(Passage.objects.filter(document=document).order_by("ordinal"))
    _embed(actor, document, passages, on_progress)
    return Collection.objects.get(pk=collection.pk), passages


def _embed(actor: Actor, document: Document, passages: list[Passage], on_progress: OnProgress) -> None:
    model, started = vectors.embedding_model(actor.organisation), time.monotonic()
    sentences = vectors.sentences_of(passages)
    for start in range(0, len(sentences), SENTENCES_AT_ONCE):
        some = sentences[start : start + SENTENCES_AT_ONCE]
        embeddings = inference.embed(actor, [sentence.text for sentence in some], input_type="passage")
        vectors.store(document, some, embeddings, model=model)
        on_progress(min(start + SENTENCES_AT_ONCE, len(sentences)), len(sentences), started)


def evaluation_actor() -> Actor:
    user = User.objects.create_user("eval@kongming.example", None)
    organisation = accounts.create_organisation(name="Evaluation", slug="eval", owner=user)
    return Actor.from_member(
        Membership.objects.select_related("organisation", "user").get(organisation=organisation)
    )
