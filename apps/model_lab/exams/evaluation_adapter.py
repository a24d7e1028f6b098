"""Exams: questions with a known answer, put to any model and graded by rules; runs of two models can be compared."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from statistics import median
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput, Text
from apps.core.tables import Column
from apps.evaluation import registration
from apps.evaluation.adapters import Adapter, Output, Problem
from apps.evaluation.forms import QuestionForm, RunForm
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.inference import prompts
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.model_lab.desk import MANAGE, VIEW
from apps.model_lab.exams.question_kinds.declaration import PROMPTS
from apps.model_lab.exams.question_kinds.registry import COLUMNS, KINDS
from apps.model_lab.exams.question_kinds.short_answers import ShortAnswers
from domain.exams.given_answers import LETTERS
from domain.exams.ready_questions import ready_questions
from llm_backend.errors import ContextTooLong, ModelRefusedContent, OutputInvalid, RunawayOutput

# What says something of the model: the question stays without an answer, and the exam goes on.
NO_ANSWER = (ContextTooLong, ModelRefusedContent, OutputInvalid, RunawayOutput)

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
    """With the fields of one kind: the one that is sent, or the page's. Where another is chosen, the page fetches its
    form, with the question as it was typed so far."""

    def __init__(self, *args: Any, adapter: Adapter, **kwargs: Any) -> None:
        super().__init__(*args, adapter=adapter, **kwargs)
        chosen = (self.data if self.is_bound else self.initial).get("question_set")
        self.kind = KINDS.get(str(chosen)) or next(iter(KINDS.values()))
        self.fields["question_set"].widget.attrs |= {
            "hx-get": adapter.url("new_question"),
            "hx-include": "#id_text",
            "hx-target": "closest form",
            "hx-select": "form.form",
            "hx-swap": "outerHTML",
        }
        self.fields |= {name: deepcopy(field) for name, field in self.kind.fields.items()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            for name, sentence in self.kind.field_problems(cleaned["text"], cleaned["expected"]).items():
                self.add_error(name, str(sentence))
        return cleaned


class Exams(Adapter):
    """One set for each kind of question."""

    desk = "model_lab"
    title = _("Exams")
    lead = _(
        "Questions with a known answer, put to any of your models. Hold the same exam with two models and compare them "
        "before you choose."
    )
    set_label = _("Kind of question")
    first_question = _("Add questions of your own work, or import an exam as a CSV file.")
    grading_rules = _(
        "By rules, not a model: by what the form of each kind of question asks besides the question."
    )
    table_help = _(
        "Columns: question, and what the form of the kind asks besides; of choices answer, A, B, C, D … Export a set to "
        "see their names. In UTF-8."
    )
    view_permission = VIEW
    manage_permission = MANAGE
    job_type = HOLD_EXAM
    question_form = ExamQuestionForm
    run_form = RunForm
    columns = [Column(name) for name in COLUMNS]
    problem_sentences = {
        "wrong": _("Wrong answer"),
        "unread": _("No answer could be read"),
        "refused": _("The model gave no answer"),
        "too_long": _("Not answered: too long for this model"),
        "cut": _("Cut off at the length limit"),
        **{code: sentence for kind in KINDS.values() for code, sentence in kind.problem_sentences.items()},
    }
    work_set = ShortAnswers.key
    at_once = 16

    def question_sets(self, organisation: Organisation) -> dict[str, str]:
        return {key: str(kind.label) for key, kind in KINDS.items()}

    def initial(self, organisation: Organisation, query: QueryDict) -> dict[str, Any]:
        typed = {"question_set": query.get("question_set"), "text": query.get("text")}
        return super().initial(organisation, query) | {name: value for name, value in typed.items() if value}

    def ready_questions(self, question_set: str) -> list[dict[str, Any]]:
        return ready_questions(question_set)

    def answer(self, job_run: JobRun, run: EvaluationRun, question: EvaluationQuestion) -> Output:
        kind = KINDS[question.question_set]
        prompt = prompts.load(run.organisation, PROMPTS / kind.prompt)
        try:
            return kind.ask(job_run, prompt, question)
        except NO_ANSWER as error:
            return Output("", {"refused": error.code})

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        kind = KINDS[question.question_set]
        if code := output.details.get("refused"):
            return kind.without_answer(question, code)
        problems = kind.grade(question, output)
        # Whoever compares models has to know that one was not let finish: its thoughts count as what it writes.
        return [*problems, Problem("cut")] if problems and output.details.get("is_cut") else problems

    def expectations(self, questions: Sequence[EvaluationQuestion]) -> list[list[str]]:
        return [KINDS[question.question_set].expectation(question.expected) for question in questions]

    def expected_field(self, question_set: str) -> str:
        return KINDS[question_set].expected_field

    def cells(self, questions: Sequence[EvaluationQuestion]) -> list[dict[str, str]]:
        empty = dict.fromkeys(COLUMNS, "")
        return [empty | KINDS[question.question_set].cells(question.expected) for question in questions]

    def fields(self, organisation: Organisation, cells: Mapping[str, str]) -> dict[str, Any]:
        """Those of every kind; the form takes its own."""
        return {name: value for kind in KINDS.values() for name, value in kind.expected(cells).items()}

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


ADAPTER = Exams()
registration.register(ADAPTER)
