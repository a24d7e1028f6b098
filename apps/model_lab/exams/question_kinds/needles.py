"""One fact somewhere in a long text."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.evaluation.models import EvaluationQuestion
from apps.model_lab.exams.question_kinds.short_answers import ShortAnswers
from domain.exams import haystack


class Needles(ShortAnswers):
    key = "needle"
    label = _("A fact in a long text")
    prompt = "find_fact.md"
    fields = {
        "fact": forms.CharField(
            label=_("fact"), max_length=300, help_text=_("One sentence. The long text around it is made up.")
        ),
        **ShortAnswers.fields,
        "tokens": forms.IntegerField(
            label=_("length of the text in tokens"), min_value=200, max_value=200_000
        ),
        "depth": forms.IntegerField(
            label=_("where the fact stands, in %"),
            min_value=0,
            max_value=100,
            help_text=_("0 is the beginning of the text, 100 its end."),
        ),
    }

    def values(self, question: EvaluationQuestion) -> dict[str, Any]:
        expected = question.expected
        text = haystack.hidden(expected["fact"], tokens=expected["tokens"], depth=expected["depth"])
        return super().values(question) | {"text": text}

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        if expected["answer"].casefold() not in expected["fact"].casefold():
            return {"answer": _("The fact does not contain these words.")}
        return {}

    def expectation(self, expected: Mapping[str, Any]) -> list[str]:
        return [expected["answer"], f"{expected['tokens']:,} · {expected['depth']} %"]
