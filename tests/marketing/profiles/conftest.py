"""People of the tea house, and what was sent to them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.marketing.experiments.models import Experiment, ExperimentArm, Exposure
from apps.marketing.profiles.models import Person

NewPerson = Callable[..., Person]
Send = Callable[..., Exposure]


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
