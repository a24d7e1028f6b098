"""Two approved texts of the tea house, an experiment that shows them, and people who do something."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.jobs import runs
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import counting, services
from apps.marketing.experiments.assignment import Assignment, Candidate, assign
from apps.marketing.experiments.models import EventIntake, Experiment, Exposure
from apps.marketing.experiments.services import ExperimentPlan
from tests.marketing.conftest import PAIR, NewBrief

LINK = "https://tea.example/oolong?ref=1"
OTHER_PAIR = {"title": "慢慢喝岩茶", "body": "来自福建武夷山的岩茶，中火慢焙，一盒 250 克，冲泡随意。 #岩茶"}
POST = {"text": f"岩茶，一盒 250 克，产自福建武夷山：{LINK}"}

NewExperiment = Callable[..., Experiment]


@pytest.fixture(autouse=True)
def _no_gathering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "GATHER_SECONDS", 0.0)


@pytest.fixture
def brief(new_brief: NewBrief) -> Brief:
    return new_brief(links=[LINK])


def approved_text(actor: Actor, brief: Brief, channel: str, texts: dict[str, str]) -> CopyVariant:
    """As it is stored; how it came to that is tried where copy is written."""
    return CopyVariant.objects.create(
        organisation=actor.organisation,
        brief=brief,
        channel=channel,
        texts=texts,
        member=actor.member,
        status=CopyVariant.Status.APPROVED,
        approved_at=timezone.now(),
    )


@pytest.fixture
def texts(alice_actor: Actor, brief: Brief) -> list[CopyVariant]:
    """Two for one channel and one for another."""
    pairs = [("xiaohongshu", PAIR), ("xiaohongshu", OTHER_PAIR), ("weibo", POST)]
    return [approved_text(alice_actor, brief, channel, each) for channel, each in pairs]


@pytest.fixture
def new_experiment(alice_actor: Actor, brief: Brief, texts: list[CopyVariant]) -> NewExperiment:
    """Running unless that is not wanted; of the two texts of one channel unless others are named."""

    def make(*, is_started: bool = True, **values: Any) -> Experiment:
        plan = ExperimentPlan(**{"name": "Spring", "brief": brief, "variants": texts[:2], **values})
        made = services.create(alice_actor, plan)
        return services.start(alice_actor, made) if is_started else made

    return make


@pytest.fixture
def experiment(new_experiment: NewExperiment) -> Experiment:
    return new_experiment()


def shown(experiment: Experiment, count: int, *, first: int = 0) -> list[Exposure]:
    """So many people come to the experiment."""
    candidates = [Candidate(f"person-{first + number}") for number in range(count)]
    return exposures(assign(experiment, candidates).values())


def exposures(assignments: Iterable[Assignment]) -> list[Exposure]:
    """In their order."""
    ids = [each.pk for each in assignments]
    rows = Exposure.objects.select_related("arm", "experiment").in_bulk(ids)
    return [rows[pk] for pk in ids]


def event_of(exposure: Exposure | Assignment, event_type: str = "click", /, **values: Any) -> dict[str, Any]:
    return {
        "exposure": str(exposure.pk),
        "event_key": f"{event_type}-{exposure.pk}",
        "type": event_type,
        "happened_at": timezone.now().isoformat(),
        **values,
    }


def sent(experiment: Experiment, events: Sequence[Any]) -> None:
    """Received and counted."""
    for first in range(0, len(events), services.MAX_EVENTS):
        services.receive_events(experiment.organisation, events[first : first + services.MAX_EVENTS], "api")
    counted(experiment)


def counted(experiment: Experiment) -> EventIntake:
    """What a worker does, to the end of what waits."""
    intake = EventIntake.objects.select_related("job").get(organisation=experiment.organisation)
    assert intake.job
    is_due = {"state": Job.State.QUEUED, "lease_expires_at": None, "available_at": timezone.now()}
    Job.objects.filter(pk=intake.job.pk).update(**is_due)
    runs.execute(intake.job.pk)
    intake.refresh_from_db()
    experiment.refresh_from_db()
    return intake
