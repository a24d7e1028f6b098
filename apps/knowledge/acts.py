"""What is done with documents and collections at the press of a button."""

from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.knowledge import access_control, passages, services
from apps.knowledge.forms import GrantForm, JoinForm, RevokeForm
from apps.knowledge.selectors import own_collection, own_document, readable_passage

COLLECTION, DOCUMENT = "collections/<uuid:collection_id>/", "documents/<uuid:document_id>/"

RETRY_FAILED = Act(
    services.retry_failed_documents,
    find=own_collection,
    at=f"{COLLECTION}retry-failed/",
    success=lambda count: (
        ngettext("%(count)d document was queued again.", "%(count)d documents were queued again.", count)
        % {"count": count}
    ),
    back=page_of("knowledge:collection"),
)
DELETE_COLLECTION = delete_act(
    services.delete_collection,
    find=own_collection,
    at=f"{COLLECTION}delete/",
    success=_("The collection was deleted."),
    back="knowledge:documents",
)
RETRY_DOCUMENT = Act(
    services.retry_document,
    find=own_document,
    at=f"{DOCUMENT}retry/",
    label=_("Read again"),
    icon="retry",
    look="primary",
    back=page_of("knowledge:document"),
)
of_collection = partial(Act, find=own_collection, back=page_of("knowledge:collection_access"))
of_document = partial(Act, find=own_document, back=page_of("knowledge:document_access"))
RESTRICTED: dict[str, Any] = {"label": _("Restrict"), "icon": "lock", "success": _("It is restricted now.")}
GRANTED: dict[str, Any] = {"form": GrantForm, "success": _("Access was granted.")}
REVOKED: dict[str, Any] = {"form": RevokeForm, "success": _("Access was taken back.")}
RESTRICT_COLLECTION = of_collection(
    access_control.restrict,
    at=f"{COLLECTION}restrict/",
    confirm=_("Restrict access?\nOnly owners, you and whom you name will read and search it."),
    **RESTRICTED,
)
OPEN_COLLECTION = of_collection(
    access_control.open_to_all,
    at=f"{COLLECTION}open/",
    label=_("Open to everybody"),
    confirm=_("Open to everybody?\nEverybody who may view knowledge will read and search it."),
    success=_("It is open to everybody now."),
)
GRANT_COLLECTION = of_collection(
    access_control.grant,
    at=f"{COLLECTION}grant/",
    then=page_of("knowledge:collection_access", "collection_id"),
    **GRANTED,
)
REVOKE_COLLECTION = of_collection(access_control.revoke, at=f"{COLLECTION}revoke/", **REVOKED)
RESTRICT_DOCUMENT = of_document(
    access_control.restrict,
    at=f"{DOCUMENT}restrict/",
    confirm=_(
        "Restrict access?\nOf those who read the collection, only owners, you and whom you name will read it."
    ),
    **RESTRICTED,
)
OPEN_DOCUMENT = of_document(
    access_control.open_to_all,
    at=f"{DOCUMENT}open/",
    label=_("Open to readers of the collection"),
    confirm=_("Open to readers of the collection?\nAll of them will read and search it."),
    success=_("It is open to the readers of its collection now."),
)
GRANT_DOCUMENT = of_document(
    access_control.grant,
    at=f"{DOCUMENT}grant/",
    then=page_of("knowledge:document_access", "document_id"),
    **GRANTED,
)
REVOKE_DOCUMENT = of_document(access_control.revoke, at=f"{DOCUMENT}revoke/", **REVOKED)
PASSAGE = "passages/<uuid:passage_id>/"
CHANGE_PASSAGE = Act(passages.change_passage, find=readable_passage)
JOIN_PASSAGES = Act(
    passages.join_passages,
    find=readable_passage,
    form=JoinForm,
    at=f"{PASSAGE}join/",
    label=_("Join with the next"),
    look="quiet",
    success=_("The two passages are one now."),
    back=page_of("knowledge:passage"),
)
SWITCH_OFF_PASSAGE = Act(
    passages.switch_off_passage,
    find=readable_passage,
    at=f"{PASSAGE}switch-off/",
    label=_("Switch off"),
    look="quiet",
    success=_("The passage is off. Answers no longer use it."),
    back=page_of("knowledge:passage"),
)
SWITCH_ON_PASSAGE = Act(
    passages.switch_on_passage,
    find=readable_passage,
    at=f"{PASSAGE}switch-on/",
    label=_("Switch on"),
    look="quiet",
    success=_("The passage is on. Answers may use it again."),
    back=page_of("knowledge:passage"),
)
DELETE_DOCUMENT = delete_act(
    services.delete_document,
    find=own_document,
    at=f"{DOCUMENT}delete/",
    confirm=_("Delete this document? Answers will no longer use it."),
    success=_("The document was deleted."),
    back=page_of("knowledge:collection", "collection_id"),
)
