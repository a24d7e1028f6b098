"""Events become counts: each once, whatever order they come in and whoever dies on the way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput, LimitExceeded
from apps.jobs.models import Job
from apps.marketing.experiments import counting, services
from apps.marketing.experiments.assignment import Candidate, assign
from apps.marketing.experiments.models import ArmCount, EventBatch, EventIntake, Experiment, MarketingEvent
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person
from apps.marketing.rules import membership
from apps.marketing.segments.models import Segment
from tests.marketing.experiments.conftest import NewExperiment, counted, event_of, exposures, sent, shown

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As if the process ended there."""


def totals() -> dict[str, Any]:
    names = ("exposures", "opens", "clicks", "conversions", "unsubscribes", "revenue", "revenue_squares")
    sums = ArmCount.objects.aggregate(**{f"{name}_sum": Sum(name) for name in names})
    return {name: sums[f"{name}_sum"] for name in names}


def figures(intake: EventIntake) -> dict[str, int]:
    return {name: getattr(intake, name) for name in (*counting.COUNTERS, "malformed")}


def test_what_people_did_is_counted_once_for_each_of_them(experiment: Experiment) -> None:
    first, second, third = shown(experiment, 3)
    events = [event_of(each) for each in (first, second)]
    events += [event_of(first, "open"), event_of(first, event_key="another click")]
    events += [event_of(first, "conversion", revenue=20), event_of(second, "conversion", revenue=5)]
    events += [event_of(first, "conversion", event_key="again", revenue=10), event_of(third, "unsubscribe")]

    sent(experiment, events)

    assert totals() == {
        "exposures": 3,
        "opens": 1,
        "clicks": 2,
        "conversions": 2,
        "unsubscribes": 1,
        "revenue": 35,
        "revenue_squares": 30**2 + 5**2,
    }
    first.refresh_from_db()
    assert (first.revenue, first.clicked_at is not None) == (30, True)
    assert not EventBatch.objects.exists()


def test_a_conversion_that_comes_before_its_click_and_a_late_first_time_are_put_right(
    experiment: Experiment,
) -> None:
    (exposure,) = shown(experiment, 1)
    now = timezone.now()

    sent(experiment, [event_of(exposure, "conversion", happened_at=(now + timedelta(minutes=2)).isoformat())])
    sent(experiment, [event_of(exposure, happened_at=(now + timedelta(minutes=1)).isoformat())])
    sent(experiment, [event_of(exposure, event_key="first", happened_at=now.isoformat())])

    exposure.refresh_from_db()
    assert exposure.clicked_at == now
    assert exposure.converted_at == now + timedelta(minutes=2)
    assert (totals()["clicks"], totals()["conversions"]) == (1, 1)


def test_a_doubled_event_is_one_event(experiment: Experiment) -> None:
    exposures = shown(experiment, 2)
    events = [event_of(each) for each in exposures]

    sent(experiment, [*events, *events])
    sent(experiment, events)

    assert figures(EventIntake.objects.get()) | {"counted": 2, "doubled": 4} == figures(
        EventIntake.objects.get()
    )
    assert MarketingEvent.objects.count() == totals()["clicks"] == 2


def test_what_cannot_be_true_is_counted_apart_and_never_as_a_success(
    experiment: Experiment, rival: Organisation
) -> None:
    (exposure,) = shown(experiment, 1)
    now = timezone.now()
    future, past = ((now + timedelta(minutes=minutes)).isoformat() for minutes in (6, -6))
    events = [
        event_of(exposure, happened_at=future, event_key="1"),
        event_of(exposure, happened_at=past, event_key="2"),
        event_of(exposure, exposure=str(uuid4()), event_key="3"),
        event_of(exposure, "opened"),
        event_of(exposure, event_key=""),
        event_of(exposure, event_key="nul\x00"),
        event_of(exposure, happened_at="yesterday"),
        event_of(exposure, "conversion", revenue=-1),
        event_of(exposure, "conversion", revenue="nan"),
        event_of(exposure, exposure="x"),
        event_of(exposure, exposure="", experiment=str(experiment.pk)),
        "no object",
        None,
    ]

    checked = services.receive_events(experiment.organisation, events, "api")
    intake = counted(experiment)

    assert [each.row for each in checked.refused] == [0, *range(3, 13)]
    assert figures(intake) == {
        "counted": 0,
        "doubled": 0,
        "unknown": 1,
        "from_future": 1,
        "too_early": 1,
        "malformed": 10,
    }
    assert totals()["clicks"] == totals()["conversions"] == 0
    # The same exposure named by another organisation is one that it does not have.
    services.receive_events(rival, [event_of(exposure)], "api")
    assert counting.count_batches(rival).batches == 1
    assert EventIntake.objects.get(organisation=rival).unknown == 1
    assert totals()["clicks"] == 0


def test_clocks_may_differ_by_some_minutes(experiment: Experiment) -> None:
    one, other = shown(experiment, 2)
    early, late = ((timezone.now() + timedelta(minutes=minutes)).isoformat() for minutes in (-4, 4))

    sent(experiment, [event_of(one, happened_at=early), event_of(other, happened_at=late)])

    assert totals()["clicks"] == 2


def test_an_event_may_name_experiment_and_subject(experiment: Experiment) -> None:
    earlier = timezone.now() - timedelta(days=2)
    first = assign(experiment, [Candidate("mia")], request_key="1", at=earlier)["mia"]
    second = assign(experiment, [Candidate("mia")], request_key="2")["mia"]
    old, new = exposures([first, second])
    now = timezone.now()
    named = {"exposure": "", "experiment": str(experiment.pk), "subject": "mia"}

    late = event_of(new, event_key="late", happened_at=now.isoformat(), **named)
    before = event_of(old, event_key="before", happened_at=(earlier + timedelta(days=1)).isoformat(), **named)
    nobody = event_of(new, event_key="nobody", **named | {"subject": "leo"})
    sent(experiment, [late, before, nobody])

    for exposure in (old, new):
        exposure.refresh_from_db()
    assert (old.clicked_at, new.clicked_at) == (earlier + timedelta(days=1), now)
    assert EventIntake.objects.get().unknown == 1


def test_more_than_a_thousand_events_are_refused(experiment: Experiment) -> None:
    with pytest.raises(InvalidInput, match="invalid"):
        services.receive_events(experiment.organisation, [{}] * 1001, "api")

    assert not EventBatch.objects.exists()


def test_a_sender_waits_while_too_much_is_not_counted(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_WAITING_BATCHES", 2)
    events = [event_of(each) for each in shown(experiment, 1)]
    services.receive_events(experiment.organisation, events, "api")
    services.receive_events(experiment.organisation, events, "api")
    services.receive_events(experiment.organisation, events, "api")

    with pytest.raises(LimitExceeded):
        services.receive_events(experiment.organisation, events, "api")
    counted(experiment)

    services.receive_events(experiment.organisation, events, "api")


@pytest.mark.parametrize("after_count", [False, True], ids=["while counting", "when counted"])
def test_a_worker_that_is_killed_counts_nothing_twice(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch, after_count: bool
) -> None:
    events = [event_of(each) for each in shown(experiment, 20)]
    services.receive_events(experiment.organisation, events, "api")
    owner, name = (counting.stop_rule, "judge") if after_count else (EventIntake, "save")

    def die(*arguments: Any, **named: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(Killed):
            counted(experiment)
    counted(experiment)

    assert totals()["clicks"] == 20
    assert EventIntake.objects.get().counted == 20


def test_one_job_counts_for_an_organisation_and_is_set_aside(experiment: Experiment) -> None:
    exposures = shown(experiment, 3)
    for exposure in exposures:
        sent(experiment, [event_of(exposure)])

    (job,) = Job.objects.filter(kind="marketing.count_events")
    assert (job.state, job.available_at > timezone.now() + timedelta(minutes=5)) == ("queued", True)
    services.receive_events(experiment.organisation, [event_of(exposures[0], "open")], "api")
    job.refresh_from_db()
    assert job.available_at <= timezone.now()


def test_an_event_that_comes_while_the_job_is_set_aside_is_not_left_lying(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = shown(experiment, 2)
    services.receive_events(experiment.organisation, [event_of(one)], "api")
    suspend: Callable[..., None] = counting.JobRun.suspend

    def suspend_late(run: Any, *, seconds: float) -> None:
        monkeypatch.undo()
        services.receive_events(experiment.organisation, [event_of(other)], "api")
        suspend(run, seconds=seconds)

    monkeypatch.setattr(counting.JobRun, "suspend", suspend_late)
    counted(experiment)

    job = Job.objects.get(kind="marketing.count_events")
    assert (EventBatch.objects.count(), job.available_at <= timezone.now()) == (1, True)


def test_who_unsubscribes_is_not_written_to_there_any_more(
    experiment: Experiment, alice_actor: Actor
) -> None:
    person = Person.objects.create(
        organisation=alice_actor.organisation, external_id="mia", consents=["xiaohongshu", "email"]
    )
    exposure = assign(experiment, [Candidate("mia", person_id=person.pk)])["mia"]

    sent(
        experiment, [event_of(exposure, "unsubscribe"), event_of(exposure, "unsubscribe", event_key="again")]
    )

    person.refresh_from_db()
    assert person.unsubscribed == ["xiaohongshu"]


def test_whoever_was_imported_after_the_message_is_not_written_to_there_any_more(
    experiment: Experiment, alice_actor: Actor
) -> None:
    exposure = assign(experiment, [Candidate("mia")])["mia"]
    person = Person.objects.create(
        organisation=alice_actor.organisation, external_id="mia", consents=["xiaohongshu", "email"]
    )

    sent(experiment, [event_of(exposure, "unsubscribe")])

    person.refresh_from_db()
    assert person.unsubscribed == ["xiaohongshu"]


def test_who_left_before_being_imported_is_not_written_to_there(
    experiment: Experiment, alice_actor: Actor
) -> None:
    assigned = assign(experiment, [Candidate("mia"), Candidate("leo")])
    sent(experiment, [event_of(assigned["mia"], "unsubscribe")])

    profiles.store_rows(
        alice_actor, [{"external_id": name, "consents": ["xiaohongshu", "email"]} for name in ("mia", "leo")]
    )

    left = dict(Person.objects.values_list("external_id", "unsubscribed"))
    assert left == {"mia": ["xiaohongshu"], "leo": []}


def test_what_people_did_moves_them_between_segments(experiment: Experiment, alice_actor: Actor) -> None:
    make = Person.objects.create
    people = [make(organisation=alice_actor.organisation, external_id=name) for name in ("mia", "leo")]
    segment = Segment.objects.create(
        organisation=alice_actor.organisation, name="Clicked", rule={"event": "clicked", "within_days": 30}
    )
    assigned = assign(experiment, [Candidate(each.external_id, person_id=each.pk) for each in people])

    sent(experiment, [event_of(assigned["mia"])])

    assert [row.person for row in segment.memberships.all()] == people[:1]


@pytest.mark.parametrize("after", ["the count", "the judgement"])
def test_segments_of_a_worker_that_was_killed_are_evaluated_in_the_next_round(
    experiment: Experiment, alice_actor: Actor, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    person = Person.objects.create(organisation=alice_actor.organisation, external_id="mia")
    segment = Segment.objects.create(
        organisation=alice_actor.organisation, name="Clicked", rule={"event": "clicked", "within_days": 30}
    )
    exposure = assign(experiment, [Candidate("mia", person_id=person.pk)])["mia"]
    services.receive_events(experiment.organisation, [event_of(exposure)], "api")

    def die(*arguments: Any) -> None:
        raise Killed

    owner, name = (counting.stop_rule, "judge") if after == "the count" else (counting.membership, "refresh")
    monkeypatch.setattr(owner, name, die)
    with pytest.raises(Killed):
        counted(experiment)
    membership.refresh_due()

    assert [row.person for row in segment.memberships.all()] == [person]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_count_exactly(new_experiment: NewExperiment) -> None:
    experiment = new_experiment()
    exposures = shown(experiment, 200)
    for first in range(0, 200, 20):
        events = [event_of(each) for each in exposures[first : first + 20]]
        # Half of them come again in the next batch, under another key too.
        again = [event_of(each, event_key=f"{first}-{each.pk}") for each in exposures[: first + 20 : 2]]
        services.receive_events(experiment.organisation, [*events, *again, *events[:5]], "api")
    barrier = Barrier(3)

    def work(task: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=30)
            task()
        finally:
            connection.close()

    def count() -> None:
        while counting.count_batches(experiment.organisation).batches:
            pass

    # People keep coming meanwhile.
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, [count, count, lambda: shown(experiment, 300, first=100)]))

    assert (totals()["exposures"], totals()["clicks"]) == (400, 200)
    intake = EventIntake.objects.get()
    assert (intake.counted, MarketingEvent.objects.count()) == (200 + 1100 // 2, 200 + 1100 // 2)
    assert intake.doubled == 50
