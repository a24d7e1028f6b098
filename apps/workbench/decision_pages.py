"""The pages of whoever is asked to decide where a run waits."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal
from apps.resources.pages import list_page
from apps.workbench import decisions, selectors
from apps.workbench.forms import DecisionForm
from apps.workbench.models import StepRun
from apps.workbench.resources import WAITING_STEPS


@require_safe
@requires("workbench.use")
def waiting_steps(request: HttpRequest) -> HttpResponseBase:
    return list_page(WAITING_STEPS, request)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("workbench.use")
def waiting_step(request: HttpRequest, step_run_id: UUID) -> HttpResponse:
    """What a run asks: the message and the proposed values, and nothing else of the run."""
    actor = actor_of(request)
    step = selectors.asked_step(actor, step_run_id)
    if step.state != StepRun.State.WAITING:
        return render(request, "workbench/waiting_step.html", {"step": step})
    form = DecisionForm(request.POST or None, step=step, actor=actor)
    is_approved = "approve" in request.POST
    if request.method == "POST" and (form.is_valid() or "refuse" in request.POST):
        given = form.given if form.is_valid() else {}
        try:
            decisions.decide_step(actor, step, is_approved=is_approved, given=given)
        except ApplicationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Decided. The run goes on."))
            return redirect("workbench:waiting_steps")
    return render(request, "workbench/waiting_step.html", {"step": step, "form": form})
