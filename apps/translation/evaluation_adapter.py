"""Sentences with a good translation, translated again by the desk's model and checked against it."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organisation
from apps.core.tables import Column
from apps.evaluation import registration
from apps.evaluation.adapters import Adapter, Output, Problem
from apps.evaluation.forms import QuestionForm, RunForm
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.translation import selectors, services
from apps.translation.models import PROBLEMS, Language, Translation, TranslationSegment
from domain.text.translation import segments
from domain.text.translation.segments import Pair

USUAL_SIMILARITY = 40

RUN_EVALUATION = JobType(
    "translation.run_evaluation",
    queue="batch",
    label=gettext_lazy("Run the translation evaluation"),
    is_repeatable=True,
    stages={"asking": gettext_lazy("Translating")},
    may_see=holders_of("translation.use"),
    may_cancel=holders_of("translation.manage"),
    subject=registration.of_runs("translation"),
)


class ReferenceSentenceForm(QuestionForm):
    reference = forms.CharField(
        label=gettext_lazy("reference translation"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    min_similarity = forms.IntegerField(
        label=gettext_lazy("minimum similarity to the reference (%)"),
        min_value=0,
        max_value=100,
        initial=USUAL_SIMILARITY,
        help_text=gettext_lazy(
            "By the characters that would need retyping. Good translations can differ in wording."
        ),
    )


class ReferenceSentences(Adapter):
    """One set for each direction, whose key is the two languages: en-zh."""

    desk = "translation"
    title = gettext_lazy("Evaluation")
    lead = gettext_lazy(
        "Sentences with a reference translation. Translate them again before changing the model or "
        "glossary, and compare."
    )
    set_label = gettext_lazy("Direction")
    first_question = gettext_lazy("Add a few sentences with your preferred translation.")
    grading_rules = gettext_lazy(
        "By rules, not a model: numbers, units, links, placeholders and names are kept, glossary terms "
        "are used, and the wording is as similar to the reference as required."
    )
    table_help = gettext_lazy("Columns: question, reference and min_similarity, in UTF-8.")
    view_permission = "translation.use"
    manage_permission = "translation.manage"
    job_type = RUN_EVALUATION
    question_form = ReferenceSentenceForm
    run_form = RunForm
    columns = (Column("reference", is_required=True), Column("min_similarity"))
    problem_sentences = {kind: gettext_lazy(text) for kind, text in PROBLEMS.items()} | {
        "unlike": gettext_lazy("Too different from the reference")
    }

    def question_sets(self, organisation: Organisation) -> dict[str, str]:
        return {
            f"{source.value}-{target.value}": f"{source.label} → {target.label}"
            for source, target in permutations(Language, 2)
        }

    def answer(self, job_run: JobRun, run: EvaluationRun, question: EvaluationQuestion) -> Output:
        """Without the translation memory: asked is what the model can do."""
        pair = _pair(question)
        translation = Translation(source_language=pair.source, target_language=pair.target)
        terms = selectors.glossary_terms(question.organisation, pair)
        segment = TranslationSegment(source=question.text)
        target, _problems = services.translate_by_model(job_run, translation, segment, terms, "")
        return Output(
            target, {"similarity": round(100 * segments.similarity(question.expected["reference"], target))}
        )

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        pair = _pair(question)
        terms = selectors.glossary_terms(question.organisation, pair)
        faults = services.check_translation(question.text, output.text, pair, terms)
        problems = [Problem(fault.kind, fault.text) for fault in faults]
        if output.details["similarity"] < question.expected["min_similarity"]:
            problems.append(Problem("unlike", f"{output.details['similarity']}%"))
        return problems

    def expectations(self, questions: Sequence[EvaluationQuestion]) -> list[list[str]]:
        return [[question.expected["reference"]] for question in questions]

    def expected_field(self, question_set: str) -> str:
        return "reference"

    def task_cells(self, target: str, choices: Sequence[str]) -> dict[str, str]:
        return super().task_cells(target, choices) if choices else {"reference": target}

    def cells(self, questions: Sequence[EvaluationQuestion]) -> list[dict[str, str]]:
        return [
            {column.name: str(question.expected[column.name]) for column in self.columns}
            for question in questions
        ]

    def fields(self, organisation: Organisation, cells: Mapping[str, str]) -> dict[str, Any]:
        return {
            "reference": cells["reference"],
            "min_similarity": cells["min_similarity"] or USUAL_SIMILARITY,
        }

    def notes(self, answer: EvaluationAnswer) -> list[str]:
        return [_("%(percent)d%% similar to the reference") % {"percent": answer.details["similarity"]}]


def _pair(question: EvaluationQuestion) -> Pair:
    return Pair(*question.question_set.split("-"))


ADAPTER = ReferenceSentences()
registration.register(ADAPTER)
