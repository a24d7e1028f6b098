"""The portal's pages about background work."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.pages import act_and_go_back
from apps.jobs import job_types, selectors, services, subjects
from apps.jobs.forms import JobFilterForm


@require_GET
@requires("jobs.view")
def jobs(request: HttpRequest) -> HttpResponse:
    """The list; htmx asks for its rows alone, for as long as something in them is under way."""
    form = JobFilterForm(request.GET)
    page = selectors.job_page(actor_of(request), form.filters)
    subjects.attach(actor_of(request), page.jobs)
    template = "jobs/rows.html" if request.htmx else "jobs/jobs.html"  # type: ignore[attr-defined]
    return render(request, template, {"form": form, "page": page, "wanted": form.filters})


@require_GET
@requires("jobs.view")
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.job_details(actor_of(request)), pk=job_id)
    subjects.attach(actor_of(request), [row])
    template = "jobs/job_state.html" if request.htmx else "jobs/job.html"  # type: ignore[attr-defined]
    context = {
        "job": row,
        "may_change": selectors.changeable_jobs(actor_of(request)).filter(pk=row.pk).exists(),
        "error": selectors.error_of(row),
        "position": selectors.queue_position(row),
        "result": selectors.pretty_json(row.result),
        "is_repeatable": job_types.is_repeatable(row.kind),
        "inputs": selectors.pretty_json(row.inputs),
        "stages": job_types.stages_of(row.kind),
    }
    return render(request, template, context)


@require_POST
@requires("jobs.manage")
def cancel_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.changeable_jobs(actor_of(request)), pk=job_id)
    cancel = partial(services.cancel_job, row, requested_by=actor_of(request))
    return act_and_go_back(request, cancel, "jobs:job", job_id)


@require_POST
@requires("jobs.manage")
def retry_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.changeable_jobs(actor_of(request)), pk=job_id)
    retry = partial(services.retry_job, row, requested_by=actor_of(request))
    return act_and_go_back(request, retry, "jobs:job", job_id)
