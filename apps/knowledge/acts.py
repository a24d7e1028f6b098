"""What is done with documents and collections at the press of a button."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.knowledge import services
from apps.knowledge.selectors import collection_list, document_list

COLLECTION, DOCUMENT = "collections/<uuid:collection_id>/", "documents/<uuid:document_id>/"
RETRY_FAILED = Act(
    services.retry_failed_documents,
    collection_list,
    at=f"{COLLECTION}retry-failed/",
    success=lambda count: (
        ngettext("%(count)d document was queued again.", "%(count)d documents were queued again.", count)
        % {"count": count}
    ),
    back=page_of("knowledge:collection"),
)
DELETE_COLLECTION = delete_act(
    services.delete_collection,
    collection_list,
    at=f"{COLLECTION}delete/",
    confirm=_("Delete this collection with all its documents? This cannot be undone."),
    success=_("The collection was deleted."),
    back="knowledge:documents",
)
RETRY_DOCUMENT = Act(
    services.retry_document,
    document_list,
    at=f"{DOCUMENT}retry/",
    label=_("Read again"),
    icon="retry",
    look="primary",
    back=page_of("knowledge:document"),
)
DELETE_DOCUMENT = delete_act(
    services.delete_document,
    document_list,
    at=f"{DOCUMENT}delete/",
    confirm=_("Delete this document? Answers will no longer use it."),
    success=_("The document was deleted."),
    back=page_of("knowledge:collection", "collection_id"),
)
