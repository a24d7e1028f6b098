from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation
from apps.accounts.selectors import group_names, members
from apps.connectors.models import DocumentSource, SourceItem
from apps.core.models import OrganisationQuerySet
from apps.jobs.models import Job
from apps.knowledge import rights

HAS_FAILED = Q(items__state=SourceItem.State.FAILED) | Q(
    items__state=SourceItem.State.CURRENT, items__document__job__state=Job.State.FAILED
)


def editable_sources(actor: Actor) -> OrganisationQuerySet[DocumentSource]:
    """Those of collections that the actor may edit."""
    sources = DocumentSource.objects.within(actor.organisation)
    if not actor.may("knowledge.edit"):
        return sources.none()
    return sources.filter(collection__in=rights.editable_collections(actor).values("pk"))


def source_list(actor: Actor) -> OrganisationQuerySet[DocumentSource]:
    """With how much each brought."""
    counted = editable_sources(actor).annotate(
        documents_count=Count("items", filter=Q(items__document__isnull=False)),
        failed_count=Count("items", filter=HAS_FAILED),
    )
    return counted.select_related("collection", "job", "member__user").order_by("name")


def own_source(actor: Actor, document_source_id: UUID) -> DocumentSource:
    """Raises NotFound."""
    return source_list(actor).one(pk=document_source_id)


def item_list(actor: Actor) -> OrganisationQuerySet[SourceItem]:
    """What needs a look comes first, then what changed last. Whoever may not read a document does not learn its name."""
    items = SourceItem.objects.within(actor.organisation).filter(
        source__in=editable_sources(actor).values("pk")
    )
    if not rights.Reader.of(actor).reads_all:
        is_readable = Q(document__in=rights.readable_documents(actor).order_by().values("pk"))
        items = items.filter(is_readable | Q(document=None, rights=None))
    return items.select_related("document__job", "source").order_by("-state", "-changed_at", "pk")


def in_state(items: QuerySet[SourceItem], state: str) -> QuerySet[SourceItem]:
    """As `SourceItem.sync_state` says it."""
    unread = Q(state=SourceItem.State.CURRENT, document__job__state=Job.State.FAILED)
    if state == SourceItem.State.FAILED:
        return items.filter(Q(state=state) | unread)
    return items.filter(state=state).exclude(unread)


def items_of(source: DocumentSource) -> QuerySet[SourceItem]:
    return SourceItem.objects.filter(source=source)


def source_to_sync(organisation: Organisation, document_source_id: UUID) -> DocumentSource:
    """Raises NotFound for one that was deleted meanwhile."""
    sources = DocumentSource.objects.within(organisation).select_related("collection", "organisation")
    return sources.one(pk=document_source_id)


def due_sources(now: datetime) -> QuerySet[DocumentSource]:
    due = DocumentSource.objects.filter(is_paused=False, next_sync_at__lte=now)
    return (
        switches.of_open(due)
        .select_related("job", "member__user", "member__organisation")
        .order_by("next_sync_at")
    )


def readers_here(
    organisation: Organisation, named: dict[str, list[str]]
) -> tuple[QuerySet[Membership], list[str]]:
    """Of the people and groups that a source names, those whom this organisation knows."""
    emails = [each.lower() for each in named.get("emails", [])]
    people = members(organisation).filter(is_active=True, user__email__in=emails)
    groups = set(named.get("groups", []))
    return people, [group for group in group_names(organisation) if group in groups]
