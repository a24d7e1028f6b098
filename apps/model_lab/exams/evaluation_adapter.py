"""Exams: questions with a known answer, put to any model and graded by rules; runs of two models can be compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput, Text
from apps.core.tables import Column
from apps.evaluation import registration
from apps.evaluation.adapters import Adapter, Output, Problem
from apps.evaluation.forms import QuestionForm, RunForm
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.inference import prompts, services
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.model_lab.desk import MANAGE, VIEW
from domain.exams import given_answers
from domain.exams.given_answers import LETTERS
from llm_backend.errors import ContextTooLong, ModelRefusedContent, RunawayOutput
from llm_backend.sentences import is_chinese

PROMPTS = Path(__file__).with_name("prompts")
CHOICE, NUMBER, TEXT = "choice", "number", "text"
PROMPT_OF = {CHOICE: "answer_choice.md", NUMBER: "answer_number.md", TEXT: "answer_briefly.md"}
# What says something of the model: the question stays without an answer, and the exam goes on.
NO_ANSWER = (ContextTooLong, ModelRefusedContent, RunawayOutput)

HOLD_EXAM = JobType(
    "model_lab.hold_exam",
    queue="batch",
    label=_("Hold an exam of a model"),
    is_repeatable=True,
    stages={"asking": _("Asking")},
    may_see=holders_of(VIEW),
    may_cancel=holders_of(MANAGE),
    subject=registration.of_runs("model_lab"),
)


class ExamQuestionForm(QuestionForm):
    options = forms.CharField(
        label=_("choices"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line, without letters. Only for questions with choices."),
    )
    answer = forms.CharField(
        label=_("right answer"),
        max_length=400,
        help_text=_("The letter of the choice, the number, or words that the answer must contain."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        expected, kind = cleaned["expected"], cleaned.get("question_set")
        if "options" not in expected or "answer" not in expected:
            return cleaned
        choices = choices_of(expected)
        if kind == CHOICE and not 2 <= len(choices) <= len(LETTERS):
            self.add_error("options", _("Enter two to eight choices, one per line."))
        elif kind == CHOICE and expected["answer"].upper() not in LETTERS[: len(choices)]:
            self.add_error("answer", _("Enter the letter of one of the choices."))
        elif kind == NUMBER and given_answers.number(expected["answer"]) is None:
            self.add_error("answer", _("Enter a number."))
        return cleaned


class Exams(Adapter):
    """One set for each kind of answer."""

    desk = "model_lab"
    title = _("Exams")
    lead = _(
        "Questions with a known answer, put to any of your models. Hold the same exam with two models and compare them "
        "before you choose."
    )
    set_label = _("Kind of answer")
    first_question = _("Add questions of your own work, or import an exam as a CSV file.")
    grading_rules = _(
        "By rules, not a model: the letter that was chosen, the number that came out, or words that the answer must contain."
    )
    table_help = _("Columns: question, answer, and A, B, C, D … for choices, in UTF-8.")
    view_permission = VIEW
    manage_permission = MANAGE
    job_type = HOLD_EXAM
    question_form = ExamQuestionForm
    run_form = RunForm
    columns = (*(Column(letter.lower()) for letter in LETTERS), Column("answer", is_required=True))
    problem_sentences = {
        "wrong": _("Wrong answer"),
        "unread": _("No answer could be read"),
        "refused": _("The model gave no answer"),
    }
    expected_field = "answer"
    work_set = TEXT
    at_once = 16

    def question_sets(self, organisation: Organisation) -> dict[str, str]:
        return {CHOICE: now_("Single choice"), NUMBER: now_("Numbers"), TEXT: now_("Short answers")}

    def answer(self, job_run: JobRun, run: EvaluationRun, question: EvaluationQuestion) -> Output:
        prompt = prompts.load(run.organisation, PROMPTS / PROMPT_OF[question.question_set])
        lines = zip(LETTERS, choices_of(question.expected), strict=False)
        values = {"question": question.text, "is_chinese": is_chinese(question.text)}
        if question.question_set == CHOICE:
            values["options"] = "\n".join(f"{letter}. {choice}" for letter, choice in lines)
        try:
            completion = services.complete(job_run, prompt.render(**values))
        except NO_ANSWER as error:
            return Output("", {"refused": error.code})
        details = {
            "tokens": completion.usage.output_tokens,
            "first_token_seconds": completion.first_token_seconds,
            "seconds": completion.seconds,
        }
        return Output(completion.text, details)

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        wanted = question.expected["answer"]
        if "refused" in output.details:
            return [Problem("refused")]
        if question.question_set == TEXT:
            return [] if wanted.casefold() in output.text.casefold() else [Problem("wrong")]
        if question.question_set == NUMBER:
            number = given_answers.number(output.text)
            is_right, given = number == given_answers.number(wanted), "" if number is None else str(number)
        else:
            given = given_answers.letter(output.text, len(choices_of(question.expected)))
            is_right = given == wanted.upper()
        if is_right:
            return []
        return [Problem("wrong", f"{given} ≠ {wanted}") if given else Problem("unread")]

    def expectations(self, questions: Sequence[EvaluationQuestion]) -> list[list[str]]:
        return [[question.expected["answer"]] for question in questions]

    def cells(self, questions: Sequence[EvaluationQuestion]) -> list[dict[str, str]]:
        return [
            dict.fromkeys((letter.lower() for letter in LETTERS), "")
            | {
                letter.lower(): choice
                for letter, choice in zip(LETTERS, choices_of(question.expected), strict=False)
            }
            | {"answer": question.expected["answer"]}
            for question in questions
        ]

    def fields(self, organisation: Organisation, cells: Mapping[str, str]) -> dict[str, Any]:
        choices = (cells[letter.lower()].replace("\n", " ") for letter in LETTERS)
        return {"options": "\n".join(filter(None, choices)), "answer": cells["answer"]}

    def task_cells(self, target: str, choices: Sequence[str]) -> dict[str, str]:
        if len(choices) > len(LETTERS):
            raise InvalidInput(_("Enter two to eight choices, one per line."))
        lettered = dict(zip(map(str.lower, LETTERS), choices, strict=False))
        return lettered | {"answer": LETTERS[choices.index(target)] if choices else target}

    def notes(self, answer: EvaluationAnswer) -> list[str]:
        if "tokens" not in answer.details:
            return []
        count = answer.details["tokens"]
        text = ngettext("%(count)s token in %(seconds)s s", "%(count)s tokens in %(seconds)s s", count)
        return [text % {"count": count, "seconds": f"{answer.details['seconds']:.1f}"}]

    def run_facts(self, run: EvaluationRun) -> list[tuple[Text, str]]:
        """How fast the model was, over all its answers."""
        details = [each for each in run.answers.values_list("details", flat=True) if each.get("seconds")]
        if not details:
            return []
        tokens, seconds = (sum(each[name] for each in details) for name in ("tokens", "seconds"))
        first = [each["first_token_seconds"] for each in details if each["first_token_seconds"] is not None]
        facts: list[tuple[Text, str]] = [
            (_("Tokens per answer"), f"{tokens / len(details):.0f}"),
            (_("Tokens per second and answer"), f"{tokens / seconds:.1f}"),
        ]
        return facts + ([(_("First token, median"), f"{median(first):.2f} s")] if first else [])


def choices_of(expected: Mapping[str, Any]) -> list[str]:
    return [line.strip() for line in expected.get("options", "").splitlines() if line.strip()]


ADAPTER = Exams()
registration.register(ADAPTER)
