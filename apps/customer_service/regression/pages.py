"""The staff's pages about regression sets: questions, runs, two runs side by side."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.core import tables as core_tables
from apps.core.errors import ApplicationError, Conflict
from apps.core.forms import accepted, show_refusal
from apps.customer_service.channels.models import Channel
from apps.customer_service.regression import diff, questions, runs, tables
from apps.customer_service.regression.forms import ImportForm, QuestionForm, RunForm
from apps.customer_service.regression.models import RegressionQuestion, RegressionRun
from apps.jobs import services as jobs
from llm_backend.changes import Piece, word_changes

ROWS = 50
SHOWN_RUNS = 10


@require_GET
@requires("conversations.view")
def regression(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    channels = list(Channel.objects.within(actor.organisation).order_by("name"))
    channel = next((each for each in channels if str(each.pk) == request.GET.get("channel")), None)
    channel = channel or (channels[0] if channels else None)
    found = questions.with_last_result(questions.question_list(actor.organisation).filter(channel=channel))
    context = {
        "channels": channels,
        "channel": channel,
        "page": Paginator(found, ROWS).get_page(request.GET.get("page")),
        "runs": runs.run_list(actor.organisation).filter(channel=channel)[:SHOWN_RUNS],
    }
    return render(request, "customer_service/regression/regression.html", context)


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def new_question(request: HttpRequest) -> HttpResponse:
    """Empty, or made from what a visitor asked: `?turn=`."""
    actor = actor_of(request)
    form = QuestionForm(
        request.POST or None, initial=_initial(request, actor), organisation=actor.organisation
    )
    saved = accepted(form, lambda **fields: questions.save_question(actor, **fields))
    if saved:
        messages.success(request, _("Saved."))
        return _to_list(saved.channel_id)
    return render(request, "customer_service/regression/question.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def question(request: HttpRequest, regression_question_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(
        RegressionQuestion.objects.within(actor.organisation), pk=regression_question_id
    )
    initial = QuestionForm.initial_of(found)
    form = QuestionForm(request.POST or None, initial=initial, organisation=actor.organisation)
    saved = accepted(form, lambda **fields: questions.save_question(actor, question_id=found.pk, **fields))
    if saved:
        messages.success(request, _("Saved."))
        return _to_list(saved.channel_id)
    answers = found.answers.select_related("run").order_by("-run__created_at")[:SHOWN_RUNS]
    context = {"form": form, "question": found, "answers": answers}
    return render(request, "customer_service/regression/question.html", context)


@require_POST
@requires("conversations.manage")
def delete_question(request: HttpRequest, regression_question_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(
        RegressionQuestion.objects.within(actor.organisation), pk=regression_question_id
    )
    questions.delete_question(actor, question_id=found.pk)
    messages.success(request, _("The question was deleted."))
    return _to_list(found.channel_id)


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def import_questions(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    initial = {"channel": request.GET.get("channel")}
    form = ImportForm(
        request.POST or None, request.FILES or None, initial=initial, organisation=actor.organisation
    )
    if form.is_valid():
        channel = form.cleaned_data["channel"]
        try:
            count = tables.import_questions(
                actor, channel=channel, content=form.cleaned_data["file"].read(core_tables.MAX_BYTES + 1)
            )
        except ApplicationError as refusal:
            show_refusal(form, refusal)
        else:
            text = ngettext("%(count)d question was imported.", "%(count)d questions were imported.", count)
            messages.success(request, text % {"count": count})
            return _to_list(channel.pk)
    return render(request, "customer_service/regression/import.html", {"form": form})


@require_GET
@requires("conversations.view")
def export_questions(request: HttpRequest) -> HttpResponseBase:
    found = questions.question_list(actor_of(request).organisation)
    if channel := _uuid(request.GET.get("channel")):
        found = found.filter(channel=channel)
    headings = [column.name for column in tables.COLUMNS]
    return core_tables.response(
        tables.rows(found), name="regression-questions", file_type="csv", headings=headings
    )


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def new_run(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """What is live, or a draft: instructions, model and documents may be changed for the run."""
    actor = actor_of(request)
    channel = get_object_or_404(Channel.objects.within(actor.organisation), pk=channel_id)
    initial = {"instructions": channel.instructions}
    form = RunForm(request.POST or None, initial=initial, organisation=actor.organisation)
    started = accepted(form, lambda **fields: runs.start_run(actor, channel=channel, **fields))
    if started:
        return redirect("customer_service:regression_run", started.pk)
    total = RegressionQuestion.objects.filter(channel=channel).count()
    context = {"form": form, "channel": channel, "total": total}
    return render(request, "customer_service/regression/new_run.html", context)


@require_GET
@requires("conversations.view")
def run(request: HttpRequest, regression_run_id: UUID) -> HttpResponse:
    """While questions are asked, htmx asks for the answers every two seconds."""
    found = _run(request, regression_run_id)
    context: dict[str, Any] = {
        "run": found,
        "channel": found.channel,
        "answers": runs.answers_of(found),
        "earlier": diff.earlier_live_run(found),
        "others": runs.run_list(found.organisation).filter(channel=found.channel).exclude(pk=found.pk)[:30],
        "instructions": _instruction_changes(found),
    }
    template = "answers" if request.htmx else "run"  # type: ignore[attr-defined]
    return render(request, f"customer_service/regression/{template}.html", context)


@require_GET
@requires("conversations.view")
def compare_runs(request: HttpRequest, regression_run_id: UUID) -> HttpResponse:
    """With the run of `?with=`, else with the last live one before it."""
    after = _run(request, regression_run_id)
    chosen = _uuid(request.GET.get("with"))
    before = _run(request, chosen) if chosen else diff.earlier_live_run(after)
    if before is None:
        messages.info(request, _("There is no earlier run of this channel to compare with."))
        return redirect("customer_service:regression_run", after.pk)
    context = {
        "comparison": diff.comparison(before, after),
        "run": after,
        "channel": after.channel,
        "instructions": _instruction_changes(after),
        "others": runs.run_list(after.organisation).filter(channel=after.channel).exclude(pk=after.pk)[:30],
    }
    return render(request, "customer_service/regression/compare.html", context)


@require_POST
@requires("conversations.manage")
def apply_run(request: HttpRequest, regression_run_id: UUID) -> HttpResponse:
    try:
        runs.apply_instructions(actor_of(request), run_id=regression_run_id)
        messages.success(request, _("The channel has these instructions now."))
    except Conflict as conflict:
        messages.warning(request, str(conflict.message))
    return redirect("customer_service:regression_run", regression_run_id)


@require_POST
@requires("conversations.manage")
def cancel_run(request: HttpRequest, regression_run_id: UUID) -> HttpResponse:
    return _settle_job(request, regression_run_id, jobs.cancel_job)


@require_POST
@requires("conversations.manage")
def continue_run(request: HttpRequest, regression_run_id: UUID) -> HttpResponse:
    """Asks what was not asked before the run failed or was stopped."""
    return _settle_job(request, regression_run_id, jobs.retry_job)


def _settle_job(request: HttpRequest, run_id: UUID, change: Any) -> HttpResponse:
    found = _run(request, run_id)
    try:
        if found.job:
            change(found.job, requested_by=actor_of(request))
    except Conflict as conflict:
        messages.warning(request, str(conflict.message))
    return redirect("customer_service:regression_run", run_id)


def _run(request: HttpRequest, run_id: UUID) -> RegressionRun:
    return get_object_or_404(runs.run_list(actor_of(request).organisation), pk=run_id)


def _instruction_changes(of: RegressionRun) -> list[Piece]:
    """What would become of the channel's instructions; nothing where they are the same."""
    if of.instructions == of.channel.instructions:
        return []
    return word_changes(of.channel.instructions, of.instructions)


def _initial(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    asked = questions.asked_in(actor.organisation, _uuid(request.GET.get("turn")))
    if asked is None:
        return {"channel": request.GET.get("channel"), "text": request.GET.get("question", "")}
    documents = [document.pk for document in questions.cited_documents(asked)]
    return {"channel": asked.conversation.channel_id, "text": asked.text, "expected_documents": documents}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _to_list(channel_id: UUID) -> HttpResponse:
    return redirect(f"{reverse('customer_service:regression')}?channel={channel_id}")
