"""A desk's pages about its evaluation: questions, runs, two runs side by side. `urls` says who may open them."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of
from apps.core import tables
from apps.core.forms import submit_form
from apps.core.pages import act_and_go_back, optional_uuid
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.evaluation import budgets, question_files, selectors, services, versions, work
from apps.evaluation.adapters import Adapter
from apps.evaluation.budgets import Limit, LimitReached
from apps.evaluation.comparison import Comparison
from apps.evaluation.forms import ImportForm, LimitForm
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.evaluation.opinions import annotations, judges
from apps.evaluation.resources import QUESTIONS, RUNS
from apps.resources.presenters import RowListView

ESTIMATES: Columns = {
    "endpoint.title": ListColumn(gettext_lazy("Model"), note="basis"),
    "tokens": ListColumn(gettext_lazy("Tokens, approx."), kind="number"),
    "cost": ListColumn(gettext_lazy("Cost, approx."), kind="cost"),
}
MAX_RUNS = 10
MAX_OTHER_RUNS = 30
MAX_JUDGEMENTS = 10


@require_safe
def questions(request: HttpRequest, *, adapter: Adapter) -> HttpResponse:
    organisation = actor_of(request).organisation
    sets = selectors.question_sets(adapter, organisation)
    chosen = next((each for each in sets if each.key == request.GET.get("set")), sets[0] if sets else None)
    key = chosen.key if chosen else ""
    rows = selectors.questions(adapter, organisation).filter(question_set=key)
    context = {
        "sets": sets,
        "chosen": chosen,
        "has_ready_questions": bool(selectors.lacking_questions(adapter, organisation, key)),
        "version": versions.current(organisation, adapter.desk, key),
        "row_list": RowListView(QUESTIONS, request, rows=rows),
        "runs": RowListView(
            RUNS, request, rows=selectors.runs(adapter, organisation).filter(question_set=key)
        ),
    }
    return page_of(request, adapter, "questions", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_question(request: HttpRequest, *, adapter: Adapter) -> HttpResponse:
    return _question_page(request, adapter, None)


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, evaluation_question_id: UUID, *, adapter: Adapter) -> HttpResponse:
    rows = selectors.questions(adapter, actor_of(request).organisation)
    return _question_page(request, adapter, get_object_or_404(rows, pk=evaluation_question_id))


def _question_page(request: HttpRequest, adapter: Adapter, row: EvaluationQuestion | None) -> HttpResponse:
    actor = actor_of(request)
    initial: dict[str, Any]
    if row:
        initial = {"question_set": row.question_set, "text": row.text, **row.expected}
    elif asked := request.GET.get("work"):
        initial = work.initial_of(asked, adapter, actor)
    else:
        initial = adapter.initial(actor.organisation, request.GET)
    form = adapter.question_form(
        request.POST or None, initial=initial, adapter=adapter, organisation=actor.organisation
    )
    save = partial(services.save_question, actor, adapter=adapter, question_id=row.pk if row else None)
    if saved := submit_form(form, save):
        messages.success(request, _("Saved."))
        return _to_list(adapter, saved.question_set)
    answers = row.answers.select_related("run").order_by("-run__created_at")[:MAX_RUNS] if row else []
    return page_of(request, adapter, "question", {"form": form, "question": row, "answers": answers})


@require_http_methods(["GET", "HEAD", "POST"])
def import_questions(request: HttpRequest, *, adapter: Adapter) -> HttpResponse:
    actor = actor_of(request)
    initial = {"question_set": request.GET.get("set")}
    files = request.FILES or None
    form = ImportForm(
        request.POST or None, files, initial=initial, adapter=adapter, organisation=actor.organisation
    )

    def save(question_set: str, file: Any, task: Any) -> tables.TableImport:
        content, task_content = (each.read(tables.MAX_BYTES + 1) if each else b"" for each in (file, task))
        return services.import_questions(
            actor, adapter=adapter, question_set=question_set, content=content, task=task_content
        )

    if imported := submit_form(form, save):
        text = ngettext(
            "%(count)d question was imported.", "%(count)d questions were imported.", imported.count
        )
        messages.success(request, tables.imported_text(text % {"count": imported.count}, imported.ignored))
        return _to_list(adapter, form.cleaned_data["question_set"])
    return page_of(request, adapter, "import", {"form": form})


@require_POST
def add_ready_questions(request: HttpRequest, *, adapter: Adapter) -> HttpResponse:
    actor, key = actor_of(request), request.POST.get("set", "")
    if key not in adapter.question_sets(actor.organisation):
        raise Http404
    return act_and_go_back(
        request,
        partial(services.add_ready_questions, actor, adapter=adapter, question_set=key),
        f"{adapter.pages}questions",
        success=lambda count: (
            ngettext("%(count)d question was added.", "%(count)d questions were added.", count)
            % {"count": count}
        ),
        then=lambda _count: f"{adapter.url('questions')}?set={key}",
    )


@require_GET
def export_questions(request: HttpRequest, *, adapter: Adapter) -> HttpResponseBase:
    """As CSV, or as `?type=jsonl`."""
    file_type = "jsonl" if request.GET.get("type") == "jsonl" else "csv"
    return question_files.export(actor_of(request), adapter, request.GET.get("set", ""), file_type)


@require_http_methods(["GET", "HEAD", "POST"])
def new_run(request: HttpRequest, *, adapter: Adapter) -> HttpResponse:
    """What is live, or a draft: model and options may be changed for the run."""
    actor = actor_of(request)
    sets = selectors.question_sets(adapter, actor.organisation)
    chosen = next((each for each in sets if each.key == request.GET.get("set")), None)
    if chosen is None:
        raise Http404
    live = adapter.live_options(actor.organisation, chosen.key)
    named = [key for key in map(optional_uuid, request.GET.getlist("endpoint")) if key]
    form = adapter.run_form(
        request.POST or None, initial={**live, "endpoints": named}, organisation=actor.organisation
    )
    start = partial(services.start_runs, actor, adapter=adapter, question_set=chosen.key)
    if started := submit_form(form, start):
        if len(started) > 1:
            return redirect(f"{adapter.url('results')}?set={chosen.key}")
        return redirect(adapter.url("run", started[0].pk))
    estimates = RowTable(ESTIMATES, budgets.estimates(adapter, actor.organisation, chosen.key))
    return page_of(request, adapter, "new_run", {"form": form, "chosen": chosen, "estimates": estimates})


@require_safe
def run(request: HttpRequest, evaluation_run_id: UUID, *, adapter: Adapter) -> HttpResponse:
    """While questions are asked, htmx asks for the answers as the run moves on."""
    row = run_of(request, adapter, evaluation_run_id)
    context = _run_context(row) | {
        "answers": selectors.answers_with_expectations(row),
        "earlier": selectors.earlier_live_run(row),
    }
    return page_of(request, adapter, "answers" if request.htmx else "run", context)  # type: ignore[attr-defined]


@require_safe
def compare(request: HttpRequest, evaluation_run_id: UUID, *, adapter: Adapter) -> HttpResponse:
    """With the run of `?with=`, else with the last live one before it."""
    after = run_of(request, adapter, evaluation_run_id)
    chosen = request.GET.get("with")
    before = run_of(request, adapter, optional_uuid(chosen)) if chosen else selectors.earlier_live_run(after)
    if before is None:
        messages.info(request, _("No earlier run to compare with."))
        return redirect(adapter.url("run", after.pk))
    return page_of(
        request, adapter, "compare", _run_context(after) | {"comparison": Comparison(before, after)}
    )


def run_of(request: HttpRequest, adapter: Adapter, run_id: UUID | None) -> EvaluationRun:
    return get_object_or_404(selectors.runs(adapter, actor_of(request).organisation), pk=run_id)


def _run_context(row: EvaluationRun) -> dict[str, Any]:
    limit = Limit.of_inputs(row.job.inputs) if row.job else Limit()
    is_at_limit = bool(row.job and row.job.error_code == LimitReached.code)
    return {
        "run": row,
        "limit_form": LimitForm(initial={"max_tokens": limit.tokens, "max_cost": limit.cost})
        if is_at_limit
        else None,
        "changed_since": versions.changed_since(row),
        "is_mixed": versions.is_mixed(row),
        "others": selectors.other_runs(row)[:MAX_OTHER_RUNS],
        "text_options": selectors.text_options(row),
        "facts": [*row.adapter.run_facts(row), *limit.in_words],
        "people": annotations.opinion_of_people(row),
        "judgements": judges.judgements_of(row)[:MAX_JUDGEMENTS],
    }


def page_of(request: HttpRequest, adapter: Adapter, template: str, context: dict[str, Any]) -> HttpResponse:
    """`pages`: what the names of this desk's addresses begin with."""
    may_change = actor_of(request).may(adapter.manage_permission)
    context |= {"adapter": adapter, "pages": adapter.pages, "may_change": may_change}
    return render(request, f"evaluation/{template}.html", context)


def _to_list(adapter: Adapter, question_set: str) -> HttpResponse:
    return redirect(f"{adapter.url('questions')}?set={question_set}")
