"""Arms are channel and text, contexts are segments: who likes what is learnt segment by segment."""

import numpy as np
import pytest
from django.db.models import F

from apps.marketing.experiments.assignment import Candidate, assign
from apps.marketing.experiments.models import ArmCount, Experiment
from apps.marketing.experiments.shares import current_shares
from apps.marketing.segments.models import Segment
from tests.marketing.recommendation.conftest import NewExperiment

pytestmark = pytest.mark.django_db
ROUNDS, PEOPLE = 10, 120
# By segment and arm. All together both arms bring the same.
RATES = np.array([[0.30, 0.08], [0.08, 0.30]])


def regret(new_experiment: NewExperiment, segments: list[Segment], *, has_context: bool, seed: int) -> float:
    """Clicks that the best arm of each segment would have brought more, in the last half of a seeded simulation."""
    chance = np.random.default_rng(seed)
    arms = new_experiment("email", "sms", metric="click", segments=segments if has_context else [])
    places, missed = {arm.pk: place for place, arm in enumerate(arms.arms)}, 0.0
    for number in range(ROUNDS):
        kinds = {f"{number}-{person}": person % 2 for person in range(PEOPLE)}
        exposures = assign(
            arms.experiment,
            [Candidate(subject, None, frozenset([segments[kind].pk])) for subject, kind in kinds.items()],
        )
        for subject, exposure in exposures.items():
            rates = RATES[kinds[subject]]
            rate = rates[places[exposure.arm.pk]]
            missed += (rates.max() - rate) if number >= ROUNDS // 2 else 0.0
            if chance.random() < rate:
                ArmCount.objects.filter(arm=exposure.arm, segment=exposure.segment_id).update(
                    clicks=F("clicks") + 1
                )
        arms.experiment.shares = current_shares(Experiment.objects.get(pk=arms.experiment.pk))
    return missed


@pytest.mark.slow
def test_with_segments_as_context_the_regret_falls(
    new_experiment: NewExperiment, regulars: Segment, newcomers: Segment
) -> None:
    segments = [regulars, newcomers]

    with_context = [regret(new_experiment, segments, has_context=True, seed=seed) for seed in range(2)]
    without = [regret(new_experiment, segments, has_context=False, seed=seed) for seed in range(2)]

    assert np.mean(without) > 40, "no arm is the best for all"
    assert np.mean(with_context) < 0.3 * np.mean(without)
