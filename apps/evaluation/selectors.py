from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, FloatField, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Lead, RowNumber

from apps.accounts.models import Organisation
from apps.core.errors import Text
from apps.evaluation.adapters import Adapter
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.jobs.models import Job
from llm_backend.changes import Piece, word_changes


@dataclass(frozen=True)
class QuestionSet:
    key: str
    name: str
    count: int


@dataclass(frozen=True)
class TextOption:
    """`pieces`: what would become of the live text; none where they are the same."""

    label: Text
    text: str
    pieces: list[Piece]


def question_sets(adapter: Adapter, organisation: Organisation) -> list[QuestionSet]:
    """Those that hold questions first."""
    rows = EvaluationQuestion.objects.within(organisation).filter(desk=adapter.desk)
    counts = dict(rows.values_list("question_set").annotate(Count("pk")).order_by())
    names = adapter.question_sets(organisation)
    return [
        QuestionSet(key, names[key], counts.get(key, 0))
        for key in sorted(names, key=lambda key: key not in counts)
    ]


def questions(adapter: Adapter, organisation: Organisation) -> QuerySet[EvaluationQuestion]:
    """The questions with what each got in the latest run of what is live."""
    live = EvaluationAnswer.objects.filter(question=OuterRef("pk"), run__is_draft=False)
    last = live.order_by("-run__created_at")
    rows = EvaluationQuestion.objects.within(organisation).filter(desk=adapter.desk)
    return rows.order_by("created_at", "id").annotate(
        last_passed=Subquery(last.values("is_passed")[:1]), last_run=Subquery(last.values("run")[:1])
    )


def runs(adapter: Adapter, organisation: Organisation) -> QuerySet[EvaluationRun]:
    """Newest first."""
    rows = EvaluationRun.objects.within(organisation).filter(desk=adapter.desk)
    return rows.select_related("job", "endpoint", "organisation").order_by("-created_at", "-id")


def other_runs(run: EvaluationRun) -> QuerySet[EvaluationRun]:
    """Those that it can be compared with."""
    return runs(run.adapter, run.organisation).filter(question_set=run.question_set).exclude(pk=run.pk)


def earlier_live_run(run: EvaluationRun) -> EvaluationRun | None:
    """What a run is compared with unless somebody chooses: the last one of what was live, before it."""
    live = other_runs(run).filter(is_draft=False, created_at__lt=run.created_at)
    return live.filter(answers__isnull=False).first()


def answers(run: EvaluationRun) -> QuerySet[EvaluationAnswer]:
    """What failed first."""
    return run.answers.select_related("run", "question").order_by("is_passed", "id")


def answers_with_expectations(run: EvaluationRun) -> list[EvaluationAnswer]:
    """What failed first, with what people said."""
    return with_expectations(run, answers(run).prefetch_related("annotations__member__user"))


def with_expectations(run: EvaluationRun, rows: Iterable[EvaluationAnswer]) -> list[EvaluationAnswer]:
    """Reads what was expected for all of a run's answers at once; nothing where it was not kept."""
    rows = list(rows)
    for row in rows:
        row.run = run
    known = [row for row in rows if row.expected is not None]
    told = run.adapter.expectations([row.as_asked for row in known])
    for row, lines in zip(known, told, strict=True):
        row.expectations = list(map(str, lines))
    return rows


def text_options(run: EvaluationRun) -> list[TextOption]:
    if not run.adapter.text_options:
        return []
    live = run.adapter.live_options(run.organisation, run.question_set)
    return [
        TextOption(label, text, word_changes(live[name], text) if text != live[name] else [])
        for name, label in run.adapter.text_options.items()
        for text in [run.options[name]]
    ]


def latest_drop(desk_names: Sequence[str], organisation: Organisation) -> EvaluationRun | None:
    """The last live run of a set if a smaller part of it passed than of the one before it."""
    rows = EvaluationRun.objects.within(organisation).filter(desk__in=desk_names)
    finished = rows.filter(is_draft=False, job__state=Job.State.SUCCEEDED, total__gt=0)
    rate = ExpressionWrapper(F("passed") * 1.0 / F("total"), output_field=FloatField())
    by_set: dict[str, Any] = {
        "partition_by": [F("desk"), F("question_set")],
        "order_by": [F("created_at").desc(), F("id").desc()],
    }
    ranked = finished.annotate(
        place=Window(RowNumber(), **by_set), rate=rate, rate_before=Window(Lead(rate), **by_set)
    )
    dropped = ranked.filter(place=1, rate__lt=F("rate_before")).select_related("organisation")
    return dropped.order_by("-created_at", "-id").first()
