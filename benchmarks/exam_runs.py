"""Exams of the model lab as a worker holds them: questions of an organisation, an endpoint, and a run's job."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks import exam_runs, isolated
from llm_backend import event_loop

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

    own: dict[str, Any] = {"organisation": organisation, "desk": ADAPTER.desk}
    return EvaluationQuestion.objects.bulk_create(
        EvaluationQuestion(**own, question_set=kind, text=text, expected=expected)
        for kind, text, expected in rows
    )


def exam_endpoint(organisation: "Organisation", url: str, model: str, *, at_once: int) -> "Endpoint":
    """One place stays free for people. On two cores many long questions beside each other are read for minutes: what
    an exam measures is not patience.
    """
    from apps.inference.models import Endpoint, Purpose

    limits: dict[str, Any] = {"max_concurrency": at_once + 1, "first_token_seconds": 1800}
    address: dict[str, Any] = {"name": model[:80], "purpose": Purpose.CHAT, "url": url, "model": model}
    return Endpoint.objects.create(organisation=organisation, **address, **limits)


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


AT_ONCE, QUESTIONS, ROUNDS = 16, 160, 3
KIND = "text"
# A second an answer, about: 0.2 s to the first of 64 tokens, then 80 a second.
ENGINE = ("--first-token-ms", "200", "--gap-ms", "12.5", "--tokens", "64")


def overhead() -> dict[str, Any]:
    """What a run of exams costs over asking its endpoint directly: the same prompts, as many beside each other, one engine
    that answers at the pace of a good server. Both ways in turn, so that what else the machine does meets both.
    """
    with isolated.scripted_engine(*ENGINE) as url:
        actor, endpoint, prompts = _prepare(f"{url}/v1")
        direct, runs = [], []
        for number in range(ROUNDS + 1):
            direct_seconds, run_seconds = event_loop.run(_ask(endpoint, prompts)), _hold(actor, endpoint)
            # The first round loads what the others have.
            if number:
                direct.append(direct_seconds)
                runs.append(run_seconds)
    rounds = [run / asked for run, asked in zip(runs, direct, strict=True)]
    return {
        "overhead_pct": round(100 * (sum(runs) / sum(direct) - 1), 2),
        "overhead_rounds_pct": [round(100 * (each - 1), 2) for each in rounds],
        "overhead_direct_seconds": round(sum(direct) / ROUNDS, 2),
    }


def _prepare(url: str) -> tuple[Any, Any, Sequence[Any]]:
    from apps.inference import prompts
    from apps.model_lab.exams.question_kinds.declaration import PROMPTS
    from apps.model_lab.exams.question_kinds.registry import KINDS
    from benchmarks.organisations import new_owner

    actor = new_owner("overhead")
    texts = [f"What is the tea of number {number} called?" for number in range(QUESTIONS)]
    exam_runs.keep_questions(actor.organisation, [(KIND, text, {"answer": "tea"}) for text in texts])
    endpoint = exam_runs.exam_endpoint(actor.organisation, url, "scripted", at_once=AT_ONCE)
    prompt = prompts.load(actor.organisation, PROMPTS / KINDS[KIND].prompt)
    return actor, endpoint, [prompt.render(question=text, is_chinese=False).request() for text in texts]


async def _ask(endpoint: Any, requests: Sequence[Any]) -> float:
    """Seconds of asking all of them by the client alone."""
    from llm_backend import chat

    server, places = endpoint.chat_server(), asyncio.Semaphore(AT_ONCE)

    async def ask(request: Any) -> None:
        async with places:
            await chat.Generation(server, request).run()

    started = time.monotonic()
    await asyncio.gather(*map(ask, requests))
    return time.monotonic() - started


def _hold(actor: Any, endpoint: Any) -> float:
    """Seconds of the run's job, as a worker does it."""
    exam, seconds = exam_runs.hold(actor, KIND, endpoint)
    if exam.answers.count() != QUESTIONS:
        raise RuntimeError(f"{exam.answers.count()} of {QUESTIONS} questions were answered")
    return seconds
