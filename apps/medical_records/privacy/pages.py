"""Who read a patient's things, emergency accesses, and erasing a patient."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.audit import exports
from apps.audit.file_exports import FileExport
from apps.core.forms import submit_form
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.opened_rows import set_noted
from apps.medical_records.privacy import selectors
from apps.medical_records.privacy import services as privacy
from apps.medical_records.privacy.forms import ErasureForm
from apps.medical_records.privacy.resources import ACCESSES
from apps.privacy.report_file import report_response
from apps.resources.presenters import RowListView


@require_safe
@requires("records.view")
def access_report(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    patient = patients.patient_of(actor, patient_id)
    accesses = RowListView(ACCESSES, request, rows=selectors.accesses(actor, patient))
    context = {"patient": patient, "row_list": accesses}
    return render(request, "medical_records/privacy/access_report.html", context)


@require_GET
@requires("records.view")
def export_access_report(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    actor = actor_of(request)
    patient = patients.patient_of(actor, patient_id)
    export, entries = FileExport(actor, "access_report.exported", patient), selectors.accesses(actor, patient)
    columns = exports.COLUMNS_WITHOUT_SUBJECTS
    answer = exports.export_response(export, entries, file_type="csv", columns=columns)
    set_noted(patient.pk)
    return answer


@require_GET
@requires("records.oversee")
def patient_report(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """All that is held about the patient, as a file to hand to them."""
    actor = actor_of(request)
    return report_response(privacy.patient_report(actor, patients.patient_of(actor, patient_id)))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("records.oversee")
def erase_patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    patient = patients.patient_of(actor, patient_id)
    form = ErasureForm(request.POST or None)
    if submit_form(form, partial(privacy.erase_patient, actor, patient)):
        messages.success(request, _("The patient was erased. The audit trail shows by whom and why."))
        return redirect("medical_records:emergencies")
    return render(request, "medical_records/privacy/erase_patient.html", {"patient": patient, "form": form})
