"""What a desk tells about its evaluation: which questions there are, how one is answered, what makes an answer good.

class Invoices(Adapter):
    desk = "invoices"
    ...

registration.register(Invoices())

in the desk's `evaluation_adapter.py`. Questions, runs, comparison, tables, pages and API are the frame's.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.desks import OnboardingStep
from apps.core.errors import InvalidInput, Text
from apps.core.tables import Column
from apps.jobs.job_types import JobType
from apps.jobs.runs import JobRun

if TYPE_CHECKING:
    from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun


@dataclass(frozen=True)
class Output:
    """What came of a question. `details`: what else the desk keeps of it, for grading and to show; JSON."""

    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Why an answer fails; `code` is one of the adapter's `problem_sentences`, `detail` what stands behind its colon."""

    code: str
    detail: str = ""


class Adapter(ABC):
    """One desk's evaluation.

    `question_form` and `run_form` are made from those of `forms`. What they ask besides is `expected` of a question and
    `options` of a run. An option that differs from what is live makes the run a draft, which `apply` lets go live.
    `text_options`: options that are texts, compared word by word with what is live → their label.
    `columns`: of the table, beside the question itself.
    """

    desk: str
    title: Text
    lead: Text
    set_label: Text
    first_question: Text
    grading_rules: Text
    table_help: Text
    view_permission: str
    manage_permission: str
    job_type: JobType
    question_form: Callable[..., forms.Form]
    run_form: Callable[..., forms.Form]
    columns: Sequence[Column]
    problem_sentences: Mapping[str, Text]
    text_options: Mapping[str, Text] = {}
    apply_label: Text = ""
    apply_warning: Text = ""
    # The set that takes questions which begin with what people work with; none takes no such.
    work_set: str = ""
    # Questions that are answered beside each other, where the endpoint takes as many.
    at_once: int = 1
    # Where there can be no questions yet: what to do first.
    first_step: OnboardingStep | None = None

    @abstractmethod
    def question_sets(self, organisation: Organisation) -> dict[str, str]:
        """Key → name of everything that questions are kept for, in the order in which people choose."""

    @abstractmethod
    def answer(self, job_run: JobRun, run: "EvaluationRun", question: "EvaluationQuestion") -> Output:
        """Answers by the product's own path, with the run's options; nothing of it is stored."""

    @abstractmethod
    def grade(self, question: "EvaluationQuestion", output: Output) -> list[Problem]:
        """None when it is as expected. By rules alone: the same answer is always graded the same."""

    @abstractmethod
    def cells(self, questions: Sequence["EvaluationQuestion"]) -> list[dict[str, str]]:
        """What stands in `columns`, for each question."""

    @abstractmethod
    def fields(self, organisation: Organisation, cells: Mapping[str, str]) -> dict[str, Any]:
        """What a row of a table means to `question_form`. Raises InvalidInput."""

    @abstractmethod
    def expectations(self, questions: Sequence["EvaluationQuestion"]) -> list[list[str]]:
        """For each question what is expected, in words."""

    def ready_questions(self, question_set: str) -> list[dict[str, Any]]:
        """Questions that come along for a set, as `question_form` takes them beside the set."""
        return []

    def expected_field(self, question_set: str) -> str:
        """The field of `expected` with the right text, which a person's better text may become and a judge may hold an
        answer against; none where what is expected is no such text.
        """
        return ""

    def task_cells(self, target: str, choices: Sequence[str]) -> dict[str, str]:
        """The cells for a document of a harness task: what is right and, where it is chosen, among which. Raises
        InvalidInput.
        """
        raise InvalidInput(_("These questions cannot be made from such a task."))

    def live_options(self, organisation: Organisation, question_set: str) -> dict[str, Any]:
        """What a run's options are when nothing is tried. Raises NotFound."""
        return {}

    @property
    def has_settings(self) -> bool:
        """Whether there is anything live, so that a run may be of a draft."""
        return type(self).live_options is not Adapter.live_options

    def apply(self, actor: Actor, run: "EvaluationRun") -> None:
        """The run's options go live."""
        raise NotImplementedError

    def initial(self, organisation: Organisation, query: QueryDict) -> dict[str, Any]:
        """What a new question begins with, by the address that leads to its page."""
        return {"question_set": query.get("set"), "text": query.get("question", "")}

    def notes(self, answer: "EvaluationAnswer") -> list[str]:
        """What people should know of an answer beside its text."""
        return []

    def run_facts(self, run: "EvaluationRun") -> list[tuple[Text, str]]:
        """Options that are no texts, in words."""
        return []

    def url(self, page: str, *arguments: object) -> str:
        return reverse(f"{self.pages}{page}", args=arguments)

    @property
    def pages(self) -> str:
        """What the names of its addresses begin with."""
        return f"{self.desk}:evaluation:"


_adapters: dict[str, Adapter] = {}


def add(adapter: Adapter) -> None:
    _adapters[adapter.desk] = adapter


def for_desk(desk: str) -> Adapter:
    """Raises KeyError for a desk that registered none."""
    return _adapters[desk]


def all_adapters() -> list[Adapter]:
    return list(_adapters.values())
