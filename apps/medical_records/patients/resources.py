"""What the hospital keeps in lists: its departments."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.row_table import Columns, ListColumn
from apps.medical_records.patients import departments, selectors
from apps.medical_records.patients.forms import DepartmentForm
from apps.medical_records.patients.models import Department, Patient
from apps.resources.declaration import Resource, RowList

DEPARTMENTS = Resource(
    model=Department,
    name="department",
    plural="departments",
    rows=departments.every_department,
    form=DepartmentForm,
    columns={"name": _("Name"), "is_active": _("In use")},
    read="records.manage",
    write="records.manage",
    title=_("Departments"),
    lead=_("Members of a department can view the records of its patients."),
    new_label=_("New department"),
    empty_title=_("No departments yet"),
    empty_text=_("Without departments, only individually assigned clinicians can view a patient."),
    icon="organisation",
    identity=("name",),
    conflict=_("A department with this name already exists."),
    audit_fields=("name", "is_active"),
    is_deletable=False,
    list_template="medical_records/patients/departments.html",
)

PATIENTS = RowList(
    model=Patient,
    plural="patients",
    visible_rows=selectors.visible_patients,
    columns={
        "name": pgettext_lazy("of a person", "Name"),
        "number": ListColumn(_("Number"), look="number"),
        "sex": _("Sex"),
        "age": ListColumn(_("Age"), part="medical_records/patients/age.html"),
        "last_seen_at": _("Last seen"),
    },
    acts_part="medical_records/patients/new_record.html",
    read="records.view",
    page="medical_records:patient",
    page_rows=50,
    icon="team",
    empty_title=_("No patients yet"),
    empty_text=_(
        "Register a patient here or when you create a record. Patients of your department appear automatically."
    ),
    empty_page=(_("Register a patient"), "medical_records:new_patient"),
)
CLINICIANS: Columns = {
    "member.user": _("Name"),
    "member.role": _("Role"),
    "title": pgettext_lazy("of a clinician", "Title"),
    "departments": _("Departments"),
}
