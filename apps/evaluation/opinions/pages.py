"""What people and judges say of a run's answers: the queue in which they are looked at, and a judge's verdicts."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of
from apps.core.forms import submit_form
from apps.core.pages import optional_uuid, paginate
from apps.evaluation import selectors
from apps.evaluation.adapters import Adapter
from apps.evaluation.forms import AnnotationForm, JudgeForm
from apps.evaluation.opinions import annotations, judges
from apps.evaluation.opinions.judge_figures import JudgeFigures
from apps.evaluation.pages import page_of, run_of

PAGE_VERDICTS = 20


@require_http_methods(["GET", "HEAD", "POST"])
def annotate(request: HttpRequest, evaluation_run_id: UUID, *, adapter: Adapter) -> HttpResponse:
    """One answer after the other: that of `?answer=`, or the first of which the member has said nothing yet."""
    actor, run = actor_of(request), run_of(request, adapter, evaluation_run_id)
    queue = annotations.queue(run, actor.responsible_member, optional_uuid(request.GET.get("answer", "")))
    own = {"better_text": queue.own.better_text} if queue.own else {}
    form = AnnotationForm(request.POST or None, initial=own)
    if queue.answer:
        save = partial(annotations.annotate, actor, adapter=adapter, answer=queue.answer)
        if submit_form(form, save):
            # Whoever went back to correct one goes on behind it.
            there = f"?answer={queue.following}" if queue.own and queue.following else ""
            return redirect(f"{adapter.url('annotate', run.pk)}{there}")
    context = {"run": run, "queue": queue, "form": form, "people": annotations.opinion_of_people(run)}
    return page_of(request, adapter, "annotate", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_judgement(request: HttpRequest, evaluation_run_id: UUID, *, adapter: Adapter) -> HttpResponse:
    actor, run = actor_of(request), run_of(request, adapter, evaluation_run_id)
    initial = {"other_run": optional_uuid(request.GET.get("with", ""))}
    form = JudgeForm(request.POST or None, initial=initial, run=run)
    if started := submit_form(form, partial(judges.start_judgement, actor, adapter=adapter, run=run)):
        return redirect(adapter.url("judgement", started.pk))
    return page_of(request, adapter, "judge", {"run": run, "form": form})


@require_safe
def judgement(request: HttpRequest, evaluation_judgement_id: UUID, *, adapter: Adapter) -> HttpResponse:
    rows = judges.judgement_list(actor_of(request).organisation, adapter)
    row = get_object_or_404(rows, pk=evaluation_judgement_id)
    figures = JudgeFigures(row)
    verdicts = paginate(request, figures.verdicts, PAGE_VERDICTS)
    selectors.with_expectations(row.run, [each.answer for each in verdicts])
    context = {"judgement": row, "run": row.run, "figures": figures, "page": verdicts}
    return page_of(request, adapter, "verdicts" if request.htmx else "judgement", context)  # type: ignore[attr-defined]
