"""A brief of the tea house, its people and what was sent to them, and jobs that ran as a worker runs them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.jobs import runs
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.resources import BRIEFS
from apps.marketing.experiments.models import Experiment, ExperimentArm, Exposure
from apps.marketing.profiles.models import Person
from apps.resources import services as resources
from tests.scripted_engine_fixture import ScriptedEngine

NewBrief = Callable[..., Brief]
Answers = Callable[..., None]
NewPerson = Callable[..., Person]
Send = Callable[..., Exposure]
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


@pytest.fixture
def new_person(alice_actor: Actor) -> NewPerson:
    def make(external_id: str, **values: Any) -> Person:
        return Person.objects.create(organisation=alice_actor.organisation, external_id=external_id, **values)

    return make


@pytest.fixture
def send(alice_actor: Actor) -> Send:
    """Writes to somebody, so many days ago; without a channel they are in the control group."""
    organisation = alice_actor.organisation
    experiment = Experiment.objects.create(organisation=organisation, name="Spring")

    def make(person: Person, channel: str = "email", *, days: float = 0, **times: float) -> Exposure:
        arm, _is_new = ExperimentArm.objects.get_or_create(
            organisation=organisation,
            experiment=experiment,
            channel=channel,
            defaults={"label": channel, "position": experiment.arms.count()},
        )
        ago = {name: timezone.now() - timedelta(days=value) for name, value in times.items()}
        return Exposure.objects.create(
            organisation=organisation,
            experiment=experiment,
            arm=arm,
            subject=person.external_id,
            request_key=str(Exposure.objects.count()),
            person=person,
            propensity=1.0,
            delivered_at=timezone.now() - timedelta(days=days) if channel else None,
            **ago,
        )

    return make
