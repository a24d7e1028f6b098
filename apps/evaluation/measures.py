"""What runs took, from the ledger of requests: the same for every desk, whatever it keeps of its answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Avg, Count, Sum

from apps.analytics.reports import Percentile
from apps.evaluation.models import EvaluationAnswer, EvaluationRun
from apps.inference.models import InferenceCall, Purpose

# Of other models than the one that answers.
BESIDE = (Purpose.EMBEDDING, Purpose.SPEECH)


@dataclass(frozen=True)
class Measures:
    """Of one run. `seconds`: an answer's, with all that its desk does; the tokens' speed is the model's alone."""

    answers: int = 0
    seconds: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    writing_seconds: float = 0.0
    first_token_seconds: float | None = None

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    @property
    def tokens_per_second(self) -> float | None:
        return self.output_tokens / self.writing_seconds if self.writing_seconds else None

    @property
    def tokens_per_answer(self) -> float | None:
        return self.output_tokens / self.answers if self.answers and self.output_tokens else None

    @property
    def cost_per_answer(self) -> Decimal | None:
        """None where the endpoint has no price."""
        return self.cost / self.answers if self.answers and self.cost else None


def who_answered(job_id: UUID | None) -> dict[str, str]:
    """`model` and `prompt_hash` of the last request that a job made: what was really asked. Empty where none succeeded."""
    calls = InferenceCall.objects.filter(job=job_id, status=InferenceCall.Status.SUCCEEDED)
    last = calls.exclude(purpose__in=BESIDE).order_by("-id").first()
    return {"model": last.model, "prompt_hash": last.prompt_hash} if last else {}


def of_runs(runs: Sequence[EvaluationRun]) -> dict[UUID, Measures]:
    """By the run's id, in two queries."""
    asked = EvaluationAnswer.objects.filter(run__in=[run.pk for run in runs]).values("run").order_by()
    answers = {row["run"]: row for row in asked.annotate(count=Count("pk"), mean=Avg("seconds"))}
    calls = InferenceCall.objects.filter(
        job__in=[run.job_id for run in runs if run.job_id], status=InferenceCall.Status.SUCCEEDED
    )
    sums = calls.exclude(purpose__in=BESIDE).values("job").order_by()
    used = {
        row["job"]: row
        for row in sums.annotate(
            read=Sum("input_tokens"),
            wrote=Sum("output_tokens"),
            costs=Sum("cost"),
            took=Sum("latency_ms"),
            first=Percentile("first_token_ms", fraction=0.5),
        )
    }
    measures = {}
    for run in runs:
        answered, call = answers.get(run.pk), used.get(run.job_id) if run.job_id else None
        of_answers = {"answers": answered["count"], "seconds": answered["mean"]} if answered else {}
        of_calls = (
            {
                "input_tokens": call["read"],
                "output_tokens": call["wrote"],
                "cost": call["costs"],
                "writing_seconds": call["took"] / 1000,
                "first_token_seconds": None if call["first"] is None else call["first"] / 1000,
            }
            if call
            else {}
        )
        measures[run.pk] = Measures(**of_answers, **of_calls)
    return measures
