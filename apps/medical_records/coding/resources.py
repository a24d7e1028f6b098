from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.medical_records.coding import selectors
from apps.medical_records.coding.models import Catalogue
from apps.resources.declaration import RowList

CATALOGUES = RowList(
    model=Catalogue,
    plural="catalogues",
    rows=selectors.catalogues,
    columns={
        "name": _("Catalogue"),
        "system": _("system"),
        "entry_count": ListColumn(_("Entries"), kind="number"),
        "is_current": ListColumn(_("State"), part="medical_records/coding/catalogue_state.html"),
        "created_at": _("When"),
    },
    read="records.manage",
    page="medical_records:catalogue",
    refresh_on="moved",
    icon="book",
    empty_title=_("No catalogues yet"),
    empty_text=_("Records work without one, but diagnoses and drugs have no codes."),
)
