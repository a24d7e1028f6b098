from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.model_lab.exams.question_kinds.declaration import QuestionKind, text_area
from domain.text.translation.segments import similarity

USUAL_SIMILARITY = 40


class Translations(QuestionKind):
    """Chinese to English and back, held against a reference as the translation desk does."""

    key = "translation"
    label = _("Translation")
    prompt = "translate_text.md"
    expected_field = "reference"
    fields = {
        "reference": text_area(_("reference translation"), rows=3, max_length=4000),
        "min_similarity": forms.IntegerField(
            label=_("minimum similarity to the reference (%)"),
            min_value=0,
            max_value=100,
            initial=USUAL_SIMILARITY,
            help_text=_(
                "By the characters that would need retyping. Good translations can differ in wording."
            ),
        ),
    }
    problem_sentences = {"unlike": _("Too different from the reference")}

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        reached = round(100 * similarity(question.expected["reference"], output.text))
        wanted = question.expected["min_similarity"]
        return [] if reached >= wanted else [Problem("unlike", f"{reached} % < {wanted} %")]

    def expectation(self, expected: Mapping[str, Any]) -> list[str]:
        return [expected["reference"]]

    def expected(self, cells: Mapping[str, str]) -> dict[str, Any]:
        return {**super().expected(cells), "min_similarity": cells["min_similarity"] or USUAL_SIMILARITY}
