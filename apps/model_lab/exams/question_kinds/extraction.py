"""Values out of a text, and calls of tools. Both are asked for as the desks do: as JSON that follows a schema."""

from collections.abc import Mapping
from typing import Any, Literal

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, ConfigDict, Field, create_model

from apps.core.errors import Text
from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.inference import services
from apps.inference.models import Purpose
from apps.jobs.runs import JobRun
from apps.model_lab.exams.question_kinds.declaration import QuestionKind, lines_field
from domain.exams.field_answers import differences, parameters_of, values_of
from llm_backend.prompts import Prompt

NO_TOOL = "none"
Value = str | int | float | bool | None


class FieldValues(QuestionKind):
    key = "fields"
    label = _("Values out of a text")
    prompt = "extract_values.md"
    fields = {
        "values": lines_field(
            _("right values"),
            _("One per line, as name: value. Leave the value out where the text does not state it."),
            rows=6,
        )
    }
    problem_sentences = {"values_wrong": _("Wrong values"), "value_wrong": _("Wrong value")}

    def values(self, question: EvaluationQuestion) -> dict[str, Any]:
        return super().values(question) | {"names": "\n".join(values_of(question.expected["values"]))}

    def ask(self, job_run: JobRun, prompt: Prompt, question: EvaluationQuestion) -> Output:
        names = values_of(question.expected["values"])
        places: Any = {f"value_{place}": (Value, Field(alias=name)) for place, name in enumerate(names)}
        schema = create_model("Values", __config__=ConfigDict(extra="forbid"), **places)
        return _extracted(job_run, prompt.render(**self.values(question)), schema)

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        wanted = values_of(question.expected["values"])
        wrong = _compared("value_wrong", wanted, output.details["found"])
        return [Problem("values_wrong", f"{len(wrong)} / {len(wanted)}"), *wrong] if wrong else []

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        if not values_of(expected["values"]):
            return {"values": _("Enter at least one line, as name: value.")}
        return {}

    def expectation(self, expected: Mapping[str, Any]) -> list[str]:
        return list(expected["values"])


class ToolCalls(QuestionKind):
    key = "tool"
    label = _("Tool calls")
    prompt = "call_tool.md"
    fields = {
        "tools": lines_field(
            _("tools"), _("One per line, as name(parameter, parameter): what it does."), rows=4
        ),
        "tool": forms.CharField(
            label=_("right tool"),
            required=False,
            max_length=80,
            help_text=_("Leave this empty where no tool fits the question."),
        ),
        "arguments": lines_field(_("right arguments"), _("One per line, as parameter: value.")),
    }
    problem_sentences = {"tool_wrong": _("Wrong tool"), "argument_wrong": _("Wrong argument")}

    def values(self, question: EvaluationQuestion) -> dict[str, Any]:
        return super().values(question) | {"tools": "\n".join(question.expected["tools"]), "none": NO_TOOL}

    def ask(self, job_run: JobRun, prompt: Prompt, question: EvaluationQuestion) -> Output:
        names = (*parameters_of(question.expected["tools"]), NO_TOOL)
        places: Any = {"tool": (Literal[names], ...), "arguments": (dict[str, Value], ...)}
        schema = create_model("ToolCall", __config__=ConfigDict(extra="forbid"), **places)
        return _extracted(job_run, prompt.render(**self.values(question)), schema)

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        expected, found = question.expected, output.details["found"]
        wanted = expected["tool"] or NO_TOOL
        if found["tool"] != wanted:
            return [Problem("tool_wrong", f"{found['tool']} ≠ {wanted}")]
        if wanted == NO_TOOL:
            return []
        return _compared("argument_wrong", values_of(expected["arguments"]), found["arguments"])

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        tools = parameters_of(expected["tools"])
        if not tools:
            return {"tools": _("Enter at least one tool.")}
        if expected["tool"] and expected["tool"] not in tools:
            return {"tool": _("Enter one of the tools above.")}
        if set(values_of(expected["arguments"])) - set(tools.get(expected["tool"], ())):
            return {"arguments": _("The right tool has no such parameter.")}
        return {}

    def expectation(self, expected: Mapping[str, Any]) -> list[str]:
        return [expected["tool"] or str(_("no tool")), *expected["arguments"]]


def _extracted(job_run: JobRun, prompt: Any, schema: type[BaseModel]) -> Output:
    answer = services.extract(job_run, prompt, schema, purpose=Purpose.CHAT)
    found = answer.model_dump(by_alias=True)
    return Output(answer.model_dump_json(by_alias=True, indent=1), {"found": found})


def _compared(code: str, wanted: Mapping[str, str], given: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(code, f"{name}: {found or '–'} ≠ {right or '–'}")
        for name, (found, right) in differences(wanted, given).items()
    ]
