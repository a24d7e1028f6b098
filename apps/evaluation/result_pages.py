"""All models of a set beside each other: who passes how much at what price, what each said, and all of it as a file."""

import json
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_safe

from apps.accounts.access import actor_of
from apps.audit.file_exports import FileExport
from apps.core.errors import NotFound
from apps.core.pages import optional_uuid
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.evaluation import documents, pictures, results, selectors
from apps.evaluation.adapters import Adapter
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion
from apps.evaluation.pages import page_of
from apps.evaluation.results import Result, Results
from apps.jobs.backed_by_job import UNDER_WAY
from llm_backend.changes import Piece, word_changes

SHOWN_QUESTIONS = 50
FORMATS = ("csv", "json", "pdf")

RESULTS: Columns = {
    "number": ListColumn(pgettext_lazy("a number", "No."), kind="number"),
    "model": ListColumn(
        _("Model"), link=lambda row: row.run.adapter.url("run", row.run.pk), names_row=True, note="run"
    ),
    "share": ListColumn(_("Passed"), part="evaluation/result_share.html"),
    "difference_text": ListColumn(_("Difference, points"), note="verdict_text", look="cell-number"),
    "measures.tokens_per_second": ListColumn(_("Tokens per second"), kind="amount"),
    "measures.first_token_seconds": ListColumn(_("First token (s)"), kind="amount"),
    "measures.seconds": ListColumn(_("Seconds per answer"), kind="amount"),
    "measures.cost_per_answer": ListColumn(_("Cost per answer"), kind="cost"),
}


@dataclass(frozen=True)
class QuestionRow:
    question: EvaluationQuestion
    passed: int
    asked: int

    @property
    def passed_text(self) -> str:
        return f"{self.passed} / {self.asked}"


@dataclass(frozen=True)
class ModelAnswer:
    """`pieces`: how its words differ from those of the answer that was chosen. `is_of_another`: whether the question, or
    what is expected, was changed since.
    """

    result: Result
    answer: EvaluationAnswer
    pieces: list[Piece]
    is_of_another: bool


@require_safe
def set_results(request: HttpRequest, *, adapter: Adapter) -> HttpResponse:
    key, name, found = _of_set(request, adapter)
    under_way = selectors.runs(adapter, actor_of(request).organisation).filter(UNDER_WAY, question_set=key)
    rows_of = EvaluationQuestion.objects.within(actor_of(request).organisation).in_bulk(
        [question for question, *_counts in found.questions[:SHOWN_QUESTIONS]]
    )
    questions = [
        QuestionRow(rows_of[question], *counts)
        for question, *counts in found.questions[:SHOWN_QUESTIONS]
        if question in rows_of
    ]
    columns: Columns = {
        "question.text": ListColumn(
            _("Question"), link=lambda row: adapter.url("question_answers", row.question.pk)
        ),
        "passed_text": ListColumn(_("Models that passed"), look="cell-number cell-shrink"),
    }
    context = {
        "set_key": key,
        "set_name": name,
        "best": found.rows[0].run if found.rows else None,
        "rows": found.rows,
        "table": RowTable(
            RESULTS, found.rows, caption=_("Models"), acts_part="evaluation/result_compare.html"
        ),
        "figures": pictures.scatter_plots(found.rows),
        "questions": RowTable(columns, questions, caption=_("Questions")),
        "question_count": len(found.questions),
        "under_way": list(under_way),
        "note": documents.many_models_note(),
        "formats": FORMATS,
    }
    return page_of(request, adapter, "results", context)


@require_safe
def question_answers(request: HttpRequest, evaluation_question_id: UUID, *, adapter: Adapter) -> HttpResponse:
    """What each model said to one question, with the words that differ from those of the run in `?against=`."""
    organisation = actor_of(request).organisation
    question = get_object_or_404(selectors.questions(adapter, organisation), pk=evaluation_question_id)
    found = results.of_set(organisation, adapter.desk, question.question_set)
    answers = {
        answer.run_id: answer
        for answer in EvaluationAnswer.objects.filter(question=question, run__in=found.runs).select_related(
            "run__organisation"
        )
    }
    chosen = optional_uuid(request.GET.get("against", ""))
    against = answers.get(chosen) if chosen else None
    context = {
        "question": question,
        "set_key": question.question_set,
        "expected": adapter.expectations([question])[0],
        "against": against,
        "answers": [
            ModelAnswer(
                row,
                answer,
                word_changes(against.text, answer.text) if against and against != answer else [],
                answer.was_asked_otherwise(question.text, question.expected),
            )
            for row in found.rows
            if (answer := answers.get(row.run.pk))
        ],
    }
    return page_of(request, adapter, "question_answers", context)


@require_GET
def export_results(request: HttpRequest, *, adapter: Adapter) -> HttpResponseBase:
    """Raises NotFound for a format that there is not."""
    key, name, found = _of_set(request, adapter)
    file_type = request.GET.get("format", "csv")
    filters = {"desk": adapter.desk, "set": key}
    export = FileExport(actor_of(request), "evaluation_results.exported", filters=filters)
    if file_type == "csv":
        return export.response(documents.answer_rows(found), name="results", file_type="csv")
    if file_type == "json":
        content = json.dumps(documents.content(name, found), ensure_ascii=False, indent=1).encode()
        return export.download(HttpResponse(content, content_type="application/json"), "results.json")
    if file_type != "pdf":
        raise NotFound
    pdf = documents.to_pdf(f"{adapter.title} · {name}", found)
    return export.download(HttpResponse(pdf, content_type="application/pdf"), "results.pdf")


def _of_set(request: HttpRequest, adapter: Adapter) -> tuple[str, str, Results]:
    organisation, key = actor_of(request).organisation, request.GET.get("set", "")
    names = adapter.question_sets(organisation)
    if key not in names:
        raise Http404
    return key, names[key], results.of_set(organisation, adapter.desk, key)
