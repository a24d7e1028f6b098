"""Departments and who works in them; patients, who treats them, and reading records in an emergency."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, asks_password, requires
from apps.accounts.models import Confirmation
from apps.accounts.pages import confirmation_asked
from apps.accounts.row_access import RowAccess
from apps.core.forms import submit_form
from apps.core.row_table import RowTable
from apps.medical_records.encounters import selectors as encounters
from apps.medical_records.encounters.resources import ENCOUNTERS
from apps.medical_records.patients import departments, selectors, services
from apps.medical_records.patients.forms import (
    ClinicianForm,
    EmergencyForm,
    PatientForm,
    RelationForm,
    SearchForm,
    patient_fields,
)
from apps.medical_records.patients.models import Patient
from apps.medical_records.patients.resources import CLINICIANS, DEPARTMENTS, PATIENTS
from apps.resources import pages as resource_pages
from apps.resources.presenters import RowListView

PATIENT_ACCESS = RowAccess(
    permission="records.view",
    find=selectors.patient_of,
    title=lambda patient: patient.name,
    back="medical_records:patient",
    reason=selectors.care_reason,
)
MAX_RESULTS = 50
MAX_CHOICES = 8


@require_safe
@requires("records.manage")
def department_list(request: HttpRequest) -> HttpResponseBase:
    """The departments, and below them who works where."""
    rows = departments.clinician_rows(actor_of(request).organisation)
    clinicians = RowTable(CLINICIANS, rows, acts_part="medical_records/patients/clinician_act.html")
    return resource_pages.list_page(DEPARTMENTS, request, clinicians=clinicians)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("records.manage")
@asks_password
def clinician(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Where a member works."""
    actor = actor_of(request)
    rows = {row.member.pk: row for row in departments.clinician_rows(actor.organisation)}
    row = rows.get(membership_id)
    member = departments.writing_members(actor.organisation).one(pk=membership_id)
    initial = {"departments": row.departments, "title": row.title} if row else {}
    form = ClinicianForm(actor, request.POST or None, initial=initial)
    if saved := submit_form(form, partial(departments.save_clinician, actor, member_id=member.pk)):
        if isinstance(saved, Confirmation):
            return confirmation_asked(request, "medical_records:departments")
        messages.success(request, _("Saved."))
        return redirect("medical_records:departments")
    return render(request, "medical_records/patients/clinician.html", {"form": form, "member": member})


@require_safe
@requires("records.view")
def patients(request: HttpRequest) -> HttpResponse:
    """Whom one treats, the last seen first."""
    context = {"row_list": RowListView(PATIENTS, request)}
    return render(request, "medical_records/patients/patients.html", context)


@require_POST
@requires("records.view")
def search_patients(request: HttpRequest) -> HttpResponse:
    """The rows for what is being typed. Sent in the body: names stand in no address and in no log."""
    form = SearchForm(request.POST)
    typed = form.cleaned_data["typed"] if form.is_valid() else ""
    # One more than is shown tells whether there are more, without counting them all.
    patients = list(selectors.search_patients(actor_of(request), typed)[: MAX_RESULTS + 1])
    found = RowListView(PATIENTS, request, rows=patients[:MAX_RESULTS])
    if not (patients or typed):
        return render(request, "resources/rows.html", {"row_list": found})
    context = {"row_list": found, "typed": typed, "is_cut": len(patients) > MAX_RESULTS}
    return render(request, "medical_records/patients/patient_rows.html", context)


@require_POST
@requires("records.write")
def patient_choices(request: HttpRequest) -> HttpResponse:
    """The patients that a new record may be about, while somebody types."""
    form = SearchForm(request.POST)
    typed = form.cleaned_data["typed"] if form.is_valid() else ""
    patients = selectors.search_patients(actor_of(request), typed)[:MAX_CHOICES]
    context = {"patients": patients, "typed": typed}
    return render(request, "medical_records/patients/patient_choices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("patients.edit")
def new_patient(request: HttpRequest) -> HttpResponse:
    form = PatientForm(request.POST or None)
    if patient := submit_form(form, partial(services.register_patient, actor_of(request))):
        messages.success(request, _("Registered."))
        return redirect("medical_records:patient", patient.pk)
    return render(request, "medical_records/patients/patient_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("patients.edit")
def change_patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    patient = selectors.patient_of(actor, patient_id)
    form = PatientForm(request.POST or None, initial=patient_fields(patient))
    if submit_form(form, partial(services.change_patient, actor, patient)):
        messages.success(request, _("Saved."))
        return redirect("medical_records:patient", patient_id)
    return render(request, "medical_records/patients/patient_form.html", {"form": form, "patient": patient})


@require_safe
@requires("records.view")
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Encounters and records, newest first, and who treats the patient."""
    actor = actor_of(request)
    return _patient_page(request, selectors.patient_of(actor, patient_id), RelationForm(actor))


@require_POST
@requires("patients.edit")
def add_relation(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    patient = selectors.patient_of(actor, patient_id)
    form = RelationForm(actor, request.POST)
    if submit_form(form, partial(services.relate, actor, patient)):
        messages.success(request, _("Saved."))
        return redirect("medical_records:patient", patient_id)
    return _patient_page(request, patient, form)


@require_POST
@requires("patients.edit")
def end_relation(request: HttpRequest, patient_id: UUID, care_relation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    patient = selectors.patient_of(actor, patient_id)
    services.end_relation(actor, selectors.open_relations(patient).one(pk=care_relation_id))
    messages.success(request, _("This no longer gives access to the patient's records."))
    # Whoever ended the relation that they read by themselves would meet "not found" on the patient's page.
    if selectors.visible_patients(actor).filter(pk=patient_id).exists():
        return redirect("medical_records:patient", patient_id)
    return redirect("medical_records:patients")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("records.view")
def emergency(request: HttpRequest) -> HttpResponse:
    """Somebody who does not treat the patient has to read the records now, and says why."""
    actor = actor_of(request)
    form = EmergencyForm(request.POST or None)
    if patient := submit_form(form, partial(services.open_in_emergency, actor)):
        messages.warning(
            request, _("You have temporary access to these records. Your access is visible to others.")
        )
        return redirect("medical_records:patient", patient.pk)
    hours = selectors.preferences_of(actor.organisation).emergency_hours
    return render(request, "medical_records/patients/emergency.html", {"form": form, "hours": hours})


def _patient_page(request: HttpRequest, patient: Patient, form: RelationForm) -> HttpResponse:
    context = {
        "patient": patient,
        "row_list": RowListView(ENCOUNTERS, request, rows=encounters.encounters_of(patient)),
        "relations": selectors.open_relations(patient).order_by("since"),
        "form": form,
    }
    return render(request, "medical_records/patients/patient.html", context)
