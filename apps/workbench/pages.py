"""The desk's pages: apps, the form of one, and its runs."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.resources.pages import list_page
from apps.resources.presenters import RowListView
from apps.workbench import exports, live, picture_views, presenters, selectors, services, value_views
from apps.workbench.forms import CompareForm, RunForm
from apps.workbench.models import StepRun
from apps.workbench.problem_words import cell_problem_lines
from apps.workbench.resources import APP_RUNS, APPS

CALLS: Columns = {
    "created_at": _("Started"),
    "model": _("Model"),
    "input_tokens": ListColumn(_("Input tokens"), kind="number"),
    "output_tokens": ListColumn(_("Output tokens"), kind="number"),
    "latency_ms": ListColumn(_("Duration"), kind="milliseconds"),
}


@require_safe
@requires("workbench.use")
def apps(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    shipped = selectors.shipped_apps(actor.organisation) if actor.may("workbench.publish") else []
    return list_page(APPS, request, shipped=presenters.app_cards(shipped))


@require_http_methods(["GET", "HEAD", "POST"])
@requires("workbench.use")
def app(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """The app's form, and what the member ran of it before. Whoever edits sees of a draft alone, or of what does not work
    any more, what there is to be seen and mended.

    `?again=`: an own run, whose inputs the form begins with; what was read of its files is used where no other is chosen.
    """
    actor = actor_of(request)
    row = selectors.visible_apps(actor).one(pk=app_id)
    if actor.may("workbench.edit") and (row.published is None or row.published.checked is None):
        return redirect("workbench:edit_app", row.pk)
    version, checked = selectors.usable_app(actor, row)
    again = selectors.own_run(actor, request.GET["again"]).inputs if "again" in request.GET else {}
    form = RunForm(
        request.POST or None,
        request.FILES or None,
        app=checked,
        actor=actor,
        initial=again,
    )
    if run := submit_form(form, partial(services.start_run, actor, row)):
        return redirect(run)
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


@require_safe
@requires("workbench.use")
def app_runs(request: HttpRequest) -> HttpResponseBase:
    return list_page(APP_RUNS, request)


@require_safe
@requires("workbench.use")
def app_run(request: HttpRequest, app_run_id: UUID) -> HttpResponse:
    """A run: live while it is under way, then what came out, and how. `?other=`: beside another one of the app.

    While it waits for a person, htmx asks whether it still does.
    """
    actor = actor_of(request)
    run = selectors.own_run(actor, app_run_id)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204) if run.is_waiting else HttpResponse(headers={"HX-Refresh": "true"})
    checked = run.version.checked
    outputs = value_views.output_views(run)
    others = (
        selectors.run_list(actor)
        .filter(app=run.app, job__state="succeeded", is_waiting=False)
        .exclude(pk=run.pk)
    )
    comparison = CompareForm(request.GET or None, others=others) if outputs else None
    other = comparison.cleaned_data["other"] if comparison and comparison.is_valid() else None
    context = {
        "run": run,
        "steps": presenters.step_views(checked, run) if checked else [],
        "waiting_steps": selectors.step_list(run).filter(state=StepRun.State.WAITING),
        "is_written_by_model": presenters.is_written_by_model(run),
        "outputs": outputs,
        "picture": picture_views.picture_view(checked, run, outputs) if checked else None,
        "formats": exports.formats(outputs),
        "comparison": comparison,
        "changes": value_views.changes(other, run) if other else [],
        "inputs": value_views.input_views(checked, run) if checked else [],
        "input_problems": cell_problem_lines(run) if checked else [],
        "failed_checks": presenters.failed_check_texts(checked, run) if checked else [],
        "calls": RowTable(CALLS, list(selectors.model_calls(run))),
    }
    return render(request, "workbench/app_run.html", context)


@require_GET
@requires("workbench.use")
def app_run_moves(request: HttpRequest, app_run_id: UUID) -> HttpResponseBase:
    """Server-sent events for the page of a run that waits: somebody has decided."""
    return live.FEED.response(request, selectors.own_run(actor_of(request), app_run_id).pk)


@require_GET
@requires("workbench.use")
def export_app_run(request: HttpRequest, app_run_id: UUID, file_type: str) -> HttpResponseBase:
    actor = actor_of(request)
    return exports.file_response(actor, selectors.own_run(actor, app_run_id), file_type)
