from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.evaluation import adapters
from apps.evaluation.adapters import Adapter
from apps.inference.models import Endpoint
from apps.jobs.models import Job
from llm_backend import shares


class QuestionSetRow(OrganisationOwned):
    """A row of one of a desk's question sets. There is no row for a set: `question_set` is the key that the desk gave."""

    desk = models.CharField(max_length=50, editable=False)
    question_set = models.CharField(max_length=50)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    @property
    def adapter(self) -> Adapter:
        return adapters.for_desk(self.desk)

    @property
    def set_name(self) -> str:
        return self.adapter.question_sets(self.organisation).get(self.question_set, "–")


class EvaluationQuestion(QuestionSetRow):
    """Something whose answer is known. `expected`: what the desk's form asks besides, by the names of its fields."""

    text = models.TextField(_("question"), max_length=2000)
    expected = models.JSONField(default=dict)

    objects = OrganisationQuerySet["EvaluationQuestion"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "desk", "question_set"], name="evaluation_question_set")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class EvaluationSetVersion(QuestionSetRow):
    """What the set was when it was last changed or asked. Earlier versions live on in the runs that asked them."""

    number = models.PositiveIntegerField(default=0)
    content_hash = models.CharField(max_length=64)

    objects = OrganisationQuerySet["EvaluationSetVersion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "desk", "question_set"], name="one_version_per_question_set"
            )
        ]

    def __str__(self) -> str:
        return gettext("Version %(number)s") % {"number": self.number}


class EvaluationRun(QuestionSetRow):
    """All questions of a set asked once, with what the desk uses now or with changes that are not live yet.

    `set_version`, `set_hash`: of the questions when the first was asked; none of a run from before they were counted.
    """

    label = models.CharField(_("title"), max_length=120)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    is_draft = models.BooleanField(default=False, help_text="With changes that are not live yet.")
    endpoint = models.ForeignKey(
        Endpoint, verbose_name=_("model"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    options = models.JSONField(default=dict)
    model = models.CharField(max_length=200, blank=True, help_text="The one that answered.")
    prompt_hash = models.CharField(max_length=64, blank=True)
    passed = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    set_version = models.PositiveIntegerField(null=True)
    set_hash = models.CharField(max_length=64, blank=True)

    objects = OrganisationQuerySet["EvaluationRun"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "desk", "question_set"], name="evaluation_run_set")]

    def __str__(self) -> str:
        return self.label or gettext("Run")

    @property
    def percent(self) -> str:
        return f"{100 * self.passed / self.total:.0f} %" if self.total else ""

    @property
    def interval_text(self) -> str:
        """Where the share of ever more such questions lies, in per cent."""
        low, high = shares.interval(self.passed, self.total)
        return f"{100 * low:.0f}–{100 * high:.0f} %"

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and not self.job.is_terminal


class EvaluationAnswer(OrganisationOwned):
    """What one question got in one run. Keeps the question's words and what was expected: both may be changed later."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(
        EvaluationQuestion, on_delete=models.SET_NULL, null=True, related_name="answers"
    )
    question_text = models.TextField()
    expected = models.JSONField(null=True, help_text="Null of answers from before it was kept.")
    text = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    is_passed = models.BooleanField()
    problems = models.JSONField(default=list, help_text="[{code, detail}]")
    seconds = models.FloatField(default=0.0)

    # What was expected, in words; set by `selectors.answers_with_expectations`.
    expectations: Sequence[str] = ()

    objects = OrganisationQuerySet["EvaluationAnswer"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "question"], name="one_answer_per_question_and_run")
        ]

    def __str__(self) -> str:
        return self.question_text[:60]

    @property
    def problem_texts(self) -> list[str]:
        """In the reader's language."""
        sentences, texts = self.run.adapter.problem_sentences, []
        for problem in self.problems:
            sentence = str(sentences.get(problem["code"], problem["code"]))
            words = {"problem": sentence, "detail": problem["detail"]}
            texts.append(gettext("%(problem)s: %(detail)s") % words if problem["detail"] else sentence)
        return texts

    def was_asked_otherwise(self, text: str, expected: Any) -> bool:
        """Whether the question, or what was expected where that is known of both, was another one than this."""
        is_known = self.expected is not None and expected is not None
        return self.question_text != text or (is_known and self.expected != expected)

    @property
    def as_asked(self) -> EvaluationQuestion:
        """The question as it was then; no row."""
        run = self.run
        of_set = {"organisation": run.organisation, "desk": run.desk, "question_set": run.question_set}
        return EvaluationQuestion(**of_set, text=self.question_text, expected=self.expected)

    @property
    def notes(self) -> list[str]:
        return self.run.adapter.notes(self)

    @property
    def duration(self) -> timedelta:
        return timedelta(seconds=self.seconds)


class EvaluationAnnotation(OrganisationOwned):
    """What a member says of an answer. Two members may say different things; nothing of it changes the rule's verdict."""

    class Verdict(models.TextChoices):
        RIGHT = "right", _("right")
        WRONG = "wrong", _("wrong")

    answer = models.ForeignKey(EvaluationAnswer, on_delete=models.CASCADE, related_name="annotations")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    verdict = models.CharField(max_length=5, choices=Verdict)
    better_text = models.TextField(_("better text"), max_length=4000, blank=True)
    said_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["EvaluationAnnotation"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "member"], name="one_annotation_per_member")]

    def __str__(self) -> str:
        return self.get_verdict_display()


class EvaluationJudgement(QuestionSetRow):
    """A model's opinion of a run's answers, beside those of another run or, without one, beside what is expected."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.CASCADE, related_name="judgements")
    other_run = models.ForeignKey(EvaluationRun, on_delete=models.CASCADE, null=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    endpoint = models.ForeignKey(
        Endpoint, verbose_name=_("judge"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    model = models.CharField(max_length=200, blank=True, help_text="The one that judged.")
    prompt_hash = models.CharField(max_length=64, blank=True)
    total = models.PositiveIntegerField(default=0)

    objects = OrganisationQuerySet["EvaluationJudgement"].as_manager()

    def __str__(self) -> str:
        return gettext("Judge: %(model)s") % {"model": self.model or gettext("current model")}

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and not self.job.is_terminal


class EvaluationVerdict(OrganisationOwned):
    """Which of two answers a judge prefers, asked in both orders. Nothing of it changes the rule's verdict.

    `in_order`: with the run's answer first; `swapped`: with it last. Both empty where the judge gave no usable answer.
    """

    class Preference(models.TextChoices):
        ANSWER = "answer", _("this answer")
        OTHER = "other", _("the other one")
        EQUAL = "equal", _("neither")

    ORDER = "order"

    judgement = models.ForeignKey(EvaluationJudgement, on_delete=models.CASCADE, related_name="verdicts")
    answer = models.ForeignKey(EvaluationAnswer, on_delete=models.CASCADE, related_name="+")
    other_answer = models.ForeignKey(EvaluationAnswer, on_delete=models.CASCADE, null=True, related_name="+")
    in_order = models.CharField(max_length=6, choices=Preference, blank=True)
    swapped = models.CharField(max_length=6, choices=Preference, blank=True)
    reasons = models.JSONField(
        default=list, help_text="The judge's words, in the order of the two questions."
    )

    objects = OrganisationQuerySet["EvaluationVerdict"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["judgement", "answer"], name="one_verdict_per_answer")]

    def __str__(self) -> str:
        return self.outcome

    @property
    def outcome(self) -> str:
        """A preference that both orders agree on, `order` where they do not, and empty where there is none."""
        return self.in_order if self.in_order == self.swapped else self.ORDER
