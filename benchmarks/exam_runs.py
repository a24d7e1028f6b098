"""Exams of the model lab as a worker holds them: questions of an organisation, an endpoint, and a run's job."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.evaluation import measures, services
from apps.evaluation.budgets import RunSettings
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.inference import prompts
from apps.inference.models import Endpoint, Purpose
from apps.model_lab.exams.evaluation_adapter import ADAPTER
from apps.model_lab.exams.question_kinds.declaration import PROMPTS
from apps.model_lab.exams.question_kinds.registry import KINDS
from benchmarks import engines, isolated
from benchmarks.engines import Body, Engine, Wave
from benchmarks.model_suites import SLOTS, Row
from benchmarks.organisations import evaluation_actor, new_owner, work_off
from llm_backend import chat, event_loop


def keep_questions(organisation: Organisation, rows: Iterable[Row]) -> list[EvaluationQuestion]:
    own: dict[str, Any] = {"organisation": organisation, "desk": ADAPTER.desk}
    return EvaluationQuestion.objects.bulk_create(
        EvaluationQuestion(**own, question_set=kind, text=text, expected=expected)
        for kind, text, expected in rows
    )


def exam_endpoint(organisation: Organisation, url: str, model: str, *, at_once: int) -> Endpoint:
    """One place stays free for people. On two cores many long questions beside each other are read for minutes: what
    an exam measures is not patience.
    """
    limits: dict[str, Any] = {"max_concurrency": at_once + 1, "first_token_seconds": 1800}
    address: dict[str, Any] = {"name": model[:80], "purpose": Purpose.CHAT, "url": url, "model": model}
    return Endpoint.objects.create(organisation=organisation, **address, **limits)


def hold(actor: Actor, kind: str, endpoint: Endpoint) -> tuple[EvaluationRun, float]:
    """The run after its job, and the seconds that this took. Raises JobFailed."""
    settings = RunSettings(endpoint.model)
    [exam] = services.start_runs(
        actor, adapter=ADAPTER, question_set=kind, endpoints=[endpoint], settings=settings
    )
    started = time.monotonic()
    work_off(exam.job_id)
    return exam, time.monotonic() - started


def sit(rows: Sequence[Row], url: str, model: str) -> tuple[list[bool], float]:
    """Whether each question was answered rightly, and how long it took, by a run of the model lab as a worker does it."""
    actor, kind = evaluation_actor(), rows[0][0]
    own = EvaluationQuestion.objects.within(actor.organisation).filter(desk=ADAPTER.desk, question_set=kind)
    if not own.exists():
        keep_questions(actor.organisation, rows)
    endpoint = exam_endpoint(actor.organisation, url, model, at_once=SLOTS)
    exam, seconds = hold(actor, kind, endpoint)
    passed = dict(exam.answers.values_list("question", "is_passed"))
    return [passed[question] for question in own.order_by("id").values_list("pk", flat=True)], seconds


AT_ONCE, QUESTIONS, ROUNDS = 16, 160, 3
KIND = "text"
# A second an answer, about: 0.2 s to the first of 64 tokens, then 80 a second.
ENGINE = ("--first-token-ms", "200", "--gap-ms", "12.5", "--tokens", "64")


def overhead() -> dict[str, Any]:
    """What a run of exams costs over asking its endpoint directly: the same prompts, as many beside each other, one engine
    that answers at the pace of a good server. Both ways in turn, so that what else the machine does meets both.
    """
    with isolated.scripted_engine(*ENGINE) as url:
        actor = new_owner("overhead")
        texts = [f"What is the tea of number {number} called?" for number in range(QUESTIONS)]
        keep_questions(actor.organisation, [(KIND, text, {"answer": "tea"}) for text in texts])
        endpoint = exam_endpoint(actor.organisation, f"{url}/v1", "scripted", at_once=AT_ONCE)
        prompt = prompts.load(actor.organisation, PROMPTS / KINDS[KIND].prompt)
        requests = [prompt.render(question=text, is_chinese=False).request() for text in texts]
        direct, runs = [], []
        for number in range(ROUNDS + 1):
            direct_seconds = event_loop.run(_seconds_to_ask(endpoint.chat_server(), requests))
            exam, run_seconds = hold(actor, KIND, endpoint)
            if exam.answers.count() != QUESTIONS:
                raise RuntimeError(f"{exam.answers.count()} of {QUESTIONS} questions were answered")
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


async def _seconds_to_ask(server: chat.Endpoint, requests: Sequence[chat.ChatRequest]) -> float:
    """All of them, by the client alone."""
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(request: chat.ChatRequest) -> None:
        async with places:
            await chat.Generation(server, request).run()

    started = time.monotonic()
    await asyncio.gather(*map(ask, requests))
    return time.monotonic() - started


LAB_KIND = "needle"
# A round number of waves at every level. A model that learned nothing writes as long as the prompt lets it.
LAB_QUESTIONS = 16
LAB_TEXT_TOKENS = 200


def lab_columns(engine: Engine, levels: Sequence[int]) -> dict[str, Any]:
    """The speeds that the model lab tells of an exam, beside what the engines' own client measures of the same prompts.

    Raises JobFailed.
    """
    actor = evaluation_actor()
    bodies = _bodies(actor)
    endpoint = exam_endpoint(actor.organisation, f"{engine.url}/v1", engine.model, at_once=1)
    figures: dict[str, Any] = {}
    for parallel in levels:
        endpoint.max_concurrency = parallel + 1
        endpoint.save(update_fields=["max_concurrency"])
        exam, _seconds = hold(actor, LAB_KIND, endpoint)
        told = measures.of_runs([exam])[exam.pk]
        waves = list(_waves(engine, bodies, parallel))
        answers = [answer for wave in waves for answer in wave.answers]
        tokens = sum(each.output_tokens for each in answers)
        figures |= {
            f"lab_per_second_{parallel}": round(told.tokens_per_second or 0, 1),
            f"client_per_second_{parallel}": round(tokens / sum(each.arrivals[-1] for each in answers), 1),
            f"lab_first_token_ms_{parallel}": round(1000 * (told.first_token_seconds or 0), 1),
            f"client_first_token_ms_{parallel}": engines.first_token_ms(waves),
        }
    return figures


def _bodies(actor: Actor) -> list[Body]:
    """Keeps the questions, and tells what is sent for each."""
    kind, rows = KINDS[LAB_KIND], []
    for number in range(LAB_QUESTIONS):
        answer = f"box {number + 40}"
        fact = f"The key of room {number} lies in {answer}."
        expected = {"fact": fact, "answer": answer, "tokens": LAB_TEXT_TOKENS, "depth": 50}
        rows.append((LAB_KIND, f"Where does the key of room {number} lie?", expected))
    questions = keep_questions(actor.organisation, rows)
    prompt = prompts.load(actor.organisation, PROMPTS / kind.prompt)
    requests = [prompt.render(**kind.values(question)).request() for question in questions]
    names = ("messages", "temperature", "max_tokens")
    return [{name: getattr(each, name) for name in names} for each in requests]


def _waves(engine: Engine, bodies: Sequence[Body], parallel: int) -> Iterator[Wave]:
    for first in range(0, len(bodies), parallel):
        some, path = bodies[first : first + parallel], "/v1/chat/completions"
        yield from engines.waves(engine, path, some.__getitem__, parallel=len(some), seconds=0)
