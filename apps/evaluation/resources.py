"""A desk's lists of questions and of runs; its pages find the rows, as the permission is the desk's."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.row_table import ListColumn
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.resources.declaration import RowList


@dataclass(frozen=True)
class QuestionView:
    question: EvaluationQuestion
    expected: list[str]

    @property
    def pk(self) -> UUID:
        return self.question.pk


def question_views(_organisation: Organisation, rows: Sequence[EvaluationQuestion]) -> list[QuestionView]:
    if not rows:
        return []
    expectations = rows[0].adapter.expectations(rows)
    return [QuestionView(row, list(map(str, each))) for row, each in zip(rows, expectations, strict=True)]


QUESTIONS = RowList(
    model=EvaluationQuestion,
    plural="evaluation_questions",
    presenter=question_views,
    columns={
        "question.text": ListColumn(_("Question"), part="evaluation/question_link.html"),
        "expected": ListColumn(_("Expected"), look="soft small"),
        "question.last_passed": ListColumn(_("Last result"), part="evaluation/last_result.html"),
    },
    empty_title=_("No questions yet"),
)
RUNS = RowList(
    model=EvaluationRun,
    plural="evaluation_runs",
    columns={
        "__str__": ListColumn(_("Run"), part="evaluation/run_link.html"),
        "is_draft": ListColumn(_("Target"), part="evaluation/draft_badge.html"),
        "passed": ListColumn(_("Passed"), part="evaluation/run_passed.html", look="cell-number"),
        "model": ListColumn(_("Model"), look="soft small"),
        "created_at": _("When"),
    },
    page_rows=10,
    empty_title="",
)
