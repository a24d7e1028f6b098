"""What people make of passages: another text, two of one, one of two, or none that is searched."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.knowledge import ingestion, lexical, rights, services
from apps.knowledge.chunking import BETWEEN_BLOCKS, HEADING_SEPARATOR
from apps.knowledge.models import Collection, Document, Passage

MAX_CHARACTERS = 8000
# Far above the number of any passage: numbers are free while later ones move up.
_FAR = 1_000_000_000


@requires_permission("knowledge.edit")
@transaction.atomic
def change_passage(actor: Actor, passage: Passage, *, text: str, version: int, rest: str = "") -> Passage:
    """Answers are built from the new text at once, by its words; by meaning as soon as it is embedded. `rest`: becomes a
    passage of its own behind this one. What was read stays beside it, and a new version of the document in which that is
    found again takes the change over. Raises Conflict where somebody else changed it, and InvalidInput without a text.
    """
    if not text.strip():
        raise InvalidInput(fields={"text": [_("Enter a text, or switch the passage off.")]})
    document, collection, passage = _locked(actor, passage, version)
    split_off = [_split_off(passage, rest.strip())] if rest.strip() else []
    if passage.is_live:
        lexical.count_terms(document, sign=-1, passages=[passage])
    read = passage.original_text or passage.text
    ingestion.set_text(passage, text.strip())
    # Of what was split off there is no original.
    is_as_read = passage.text == read and not split_off and not passage.joined_texts
    passage.original_text = "" if passage.is_split_off or is_as_read else read
    _save(actor, passage, "passage.changed")
    passage.vectors.all().delete()
    for part in split_off:
        part.changed_by = passage.changed_by
        part.save()
        Document.objects.filter(pk=document.pk).update(passages_count=F("passages_count") + 1)
        ingestion.count_passages(collection, int(part.is_live))
    if passage.is_live:
        lexical.count_terms(document, sign=1, passages=[passage, *split_off])
    services.queue_embedding(actor, document)
    return passage


@requires_permission("knowledge.edit")
@transaction.atomic
def join_passages(actor: Actor, passage: Passage, *, version: int) -> Passage:
    """The next passage of the document becomes the end of this one, under its title where that is another. What was read of
    both stays beside it, and a new version in which both are found again, one behind the other, is joined too.

    Raises Conflict where somebody changed it, and InvalidInput where there is none to join, only one of them is on, or both
    are too long for one.
    """
    document, collection, passage = _locked(actor, passage, version)
    following = Passage.objects.filter(document=document, ordinal=passage.ordinal + 1).first()
    if following is None:
        raise InvalidInput(_("This is the last passage of the document: there is none to join it with."))
    if following.is_off != passage.is_off:
        raise InvalidInput(_("Only one of the two passages is on. Switch both on or both off first."))
    title = _title(following)
    parts = [passage.text, *([title] if title and title != _title(passage) else []), following.text]
    text = BETWEEN_BLOCKS.join(parts)
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(_("Together they have more than 8,000 characters. Shorten one of them first."))
    if passage.is_live:
        lexical.count_terms(document, sign=-1, passages=[passage, following])
        ingestion.count_passages(collection, -1)
    if not passage.is_split_off:
        passage.original_text = passage.original_text or passage.text
    passage.joined_texts = [*passage.joined_texts, *following.texts_read]
    passage.places = [*passage.places, *(each for each in following.places if each not in passage.places)]
    ingestion.set_text(passage, text)
    following.delete()
    _move(document, behind=passage.ordinal + 1, by=-1)
    Document.objects.filter(pk=document.pk).update(passages_count=F("passages_count") - 1)
    _save(actor, passage, "passage.joined")
    passage.vectors.all().delete()
    if passage.is_live:
        lexical.count_terms(document, sign=1, passages=[passage])
    services.queue_embedding(actor, document)
    return passage


@requires_permission("knowledge.edit")
@transaction.atomic
def switch_off_passage(actor: Actor, passage: Passage) -> Passage:
    """No search finds it and no answer is built from it any more."""
    document, collection, passage = _locked(actor, passage)
    if passage.is_live:
        lexical.count_terms(document, sign=-1, passages=[passage])
        ingestion.count_passages(collection, -1)
    passage.is_off, passage.is_live = True, False
    return _save(actor, passage, "passage.switched_off")


@requires_permission("knowledge.edit")
@transaction.atomic
def switch_on_passage(actor: Actor, passage: Passage) -> Passage:
    document, collection, passage = _locked(actor, passage)
    was_off, passage.is_off = passage.is_off, False
    passage.is_live = document.is_live
    _save(actor, passage, "passage.switched_on")
    if was_off and document.is_live:
        lexical.count_terms(document, sign=1, passages=[passage])
        ingestion.count_passages(collection, 1)
    return passage


def _locked(
    actor: Actor, passage: Passage, version: int | None = None
) -> tuple[Document, Collection, Passage]:
    """Document before collection, as everywhere. Raises PermissionDenied, NotFound and Conflict: also where a newer version
    has taken over what people had made of this one, and would lose what they make of it now.
    """
    document = ingestion.lock_document(passage.document_id)
    collection = Collection.objects.select_for_update().get(pk=document.collection_id)
    rights.require_editor(actor, collection)
    newer = Document.objects.versions_of(document).filter(pk__gt=document.pk, passages_count__gt=0)
    if newer.exists():
        raise Conflict(
            _(
                "A new version of this document has been read and replaces it in a moment. Change that one when it is ready,"
                " or delete it first."
            ),
            code="newer_version",
        )
    passage = Passage.objects.select_related("collection", "document").get(pk=passage.pk)
    if version is not None and passage.version != version:
        raise Conflict(_("This text was changed by someone else. Reload it."), code="changed_meanwhile")
    return document, collection, passage


def _title(passage: Passage) -> str:
    """The last of its headings; none where only its page stands above it."""
    last = passage.heading.rpartition(HEADING_SEPARATOR)[2]
    return "" if last == f"p. {passage.first_page}" else last


def _split_off(passage: Passage, text: str) -> Passage:
    _move(passage.document, behind=passage.ordinal, by=1)
    part = Passage(
        organisation_id=passage.organisation_id,
        collection=passage.collection,
        document=passage.document,
        ordinal=passage.ordinal + 1,
        heading=passage.heading,
        places=passage.places,
        is_live=passage.is_live,
        is_off=passage.is_off,
        is_split_off=True,
        changed_at=timezone.now(),
    )
    ingestion.set_text(part, text)
    return part


def _move(document: Document, *, behind: int, by: int) -> None:
    """Gives other numbers to the passages behind one, in two steps: no two may have one number at any moment."""
    own = Passage.objects.filter(document=document)
    own.filter(ordinal__gt=behind).update(ordinal=F("ordinal") + _FAR)
    own.filter(ordinal__gt=_FAR).update(ordinal=F("ordinal") - _FAR + by)


def _save(actor: Actor, passage: Passage, action: str) -> Passage:
    passage.version += 1
    passage.changed_by, passage.changed_at = actor.responsible_member, timezone.now()
    passage.save()
    audit.record(actor, action=action, target=passage.document, details={"passage": passage.ordinal + 1})
    return passage
