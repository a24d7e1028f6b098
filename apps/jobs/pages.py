"""The portal's pages about background work."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.audit.file_exports import FileExport, form_filters
from apps.core.errors import InvalidInput
from apps.core.pages import optional_uuid
from apps.jobs import bulk, event_hub, exports, job_types, open_streams, queues, selectors
from apps.jobs import job_moves as moves
from apps.jobs.forms import JobChoiceForm, JobFilterForm
from apps.jobs.models import Job
from apps.jobs.open_streams import StreamLimit


@require_safe
@requires("jobs.view")
def jobs(request: HttpRequest) -> HttpResponse:
    """The list; htmx asks for its rows alone when one of them moved."""
    actor = actor_of(request)
    form = JobFilterForm(request.GET, actor=actor)
    filters = form.filters
    page = selectors.job_page(selectors.job_list(actor), filters)
    selectors.attach_subjects(actor, page.rows)
    template = "jobs/rows.html" if request.htmx else "jobs/jobs.html"  # type: ignore[attr-defined]
    narrowed = selectors.narrowed(selectors.visible_jobs(actor), filters)
    # Who sees the figures knows how many there are of each kind.
    counted = Job.objects.within(actor.organisation) if actor.may("analytics.view") else Job.objects.none()
    context = {
        "form": form,
        "page": page,
        "wanted": filters,
        "names": selectors.filter_names(actor.organisation, filters),
        # Counted only by the page that says it.
        "count_text": partial(selectors.count_text, narrowed, selectors.narrowed(counted, filters)),
        "may_change": actor.may("jobs.manage"),
    }
    return render(request, template, context)


@require_GET
@requires("jobs.view")
def export_jobs(request: HttpRequest) -> HttpResponseBase:
    """All jobs that the list would show with these filters, as a file."""
    actor = actor_of(request)
    form = JobFilterForm(request.GET, actor=actor)
    jobs = selectors.narrowed(selectors.job_list(actor), form.filters)
    export = FileExport(actor, "jobs.exported", filters=form_filters(form), row_count=jobs.count())
    file_type = request.GET.get("format", "csv")
    return export.list_response(
        exports.rows(actor, jobs), exports.columns(), name="jobs", file_type=file_type
    )


@require_POST
@requires("jobs.manage")
def change_jobs(request: HttpRequest) -> HttpResponse:
    """Cancels many or runs them again: the ticked ones, or all that fit the filters in the address."""
    actor, form = actor_of(request), JobChoiceForm(request.POST)
    try:
        chosen = form.chosen(selectors.changeable_jobs(actor), JobFilterForm(request.GET, actor=actor))
        outcome = bulk.change_of_actor(actor, form.cleaned_data["change"], chosen)
    except InvalidInput as error:
        messages.warning(request, error.reason)
    else:
        messages.success(request, bulk.outcome_text(form.cleaned_data["change"], outcome))
    return redirect(f"{reverse('jobs:jobs')}?{request.GET.urlencode()}")


@require_safe
@requires("jobs.view")
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    row = get_object_or_404(selectors.job_details(actor_of(request)), pk=job_id)
    selectors.attach_subjects(actor_of(request), [row])
    template = "jobs/job_state.html" if request.htmx else "jobs/job.html"  # type: ignore[attr-defined]
    context = {
        "job": row,
        "may_change": selectors.changeable_jobs(actor_of(request)).filter(pk=row.pk).exists(),
        "error": selectors.error_of(row),
        "position": selectors.queue_position(row),
        "hold_reason": queues.hold_reason(row),
        "result": selectors.pretty_json(row.result),
        "kind": job_types.find(row.kind),
        "inputs": selectors.pretty_json(row.inputs),
        "stages": job_types.stages_of(row.kind),
    }
    return render(request, template, context)


@require_GET
@requires(None)
def job_moves(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events for a page that shows jobs under way: which of them moved. 204 where there is nothing to follow."""
    asked = filter(None, map(optional_uuid, request.GET.getlist("job")[: moves.MAX_FOLLOWED]))
    jobs = list(selectors.visible_jobs(actor_of(request)).filter(pk__in=asked).defer("inputs", "result"))
    if not jobs:
        return HttpResponse(status=204)
    limits = [StreamLimit(f"moves:{request.user.pk}", moves.MAX_STREAMS)]
    open_streams.require_room(limits)
    return event_hub.sse_response(open_streams.counted_frames(moves.job_moves(jobs), limits))
