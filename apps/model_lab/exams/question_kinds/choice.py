from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.model_lab.exams.question_kinds.declaration import QuestionKind, text_area
from domain.exams import given_answers
from domain.exams.given_answers import LETTERS
from llm_backend.unicode_forms import nfkc


class SingleChoice(QuestionKind):
    key = "choice"
    label = _("Single choice")
    prompt = "answer_choice.md"
    fields = {
        "options": text_area(_("choices"), _("One per line, without letters."), rows=4, max_length=4000),
        "answer": forms.CharField(
            label=_("right answer"), max_length=400, help_text=_("The letter of the choice, or its words.")
        ),
    }

    def values(self, question: EvaluationQuestion) -> dict[str, Any]:
        lines = zip(LETTERS, choices_of(question.expected), strict=False)
        return super().values(question) | {
            "options": "\n".join(f"{letter}. {line}" for letter, line in lines)
        }

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        wanted = letter_of(question.expected)
        given = given_answers.letter(output.text, len(choices_of(question.expected)))
        if given == wanted:
            return []
        return [Problem("wrong", f"{given} ≠ {wanted}") if given else Problem("unread")]

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        choices = choices_of(expected)
        if not 2 <= len(choices) <= len(LETTERS):
            return {"options": _("Enter two to eight choices, one per line.")}
        if not letter_of(expected):
            return {"answer": _("Enter the letter of one of the choices, or its words.")}
        return {}

    def cells(self, expected: Mapping[str, Any]) -> dict[str, str]:
        choices = zip(LETTERS.lower(), choices_of(expected), strict=False)
        return dict.fromkeys(LETTERS.lower(), "") | dict(choices) | {"answer": expected["answer"]}

    def expected(self, cells: Mapping[str, str]) -> dict[str, Any]:
        choices = (cells[letter].replace("\n", " ") for letter in LETTERS.lower())
        return {"options": "\n".join(filter(None, choices)), "answer": cells["answer"]}

    @property
    def columns(self) -> list[str]:
        return [*LETTERS.lower(), "answer"]


def choices_of(expected: Mapping[str, Any]) -> list[str]:
    return [line.strip() for line in expected.get("options", "").splitlines() if line.strip()]


def letter_of(expected: Mapping[str, Any]) -> str:
    """Of the right choice, which tables also name by a full-width letter or by its words; empty where it is none of them."""
    choices = [nfkc(line).strip() for line in choices_of(expected)]
    answer, letters = nfkc(expected["answer"]).strip(), list(LETTERS[: len(choices)])
    if answer.upper() in letters:
        return answer.upper()
    return dict(zip(choices, letters, strict=False)).get(answer, "")
