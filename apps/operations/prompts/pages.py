from collections.abc import Iterable
from functools import partial

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.accounts.permissions import PERMISSIONS
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal, submit_form
from apps.core.pages import paginate
from apps.core.punctuation import colon
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.inference.models import PromptVersion
from apps.inference.prompt_catalogue import ShippedPrompt, shipped_prompt
from apps.inference.prompts import MAX_INPUTS
from apps.operations.prompts import selectors, services
from apps.operations.prompts.forms import PromptForm, TrialForm
from apps.operations.prompts.selectors import Recording
from llm_backend import prompt_checks

# Each is shown with its differences.
PAGE_VERSIONS = 20
PROMPTS: Columns = {
    "shipped": ListColumn(gettext_lazy("Prompt"), part="operations/prompts/prompt_name.html"),
    "active": ListColumn(gettext_lazy("Text"), part="operations/prompts/state_cell.html"),
    "use.calls": ListColumn(gettext_lazy("Calls, 7 days"), kind="number"),
    "use.failed_text": ListColumn(gettext_lazy("Failed"), look="cell-number"),
    "use.tokens": ListColumn(gettext_lazy("Tokens"), kind="number"),
}


@require_safe
@requires("operations.manage")
def prompt_list(request: HttpRequest) -> HttpResponse:
    by_desk = selectors.prompt_views(actor_of(request).organisation)
    desks = [(desk, RowTable(PROMPTS, views)) for desk, views in by_desk]
    return render(request, "operations/prompts/prompts.html", {"desks": desks})


@require_safe
@requires("operations.manage")
def prompt(request: HttpRequest, prompt_name: str) -> HttpResponse:
    """One prompt: the text in use, what it differs in from the shipped one, its versions and its calls."""
    actor, shipped = actor_of(request), shipped_prompt(prompt_name)
    view = selectors.prompt_view(actor.organisation, shipped)
    text, own = shipped.prompt.text, view.active
    page = paginate(request, selectors.versions(actor.organisation, prompt_name), PAGE_VERSIONS)
    context = {
        "view": view,
        "shipped": shipped.prompt,
        "problems": services.sentences(view.problems),
        "changes": selectors.changes(text, own.text) if own else [],
        "shipped_changes": selectors.changes(own.based_on, text) if own and view.is_outdated else [],
        "versions": _version_rows(actor, page),
        "page": page,
        "use_by_text": _use_rows(actor, shipped),
        "recording": _recording(actor, shipped),
        "may_read_inputs": selectors.may_read_inputs(actor, shipped),
        "reader_permission": PERMISSIONS.get(shipped.reader_permission, ""),
        "max_inputs": MAX_INPUTS,
    }
    return render(request, "operations/prompts/prompt.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("operations.manage")
def change_prompt(request: HttpRequest, prompt_name: str) -> HttpResponse:
    actor, shipped = actor_of(request), shipped_prompt(prompt_name)
    form = PromptForm(request.POST or None, initial=_initial(actor, shipped))
    if version := submit_form(form, partial(services.propose, actor, name=prompt_name)):
        messages.success(request, _("Submitted for approval."))
        return redirect("operations:prompt", version.prompt)
    inputs = _recording(actor, shipped).inputs
    number = _input_number(request)
    recorded = inputs[number - 1].values if 1 <= number <= len(inputs) else None
    context = {
        "shipped": shipped,
        "form": form,
        "trial_form": TrialForm(organisation=actor.organisation, shipped=shipped, recorded=recorded),
        "inputs": inputs,
        "chosen": number if recorded else 0,
    }
    return render(request, "operations/prompts/change_prompt.html", context)


@require_POST
@requires("operations.manage")
def try_prompt(request: HttpRequest, prompt_name: str) -> HttpResponse:
    """For htmx: the answers of both texts side by side, or what is wrong with the text or the values."""
    actor, shipped = actor_of(request), shipped_prompt(prompt_name)
    form = PromptForm(request.POST)
    trial = TrialForm(request.POST, organisation=actor.organisation, shipped=shipped)
    context: dict[str, object] = {}
    if form.is_valid() and trial.is_valid():
        values = form.cleaned_data
        try:
            own = services.checked_text(shipped, values["text"], values["temperature"], values["max_tokens"])
            jobs = services.try_texts(
                actor,
                name=prompt_name,
                own=None if own.parts == shipped.prompt.parts else own,
                values=trial.cleaned_data["values"],
                endpoint=trial.cleaned_data["endpoint"],
            )
        except ApplicationError as refusal:
            show_refusal(form if "text" in refusal.fields else trial, refusal)
        else:
            labels = [_("Your version"), _("Default text")][-len(jobs) :]
            context |= {
                "trials": list(zip(labels, jobs, strict=True)),
                "unused": prompt_checks.unused_variables(own, shipped.prompt),
            }
    context["lines"] = [*_error_lines(form), *_error_lines(trial)]
    return render(request, "operations/prompts/trial.html", context)


@require_safe
@requires("operations.manage")
def prompt_values(request: HttpRequest, prompt_name: str) -> HttpResponse:
    """For htmx: the field of a trial's values, filled with the recorded input or the sample that was chosen."""
    actor, shipped = actor_of(request), shipped_prompt(prompt_name)
    number = _input_number(request)
    inputs = _recording(actor, shipped, number=number).inputs if number else ()
    recorded = inputs[0].values if inputs else None
    trial = TrialForm(organisation=actor.organisation, shipped=shipped, recorded=recorded)
    return render(request, "operations/prompts/values.html", {"trial_form": trial})


def _error_lines(form: Form) -> list[str]:
    fields = [f"{field.label}{colon()}{error}" for field in form for error in field.errors]
    return [*map(str, form.non_field_errors()), *fields]


def _recording(actor: Actor, shipped: ShippedPrompt, *, number: int = 0) -> Recording:
    """What was recorded, for whoever may read it; nothing for others."""
    is_readable = selectors.may_read_inputs(actor, shipped) and not shipped.prompt.settings.locked
    return services.read_inputs(actor, shipped.name, number=number) if is_readable else Recording()


def _input_number(request: HttpRequest) -> int:
    """Which recorded input the address asks for, from 1 on; 0 for the sample."""
    asked = request.GET.get("input", "")
    return int(asked) if asked.isdecimal() and len(asked) < 3 else 0


def _initial(actor: Actor, shipped: ShippedPrompt) -> dict[str, object]:
    """The text in use, with its settings."""
    if own := selectors.version_in_use(actor.organisation, shipped.name):
        return {"text": own.text, "temperature": own.temperature, "max_tokens": own.max_tokens}
    settings = shipped.prompt.settings
    return {
        "text": shipped.prompt.text,
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
    }


def _version_rows(actor: Actor, versions: Iterable[PromptVersion]) -> list[dict[str, object]]:
    """Each with its difference from the shipped text of its time, and what may be done with it."""
    return [
        {
            "version": version,
            "changes": selectors.changes(version.based_on, version.text),
            "may_decide": version.state == PromptVersion.State.PROPOSED
            and services.DECISION.may_approve(actor, version),
            "is_own": selectors.is_own(actor, version),
        }
        for version in versions
    ]


def _use_rows(actor: Actor, shipped: ShippedPrompt) -> list[tuple[str, selectors.PromptUse]]:
    """Calls by the text that was rendered: the shipped one, versions by number, and what is neither."""
    use = selectors.use_by_text(actor.organisation, shipped.name)
    own = selectors.versions(actor.organisation, shipped.name).filter(hash__in=use)
    names = {version.hash: _("Version %(number)s") % {"number": version.number} for version in own}
    names.setdefault(shipped.prompt.hash, _("Default text"))
    return [
        (names.get(text_hash, _("Earlier version")) + f" · {text_hash[:8]}", each)
        for text_hash, each in use.items()
    ]
