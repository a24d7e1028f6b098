from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import Columns, ListColumn
from apps.knowledge import selectors
from apps.knowledge.models import Collection, Document
from apps.resources.declaration import RowList

COLLECTIONS = RowList(
    model=Collection,
    plural="documents",
    visible_rows=selectors.collection_list,
    order=("name",),
    columns={
        "name": _("Collection"),
        "documents_count": ListColumn(_("Documents"), kind="number", badge="failed_text", tone="bad"),
        "readable_passages_count": ListColumn(_("Passages"), kind="number"),
        "is_restricted": ListColumn(
            _("Access"), kind="flag", words=(_("restricted"), _("open to everybody"))
        ),
        "language": _("Main language"),
        "created_at": _("Created"),
    },
    read="knowledge.view",
    page="knowledge:collection",
    title=_("Knowledge"),
    icon="book",
    new_page="knowledge:create_collection",
    new_label=_("New collection"),
    empty_title=_("No collections yet"),
    empty_text=_(
        "A collection holds the documents the assistant answers from, such as a handbook, delivery terms or FAQs."
    ),
    list_template="knowledge/collections.html",
)

GRANTS: Columns = {
    "holder": pgettext_lazy("of access", "Who"),
    "holder_type": _("Kind"),
    "may_edit": ListColumn(_("May edit"), kind="flag", words=(_("yes"), _("no"))),
}

DOCUMENTS = RowList(
    model=Document,
    plural="collection_documents",
    visible_rows=selectors.document_list,
    columns={
        "title": ListColumn(_("Document"), note="file_name"),
        "state": ListColumn(_("State"), kind="state"),
        "progress": ListColumn(_("Progress"), part="knowledge/progress.html"),
        "passages_count": ListColumn(_("Passages"), kind="number"),
        "size": ListColumn(_("Size"), kind="size"),
        "created_at": _("Uploaded"),
    },
    read="knowledge.view",
    page="knowledge:document",
    refresh_on="moved",
    icon="file",
    empty_title=_("No documents yet"),
)
