"""Exams of the model lab as a worker holds them: questions of an organisation, an endpoint, and a run's job."""

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.accounts.actors import Actor
    from apps.accounts.models import Organisation
    from apps.evaluation.models import EvaluationQuestion, EvaluationRun
    from apps.inference.models import Endpoint

# Kind of answer, question, what is expected.
Row = tuple[str, str, Mapping[str, Any]]


def keep_questions(organisation: "Organisation", rows: Iterable[Row]) -> list["EvaluationQuestion"]:
    from apps.evaluation.models import EvaluationQuestion
    from apps.model_lab.exams.evaluation_adapter import ADAPTER

    return EvaluationQuestion.objects.bulk_create(
        EvaluationQuestion(
            organisation=organisation, desk=ADAPTER.desk, question_set=kind, text=text, expected=expected
        )
        for kind, text, expected in rows
    )


def exam_endpoint(organisation: "Organisation", url: str, model: str, *, at_once: int) -> "Endpoint":
    """One place stays free for people. On two cores many long questions beside each other are read for minutes: what
    an exam measures is not patience.
    """
    from apps.inference.models import Endpoint, Purpose

    return Endpoint.objects.create(
        organisation=organisation,
        name=model[:80],
        purpose=Purpose.CHAT,
        url=url,
        model=model,
        max_concurrency=at_once + 1,
        first_token_seconds=1800,
    )


def hold(actor: "Actor", kind: str, endpoint: "Endpoint") -> tuple["EvaluationRun", float]:
    """The run after its job, and the seconds that this took. Raises JobFailed."""
    from apps.evaluation import services
    from apps.evaluation.budgets import RunSettings
    from apps.model_lab.exams.evaluation_adapter import ADAPTER
    from benchmarks.organisations import work_off

    settings = RunSettings(endpoint.model)
    [exam] = services.start_runs(
        actor, adapter=ADAPTER, question_set=kind, endpoints=[endpoint], settings=settings
    )
    started = time.monotonic()
    work_off(exam.job_id)
    return exam, time.monotonic() - started
