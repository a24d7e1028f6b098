"""The portal's pages about schedules."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.jobs import schedules as services
from apps.jobs import selectors
from apps.jobs.forms import ScheduleForm


@require_http_methods(["GET", "HEAD", "POST"])
@requires("jobs.manage")
def repeat_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = get_object_or_404(selectors.changeable_jobs(actor_of(request)), pk=job_id)
    initial = {"name": job.label, "time_zone": timezone.get_current_timezone_name()}
    form = ScheduleForm(request.POST or None, initial=initial)
    del form.fields["is_enabled"]
    if submit_form(form, partial(services.repeat_job, actor_of(request), job)):
        return redirect("jobs:schedules")
    return render(request, "jobs/schedule_form.html", {"form": form, "job": job})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("jobs.manage")
def schedule(request: HttpRequest, schedule_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.changeable_schedules(actor_of(request)), pk=schedule_id)
    form = ScheduleForm(request.POST or None, instance=row)
    if submit_form(form, partial(services.change_schedule, actor_of(request), row)):
        messages.success(request, _("Saved."))
        return redirect("jobs:schedules")
    return render(request, "jobs/schedule_form.html", {"form": form, "schedule": row})
