"""Where the hospital says which departments it has and who works in them."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import actor_of, asks_password, requires
from apps.accounts.models import Confirmation
from apps.accounts.views import confirmation_asked
from apps.core.forms import accepted
from apps.medical_records.forms.patients import ClinicianForm, DepartmentForm
from apps.medical_records.patients import departments as services


@require_GET
@requires("records.manage")
def departments(request: HttpRequest) -> HttpResponse:
    organisation = actor_of(request).organisation
    context = {
        "departments": services.every_department(organisation),
        "rows": services.clinician_rows(organisation),
    }
    return render(request, "medical_records/departments.html", context)


@require_http_methods(["GET", "POST"])
@requires("records.manage")
def new_department(request: HttpRequest) -> HttpResponse:
    form = DepartmentForm(request.POST or None)
    if accepted(form, partial(services.save_department, actor_of(request))):
        messages.success(request, _("Saved."))
        return redirect("medical_records:departments")
    return render(request, "medical_records/department.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("records.manage")
def department(request: HttpRequest, department_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(services.every_department(actor.organisation), pk=department_id)
    form = DepartmentForm(request.POST or None, initial={"name": found.name, "is_active": found.is_active})
    if accepted(form, partial(services.save_department, actor, department_id=found.pk)):
        messages.success(request, _("Saved."))
        return redirect("medical_records:departments")
    return render(request, "medical_records/department.html", {"form": form, "department": found})


@require_http_methods(["GET", "POST"])
@requires("records.manage")
@asks_password
def clinician(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    """Where a member works."""
    actor = actor_of(request)
    rows = {row.member.pk: row for row in services.clinician_rows(actor.organisation)}
    row = rows.get(membership_id)
    member = get_object_or_404(services.writing_members(actor.organisation), pk=membership_id)
    initial = {"departments": row.departments, "title": row.title} if row else {}
    form = ClinicianForm(actor, request.POST or None, initial=initial)
    if saved := accepted(form, partial(services.save_clinician, actor, member_id=member.pk)):
        if isinstance(saved, Confirmation):
            return confirmation_asked(request, "medical_records:departments")
        messages.success(request, _("Saved."))
        return redirect("medical_records:departments")
    return render(request, "medical_records/clinician.html", {"form": form, "member": member})
