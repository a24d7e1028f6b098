"""The speeds that the model lab tells of an exam, beside what the engines' own client measures of the same prompts. Part of
`bench architecture`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from apps.accounts.actors import Actor
from apps.evaluation import measures
from apps.inference import prompts
from apps.model_lab.exams.question_kinds.declaration import PROMPTS
from apps.model_lab.exams.question_kinds.registry import KINDS
from benchmarks import engines, exam_runs
from benchmarks.engines import Body, Engine, Wave
from benchmarks.organisations import evaluation_actor

KIND = "needle"
# A round number of waves at every level. A model that learned nothing writes as long as the prompt lets it.
QUESTIONS = 16
TEXT_TOKENS = 200


def lab_columns(engine: Engine, levels: Sequence[int]) -> dict[str, Any]:
    """Raises JobFailed."""
    actor = evaluation_actor()
    bodies = _bodies(actor)
    endpoint = exam_runs.exam_endpoint(actor.organisation, f"{engine.url}/v1", engine.model, at_once=1)
    figures: dict[str, Any] = {}
    for parallel in levels:
        endpoint.max_concurrency = parallel + 1
        endpoint.save(update_fields=["max_concurrency"])
        exam, _seconds = exam_runs.hold(actor, KIND, endpoint)
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
    kind, rows = KINDS[KIND], []
    for number in range(QUESTIONS):
        answer = f"box {number + 40}"
        fact = f"The key of room {number} lies in {answer}."
        expected = {"fact": fact, "answer": answer, "tokens": TEXT_TOKENS, "depth": 50}
        rows.append((KIND, f"Where does the key of room {number} lie?", expected))
    questions = exam_runs.keep_questions(actor.organisation, rows)
    prompt = prompts.load(actor.organisation, PROMPTS / kind.prompt)
    requests = [prompt.render(**kind.values(question)).request() for question in questions]
    names = ("messages", "temperature", "max_tokens")
    return [{name: getattr(each, name) for name in names} for each in requests]


def _waves(engine: Engine, bodies: Sequence[Body], parallel: int) -> Iterator[Wave]:
    for first in range(0, len(bodies), parallel):
        some, path = bodies[first : first + parallel], "/v1/chat/completions"
        yield from engines.waves(engine, path, some.__getitem__, parallel=len(some), seconds=0)
