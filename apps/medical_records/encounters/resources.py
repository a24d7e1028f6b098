from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.medical_records.encounters.models import Encounter
from apps.resources.declaration import RowList

ENCOUNTERS = RowList(
    model=Encounter,
    plural="encounters",
    columns={
        "seen_at": ListColumn(_("Seen"), note="reason"),
        "record": ListColumn(_("Medical record"), part="medical_records/encounters/record_link.html"),
        "clinician.user": ListColumn(_("By"), note="department"),
        "record.state": ListColumn(_("State"), kind="state"),
    },
    read="records.view",
    page="medical_records:encounter",
    page_rows=20,
    icon="record",
    empty_title=_("No records yet"),
    empty_text=_("Record a consultation, dictate or type. The record is drafted from the transcript."),
)
