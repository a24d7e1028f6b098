from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.medical_records.records.models import MedicalRecord
from apps.resources.declaration import RowList

RECORDS = RowList(
    model=MedicalRecord,
    plural="records",
    columns={
        "patient.name": ListColumn(_("Patient"), note="patient.number"),
        "state": ListColumn(_("State"), part="medical_records/records/state_cell.html"),
        "template_version.template.name": _("Template"),
        "department": _("Department"),
        "author.user": _("Drafted by"),
        "encounter.seen_at": _("Seen"),
        "updated_at": _("Changed"),
    },
    read="records.view",
    page="medical_records:record",
    refresh_on="records:changed from:body, moved",
    icon="record",
    empty_title=_("No records yet"),
    empty_text=_(
        "Dictate or record a consultation to get a draft within minutes, with every statement linked to its source."
    ),
    empty_page=(_("New record"), "medical_records:new_encounter"),
)
