"""Operators' pages: queues, what failed for good in them, and the jobs of all organisations."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import operators_only, user_of
from apps.accounts.admin_pages import admin_page
from apps.core.errors import InvalidInput, NotFound
from apps.jobs import bulk
from apps.jobs.forms import JobChoiceForm
from apps.jobs.job_types import desk_label
from apps.jobs.selectors import count_text, job_page, narrowed
from apps.operations.queues import selectors, services
from apps.operations.queues.forms import OperatorJobFilterForm

QUEUES = "admin_operations:queues"


@require_safe
@operators_only
def queues(request: HttpRequest) -> HttpResponse:
    rows = selectors.queue_rows()
    context = {"rows": rows, "is_unattended": not all(row.workers for row in rows)}
    return admin_page(request, "operations/queues.html", gettext_lazy("Queues"), context)


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
def purge(request: HttpRequest, queue: str) -> HttpResponse:
    """Asks a second time, with the number of jobs that would never be done."""
    row = next((row for row in selectors.queue_rows() if row.state.name == queue), None)
    if row is None:
        raise NotFound
    if request.method == "POST":
        messages.success(request, bulk.outcome_text("cancel", services.purge(user_of(request), queue)))
        return redirect(QUEUES)
    return admin_page(request, "operations/purge.html", gettext_lazy("Purge a queue"), {"row": row})


@require_safe
@operators_only
def dead_letters(request: HttpRequest) -> HttpResponse:
    context = {"groups": selectors.dead_letters(), "days": selectors.DEAD_LETTER_DAYS}
    return admin_page(request, "operations/dead_letters.html", gettext_lazy("Dead letters"), context)


@require_safe
@operators_only
def jobs(request: HttpRequest) -> HttpResponse:
    form = OperatorJobFilterForm(request.GET)
    filters = form.filters
    context = {
        "form": form,
        "page": job_page(selectors.all_jobs(), filters),
        "wanted": filters,
        "desk": desk_label(filters.get("desk", "")),
        "count_text": partial(count_text, narrowed(selectors.all_jobs(), filters)),
    }
    return admin_page(request, "operations/jobs.html", gettext_lazy("Jobs of all organisations"), context)


@require_POST
@operators_only
def change_jobs(request: HttpRequest) -> HttpResponse:
    """Of the ticked ones; of all that fit the filters in the address after a second question, with their number."""
    form = JobChoiceForm(request.POST)
    try:
        chosen = form.chosen(selectors.all_jobs(), OperatorJobFilterForm(request.GET))
    except InvalidInput as error:
        messages.warning(request, error.reason)
    else:
        change = form.cleaned_data["change"]
        if form.cleaned_data["all"] and "confirmed" not in request.POST:
            context = {"change": change, "count": bulk.changeable(change, chosen).count()}
            return admin_page(
                request, "operations/confirm_jobs.html", gettext_lazy("Change several jobs"), context
            )
        outcome = services.change_jobs(user_of(request), change, chosen)
        messages.success(request, bulk.outcome_text(change, outcome))
    return redirect(f"{reverse('admin_operations:jobs')}?{request.GET.urlencode()}")
