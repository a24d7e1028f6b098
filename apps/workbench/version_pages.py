"""The pages of what happens to an app around its runs: trials, evaluations, files that come and go."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal
from apps.workbench import presenters, selectors, services
from apps.workbench.forms import RunForm
from apps.workbench.models import App, AppRun

MAX_TRIALS = 5


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
    if form.is_valid():
        try:
            return redirect(services.start_trial(actor, row, inputs=form.inputs))
        except ApplicationError as refusal:
            show_refusal(form, refusal)
    return render(request, "workbench/try_app.html", context)


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
    chosen = request.GET.get("example", "")
    number = int(chosen) if chosen.isdecimal() and int(chosen) < len(examples) else None
    form = RunForm(
        request.POST if request.resolver_match and request.resolver_match.url_name == "try_draft" else None,
        app=checked,
        organisation=actor.organisation,
        initial=examples[number].inputs if number is not None else None,
        auto_id="trial_%s",
    )
    return context | {"trial_form": form, "examples": presenters.example_titles(checked)}
