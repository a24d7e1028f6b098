"""What is done with a source of documents at the press of a button."""

from functools import partial

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.connectors import services
from apps.connectors.forms import DeleteSourceForm, PauseSourceForm
from apps.connectors.selectors import own_source

SOURCE = "sources/<uuid:document_source_id>/"
of_source = partial(Act, find=own_source, back=page_of("connectors:document_source"))

START_SYNC = of_source(
    services.start_sync,
    at=f"{SOURCE}sync/",
    label=_("Sync now"),
    icon="retry",
    look="primary",
)
DELETE_MISSING = of_source(
    services.delete_missing,
    at=f"{SOURCE}delete-missing/",
    label=_("Delete them here too"),
    look="danger",
    confirm=_("Check again, and delete the documents that are no longer at the source?"),
)
PAUSE_DOCUMENT_SOURCE = of_source(
    services.pause_source,
    at=f"{SOURCE}pause/",
    form=PauseSourceForm,
    label=pgettext_lazy("a source", "Pause"),
    icon="pause",
)
DELETE_DOCUMENT_SOURCE = delete_act(
    services.delete_source,
    find=own_source,
    at=f"{SOURCE}delete/",
    form=DeleteSourceForm,
    label=_("Delete with its documents"),
    success=_("The source was deleted."),
    back="connectors:document_sources",
)
