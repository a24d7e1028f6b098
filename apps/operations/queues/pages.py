"""Operators' pages: queues, what failed for good in them, and the jobs of all organisations."""

from functools import partial
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import operators_only
from apps.accounts.admin_pages import admin_page
from apps.accounts.models import User
from apps.core.errors import InvalidInput, NotFound
from apps.core.forms import validated_fields
from apps.core.pages import act_and_go_back
from apps.jobs import bulk
from apps.jobs.forms import JobChoiceForm
from apps.jobs.models import QueueControl
from apps.jobs.selectors import job_page
from apps.operations.queues import selectors, services
from apps.operations.queues.forms import DeadLettersForm, ModeForm, OperatorJobFilterForm

QUEUES = "admin_operations:queues"


@require_GET
@operators_only
def queues(request: HttpRequest) -> HttpResponse:
    context = {"rows": selectors.queue_rows()}
    return admin_page(request, "operations/queues.html", gettext_lazy("Queues"), context)


@require_POST
@operators_only
def change_mode(request: HttpRequest, queue: str) -> HttpResponse:
    mode = QueueControl.Mode(validated_fields(ModeForm(request.POST))["mode"])
    return act_and_go_back(request, partial(services.change_mode, _user(request), queue, mode), QUEUES)


@require_POST
@operators_only
def requeue_stuck(request: HttpRequest, queue: str) -> HttpResponse:
    count = services.requeue_stuck(_user(request), queue)
    text = ngettext("%(count)d job was requeued.", "%(count)d jobs were requeued.", count)
    messages.success(request, text % {"count": count})
    return redirect(QUEUES)


@require_http_methods(["GET", "POST"])
@operators_only
def purge(request: HttpRequest, queue: str) -> HttpResponse:
    """Asks a second time, with the number of jobs that would never be done."""
    row = next((row for row in selectors.queue_rows() if row.state.name == queue), None)
    if row is None:
        raise NotFound
    if request.method == "POST":
        messages.success(request, bulk.outcome_text("cancel", services.purge(_user(request), queue)))
        return redirect(QUEUES)
    return admin_page(request, "operations/purge.html", gettext_lazy("Purge a queue"), {"row": row})


@require_GET
@operators_only
def dead_letters(request: HttpRequest) -> HttpResponse:
    context = {"groups": selectors.dead_letters(), "days": selectors.DEAD_LETTER_DAYS}
    return admin_page(request, "operations/dead_letters.html", gettext_lazy("Dead letters"), context)


@require_POST
@operators_only
def retry_dead_letters(request: HttpRequest) -> HttpResponse:
    jobs = selectors.dead_letter_jobs(validated_fields(DeadLettersForm(request.POST)))
    messages.success(request, bulk.outcome_text("retry", services.retry_jobs(_user(request), jobs)))
    return redirect("admin_operations:dead_letters")


@require_GET
@operators_only
def jobs(request: HttpRequest) -> HttpResponse:
    form = OperatorJobFilterForm(request.GET)
    page = job_page(selectors.all_jobs(), form.filters)
    context = {"form": form, "page": page, "wanted": form.filters}
    return admin_page(request, "operations/jobs.html", gettext_lazy("Jobs of all organisations"), context)


@require_POST
@operators_only
def change_jobs(request: HttpRequest) -> HttpResponse:
    """Of the ticked ones; of all that fit the filters in the address after a second question, with their number."""
    form = JobChoiceForm(request.POST)
    try:
        chosen = form.chosen(selectors.all_jobs(), OperatorJobFilterForm(request.GET).filters)
    except InvalidInput as error:
        messages.warning(request, error.reason)
    else:
        change = form.cleaned_data["change"]
        if form.cleaned_data["all"] and "confirmed" not in request.POST:
            states = bulk.CANCELLABLE if change == "cancel" else bulk.RETRYABLE
            context = {"change": change, "count": chosen.filter(state__in=states).count()}
            return admin_page(
                request, "operations/confirm_jobs.html", gettext_lazy("Change several jobs"), context
            )
        act = services.cancel_jobs if change == "cancel" else services.retry_jobs
        messages.success(request, bulk.outcome_text(change, act(_user(request), chosen)))
    return redirect(f"{reverse('admin_operations:jobs')}?{request.GET.urlencode()}")


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
