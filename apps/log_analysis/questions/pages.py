"""A question in plain words: asked, waited for, and on the search page what was understood of it."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.jobs import selectors as jobs
from apps.log_analysis.questions import selectors, services
from apps.log_analysis.questions.forms import QuestionForm
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.records.forms import LAST, RecordFilterForm
from apps.log_analysis.records.presenters import text_parts
from apps.log_analysis.templates.models import Level


@require_POST
@requires("logs.view")
def ask_records(request: HttpRequest) -> HttpResponse:
    form = QuestionForm(request.POST)
    question = submit_form(form, partial(services.ask, actor_of(request)))
    if question:
        return redirect("log_analysis:record_question", question.pk)
    for line in [*form.errors.get("text", []), *form.non_field_errors()]:
        messages.warning(request, line)
    return redirect("log_analysis:records")


@require_GET
@requires("logs.view")
def record_question(request: HttpRequest, record_question_id: UUID) -> HttpResponse:
    """While it is being read; then it leads to the search that it became."""
    question = _question(request, record_question_id)
    search = reverse("log_analysis:records")
    if question.is_read:
        search_url = f"{search}?{urlencode({**question.filters, 'asked': question.pk}, doseq=True)}"
        return HttpResponseClientRedirect(search_url) if request.htmx else redirect(search_url)  # type: ignore[attr-defined]
    context = {
        "question": question,
        "parts": text_parts(question.text),
        "as_text": f"{search}?{urlencode({'text': question.text})}",
        "error": jobs.error_of(question.job) if question.job and not question.is_being_read else None,
    }
    template = "progress" if request.htmx else "question"  # type: ignore[attr-defined]
    return render(request, f"log_analysis/questions/{template}.html", context)


@require_GET
@requires("logs.view")
def record_question_reading(request: HttpRequest, record_question_id: UUID) -> HttpResponse:
    """What was understood, and what was not, for the page that shows the filter."""
    question = _question(request, record_question_id)
    context = {
        "parts": text_parts(question.text),
        "understood": [
            (
                text_parts(words),
                RecordFilterForm.base_fields[name].label,
                text_parts(_value_text(question, name, value)),
            )
            for words, name, value in question.understood
        ],
        "left_out": [text_parts(words) for words in question.left_out],
        "is_without_model": bool(question.model_error),
    }
    return render(request, "log_analysis/questions/reading.html", context)


def _value_text(question: RecordQuestion, name: str, value: str) -> str:
    if name == "last":
        return str(LAST[value][0])
    if name == "level":
        return ", ".join(str(Level(each).label) for each in value.split())
    if name != "since":
        return value
    ends: list[Any] = [parse_datetime(question.filters.get(end, "")) for end in ("since", "until")]
    return " – ".join(f"{end:%Y-%m-%d %H:%M}" if end else "…" for end in ends)


def _question(request: HttpRequest, record_question_id: UUID) -> RecordQuestion:
    return selectors.own_questions(actor_of(request)).one(pk=record_question_id)
