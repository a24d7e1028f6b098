"""What is done with documents and collections at the press of a button."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.accounts.actors import Actor
from apps.knowledge import access_control, services
from apps.knowledge.forms import GrantForm, RevokeForm
from apps.knowledge.models import Collection, Document
from apps.knowledge.selectors import collection_list, document_list

COLLECTION, DOCUMENT = "collections/<uuid:collection_id>/", "documents/<uuid:document_id>/"


def _collection(actor: Actor, collection_id: UUID) -> Collection:
    return collection_list(actor).one(pk=collection_id)


def _document(actor: Actor, document_id: UUID) -> Document:
    return document_list(actor).one(pk=document_id)


RETRY_FAILED = Act(
    services.retry_failed_documents,
    find=_collection,
    at=f"{COLLECTION}retry-failed/",
    success=lambda count: (
        ngettext("%(count)d document was queued again.", "%(count)d documents were queued again.", count)
        % {"count": count}
    ),
    back=page_of("knowledge:collection"),
)
DELETE_COLLECTION = delete_act(
    services.delete_collection,
    find=_collection,
    at=f"{COLLECTION}delete/",
    confirm=_("Delete this collection with all its documents? This cannot be undone."),
    success=_("The collection was deleted."),
    back="knowledge:documents",
)
RETRY_DOCUMENT = Act(
    services.retry_document,
    find=_document,
    at=f"{DOCUMENT}retry/",
    label=_("Read again"),
    icon="retry",
    look="primary",
    back=page_of("knowledge:document"),
)
RESTRICT_COLLECTION = Act(
    access_control.restrict,
    find=_collection,
    at=f"{COLLECTION}restrict/",
    label=_("Restrict"),
    icon="lock",
    confirm=_("Only owners, you and whom you name will read and search it. Continue?"),
    success=_("It is restricted now."),
    back=page_of("knowledge:collection_access"),
)
OPEN_COLLECTION = Act(
    access_control.open_to_all,
    find=_collection,
    at=f"{COLLECTION}open/",
    label=_("Open to everybody"),
    confirm=_("Everybody who may view knowledge will read and search it. Continue?"),
    success=_("It is open to everybody now."),
    back=page_of("knowledge:collection_access"),
)
GRANT_COLLECTION = Act(
    access_control.grant,
    find=_collection,
    form=GrantForm,
    at=f"{COLLECTION}grant/",
    success=_("Access was granted."),
    back=page_of("knowledge:collection_access"),
    then=page_of("knowledge:collection_access", "collection_id"),
)
REVOKE_COLLECTION = Act(
    access_control.revoke,
    find=_collection,
    form=RevokeForm,
    at=f"{COLLECTION}revoke/",
    success=_("Access was taken back."),
    back=page_of("knowledge:collection_access"),
)
RESTRICT_DOCUMENT = Act(
    access_control.restrict,
    find=_document,
    at=f"{DOCUMENT}restrict/",
    label=_("Restrict"),
    icon="lock",
    confirm=_("Of those who read the collection only owners, you and whom you name will read it. Continue?"),
    success=_("It is restricted now."),
    back=page_of("knowledge:document_access"),
)
OPEN_DOCUMENT = Act(
    access_control.open_to_all,
    find=_document,
    at=f"{DOCUMENT}open/",
    label=_("Open to readers of the collection"),
    confirm=_("Everybody who reads the collection will read and search it. Continue?"),
    success=_("It is open to the readers of its collection now."),
    back=page_of("knowledge:document_access"),
)
GRANT_DOCUMENT = Act(
    access_control.grant,
    find=_document,
    form=GrantForm,
    at=f"{DOCUMENT}grant/",
    success=_("Access was granted."),
    back=page_of("knowledge:document_access"),
    then=page_of("knowledge:document_access", "document_id"),
)
REVOKE_DOCUMENT = Act(
    access_control.revoke,
    find=_document,
    form=RevokeForm,
    at=f"{DOCUMENT}revoke/",
    success=_("Access was taken back."),
    back=page_of("knowledge:document_access"),
)
DELETE_DOCUMENT = delete_act(
    services.delete_document,
    find=_document,
    at=f"{DOCUMENT}delete/",
    confirm=_("Delete this document? Answers will no longer use it."),
    success=_("The document was deleted."),
    back=page_of("knowledge:collection", "collection_id"),
)
