"""What people and other systems do with documents."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import disk
from apps.core.errors import Conflict, InvalidInput, PermissionDenied, TooLarge, full_disk
from apps.inference import storage
from apps.inference.selectors import embedding_model
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import Subject, of_rows
from apps.knowledge import access_control, ingestion, reader, rights, selectors
from apps.knowledge.models import Collection, Document, PassageVector
from domain.documents import content
from domain.documents.errors import Unreadable

INGEST_DOCUMENT = JobType(
    "knowledge.ingest_document",
    queue="ingest",
    label=_("Read a document"),
    is_announced_by_desk=True,
    stages={
        "parsing": _("Reading the file"),
        "recognising": _("Recognising page %(number)s of %(total)s"),
        "cutting": _("Splitting into passages"),
        "embedding": _("Embedding the passages"),
    },
    may_see=rights.reading_jobs,
    may_cancel=holders_of("knowledge.edit"),
    subject=of_rows(
        lambda organisation: Document.objects.within(organisation).only("title"),
        lambda document: Subject(document.title, reverse("knowledge:document", args=[document.pk])),
        input_name="document_id",
    ),
)
EMBED_DOCUMENT = JobType(
    "knowledge.embed_document",
    queue="ingest",
    label=_("Embed changed passages"),
    is_repeatable=True,
    stages=INGEST_DOCUMENT.stages,
    may_see=holders_of("knowledge.edit"),
    may_cancel=holders_of("knowledge.edit"),
    subject=lambda actor, asked: of_rows(
        lambda _organisation: rights.readable_documents(actor).only("title"),
        lambda document: Subject(document.title, reverse("knowledge:document", args=[document.pk])),
        input_name="document_id",
    )(actor, asked),
    # The document was admitted; a person typed what is embedded.
    is_free=True,
)
REEMBED_COLLECTION = JobType(
    "knowledge.reembed_collection",
    queue="ingest",
    label=_("Re-embed a collection"),
    is_repeatable=True,
    stages=INGEST_DOCUMENT.stages,
    may_see=holders_of("knowledge.view"),
    may_cancel=holders_of("knowledge.edit"),
    # Whoever may not read the collection is told that one is embedded, and not which.
    subject=lambda actor, asked: of_rows(
        lambda _organisation: rights.readable_collections(actor).only("name"),
        lambda collection: Subject(collection.name, reverse("knowledge:collection", args=[collection.pk])),
        input_name="collection_id",
    )(actor, asked),
    # Its documents were admitted; the model was changed by whoever runs the platform.
    is_free=True,
)


@dataclass(frozen=True)
class Upload:
    """The document of an upload; not new when the collection had the same file already."""

    document: Document
    is_new: bool


@requires_permission("knowledge.edit")
@transaction.atomic
def create_collection(actor: Actor, *, name: str, language: str = "") -> Collection:
    """Raises InvalidInput for a name that is taken."""
    main_language = language or actor.organisation.output_language
    try:
        # A savepoint: the caller's transaction has to survive the refusal of the database.
        with transaction.atomic():
            collection = Collection.objects.create(
                organisation=actor.organisation, name=name, language=main_language
            )
    except IntegrityError as error:
        message = _("A collection with this name already exists. Choose another name.")
        raise InvalidInput(fields={"name": [message]}) from error
    audit.record(actor, action="collection.created", target=collection, details={"name": name})
    return collection


@requires_permission("knowledge.edit")
@transaction.atomic
def unsorted_collection(actor: Actor) -> Collection:
    """Of documents for which nobody chose one; made when the first comes. No channel answers from it by itself."""
    with translation.override(actor.organisation.output_language):
        name = gettext("Unsorted documents")
    collection = Collection.objects.within(actor.organisation).filter(name=name).first()
    return collection or create_collection(actor, name=name)


@requires_permission("knowledge.edit")
@transaction.atomic
def delete_collection(actor: Actor, collection: Collection) -> None:
    """Raises PermissionDenied, also where a document of it is closed to the actor: nobody deletes what they may not see."""
    rights.require_editor(actor, collection)
    if collection.documents.exclude(pk__in=rights.readable_documents(actor).values("pk")).exists():
        raise PermissionDenied(_("It holds documents that you may not see. Ask an owner to delete it."))
    audit.record(actor, action="collection.deleted", target=collection, details={"name": collection.name})
    for document in ingestion.lock_in_order(collection.documents.all()):
        delete_document(actor, document)
    collection.delete()


def upload_document(
    actor: Actor,
    *,
    collection: Collection,
    file: "File[bytes]",
    name: str,
    idempotency_key: str | None = None,
    by_source: bool = False,
) -> Upload:
    """Stores the file and queues its reading. The same content again gives the document that is there.

    Other content under the name of a document replaces that document as soon as it is ready, unless the earlier content
    comes again before. `by_source`: also one that the actor may not read, as the source says who does. Raises
    PermissionDenied where the actor may not edit the collection, and Conflict for a document that they may not read.
    """
    rights.require_editor(actor, collection)
    refuse_hopeless(file, name)
    digest = digest_of(file)
    fingerprint = jobs.fingerprint_of(INGEST_DOCUMENT.name, str(collection.pk), name, digest)
    earlier = jobs.earlier_job(actor, idempotency_key=idempotency_key, fingerprint=fingerprint)
    if asked_for := selectors.document_of_job(earlier):
        return Upload(asked_for, is_new=False)
    if not by_source:
        _refuse_closed(actor, collection, name, digest)
    if there := selectors.document_with(collection, digest=digest):
        if there.file_name == name[:200]:
            _put_back(actor, there)
        return Upload(there, is_new=False)
    document = _new_document(actor, collection, file, name, digest)
    try:
        _queue(actor, document, idempotency_key, fingerprint)
    except Exception:
        document.file.storage.delete(document.file.name or "")
        raise
    return Upload(document, is_new=True)


def _refuse_closed(actor: Actor, collection: Collection, name: str, digest: str) -> None:
    """Nobody replaces what they may not see."""
    same = Document.objects.filter(Q(file_name=name[:200]) | Q(digest=digest), collection=collection)
    if rights.closed_documents(actor, same).exists():
        message = _(
            "This document is there already, and you may not see it. Choose another name, or ask an owner."
        )
        raise Conflict(message, code="closed_document")


@transaction.atomic
def _put_back(actor: Actor, document: Document) -> None:
    """A file comes again while a later one of its name is read, which would replace it: that one goes."""
    later = Document.objects.versions_of(document).filter(pk__gt=document.pk, is_live=False)
    for each in later.select_related("job", "collection"):
        delete_document(actor, each)


def refuse_hopeless(file: "File[bytes]", name: str) -> None:
    """Refuses what can be known from the size and the first bytes. Raises TooLarge or UnsupportedContent."""
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise TooLarge
    file.seek(0)
    try:
        content.kind_of_head(file.read(content.HEAD_BYTES), name)
    except Unreadable as error:
        raise reader.unreadable(error.code) from error


def digest_of(file: "File[bytes]") -> str:
    file.seek(0)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


@INGEST_DOCUMENT.service
def ingest_document(run: JobRun, *, document_id: str) -> dict[str, Any]:
    """Reads, cuts and embeds a document. Steps that an earlier attempt finished are not done again."""
    document = selectors.document_to_ingest(document_id)
    if not document.passages_count:
        ingestion.cut_document(run, document)
        document.refresh_from_db()
    ingestion.embed_document(run, document)
    ingestion.publish(document)
    return {"document": str(document.pk), "passages": document.passages_count}


@requires_permission("knowledge.edit")
@transaction.atomic
def delete_document(actor: Actor, document: Document) -> None:
    """Raises PermissionDenied."""
    rights.require_editor(actor, document.collection)
    if document.job and not document.job.is_terminal:
        jobs.cancel_if_running(document.job)
    details = {"title": document.title, "digest": document.digest}
    audit.record(actor, action="document.deleted", target=document, details=details)
    ingestion.withdraw(document)


@requires_permission("knowledge.edit")
def retry_document(actor: Actor, document: Document) -> Document:
    """Raises PermissionDenied, and Conflict when there is nothing to try again."""
    rights.require_editor(actor, document.collection)
    if document.job is None:
        raise Conflict(_("Only failed and cancelled documents can be read again."), code="job_not_retryable")
    jobs.retry_job(document.job, requested_by=actor)
    return selectors.document_list(actor).get(pk=document.pk)


@requires_permission("knowledge.edit")
def retry_failed_documents(actor: Actor, collection: Collection) -> int:
    """Reads again what failed or was cancelled, and nothing else. Answers how many."""
    readable = rights.readable_documents(actor).filter(collection=collection)
    documents = readable.failed().select_related("job", "collection")
    for document in documents:
        retry_document(actor, document)
    return len(documents)


@EMBED_DOCUMENT.service
def embed_changed_passages(run: JobRun, *, document_id: str) -> dict[str, Any]:
    """Makes vectors of passages that have none; until then they are found by their words."""
    document = selectors.document_to_ingest(document_id)
    ingestion.embed_document(run, document)
    return {"document": str(document.pk)}


def queue_embedding(actor: Actor, document: Document) -> Job:
    return jobs.create_job(
        actor,
        kind=EMBED_DOCUMENT,
        inputs={"document_id": str(document.pk)},
        subject=f"document:{document.pk}",
    )


def queue_reembedding(actor: Actor, *, collection: Collection) -> Job:
    """For after a change of the embedding model: search goes on by text until the new vectors are there."""
    return jobs.create_job(
        actor,
        kind=REEMBED_COLLECTION,
        inputs={"collection_id": str(collection.pk)},
        subject=f"collection:{collection.pk}",
    )


@REEMBED_COLLECTION.service
def reembed_collection(run: JobRun, *, collection_id: str) -> dict[str, Any]:
    """Makes vectors of the present model for every passage, then drops those of other models."""
    documents = list(selectors.live_documents(collection_id))
    for document in documents:
        ingestion.embed_document(run, document)
    model = embedding_model(run.job.organisation)
    PassageVector.objects.filter(collection_id=collection_id).exclude(embedding_model=model).delete()
    return {"collection": collection_id, "documents": len(documents)}


def _new_document(
    actor: Actor, collection: Collection, file: "File[bytes]", name: str, digest: str
) -> Document:
    document = Document(
        organisation=actor.organisation,
        collection=collection,
        title=PurePath(name).stem[:200] or name[:200],
        file_name=name[:200],
        digest=digest,
        size=file.size or 0,
        uploaded_by=actor.member,
        api_key=actor.api_key,
    )
    # Said before the first byte: a disk that fills up half-way would end other people's work too.
    disk.require_free(Path(default_storage.path("knowledge")), document.size)
    try:
        file.seek(0)
        document.file.save(document.file_name, file, save=False)
    except OSError as error:
        if full := full_disk(error):
            raise full from error
        raise
    return document


@transaction.atomic
def _queue(actor: Actor, document: Document, idempotency_key: str | None, fingerprint: str) -> None:
    storage.require_room(actor.organisation, document.size)
    document.job = jobs.create_job(
        actor,
        kind=INGEST_DOCUMENT,
        inputs={"document_id": str(document.pk)},
        # Not its title, which webhooks would tell of documents that are closed.
        subject=f"document:{document.pk}",
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
    )
    try:
        # Two uploads of one file can both have found none; the constraint lets one of them through.
        with transaction.atomic():
            document.save(force_insert=True)
            access_control.keep_restriction(document)
    except IntegrityError as error:
        raise Conflict(_("This file is already being uploaded. Reload the list.")) from error
    details = {"title": document.title, "digest": document.digest, "collection": str(document.collection_id)}
    audit.record(actor, action="document.uploaded", target=document, details=details)
