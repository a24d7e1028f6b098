"""Who reads which collections and documents: one rule, asked by lists, pages, searches, jobs and whoever else shows some.

A collection is open to everybody who may view knowledge, or restricted to those who hold a grant; so is a document within
what its collection opens. Owners read all. An API key has the rights of the member who made it; a visitor has none beyond
what a channel names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from apps.accounts.actors import Actor
from apps.accounts.permissions import OWNER
from apps.core.errors import PermissionDenied
from apps.core.models import OrganisationQuerySet
from apps.knowledge.models import AccessGrant, Collection, Document, DocumentQuerySet, Passage
from domain.documents.content import Kind

TABLE_KINDS = (Kind.SHEETS, Kind.OLD_SHEETS, Kind.OPEN_SHEETS, Kind.CSV)


@dataclass(frozen=True)
class Reader:
    """Whose rights a search has; without any, what is open to all."""

    member_id: UUID | None = None
    role: str = ""
    groups: list[str] = field(default_factory=list)
    reads_all: bool = False

    @classmethod
    def of(cls, actor: Actor) -> "Reader":
        member = actor.responsible_member
        return cls(member.pk, member.role, member.groups, member.role == OWNER) if member else ANYBODY

    def grants(self) -> Q:
        """Of grants, those that this reader holds."""
        if self.member_id is None:
            return Q(pk=None)
        return Q(member=self.member_id) | Q(role=self.role) | Q(group__in=self.groups)


ANYBODY = Reader()


def readable_collections(actor: Actor) -> OrganisationQuerySet[Collection]:
    """Those that the actor may read and search; none without the permission."""
    return _allowed(actor, Collection.objects.within(actor.organisation), Q())


def editable_collections(actor: Actor) -> OrganisationQuerySet[Collection]:
    """Of restricted ones those with a grant that says so."""
    return _allowed(actor, Collection.objects.within(actor.organisation), Q(may_edit=True))


def readable_documents(actor: Actor) -> DocumentQuerySet:
    documents: DocumentQuerySet = Document.objects.within(actor.organisation)
    reader = Reader.of(actor)
    if not actor.may("knowledge.view"):
        return documents.none()
    if reader.reads_all:
        return documents
    return documents.filter(
        Q(is_restricted=False) | Exists(AccessGrant.objects.filter(reader.grants(), document=OuterRef("pk"))),
        collection__in=readable_collections(actor).values("pk"),
    )


def readable_tables(actor: Actor) -> DocumentQuerySet:
    """Documents that are sheets or CSV files, in the version that searches find."""
    return readable_documents(actor).live().filter(media_type__in=TABLE_KINDS).select_related("collection")


def closed_documents(actor: Actor, documents: DocumentQuerySet) -> DocumentQuerySet:
    """Of some in a collection that the actor may edit, those that are restricted to others."""
    reader = Reader.of(actor)
    if reader.reads_all:
        return documents.none()
    held = AccessGrant.objects.filter(reader.grants(), document=OuterRef("pk"))
    return documents.filter(~Exists(held), is_restricted=True)


def origins_of(passage_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Of which documents passages are: what `rests_on_closed` asks for once a new version has replaced them."""
    rows = Passage.objects.filter(pk__in=list(passage_ids)).select_related("document__collection")
    return {
        passage.pk: {
            "collection": str(passage.collection_id),
            "file_name": passage.document.file_name,
            "is_restricted": passage.document.is_restricted or passage.document.collection.is_restricted,
        }
        for passage in rows.only("document__file_name", "document__is_restricted", "document__collection")
    }


def rests_on_closed(
    actor: Actor,
    collections: QuerySet[Collection],
    cited: Mapping[str, Mapping[str, Any] | None],
    read: frozenset[str] = frozenset(),
) -> bool:
    """Whether what was answered from these shows the actor something restricted that they do not read themselves. `cited`:
    passages by their ids, with their `origins_of` at that time, where these were noted. `read`: ids of documents that a
    program read, which says nothing of those that are gone.
    """
    reader = Reader.of(actor)
    if reader.reads_all:
        return False
    of_collection = AccessGrant.objects.filter(reader.grants(), collection=OuterRef("pk"), document=None)
    closed = Collection.objects.within(actor.organisation).filter(~Exists(of_collection), is_restricted=True)
    of_document = AccessGrant.objects.filter(reader.grants(), document=OuterRef("pk"))
    is_closed = Q(collection__in=closed) | Q(~Exists(of_document), is_restricted=True)
    documents = Document.objects.within(actor.organisation)
    passages = Passage.objects.within(actor.organisation).filter(pk__in=list(cited))
    if collections.filter(pk__in=closed).exists():
        return True
    if passages.filter(document__in=documents.filter(is_closed).values("pk")).exists():
        return True
    known = documents.filter(pk__in=read)
    if known.filter(is_closed).exists() or (
        known.count() < len(read) and documents.filter(is_closed).exists()
    ):
        return True
    there = set(map(str, passages.values_list("pk", flat=True)))
    gone = [origin for passage_id, origin in cited.items() if passage_id not in there]
    if None in gone and documents.filter(is_closed, collection__in=collections).exists():
        return True
    # Many passages are of few documents.
    places = {(each["collection"], each["file_name"], each["is_restricted"]) for each in gone if each}
    for collection, file_name, was_restricted in places:
        versions = documents.filter(collection=collection, file_name=file_name)
        if versions.filter(is_closed).exists() or (was_restricted and not versions.exists()):
            return True
    return False


def require_editor(actor: Actor, collection: Collection) -> None:
    """Raises PermissionDenied. The platform's own work, such as a demonstration, passes."""
    if actor.is_platform or not collection.is_restricted:
        return
    if not editable_collections(actor).filter(pk=collection.pk).exists():
        raise PermissionDenied


def reading_jobs(actor: Actor) -> Q | None:
    """Of the jobs that read documents, those about documents that the actor may read."""
    if not actor.may("knowledge.view"):
        return None
    return Q(pk__in=readable_documents(actor).order_by().exclude(job=None).values("job"))


def reason(actor: Actor, row: Collection | Document) -> str:
    """Why this actor, who reads it, does: for the page that lists who can."""
    reader = Reader.of(actor)
    if reader.reads_all:
        return gettext("Owners read everything")
    restricted = row if row.is_restricted or isinstance(row, Collection) else row.collection
    if not restricted.is_restricted:
        return gettext("Open to everybody who may view knowledge")
    held = grants_of(restricted).filter(reader.grants()).first()
    return gettext("Named here: %(holder)s") % {"holder": held.holder} if held else ""


def grants_of(row: Collection | Document) -> QuerySet[AccessGrant]:
    """Whom a restricted collection or document names."""
    own = Q(collection=row, document=None) if isinstance(row, Collection) else Q(document=row)
    return AccessGrant.objects.filter(own).select_related("member__user").order_by("created_at", "pk")


def _allowed(
    actor: Actor, collections: OrganisationQuerySet[Collection], wanted: Q
) -> OrganisationQuerySet[Collection]:
    reader = Reader.of(actor)
    if not actor.may("knowledge.view"):
        return collections.none()
    if reader.reads_all:
        return collections
    grants = AccessGrant.objects.filter(reader.grants(), wanted, collection=OuterRef("pk"), document=None)
    return collections.filter(Q(is_restricted=False) | Exists(grants))
