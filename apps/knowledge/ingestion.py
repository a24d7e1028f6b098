"""From a stored file to passages that can be found. Every step can be stopped and taken up where it stood."""

from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotFound, UnsupportedContent
from apps.inference import services as inference
from apps.inference.selectors import embedding_model
from apps.jobs.runs import JobRun
from apps.knowledge import chunking, edits, lexical, page_looks, reader, vectors
from apps.knowledge.models import Collection, Document, DocumentQuerySet, Passage
from apps.knowledge.recognised_pages import RecognisedPages
from llm_backend.tokens import count_tokens

# Between two of these a cancelled job is noticed, and its progress seen.
STORED_AT_ONCE = 200
# A batch is what a cancel waits for, and what a crash loses. Smaller ones leave the embedding waiting.
EMBEDDED_AT_ONCE = 16

OnProgress = Callable[[int, int], None]


def cut_document(run: JobRun, document: Document) -> None:
    """Reads the file and stores its passages. A new document is found by its words from here on."""
    run.stage("parsing", document=str(document.pk))
    path = Path(document.file.path)
    kept = RecognisedPages(path)
    try:
        reading = reader.read(
            path,
            document.file_name,
            check=run.check,
            on_page=lambda number, total: run.part("recognising", number, total),
            kept=kept,
            look=page_looks.looks_for(run),
        )
    except UnsupportedContent:
        kept.forget()
        raise
    run.stage("cutting")
    cuts = list(chunking.passages_of(reading.blocks))
    Document.objects.filter(pk=document.pk).update(
        media_type=reading.media_type,
        recognised_pages=reading.recognised,
        unread_pages=reading.unread,
        second_readings=reading.second,
    )

    def report(count: int, total: int) -> None:
        run.check()
        run.progress(count, total)

    store_passages(document, cuts, on_progress=report)
    kept.forget()


def store_passages(
    document: Document, cuts: Sequence[chunking.Cut], *, on_progress: OnProgress = lambda count, total: None
) -> None:
    """Stores all passages or none. They go live at once, unless they replace others: those stay until these are
    embedded. Raises UnsupportedContent where there are none.
    """
    if not cuts:
        raise reader.unreadable("empty_file")
    with transaction.atomic():
        # Who changes a passage of the version before does it first, or is told that this one is there.
        lock_in_order(Document.objects.versions_of(document))
        lock_document(document.pk)
        made = [_passage(document, cut) for cut in cuts]
        passages = edits.carried_over(document, made)
        for start in range(0, len(passages), STORED_AT_ONCE):
            some = passages[start : start + STORED_AT_ONCE]
            for passage in some:
                set_text(passage, passage.text)
            Passage.objects.bulk_create(some)
            on_progress(start + len(some), len(passages))
        document.passages_count = len(passages)
        document.save(update_fields=["passages_count"])
        if not Document.objects.versions_of(document).live().exists():
            publish(document)


def embed_document(run: JobRun, document: Document) -> None:
    """Gives vectors to the passages that have none; a second attempt goes on where the first one stopped."""
    model = embedding_model(document.organisation)
    total = document.passages_count
    run.stage("embedding", model=model)
    waiting = Passage.objects.filter(document=document).without_vectors(model).order_by("ordinal")
    while batch := list(waiting[:EMBEDDED_AT_ONCE]):
        run.checkpoint()
        _embed(run, document, batch, model)
        run.progress(batch[-1].ordinal + 1, total)


def publish(document: Document) -> None:
    """The document is found from now on, and older versions are gone. One that a newer overtook goes itself."""
    with transaction.atomic():
        versions = lock_in_order(Document.objects.versions_of(document))
        collection = Collection.objects.select_for_update().get(pk=document.collection_id)
        live = [version for version in versions if version.is_live]
        if document in live:
            return
        if any(version.pk > document.pk for version in live):
            withdraw(document)
            return
        for older in live:
            withdraw(older)
        searched = Passage.objects.filter(document=document, is_off=False).update(is_live=True)
        lexical.count_terms(document, sign=1)
        count_passages(collection, searched)
        document.is_live = True
        document.save(update_fields=["is_live"])


def withdraw(document: Document) -> None:
    """Deletes the document, its passages and its file."""
    with transaction.atomic():
        document = lock_document(document.pk)
        collection = Collection.objects.select_for_update().get(pk=document.collection_id)
        if document.is_live:
            lexical.count_terms(document, sign=-1)
            count_passages(collection, -document.passages.filter(is_live=True).count())
        storage, path = document.file.storage, document.file.name
        document.delete()
        if path:
            # A rollback must not leave a document without its file.
            transaction.on_commit(lambda: storage.delete(path))
            transaction.on_commit(RecognisedPages(Path(storage.path(path))).forget)


def lock_in_order(documents: DocumentQuerySet) -> list[Document]:
    """Rows are locked in one order, documents before their collection: nobody waits in a circle."""
    return list(documents.select_for_update(of=("self",)).order_by("pk"))


def lock_document(document_id: UUID) -> Document:
    """Raises NotFound when somebody deleted it meanwhile."""
    for document in lock_in_order(Document.objects.filter(pk=document_id)):
        return document
    raise NotFound(_("The document was deleted while it was being read."))


def set_text(passage: Passage, text: str) -> None:
    """The text with what is searched of it; its vectors are made later."""
    cut = chunking.Cut(passage.heading, text.replace("\0", ""))
    terms = lexical.terms_of(cut.with_heading)
    passage.text = cut.text
    passage.language = "zh" if lexical.is_chinese(cut.text) else "other"
    passage.tokens_count = count_tokens(cut.text)
    passage.lexemes = lexical.lexemes(passage.collection, terms)
    passage.term_weights = lexical.sparse_vector(lexical.passage_weights(terms))


def count_passages(collection: Collection, change: int) -> None:
    Collection.objects.filter(pk=collection.pk).update(passages_count=F("passages_count") + change)


def _embed(run: JobRun, document: Document, passages: list[Passage], model: str) -> None:
    texts = vectors.texts_of(passages)
    embeddings = inference.embed(run, [text.text for text in texts], input_type="passage", model=model)
    with transaction.atomic():
        lock_document(document.pk)
        # What somebody changed in the meantime is embedded anew.
        versions = dict(Passage.objects.filter(document=document).values_list("pk", "version"))
        as_read = [text.passage.version == versions.get(text.passage.pk) for text in texts]
        if any(as_read):
            vectors.store(
                document, list(compress(texts, as_read)), list(compress(embeddings, as_read)), model=model
            )


def _passage(document: Document, cut: chunking.Cut) -> Passage:
    return Passage(
        organisation_id=document.organisation_id,
        collection=document.collection,
        document=document,
        heading=cut.heading,
        text=cut.text,
        places=cut.page_boxes,
    )
