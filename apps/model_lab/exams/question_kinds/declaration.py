"""What a kind of exam question is: what its form asks, what the model is told, and what makes an answer right."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import forms

from apps.core.errors import Text
from apps.core.forms import LinesField
from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.inference import services
from apps.jobs.runs import JobRun
from llm_backend.errors import ContextTooLong, OutputInvalid
from llm_backend.prompts import Prompt
from llm_backend.sentences import is_chinese

PROMPTS = Path(__file__).resolve().parents[1] / "prompts"


class QuestionKind(ABC):
    """`fields`: what the form asks besides the question, by the names that `expected` has; each is a column of tables.
    `problem_sentences`: those that this kind alone tells. `expected_field`: the one with the right text, if it is a text."""

    key: str
    label: Text
    prompt: str
    fields: Mapping[str, forms.Field]
    problem_sentences: Mapping[str, Text] = {}
    expected_field: str = ""

    def values(self, question: EvaluationQuestion) -> dict[str, Any]:
        """What the prompt is filled with."""
        return {"question": question.text, "is_chinese": is_chinese(question.text)}

    def ask(self, job_run: JobRun, prompt: Prompt, question: EvaluationQuestion) -> Output:
        completion = services.complete(job_run, prompt.render(**self.values(question)))
        details = {
            "tokens": completion.usage.output_tokens,
            "first_token_seconds": completion.first_token_seconds,
            "seconds": completion.seconds,
        }
        return Output(completion.text, details | ({"is_cut": True} if completion.is_cut else {}))

    def without_answer(self, question: EvaluationQuestion, code: str) -> list[Problem]:
        """Of a model that gave none, for a reason that an error's code names."""
        if code == OutputInvalid.code:
            return [Problem("unread")]
        return [Problem("too_long" if code == ContextTooLong.code else "refused")]

    @abstractmethod
    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        """Of a model that answered."""

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        """Field → what is wrong with it, of fields that are each filled in rightly."""
        return {}

    def expectation(self, expected: Mapping[str, Any]) -> list[str]:
        """In words."""
        return [str(expected["answer"])]

    def cells(self, expected: Mapping[str, Any]) -> dict[str, str]:
        """Column → what stands in a table."""
        return {name: _cell(expected.get(name)) for name in self.fields}

    def expected(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """What a row of a table means to the form."""
        return {name: cells[name] for name in self.fields}

    @property
    def columns(self) -> list[str]:
        return list(self.fields)


def lines_field(label: Text, help_text: Text = "", *, rows: int = 3) -> LinesField:
    return LinesField(label=label, help_text=help_text, max_lines=20, max_characters=200, rows=rows)


def text_area(label: Any, help_text: Any = "", *, rows: int, max_length: int = 8000) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, max_length=max_length, widget=area)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)
