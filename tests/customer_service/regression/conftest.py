"""Questions of the Tea House's channel, and runs that went through a worker's job."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.core.forms import validated_fields
from apps.customer_service.channels.models import Channel
from apps.customer_service.regression.evaluation_adapter import ADAPTER
from apps.evaluation import services
from apps.evaluation.budgets import RunSettings
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.inference.models import Endpoint
from apps.jobs import runs
from apps.knowledge.models import Document

DELIVERY = "How long does delivery take?"
GOOD = "Delivery inside the city takes two to four working days [1]."

Write = Callable[..., EvaluationQuestion]
Start = Callable[..., EvaluationRun]


@pytest.fixture
def write(alice_actor: Actor, channel: Channel) -> Write:
    """A question, through the form as a page or the API sends it."""

    def save(text: str, **expected: Any) -> EvaluationQuestion:
        fields = {"question_set": channel.pk, "text": text, **expected}
        form = ADAPTER.question_form(fields, adapter=ADAPTER, organisation=alice_actor.organisation)
        return services.save_question(alice_actor, adapter=ADAPTER, **validated_fields(form))

    return save


@pytest.fixture
def delivery(write: Write, handbook: Document) -> EvaluationQuestion:
    return write(
        DELIVERY,
        expected_documents=[handbook.pk],
        expected_facts=["4 days | four days"],
        forbidden_facts=["free of charge"],
    )


@pytest.fixture
def nonsense(write: Write) -> EvaluationQuestion:
    return write("Do submarines dream of wolves?", is_unanswerable=True)


@pytest.fixture
def start(alice_actor: Actor, channel: Channel) -> Start:
    def run(
        label: str = "", endpoint: Endpoint | None = None, options: Mapping[str, Any] | None = None
    ) -> EvaluationRun:
        settings, endpoints = RunSettings(label, options or {}), [endpoint] if endpoint else []
        [started] = services.start_runs(
            alice_actor,
            adapter=ADAPTER,
            question_set=str(channel.pk),
            endpoints=endpoints,
            settings=settings,
        )
        return started

    return run


def work(run: EvaluationRun) -> EvaluationRun:
    """What a worker does with the run's job."""
    runs.execute(run.job_id)
    run.refresh_from_db()
    return run
