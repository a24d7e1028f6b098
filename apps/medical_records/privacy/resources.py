from django.utils.translation import gettext_lazy as _

from apps.audit import presenters
from apps.audit.models import AuditEntry
from apps.core.row_table import ListColumn, page_link
from apps.medical_records.patients.models import CareRelation
from apps.medical_records.privacy import selectors
from apps.resources.declaration import RowList

EMERGENCIES = RowList(
    model=CareRelation,
    plural="emergencies",
    rows=selectors.emergencies,
    columns={
        "since": _("When"),
        "member.user": _("Who"),
        "patient.name": ListColumn(
            _("Patient"), link=page_link("medical_records:access_report", "patient_id")
        ),
        "reason": _("Reason"),
        "until": _("Until"),
    },
    read="records.oversee",
    title=_("Emergency access"),
    lead=_("Access to records of patients that a clinician does not treat. Review each entry."),
    is_wide=True,
    icon="shield",
    empty_title=_("No emergency access"),
    empty_text=_(
        "Emergency access to records of patients that a clinician does not treat appears here with the reason."
    ),
)

ACCESSES = RowList(
    model=AuditEntry,
    plural="accesses",
    presenter=presenters.lines,
    columns={
        "created_at": _("When"),
        "who": _("Who"),
        "sentence": ListColumn(_("What"), names_row=True),
        "details": ListColumn(_("Details"), part="audit/details.html", look="small soft"),
    },
    read="records.view",
    icon="eye",
    empty_title=_("No access yet"),
    empty_text=_("Every view, playback, change and export appears here."),
)
