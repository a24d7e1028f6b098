"""Which documents visitors get answers from. What is restricted is opened to them by a channel that names its collection."""

from django.db.models import Exists, OuterRef, Q

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.customer_service.channels.models import Channel
from apps.knowledge.models import Collection, Document, DocumentQuerySet
from apps.knowledge.rights import readable_collections


def visitor_collections(organisation: Organisation) -> OrganisationQuerySet[Collection]:
    """Those that some channel may answer from: open to everybody, or named by one."""
    named = Channel.collections.through.objects.filter(collection=OuterRef("pk"))
    return Collection.objects.within(organisation).filter(Q(is_restricted=False) | Exists(named))


def visitor_documents(organisation: Organisation) -> DocumentQuerySet:
    """The documents of those, but for what is restricted by itself."""
    documents: DocumentQuerySet = Document.objects.within(organisation)
    return documents.filter(
        is_restricted=False, collection__in=visitor_collections(organisation).values("pk")
    )


def nameable_collections(actor: Actor, channel: Channel | None = None) -> OrganisationQuerySet[Collection]:
    """What the actor may open to visitors: what they read themselves, and what the channel names already."""
    is_nameable = Q(pk__in=readable_collections(actor).values("pk"))
    if channel and not channel._state.adding:
        is_nameable |= Q(pk__in=channel.collections.values("pk"))
    return Collection.objects.within(actor.organisation).filter(is_nameable)
