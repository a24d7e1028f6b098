"""The pages of what happens to an app around its runs: trials, evaluations, files that come and go."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts import selectors as accounts
from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.audit.file_exports import FileExport
from apps.core.forms import submit_form
from apps.jobs.forms import ScheduleForm
from apps.workbench import (
    app_schedules,
    evaluation,
    file_imports,
    presenters,
    reading_accounts,
    selectors,
    services,
    value_views,
)
from apps.workbench.case_presenters import EvaluationView
from apps.workbench.file_imports import ImportCheck
from apps.workbench.forms import AccountForm, AppImportForm, CaseForm, RunForm
from apps.workbench.models import App, AppRun, AppVersion
from domain.workflows.app_file import MAX_EXPECTED
from domain.workflows.evaluation import KnownTexts, proposed_expectations
from domain.workflows.types import Record

MAX_TRIALS = MAX_EVALUATIONS = 5


@require_POST
@requires("workbench.edit")
def try_draft(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """Tries the draft as it stands. What does not fit is told beside the form."""
    actor = actor_of(request)
    row = selectors.app_list(actor.organisation).one(pk=app_id)
    context = {"app": row, **trial_section(request, row)}
    form = context.get("trial_form")
    if not isinstance(form, RunForm):
        return redirect("workbench:edit_app", row.pk)
    if run := submit_form(form, partial(services.start_trial, actor, row)):
        return redirect(run)
    return render(request, "workbench/try_app.html", context)


@require_safe
@requires("workbench.edit")
def app_evaluation(request: HttpRequest, app_evaluation_id: UUID) -> HttpResponse:
    """What was measured, and the cases: failed ones first, with what came out as far as the reader may see that. Whoever
    edits apps sees the rest: the inputs stand in the file.
    """
    actor = actor_of(request)
    row = selectors.evaluation_list(actor.organisation).one(pk=app_evaluation_id)
    view = EvaluationView(row)
    others = selectors.evaluations_of(row.version.app)[:MAX_EVALUATIONS]
    context = {"view": view, "row": row, "others": others, "shows_outputs": view.shows_outputs_to(actor)}
    return render(request, "workbench/evaluation.html", context)


def evaluation_section(version: AppVersion) -> dict[str, object]:
    """For `workbench/measure.html`: what this text promises, and what was measured of it."""
    checked = version.checked
    promised = checked.file.evaluation if checked else None
    if promised is None:
        return {}
    latest = selectors.latest_evaluation(version)
    return {"promised": promised, "evaluation": EvaluationView(latest) if latest else None}


@require_http_methods(["GET", "HEAD", "POST"])
@requires("workbench.edit")
def keep_case(request: HttpRequest, app_run_id: UUID) -> HttpResponse:
    """A run of one's own becomes a case of the draft, with what came out of it as what is expected."""
    actor = actor_of(request)
    run = selectors.own_run(actor, app_run_id)
    checked = run.version.checked
    proposed: list[str] = []
    if checked and run.outputs:
        known = KnownTexts.of(checked.file, run.inputs)
        outputs = Record(fields=dict(checked.outputs))
        proposed = proposed_expectations("outputs", outputs, run.outputs, known)
    form = CaseForm(request.POST or None, initial={"expect": proposed[:MAX_EXPECTED]})
    if submit_form(form, partial(evaluation.keep_case, actor, run)):
        messages.success(request, _("Kept as a case of the draft."))
        return redirect("workbench:edit_app", run.app_id)
    context = {"form": form, "run": run, "outputs": value_views.named_output_views(run)}
    return render(request, "workbench/keep_case.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("jobs.manage")
def schedule_run(request: HttpRequest, app_run_id: UUID) -> HttpResponse:
    """A run of one's own again and again."""
    actor = actor_of(request)
    run = selectors.own_run(actor, app_run_id)
    initial = {"name": str(run), "time_zone": timezone.get_current_timezone_name()}
    form = ScheduleForm(request.POST or None, initial=initial)
    del form.fields["is_enabled"]
    if submit_form(form, partial(app_schedules.schedule_run, actor, run)):
        return redirect("jobs:schedules")
    return render(request, "workbench/schedule_run.html", {"form": form, "run": run})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("workbench.publish")
def reading_account(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """With whose rights an app reads documents. `?account=` shows what that would open; sent, it holds."""
    actor = actor_of(request)
    row = selectors.app_list(actor.organisation).one(pk=app_id)
    members = accounts.members(actor.organisation).filter(is_active=True, user__is_active=True)
    form = AccountForm(request.POST or request.GET or None, members=members)
    choose = partial(reading_accounts.choose_account, actor, row)
    if request.method == "POST" and submit_form(form, choose) is not None:
        messages.success(request, _("From now on the app reads documents with this member's rights."))
        return redirect("workbench:edit_app", row.pk)
    chosen = form.cleaned_data.get("account") if form.is_bound and form.is_valid() else None
    context = {
        "app": row,
        "form": form,
        "chosen": chosen,
        "opening": selectors.opening(actor, chosen) if chosen else None,
        "may_choose": actor.may(reading_accounts.MAY_CHOOSE),
        **account_section(actor, row),
    }
    return render(request, "workbench/reading_account.html", context)


def account_section(actor: Actor, app: App) -> dict[str, object]:
    """For `workbench/account.html`: of an app that reads documents, what its account opens."""
    version = app.draft or app.published
    checked = version.checked if version else None
    reads = checked is not None and any(step.kind == "retrieve" for step, _is_inside in checked.steps())
    account = app.reading_account
    return {
        "reads_documents": reads or account is not None,
        "account_opening": selectors.opening(actor, account) if account else None,
    }


@require_GET
@requires("workbench.edit")
def app_file(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """What is published as a file, or the draft of what is not."""
    actor = actor_of(request)
    return file_response(actor, selectors.app_list(actor.organisation).one(pk=app_id))


def file_response(actor: Actor, app: App) -> HttpResponse:
    """Raises NotFound."""
    version = app.published or selectors.current_version(app)
    answer = HttpResponse(version.text, content_type="application/yaml; charset=utf-8")
    export = FileExport(
        actor, "app.exported", target=app, details={"app": app.name, "version": version.number}
    )
    return export.download(answer, f"{app.name}.yaml")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("workbench.edit")
def import_app(request: HttpRequest) -> HttpResponse:
    """A file from elsewhere. What is missing for it is told first; sent again, it becomes a draft."""
    actor = actor_of(request)
    form = AppImportForm(request.POST or None, request.FILES or None)

    def check_or_import(*, text: str, name: str, confirmed: str) -> ImportCheck | App:
        check = file_imports.check_import(actor, text=text, name=name)
        is_told = not check.has_remarks or confirmed == AppVersion(text=check.text).fingerprint
        return file_imports.import_app(actor, text=text, name=name) if is_told else check

    made = submit_form(form, check_or_import)
    if isinstance(made, App):
        return redirect("workbench:edit_app", made.pk)
    if made:
        confirmed = AppVersion(text=made.text).fingerprint
        form = AppImportForm(initial={**form.cleaned_data, "confirmed": confirmed})
    return render(request, "workbench/import_app.html", {"form": form, "check": made})


def trial_section(request: HttpRequest, app: App) -> dict[str, object]:
    """For `workbench/trial.html`: a form for the draft where it has no problems, begun with the example of `?example=`,
    and the latest trials of whoever looks.
    """
    actor, draft = actor_of(request), app.draft
    trials = selectors.own_runs(actor).filter(app=app, occasion=AppRun.Occasion.TRIAL)
    context: dict[str, object] = {"trials": trials[:MAX_TRIALS]}
    checked = draft.checked if draft and not draft.problems else None
    if checked is None:
        return context
    examples = checked.file.examples
    chosen = dict(zip(map(str, range(len(examples))), examples, strict=True)).get(
        request.GET.get("example", "")
    )
    is_sent = request.resolver_match and request.resolver_match.url_name == "try_draft"
    form = RunForm(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        app=checked,
        actor=actor,
        initial=chosen.inputs if chosen else None,
        auto_id="trial_%s",
    )
    return context | {"trial_form": form, "examples": presenters.example_titles(checked)}
