"""Two models of one scripted engine, and comparisons whose jobs a worker has done."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.inference.models import Endpoint, Purpose
from apps.jobs import runs
from apps.model_lab.side_by_side import selectors, services
from apps.model_lab.side_by_side.models import ComparedAnswer, ModelComparison
from apps.model_lab.side_by_side.services import ComparedQuestion
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

Ask = Callable[..., ModelComparison]


@pytest.fixture
def endpoints(alice_actor: Actor, scripted_engine: ScriptedEngine) -> list[Endpoint]:
    return [
        endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, name=name, model=model)
        for name, model in (("Green", "greentea-7b"), ("Black", "blacktea-7b"))
    ]


@pytest.fixture
def ask(alice_actor: Actor, endpoints: list[Endpoint]) -> Ask:
    """Asks both, or draws two where the names are hidden; `is_done` does what workers do then."""

    def ask(prompt: str = "Which tea?", *, is_done: bool = True, **fields: Any) -> ModelComparison:
        asked = {"endpoints": [each.pk for each in endpoints]} | fields
        comparison = services.ask_side_by_side(alice_actor, ComparedQuestion(prompt, **asked))
        for answer in selectors.answers_of(comparison) if is_done else []:
            answered(answer)
        return comparison

    return ask


def answered(answer: ComparedAnswer) -> None:
    """As often as it may be tried."""
    assert answer.job
    for _attempt in range(answer.job.max_attempts):
        answer.job.refresh_from_db()
        if not answer.job.is_terminal:
            type(answer.job).objects.filter(pk=answer.job.pk).update(available_at=answer.job.created_at)
            runs.execute(answer.job.pk)
