"""Models held against each other by their latest runs: which is best, which is surely worse, what each costs and takes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from uuid import UUID

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from apps.accounts.models import Organisation
from apps.analytics.charts import Drawing, bar
from apps.evaluation import measures
from apps.evaluation.budgets import LimitReached
from apps.evaluation.measures import Measures
from apps.evaluation.models import EvaluationAnswer, EvaluationRun
from apps.jobs.models import Job
from llm_backend import shares

# Below it two models differ, 19 times of 20.
SURE = 0.05
# More are no comparison that anybody reads, and each pair of them costs.
MODELS = 20

# A question as it was asked: one whose words or expectation changed since is another one.
Asked = tuple[UUID, str, str]
# Whether the answer to each passed.
Verdicts = dict[Asked, bool]


@dataclass(frozen=True)
class Change:
    """From one model to another, over the questions that both were asked."""

    better: int
    worse: int
    total: int

    @classmethod
    def between(cls, before: Verdicts, after: Verdicts) -> "Change":
        both = before.keys() & after.keys()
        better = sum(after[key] and not before[key] for key in both)
        return cls(better, sum(before[key] and not after[key] for key in both), len(both))

    @property
    def difference(self) -> float:
        return (self.better - self.worse) / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return shares.paired_interval(self.better, self.worse, self.total)

    @property
    def text(self) -> str:
        return shares.difference_text(self.better, self.worse, self.total)


@dataclass(frozen=True)
class Result:
    """One model's latest run. `change`: from the best model to this one; None of the best itself. `probability`: that they
    differ so by chance, for somebody who looked at all models.
    """

    number: int
    run: EvaluationRun
    measures: Measures
    change: Change | None = None
    probability: float | None = None

    @property
    def model(self) -> str:
        return self.run.model

    @property
    def share(self) -> float:
        return self.run.passed / self.run.total if self.run.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return shares.interval(self.run.passed, self.run.total)

    @property
    def bar(self) -> Drawing:
        """What passed, and the range in which the share of ever more such questions lies."""
        drawing, (low, high) = bar(self.share, "fill-accent-line", css="bar bar-range"), self.interval
        drawing.line([(low, 0.5), (high, 0.5)], "stroke-accent")
        return drawing

    @property
    def difference_text(self) -> str:
        return self.change.text if self.change else ""

    @property
    def verdict_text(self) -> str:
        if self.change is None:
            return _("best so far")
        if not self.change.total:
            return _("tested on other questions")
        is_sure = self.probability is not None and self.probability < SURE
        return _("clearly worse") if is_sure else _("not clearly worse")


@dataclass(frozen=True)
class Results:
    """Of one set, the best model first."""

    runs: Sequence[EvaluationRun]

    @cached_property
    def verdicts(self) -> dict[UUID, Verdicts]:
        return verdicts(self.runs)

    @cached_property
    def rows(self) -> list[Result]:
        """Differences from the best are judged among those of all pairs, as the best was not known before."""
        if not self.runs:
            return []
        of_runs, ranked = measures.of_runs(self.runs), sorted(self.runs, key=_rank)
        pairs = list(combinations([run.pk for run in ranked], 2))
        changes = [Change.between(self.verdicts[first], self.verdicts[second]) for first, second in pairs]
        adjusted = shares.holm([shares.paired_probability(each.better, each.worse) for each in changes])
        from_best = dict(zip(pairs, zip(changes, adjusted, strict=True), strict=True))
        best, rows = ranked[0], []
        for number, run in enumerate(ranked, start=1):
            change, probability = from_best.get((best.pk, run.pk), (None, None))
            rows.append(Result(number, run, of_runs[run.pk], change, probability))
        return rows

    @cached_property
    def questions(self) -> list[tuple[UUID, int, int]]:
        """Each question with how many models it passed and how many were asked; where they differ stands first."""
        asked: dict[UUID, list[bool]] = {}
        for run in self.runs:
            for (question, *_words), is_passed in self.verdicts[run.pk].items():
                asked.setdefault(question, []).append(is_passed)
        counted = [(question, sum(passed), len(passed)) for question, passed in asked.items()]
        return sorted(counted, key=lambda row: (row[1] in (0, row[2]), row[1] / row[2], str(row[0])))


def latest_runs(
    organisation: Organisation,
    *,
    desks: Iterable[str] | None = None,
    question_set: str | None = None,
    models: Iterable[str] | None = None,
) -> list[EvaluationRun]:
    """The last run of each set that each model went through to its end; where there is none, the last that ended at its
    limit. Newest first.
    """
    is_over = Q(job__state=Job.State.SUCCEEDED) | Q(job__error_code=LimitReached.code)
    rows = EvaluationRun.objects.within(organisation).filter(is_over, total__gt=0).exclude(model="")
    if desks is not None:
        rows = rows.filter(desk__in=desks)
    if question_set is not None:
        rows = rows.filter(question_set=question_set)
    if models is not None:
        rows = rows.filter(model__in=models)
    keys = ("model", "desk", "question_set")
    is_partial = ExpressionWrapper(Q(job__error_code=LimitReached.code), output_field=BooleanField())
    ranked = rows.annotate(is_partial=is_partial).order_by(*keys, "is_partial", "-created_at")
    last = ranked.distinct(*keys).values("pk")
    shown = EvaluationRun.objects.within(organisation).filter(pk__in=last)
    return list(shown.select_related("job", "organisation", "endpoint").order_by("-created_at", "-id"))


def of_set(organisation: Organisation, desk: str, question_set: str) -> Results:
    return Results(latest_runs(organisation, desks=[desk], question_set=question_set)[:MODELS])


def verdicts(runs: Iterable[EvaluationRun]) -> dict[UUID, Verdicts]:
    """By the run's id. A question that is gone is compared with nothing."""
    by_run: dict[UUID, Verdicts] = {run.pk: {} for run in runs}
    answers = EvaluationAnswer.objects.filter(run__in=by_run, question__isnull=False)
    rows = answers.values_list("run", "question", "question_text", "expected", "is_passed")
    for run, question, text, expected, is_passed in rows:
        by_run[run][question, text, json.dumps(expected, sort_keys=True)] = is_passed
    return by_run


def verdicts_of_models(runs: Iterable[EvaluationRun]) -> dict[str, Verdicts]:
    """What each model knew over all sets that it was asked."""
    runs = list(runs)
    of_runs, of_models = verdicts(runs), dict[str, Verdicts]()
    for run in runs:
        of_models.setdefault(run.model, {}).update(of_runs[run.pk])
    return of_models


def _rank(run: EvaluationRun) -> tuple[float, str]:
    """By the share that is as good as sure: three right answers of three, at the limit of a run, make no best model."""
    return -shares.interval(run.passed, run.total)[0], run.model
