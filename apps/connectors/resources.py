from django.utils.translation import gettext_lazy as _

from apps.connectors import selectors
from apps.connectors.forms import SourceItemFilter
from apps.connectors.models import DocumentSource, SourceItem
from apps.core.row_table import ListColumn
from apps.resources.declaration import RowList

DOCUMENT_SOURCES = RowList(
    model=DocumentSource,
    plural="document_sources",
    visible_rows=selectors.source_list,
    columns={
        "name": _("Source"),
        "kind": _("Kind"),
        "collection.name": _("Collection"),
        "documents_count": ListColumn(_("Documents"), kind="number", badge="failed_text", tone="bad"),
        "state_text": _("State"),
        "synced_at": _("Last synced"),
        "next_sync_at": _("Next sync"),
    },
    read="knowledge.edit",
    page="connectors:document_source",
    title=_("Document sources"),
    lead=_("Places where documents live. Their documents are fetched into a collection and kept up to date."),
    icon="link",
    refresh_on="moved",
    new_page="connectors:new_source",
    new_label=_("New source"),
    empty_title=_("No sources yet"),
    empty_text=_(
        "Add a website, feed, folder, bucket, mailbox, database or wiki, and its documents are fetched automatically."
    ),
)
SOURCE_ITEMS = RowList(
    model=SourceItem,
    plural="source_items",
    visible_rows=selectors.item_list,
    columns={
        "name": ListColumn(_("Name"), part="connectors/item_name.html", look="break"),
        "sync_state": ListColumn(_("State"), kind="state"),
        "changed_at": _("Last change"),
    },
    read="knowledge.edit",
    filter_class=SourceItemFilter,
    refresh_on="moved",
    icon="file",
    empty_title=_("Nothing has come yet"),
    empty_text=_("What the source holds appears here, with what could not be read and why."),
)
