"""Who is shown what: drawn once, by the shares of the moment, on channels where somebody is reached."""

from collections import Counter

import numpy as np
import pytest

from apps.accounts.actors import Actor
from apps.core.errors import Conflict
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import services
from apps.marketing.experiments.assignment import Candidate, assign, chances
from apps.marketing.experiments.models import ArmCount, Experiment, Exposure
from apps.marketing.segments.models import Segment
from tests.marketing.experiments.conftest import NewExperiment, shown

pytestmark = pytest.mark.django_db


def test_everybody_gets_one_arm_and_keeps_it(experiment: Experiment) -> None:
    first = {each.subject: each.arm_id for each in shown(experiment, 40)}

    again = {each.subject: each.arm_id for each in shown(experiment, 60)}

    assert {subject: again[subject] for subject in first} == first
    assert Exposure.objects.count() == 60
    assert sum(ArmCount.objects.values_list("exposures", flat=True)) == 60
    assert sum(ArmCount.objects.values_list("expected", flat=True)) == pytest.approx(60)


def test_a_request_key_tells_choices_for_one_person_apart(experiment: Experiment) -> None:
    person = [Candidate("person")]

    keys = ["", "monday", "tuesday", "monday"]
    made = [assign(experiment, person, request_key=key)["person"].pk for key in keys]

    assert len(set(made)) == 3
    assert made[1] == made[3]


@pytest.mark.slow
def test_a_fixed_split_is_carried_out_as_planned(new_experiment: NewExperiment) -> None:
    experiment = new_experiment(allocation="fixed", text_shares=[0.6, 0.3], control_share=0.1)

    exposures = shown(experiment, 2000)

    counts = Counter(each.arm.position for each in exposures)
    assert [counts[place] / 2000 for place in range(3)] == pytest.approx([0.6, 0.3, 0.1], abs=0.05)
    assert {each.arm.position: round(each.propensity, 9) for each in exposures} == {0: 0.6, 1: 0.3, 2: 0.1}


def test_who_is_not_reached_on_a_channel_gets_another_one(
    new_experiment: NewExperiment, texts: list[CopyVariant]
) -> None:
    experiment = new_experiment(variants=texts, control_share=0.1)
    only_weibo, nowhere = frozenset({"weibo"}), frozenset[str]()
    candidates = [Candidate(f"weibo-{number}", channels=only_weibo) for number in range(300)]

    exposures = assign(experiment, [*candidates, Candidate("nobody", channels=nowhere)])

    assert {each.arm.channel for each in exposures.values()} == {"weibo", ""}
    assert {each.arm.channel: round(each.propensity, 6) for each in exposures.values()} == {
        "weibo": 0.9,
        "": 0.1,
    }
    # Whom no message can reach says nothing about messages, in the control neither.
    assert "nobody" not in exposures


def test_the_control_keeps_its_share_whoever_is_reached(
    new_experiment: NewExperiment, texts: list[CopyVariant]
) -> None:
    experiment = new_experiment(variants=texts, control_share=0.1)
    arms = list(experiment.arms.all())

    all_channels = chances(experiment.shares[""], arms)
    one_channel = chances(experiment.shares[""], arms, frozenset({"xiaohongshu"}))

    assert all_channels == pytest.approx([0.3, 0.3, 0.3, 0.1])
    assert one_channel == pytest.approx([0.45, 0.45, 0, 0.1])
    assert np.isclose(one_channel.sum(), 1)


def test_the_first_segment_by_name_is_the_stratum(new_experiment: NewExperiment, alice_actor: Actor) -> None:
    make = Segment.objects.create
    regulars, abroad = (make(organisation=alice_actor.organisation, name=name) for name in ("b", "a"))
    experiment = new_experiment(segments=[regulars, abroad])
    both = Candidate("both", segment_ids=frozenset({regulars.pk, abroad.pk}))

    exposures = assign(
        experiment, [both, Candidate("one", segment_ids=frozenset({regulars.pk})), Candidate("none")]
    )

    assert {each.subject: each.segment_id for each in exposures.values()} == {
        "both": abroad.pk,
        "one": regulars.pk,
        "none": None,
    }
    assert set(experiment.shares) == {str(regulars.pk), str(abroad.pk), ""}


def test_nobody_new_comes_to_an_experiment_that_has_ended(experiment: Experiment, alice_actor: Actor) -> None:
    (known,) = shown(experiment, 1)
    experiment = services.stop(alice_actor, experiment, "Enough.")

    assert shown(experiment, 1) == [known]
    with pytest.raises(Conflict, match="not running"):
        shown(experiment, 2)
