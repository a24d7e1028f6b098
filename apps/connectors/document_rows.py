"""What becomes of an item here: a document of the collection, with its name and its readers."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.connectors import selectors
from apps.connectors.models import SourceItem
from apps.connectors.sources.folder import is_document
from apps.connectors.sources.interface import Fetched
from apps.knowledge import access_control
from apps.knowledge import services as knowledge
from apps.knowledge.models import AccessGrant, Document

MAX_FILE_NAME = 180


@transaction.atomic
def store(actor: Actor, item: SourceItem, fetched: Fetched) -> bool:
    """Makes the document, or its next version; False where it says what it said before.

    Restricted in the same transaction: it is never found by whom the source does not let read. Raises what
    `upload_document` raises.
    """
    digest = hashlib.sha256(fetched.substance or fetched.content).hexdigest()
    if digest == item.digest and item.document_id:
        return False
    collection = item.source.collection
    item.file_name = item.file_name or _file_name(item, fetched.file_name)
    file = ContentFile(fetched.content, name=item.file_name)
    earlier = None if item.is_copy else item.document
    upload = knowledge.upload_document(
        actor, collection=collection, file=file, name=item.file_name, by_source=True
    )
    item.document, item.digest, item.changed_at = upload.document, digest, timezone.now()
    item.is_copy = upload.document.file_name != item.file_name
    if item.is_copy and earlier and _let_go(actor, item, earlier):
        item.file_name = ""
    if upload.is_new:
        title = fetched.title or PurePosixPath(fetched.file_name).stem
        upload.document.title = title.replace("\0", "")[:200] or upload.document.title
        upload.document.save(update_fields=["title"])
    apply_rights(actor, item)
    return True


def apply_rights(actor: Actor, item: SourceItem) -> None:
    """Gives the document the readers that its source names, in every version: an earlier one is found until a later is
    read. A copy keeps those of whom it is a copy.
    """
    if item.rights is None:
        return
    members, groups = selectors.readers_here(actor.organisation, item.rights)
    for version in _versions(item):
        access_control.mirror_rights(actor, version, members=members, groups=groups)


def lacking_readers(organisation: Organisation, items: Iterable[SourceItem]) -> set[UUID]:
    """Of items that are known, those whose source names people or groups that have come here since."""
    restricted = [item for item in items if item.rights and item.document_id and not item.is_copy]
    named: dict[str, list[str]] = {"emails": [], "groups": []}
    for item in restricted:
        for each, names in named.items():
            names += item.rights.get(each, [])
    members, groups = selectors.readers_here(organisation, named)
    people = {member.user.email.lower(): member.pk for member in members}
    held = defaultdict[UUID | None, set[UUID | str]](set)
    grants = AccessGrant.objects.filter(document__in=[item.document_id for item in restricted])
    for document, member, group in grants.values_list("document", "member", "group"):
        held[document].add(member or group)
    return {
        item.pk
        for item in restricted
        if {people.get(each.lower()) for each in item.rights.get("emails", [])}
        - {None}
        - held[item.document_id]
        or set(groups).intersection(item.rights.get("groups", [])) - held[item.document_id]
    }


def change_rights(actor: Actor, item: SourceItem, rights: dict[str, list[str]] | None) -> None:
    """The source names other readers than before, or nobody any more."""
    was_restricted, item.rights = item.rights is not None, rights
    if rights is not None:
        apply_rights(actor, item)
    elif was_restricted:
        for version in _versions(item):
            access_control.open_to_all(actor, version)


@transaction.atomic
def withdraw(actor: Actor, item: SourceItem) -> None:
    """Deletes the item with its document; another item that has the same content gets it instead."""
    if item.document and not item.is_copy:
        _let_go(actor, item, item.document)
    item.delete()


def _let_go(actor: Actor, item: SourceItem, document: Document) -> bool:
    """Deletes the document that the item brought, unless another item has the same content: True where that one has it
    now, with its name.
    """
    copies = SourceItem.objects.within(item.organisation_id).filter(document=document, is_copy=True)
    heir = copies.exclude(pk=item.pk).select_related("document__collection", "source").first()
    if heir is None:
        for version in _all_versions(document):
            knowledge.delete_document(actor, version)
        return False
    # It may be the same file under its new name.
    Document.objects.filter(pk=document.pk).update(title=_title_of(heir))
    heir.is_copy, heir.file_name = False, item.file_name
    named, heir.rights = heir.rights, item.rights
    change_rights(actor, heir, named)
    heir.save(update_fields=["is_copy", "file_name"])
    return True


def _title_of(item: SourceItem) -> str:
    path = PurePosixPath(item.name)
    return (path.stem if is_document(path.name) else item.name)[:200]


def _versions(item: SourceItem) -> list[Document]:
    """Of the document that it brought, with those that are still being read; none of a copy."""
    return _all_versions(item.document) if item.document and not item.is_copy else []


def _all_versions(document: Document) -> list[Document]:
    return list(Document.objects.versions_of(document).select_related("collection", "job"))


def _file_name(item: SourceItem, wanted: str) -> str:
    """One that no other document of the collection has: equal names are versions of each other."""
    path = PurePosixPath(" ".join(wanted.replace("\0", "").split()) or item.key)
    suffix = path.suffix[:20]
    stem = str(path).removesuffix(suffix)[:MAX_FILE_NAME]
    name = f"{stem}{suffix}"
    taken = Document.objects.filter(collection=item.source.collection_id, file_name=name).exists()
    named = SourceItem.objects.filter(source__collection=item.source.collection_id, file_name=name)
    if taken or named.exclude(pk=item.pk).exists():
        mark = hashlib.sha256(f"{item.source_id} {item.key}".encode()).hexdigest()[:8]
        name = f"{stem[: MAX_FILE_NAME - 12]} ({mark}){suffix}"
    return name
