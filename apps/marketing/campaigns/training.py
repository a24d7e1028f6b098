"""A campaign whose people are made up: arms are chosen, answers counted and shares renewed as for real ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.core.errors import Conflict
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.simulation import Simulator
from apps.marketing.experiments import assignment, counting, stop_rule
from apps.marketing.experiments import services as experiments
from apps.marketing.experiments.assignment import Assignment, Candidate
from apps.marketing.experiments.models import EventBatch, Experiment, Exposure
from apps.marketing.profiles import selectors as profiles
from apps.marketing.profiles.models import Person

SENDING_HOUR = 10


def simulate_days(
    campaign: Campaign,
    simulator: Simulator,
    people: Sequence[Person],
    segments: Mapping[UUID, int],
    *,
    days: int,
) -> int:
    """Lets the people be written to over the last days, each day as many, and answer; how many events came of it.

    `segments`: segment's id → its place in the simulator's truth. Nothing leaves: raises Conflict for a campaign whose
    people are real.
    """
    experiment = campaign.experiment
    if not experiment.is_simulated:
        raise Conflict("Only a campaign whose people are made up can be simulated.")
    arms = [arm for arm in experiment.arms.all() if not arm.is_control]
    places = {arm.pk: place for place, arm in enumerate(arms)}
    each_day = -(-len(people) // days)
    now, count = timezone.now(), 0
    for day in range(days):
        moment = sending_time(days - day)
        experiment = Experiment.objects.select_related("organisation").get(pk=experiment.pk)
        exposures = _write_to(experiment, people[day * each_day : (day + 1) * each_day], segments, moment)
        events = [
            {
                "event_key": f"simulated-{exposure.pk}-{answer.type}",
                "exposure": str(exposure.pk),
                "type": answer.type,
                "happened_at": (moment + answer.after).isoformat(),
                "revenue": answer.revenue,
            }
            for exposure in exposures
            if exposure.segment_id and exposure.segment_id in segments
            for answer in simulator.answers(segments[exposure.segment_id], places.get(exposure.arm.pk))
            if moment + answer.after < now
        ]
        if events:
            experiments.receive_events(experiment.organisation, events, EventBatch.Source.API)
            counting.count_batches(experiment.organisation)
        stop_rule.judge(experiment.pk)
        simulator.next_day()
        count += len(events)
    return count


def sending_time(days_ago: int) -> datetime:
    date = timezone.localdate() - timedelta(days=days_ago)
    return timezone.make_aware(datetime.combine(date, time(SENDING_HOUR)))


@transaction.atomic
def _write_to(
    experiment: Experiment, people: Sequence[Person], segments: Mapping[UUID, int], moment: datetime
) -> list[Assignment]:
    allowed = profiles.allowed_channels(experiment.organisation, people)
    strata = list(experiment.segments.filter(pk__in=segments))
    inside = profiles.segments_of_people(experiment.organisation, [each.pk for each in people], strata)
    candidates = [
        Candidate(each.external_id, each.pk, frozenset(inside.get(each.pk, ())), frozenset(allowed[each.pk]))
        for each in people
    ]
    assigned = list(assignment.assign(experiment, candidates, at=moment).values())
    written = [each.pk for each in assigned if not each.arm.is_control]
    Exposure.objects.within(experiment.organisation_id).filter(pk__in=written).update(delivered_at=moment)
    return sorted(assigned, key=lambda each: each.subject)
