"""The desk's pages: apps, the form of one, its runs, and its file."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal, submit_form
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.resources.pages import list_page
from apps.resources.presenters import RowListView
from apps.workbench import presenters, selectors, services
from apps.workbench.forms import AppFileForm, RunForm
from apps.workbench.models import App, AppVersion, StepRun
from apps.workbench.problem_words import problem_views
from apps.workbench.resources import APP_RUNS, APPS

CALLS: Columns = {
    "created_at": _("Started"),
    "model": _("Model"),
    "input_tokens": ListColumn(_("Input tokens"), kind="number"),
    "output_tokens": ListColumn(_("Output tokens"), kind="number"),
    "latency_ms": ListColumn(_("Time"), kind="milliseconds"),
}
# What a new file begins with: two steps, an input and an output.
TEMPLATE = """\
app: my_app
title: {en: My app, zh: 我的应用}
inputs:
  text: {type: text, title: {en: Text, zh: 文本}}
steps:
  - id: answer
    kind: ask
    prompt: |
      {{ inputs.text }}
      Sum this up in three sentences.
outputs:
  answer: {title: {en: Summary, zh: 摘要}, value: "{{ answer.text }}"}
"""


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
        "waiting_steps": selectors.step_list(run).filter(state=StepRun.State.WAITING),
        "is_written_by_model": presenters.is_written_by_model(checked) if checked else False,
        "outputs": presenters.output_views(checked, run.outputs) if checked else [],
        "inputs": presenters.input_views(checked, run.inputs) if checked else [],
        "failed_checks": presenters.failed_check_texts(checked, run) if checked else [],
        "calls": RowTable(CALLS, list(selectors.model_calls(run))),
    }
    return render(request, "workbench/app_run.html", context)


@require_http_methods(["GET", "POST"])
@requires("workbench.edit")
def new_app(request: HttpRequest) -> HttpResponse:
    form = AppFileForm(request.POST or None, initial={"text": TEMPLATE})
    if form.is_valid():
        form.cleaned_data.pop("seen")
    if made := submit_form(form, partial(services.create_app, actor_of(request))):
        return redirect("workbench:edit_app", made.pk)
    return render(request, "workbench/edit_app.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("workbench.edit")
def edit_app(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """The app's file, what is wrong with it line by line, its steps as cards, and its versions."""
    actor = actor_of(request)
    row = selectors.app_list(actor.organisation).one(pk=app_id)
    version = row.draft or row.published
    initial = {"text": version.text, "seen": version.fingerprint} if version else {}
    form = AppFileForm(request.POST or None, initial=initial)
    if submit_form(form, partial(services.save_draft, actor, row)):
        return redirect("workbench:edit_app", row.pk)
    return render(request, "workbench/edit_app.html", {"form": form, **_editor(row, version)})


def _editor(row: App, version: AppVersion | None) -> dict[str, object]:
    checked = version.checked if version else None
    return {
        "app": row,
        "version": version,
        "problems": problem_views(version.problems) if version else [],
        "steps": presenters.step_views(checked) if checked else [],
        "versions": selectors.version_list(row)[:20],
    }
