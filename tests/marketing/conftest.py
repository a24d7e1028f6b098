"""A brief of the tea house, and jobs that ran as a worker runs them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.resources import BRIEFS
from apps.resources import services as resources
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

NewBrief = Callable[..., Brief]
Answers = Callable[..., None]
FACTS = "产地: 福建武夷山\n净含量: 250 克\n焙火: 中火"
PAIR = {
    "title": "武夷岩茶，中火焙香",
    "body": "产自福建武夷山的岩茶，中火慢焙，250 克装。泡一壶，慢慢喝。 #岩茶",
}


@pytest.fixture
def new_brief(alice_actor: Actor) -> NewBrief:
    def make(**values: Any) -> Brief:
        return resources.save(
            alice_actor, BRIEFS, {"product": "岩茶", "language": "zh", "facts": FACTS, **values}
        )

    return make


@pytest.fixture
def brief(new_brief: NewBrief) -> Brief:
    return new_brief()


@pytest.fixture
def engine(scripted_engine: ScriptedEngine, alice_actor: Actor) -> ScriptedEngine:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    return scripted_engine


@pytest.fixture
def answers(engine: ScriptedEngine) -> Answers:
    """The next answers: texts, or objects that become JSON."""

    def script(*texts: object) -> None:
        engine.script(
            *(
                {"text": each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)}
                for each in texts
            )
        )

    return script


def worked(job: Job | None) -> Job:
    """What a worker does with a job of this desk."""
    assert job
    runs.execute(job.pk)
    job.refresh_from_db()
    return job


def prompt_of(engine: ScriptedEngine, number: int = -1) -> str:
    messages = engine.requests()[number]["body"]["messages"]
    return "\n".join(message["content"] for message in messages)
