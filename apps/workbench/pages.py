"""The desk's pages: apps, the form of one, and its runs."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.resources.pages import list_page
from apps.resources.presenters import RowListView
from apps.workbench import presenters, selectors, services
from apps.workbench.forms import RunForm
from apps.workbench.resources import APP_RUNS, APPS

CALLS: Columns = {
    "created_at": _("Started"),
    "model": _("Model"),
    "input_tokens": ListColumn(_("Input tokens"), kind="number"),
    "output_tokens": ListColumn(_("Output tokens"), kind="number"),
    "latency_ms": ListColumn(_("Time"), kind="milliseconds"),
}


@require_GET
@requires("workbench.use")
def apps(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    shipped = selectors.shipped_apps(actor.organisation) if actor.may("workbench.publish") else []
    return list_page(APPS, request, shipped=presenters.app_cards(shipped))


@require_http_methods(["GET", "POST"])
@requires("workbench.use")
def app(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """The app's form, and what the member ran of it before; of a draft alone what there is to be seen."""
    actor = actor_of(request)
    row = selectors.visible_apps(actor).one(pk=app_id)
    if row.published is None:
        return redirect("workbench:edit_app", row.pk)
    version, checked = selectors.usable_app(actor, row)
    form = RunForm(request.POST or None, app=checked, organisation=actor.organisation)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(services.start_run(actor, row, inputs=form.inputs))
        except ApplicationError as refusal:
            show_refusal(form, refusal)
    context = {
        "app": row,
        "version": version,
        "form": form,
        "steps": presenters.step_views(checked),
        "row_list": RowListView(APP_RUNS, request, rows=selectors.run_list(actor).filter(app=row)),
    }
    # htmx asks for the rows alone when one of them moved.
    template = "resources/rows.html" if request.htmx else "workbench/app.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_GET
@requires("workbench.use")
def app_runs(request: HttpRequest) -> HttpResponseBase:
    return list_page(APP_RUNS, request)


@require_GET
@requires("workbench.use")
def app_run(request: HttpRequest, app_run_id: UUID) -> HttpResponse:
    """A run: live while it is under way, then what came out, and how."""
    run = selectors.own_run(actor_of(request), app_run_id)
    checked = run.version.checked
    context = {
        "run": run,
        "steps": presenters.step_views(checked, run) if checked else [],
        "is_written_by_model": presenters.is_written_by_model(checked) if checked else False,
        "outputs": presenters.output_views(checked, run.outputs) if checked else [],
        "inputs": presenters.input_views(checked, run.inputs) if checked else [],
        "failed_checks": presenters.failed_check_texts(checked, run) if checked else [],
        "calls": RowTable(CALLS, list(selectors.model_calls(run))),
    }
    return render(request, "workbench/app_run.html", context)
