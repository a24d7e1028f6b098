"""Programs, which are run with their tests where they can harm nothing."""

import secrets
from collections.abc import Mapping
from threading import BoundedSemaphore
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core import bounded, bounded_calls
from apps.core.bounded import Limits, WorkFailed
from apps.core.errors import Conflict, Text
from apps.core.singleton import once_per_process
from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.model_lab.exams.question_kinds.declaration import QuestionKind, text_area
from domain.exams import code_answers, code_trial

# Exercises take milliseconds. The clock is for a busy machine.
LIMITS = Limits(seconds=30, cpu_seconds=5, memory_bytes=512 * 2**20, output_bytes=16 * 2**10)
JUDGE = "domain.exams.code_trial:judge"
# At once in one worker, however many questions are asked beside each other.
_places = BoundedSemaphore(2)
_REASONS = {"time": "too_slow", "memory": "too_large"}


class Programs(QuestionKind):
    key = "code"
    label = _("Programs (Python)")
    prompt = "write_code.md"
    fields = {
        "entry_point": forms.CharField(
            label=_("name of the function"),
            max_length=80,
            help_text=_(
                "The question is a task in words, or the head of this function with its description."
            ),
        ),
        "tests": text_area(
            _("test cases"),
            _("Python that ends with an error where the function is wrong, such as assert add(1, 2) == 3."),
            rows=8,
        ),
    }
    problem_sentences = {
        "tests_failed": _("The program fails a test"),
        "too_slow": _("The program took too long and was stopped"),
        "too_large": _("The program took too much memory and was stopped"),
        "ended": _("The program ended before its tests"),
    }

    def values(self, question: EvaluationQuestion) -> dict[str, Any]:
        name = question.expected["entry_point"]
        is_head = code_answers.defines(question.text, name)
        return super().values(question) | {"entry_point": name, "is_head": is_head}

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        """Raises Conflict on a machine that cannot isolate a program: there none is run."""
        if not _can_isolate():
            raise Conflict(
                _(
                    "Programs of models are run only where they can harm nothing: on Linux with Landlock and "
                    "seccomp, x86-64 or ARM64. This machine lacks that, so none was run."
                ),
                code="no_isolation",
            )
        proof, expected = secrets.token_hex(), question.expected
        call = (question.text, output.text, expected["tests"], expected["entry_point"], proof)
        try:
            with _places:
                result = bounded.run(JUDGE, *call, limits=LIMITS)
        except WorkFailed as failure:
            return [Problem(_REASONS.get(failure.reason, "ended"))]
        if not isinstance(result, dict) or "problem" not in result:
            # What a program says for itself proves nothing.
            return [] if result == {"proof": proof} else [Problem("ended")]
        problem = str(result["problem"])[:200]
        return [Problem("unread") if problem == code_trial.NO_CODE else Problem("tests_failed", problem)]

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        if not expected["entry_point"].isidentifier():
            return {"entry_point": _("Enter one name, as it stands behind “def”.")}
        if problem := bounded_calls.call_on_text(code_answers.syntax_problem, expected["tests"]):
            return {"tests": _("Python cannot read the tests: %(problem)s") % {"problem": problem}}
        return {}

    def expectation(self, expected: Mapping[str, Any]) -> list[str]:
        return [f"{expected['entry_point']}()"]


@once_per_process
def _can_isolate() -> bool:
    """Asked with a program of our own: what a model's program raises says nothing of the machine."""
    try:
        bounded.run(JUDGE, "", "", "", "", "", limits=LIMITS)
    except WorkFailed as failure:
        return failure.detail != "IsolationMissing"
    return True
