"""Numbers, and words that an answer must contain."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.model_lab.exams.question_kinds.declaration import QuestionKind
from domain.exams import given_answers


class Numbers(QuestionKind):
    key = "number"
    label = _("Numbers")
    prompt = "answer_number.md"
    fields = {"answer": forms.CharField(label=_("right answer"), max_length=400)}

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        wanted = question.expected["answer"]
        given = given_answers.number(output.text)
        if given is None:
            return [Problem("unread")]
        return [] if given == given_answers.number(wanted) else [Problem("wrong", f"{given} ≠ {wanted}")]

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        if given_answers.number(expected["answer"]) is None:
            return {"answer": _("Enter a number.")}
        return {}


class ShortAnswers(QuestionKind):
    key = "text"
    label = _("Short answers")
    prompt = "answer_briefly.md"
    expected_field = "answer"
    fields = {
        "answer": forms.CharField(
            label=_("right answer"), max_length=400, help_text=_("Words that the answer must contain.")
        )
    }

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        is_right = given_answers.contains(output.text, question.expected["answer"])
        return [] if is_right else [Problem("wrong")]
