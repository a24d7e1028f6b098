"""What the hospital keeps in lists: its departments."""

from django.utils.translation import gettext_lazy as _

from apps.medical_records.patients import departments
from apps.medical_records.patients.forms import DepartmentForm
from apps.medical_records.patients.models import Department
from apps.resources.declaration import Resource

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
