from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from apps.accounts.actors import Actor
from apps.core.errors import NotFound, ServiceUnavailable
from apps.core.models import OrganisationQuerySet
from apps.core.ttl_cache import TTLCache
from apps.inference import quotas
from apps.inference import services as inference
from apps.inference.selectors import embedding_model
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.knowledge import retrieval, rights
from apps.knowledge.models import Collection, Document, DocumentQuerySet, Passage
from apps.knowledge.rights import Reader
from llm_backend.errors import ModelError

LONGEST_QUESTION = 2000

# Several ask for the vector of one question: whoever looks for an answer to it in more than one place.
_embeddings = TTLCache[list[float]](seconds=10)


@dataclass(frozen=True)
class Hit:
    """A passage found, with all that an answer needs to cite it."""

    passage_id: UUID
    document_id: UUID
    document_title: str
    heading: str
    text: str
    language: str
    score: float
    lexical_score: float
    similarity: float | None
    text_rank: int | None
    vector_rank: int | None
    # Where it stands on pages; and whether people wrote something else than was read there.
    places: list[dict[str, Any]] = field(default_factory=list)
    is_edited: bool = False


@dataclass(frozen=True)
class SearchResult:
    """`mode` is "text" when no embeddings were to be had: worse, and said openly."""

    mode: Literal["hybrid", "text"]
    hits: list[Hit]


def search(
    caller: JobRun | Actor,
    *,
    collections: Sequence[Collection],
    question: str,
    reader: Reader | None = None,
    limit: int = 5,
) -> SearchResult:
    """The passages that most likely answer the question, best first. `caller` pays for its embedding.

    `collections`: some that may be read. `reader`: who reads the result, where that is not the caller. A search of its
    own counts as a request and may raise QuotaExceeded; one for a job was admitted with that.
    """
    if isinstance(caller, Actor):
        quotas.admit(caller, makes_job=False)
    query = embedded_question(caller, question[:LONGEST_QUESTION])
    reader = reader or Reader.of(caller.actor if isinstance(caller, JobRun) else caller)
    ranking = retrieval.rank(collections, query, reader=reader, limit=limit)
    return SearchResult("hybrid" if query.embedding else "text", _hits(ranking))


def embedded_question(caller: JobRun | Actor, text: str) -> retrieval.Question:
    """A question with its vector, or without one when the embedding endpoint is away."""
    organisation = (caller.actor if isinstance(caller, JobRun) else caller).organisation
    model = embedding_model(organisation)
    try:
        embedding = _embeddings.get(
            (organisation.pk, model, text),
            lambda: inference.embed(caller, [text], input_type="query", model=model)[0],
        )
    except (ModelError, ServiceUnavailable):
        return retrieval.Question(text)
    return retrieval.Question(text, embedding, model)


def collection_list(actor: Actor) -> OrganisationQuerySet[Collection]:
    """What the actor may read, with how much of that each holds, and how many such documents failed."""
    is_readable = Q(documents__in=rights.readable_documents(actor).order_by())
    has_failed = Q(documents__job__state__in=[Job.State.FAILED, Job.State.CANCELLED])
    return rights.readable_collections(actor).annotate(
        documents_count=Count("documents", filter=is_readable),
        failed_count=Count("documents", filter=is_readable & has_failed),
        readable_passages_count=Sum(
            "documents__passages_count", filter=is_readable & Q(documents__is_live=True), default=0
        ),
    )


def chosen_collections(actor: Actor, collection_ids: Sequence[UUID] | None) -> list[Collection]:
    """All that the actor may read without a choice. Raises NotFound for one that is not among them."""
    own = rights.readable_collections(actor)
    if collection_ids is None:
        return list(own)
    collections = list(own.filter(pk__in=collection_ids))
    if len(collections) < len(set(collection_ids)):
        raise NotFound
    return collections


def document_list(actor: Actor) -> DocumentQuerySet:
    """What the actor may read, newest first."""
    return _with_origin(rights.readable_documents(actor))


def own_collection(actor: Actor, collection_id: UUID) -> Collection:
    """One that the actor may read. Raises NotFound."""
    return collection_list(actor).one(pk=collection_id)


def own_document(actor: Actor, document_id: UUID) -> Document:
    """One that the actor may read. Raises NotFound."""
    return document_list(actor).one(pk=document_id)


def passage_list(document: Document) -> QuerySet[Passage]:
    """What was made of the document, in its order."""
    passages = Passage.objects.filter(document=document).defer("lexemes", "term_weights")
    return passages.select_related("changed_by__user").order_by("ordinal")


def readable_passages(actor: Actor, passage_ids: Iterable[str]) -> set[UUID]:
    """Those among them that the actor may open in their documents."""
    documents = rights.readable_documents(actor).values("pk")
    rows = Passage.objects.within(actor.organisation).filter(pk__in=list(passage_ids), document__in=documents)
    return set(rows.values_list("pk", flat=True))


def readable_passage(actor: Actor, passage_id: UUID) -> Passage:
    """Of a document that the actor may read. Raises NotFound, also of a version that another one replaced."""
    return readable_passage_list(actor).one(pk=passage_id)


def editable_passage(actor: Actor, passage_id: UUID) -> Passage:
    """Raises NotFound and PermissionDenied."""
    passage = readable_passage(actor, passage_id)
    rights.require_editor(actor, passage.document.collection)
    return passage


def readable_passage_list(actor: Actor) -> OrganisationQuerySet[Passage]:
    """Passages of the documents that the actor may read."""
    passages: OrganisationQuerySet[Passage] = Passage.objects.within(actor.organisation)
    readable = rights.readable_documents(actor).order_by().values("pk")
    rows = passages.defer("lexemes", "term_weights").select_related(
        "document__collection", "changed_by__user"
    )
    return rows.filter(document__in=readable)


def document_with(collection: Collection, *, digest: str) -> Document | None:
    return _with_origin(Document.objects.filter(collection=collection, digest=digest)).first()


def document_of_job(job: Job | None) -> Document | None:
    return _with_origin(Document.objects.filter(job=job)).first() if job else None


def document_to_ingest(document_id: str) -> Document:
    return Document.objects.select_related("collection", "organisation").get(pk=document_id)


def live_documents(collection_id: str) -> QuerySet[Document]:
    return Document.objects.live().filter(collection_id=collection_id).select_related("organisation")


def _with_origin(documents: DocumentQuerySet) -> DocumentQuerySet:
    return documents.select_related("job", "collection", "uploaded_by__user", "api_key").order_by("-id")


def _hits(ranking: list[retrieval.RankedPassage]) -> list[Hit]:
    passages = (
        Passage.objects.filter(pk__in=[each.passage_id for each in ranking])
        .annotate(document_title=F("document__title"))
        .defer("lexemes", "term_weights")
        .in_bulk()
    )
    return [_hit(each, passages[each.passage_id]) for each in ranking if each.passage_id in passages]


def _hit(rank: retrieval.RankedPassage, passage: Passage) -> Hit:
    return Hit(
        passage_id=passage.pk,
        document_id=passage.document_id,
        document_title=passage.document_title,  # type: ignore[attr-defined]
        heading=passage.heading,
        text=passage.text,
        language=passage.language,
        score=round(rank.score, 4),
        lexical_score=round(rank.lexical, 3),
        similarity=None if rank.similarity is None else round(rank.similarity, 4),
        text_rank=rank.text_rank,
        vector_rank=rank.vector_rank,
        places=passage.places,
        is_edited=bool(passage.original_text) or passage.is_split_off,
    )


def stored_bytes(organisation_id: UUID) -> int:
    """How many bytes the files of all documents take."""
    return Document.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0
