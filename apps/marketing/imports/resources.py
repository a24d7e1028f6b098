from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import ListColumn
from apps.marketing.imports import selectors
from apps.marketing.imports.models import PeopleImport
from apps.resources.declaration import RowList

PEOPLE_IMPORTS = RowList(
    model=PeopleImport,
    plural="people_imports",
    rows=selectors.import_list,
    columns={
        "file_name": ListColumn(_("File"), look="break"),
        "state": ListColumn(_("State"), part="marketing/imports/import_state.html"),
        "created_count": ListColumn(pgettext_lazy("people", "New"), kind="number"),
        "changed_count": ListColumn(_("Changed"), kind="number"),
        "rejected_count": ListColumn(_("Invalid rows"), kind="number"),
        "created_at": _("Uploaded"),
    },
    read="marketing.people",
    refresh_on="people-import-stored from:body, moved",
    icon="upload",
    empty_title=_("No imports yet"),
    empty_text=_("Uploads and the number of imported people appear here."),
)
