"""Reference sentences of the Tea House: the smallest adapter there is stands for all."""

from collections.abc import Callable

import pytest

from apps.accounts.actors import Actor
from apps.evaluation import services
from apps.evaluation.budgets import RunSettings
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.inference.models import Endpoint
from apps.jobs import runs
from apps.translation.evaluation_adapter import ADAPTER
from tests.translation.conftest import answers  # noqa: F401  (fixture)

SET = "en-zh"
RETURNS, GOOD_RETURNS = "Return it within 30 days.", "请在30天内退货。"
THANKS, GOOD_THANKS = "Thanks for the tea", "谢谢你的茶"

Write = Callable[..., EvaluationQuestion]
Start = Callable[..., EvaluationRun]


@pytest.fixture
def write(alice_actor: Actor) -> Write:
    def save(
        text: str, reference: str, *, question_set: str = SET, min_similarity: int = 40
    ) -> EvaluationQuestion:
        expected = {"reference": reference, "min_similarity": min_similarity}
        return services.save_question(
            alice_actor, adapter=ADAPTER, question_set=question_set, text=text, expected=expected
        )

    return save


@pytest.fixture
def returns(write: Write) -> EvaluationQuestion:
    return write(RETURNS, GOOD_RETURNS)


@pytest.fixture
def thanks(write: Write) -> EvaluationQuestion:
    return write(THANKS, GOOD_THANKS)


@pytest.fixture
def start(alice_actor: Actor) -> Start:
    def run(label: str = "", endpoint: Endpoint | None = None) -> EvaluationRun:
        settings, endpoints = RunSettings(label), [endpoint] if endpoint else []
        [started] = services.start_runs(
            alice_actor, adapter=ADAPTER, question_set=SET, endpoints=endpoints, settings=settings
        )
        return started

    return run


def work(run: EvaluationRun) -> EvaluationRun:
    """What a worker does with the run's job."""
    runs.execute(run.job_id)
    run.refresh_from_db()
    return run
