"""An experiment from its texts to its winner."""

import pytest
from django.db.models import F

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput
from apps.jobs.models import Webhook, WebhookDelivery
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import selectors, services, stop_rule
from apps.marketing.experiments.models import ArmCount, Experiment
from apps.marketing.experiments.services import ExperimentPlan
from apps.marketing.segments.models import Segment
from tests.marketing.conftest import PAIR, NewBrief
from tests.marketing.experiments.conftest import NewExperiment, event_of, sent, shown

pytestmark = pytest.mark.django_db


def counts(experiment: Experiment, *cells: tuple[int, int], segment: Segment | None = None) -> None:
    """(people, clicks) of each arm, as if they had come."""
    for arm, (exposures, clicks) in zip(experiment.arms.all(), cells, strict=True):
        ArmCount.objects.create(
            organisation=experiment.organisation,
            arm=arm,
            segment=segment,
            day="2026-11-01",
            exposures=exposures,
            expected=sum(cell[0] for cell in cells) / len(cells),
            clicks=clicks,
        )


def test_only_approved_texts_of_the_brief_are_shown(
    alice_actor: Actor, texts: list[CopyVariant], brief: Brief, new_brief: NewBrief
) -> None:
    draft = copywriting.change_variant(
        alice_actor, texts[0], texts=PAIR | {"title": "慢慢喝"}, version=texts[0].version
    )
    for chosen, of_brief in (([draft], brief), ([texts[1]], new_brief(product="绿茶")), ([], brief)):
        with pytest.raises(InvalidInput) as refusal:
            services.create(alice_actor, ExperimentPlan("Spring", of_brief, chosen))
        assert "variants" in refusal.value.fields


@pytest.mark.parametrize(
    ("text_shares", "control_share"),
    [
        ([0.5, 0.6], 0.0),
        ([0.5], 0.5),
        ([0.5, 0.5], 0.1),
        ([1.0, 0.0], 0.0),
        ([], 0.95),
        ([], -0.1),
        ([float("nan"), 0.5], 0.0),
        ([], float("nan")),
    ],
)
def test_shares_that_contradict_each_other_are_refused(
    new_experiment: NewExperiment, text_shares: list[float], control_share: float
) -> None:
    with pytest.raises(InvalidInput):
        new_experiment(text_shares=text_shares, control_share=control_share)

    assert not Experiment.objects.exists()


def test_a_guardrail_is_a_number(new_experiment: NewExperiment) -> None:
    with pytest.raises(InvalidInput):
        new_experiment(max_unsubscribe_increase=float("nan"))


def test_starting_freezes_texts_and_links(
    alice_actor: Actor, experiment: Experiment, texts: list[CopyVariant], brief: Brief
) -> None:
    copywriting.change_variant(
        alice_actor, texts[0], texts=PAIR | {"title": "慢慢喝"}, version=texts[0].version
    )
    Brief.objects.filter(pk=brief.pk).update(links=["https://other.example/"])

    experiment.refresh_from_db()
    assert experiment.arms.all()[0].texts == PAIR
    assert experiment.links == ["https://tea.example/oolong?ref=1"]
    assert experiment.shares[""] == {str(arm.pk): 0.5 for arm in experiment.arms.all()}
    with pytest.raises(Conflict, match="already started"):
        services.start(alice_actor, experiment)


def test_what_is_not_approved_any_more_does_not_start(
    alice_actor: Actor, new_experiment: NewExperiment, texts: list[CopyVariant]
) -> None:
    experiment = new_experiment(is_started=False)
    copywriting.return_variant(alice_actor, texts[1], comment="Shorter.")

    with pytest.raises(Conflict, match="no longer approved"):
        services.start(alice_actor, experiment)


def test_what_breaks_a_rule_by_now_does_not_start(
    alice_actor: Actor, new_experiment: NewExperiment, brief: Brief
) -> None:
    experiment = new_experiment(is_started=False)
    Brief.objects.filter(pk=brief.pk).update(must_not_say=["慢慢喝"])

    with pytest.raises(Conflict, match="now breaks a rule"):
        services.start(alice_actor, experiment)


def test_without_people_everything_is_unknown(new_experiment: NewExperiment) -> None:
    experiment = new_experiment(metric="conversion", control_share=0.2)

    found = selectors.experiment_figures(experiment)

    assert (found.state, found.winner, found.sample_ratio) == ("too_few_trials", None, None)
    assert [each.rate for each in found.arms] == [None] * 3
    assert [each.lift for each in found.arms] == [None] * 3
    assert [each.share for each in found.arms] == pytest.approx([0.4, 0.4, 0.2])


def test_the_better_text_gets_more_people_and_none_of_them_nothing(experiment: Experiment) -> None:
    exposures = shown(experiment, 400)
    better = experiment.arms.all()[1]
    events = [event_of(each) for each in exposures if each.arm_id == better.pk][:60]
    events += [event_of(each) for each in exposures if each.arm_id != better.pk][:5]

    sent(experiment, events)

    shares = experiment.shares[""]
    assert shares[str(better.pk)] == pytest.approx(0.99, abs=0.011)
    assert min(shares.values()) >= 0.01
    assert sum(shares.values()) == pytest.approx(1)
    assert experiment.judged_at is not None


def test_texts_are_compared_within_the_segments_that_learn_separately(
    alice_actor: Actor, new_experiment: NewExperiment
) -> None:
    rule = {"attribute": "vip", "is": "set"}
    eager = Segment.objects.create(organisation=alice_actor.organisation, name="eager", rule=rule)
    experiment = new_experiment(segments=[eager])
    # Both do the same in both; the first was shown to those who click anyway, and left by as many of them.
    counts(experiment, (2000, 400), (200, 40), segment=eager)
    counts(experiment, (200, 4), (2000, 40))
    ArmCount.objects.update(expected=F("exposures"), unsubscribes=F("clicks") / 4)

    found = selectors.experiment_figures(experiment)

    first, second = found.arms
    assert (found.state, found.breached) == ("running", [])
    assert first.rate == second.rate == pytest.approx(0.11)
    assert second.lift is not None
    assert second.lift.value == pytest.approx(0)
    assert (first.totals.exposures, second.totals.exposures) == (2200, 2200)


def test_a_fixed_split_and_the_control_keep_their_shares(new_experiment: NewExperiment) -> None:
    fixed = new_experiment(allocation="fixed")
    learning = new_experiment(control_share=0.2)
    counts(fixed, (400, 10), (400, 60))
    counts(learning, (400, 10), (400, 60), (200, 0))

    for experiment in (fixed, learning):
        stop_rule.judge(experiment.pk)
        experiment.refresh_from_db()

    assert list(fixed.shares[""].values()) == [0.5, 0.5]
    shares = learning.shares[""]
    assert shares[str(learning.arms.all()[2].pk)] == 0.2
    assert sum(shares.values()) == pytest.approx(1)
    assert shares[str(learning.arms.all()[1].pk)] > 0.75


def test_a_small_segment_learns_from_the_others(new_experiment: NewExperiment, alice_actor: Actor) -> None:
    segment = Segment.objects.create(organisation=alice_actor.organisation, name="of one")
    experiment = new_experiment(segments=[segment])
    counts(experiment, (2000, 40), (2000, 160))
    counts(experiment, (1, 1), (0, 0), segment=segment)

    arms, posteriors = selectors.segment_posteriors(experiment)

    assert [arm.position for arm in arms] == [0, 1]
    assert set(posteriors) == {segment.pk, None}
    assert posteriors[segment.pk].means[1] == pytest.approx(0.08, abs=0.02)


def test_a_winner_ends_the_experiment_and_becomes_an_example(
    new_experiment: NewExperiment, alice_actor: Actor
) -> None:
    Webhook.objects.create(
        organisation=alice_actor.organisation, url="https://x.example/", events=["experiment.decided"]
    )
    experiment = new_experiment(stops_itself=True, allocation="fixed")
    counts(experiment, (3000, 60), (3000, 180))

    stop_rule.judge(experiment.pk)

    experiment.refresh_from_db()
    winner = experiment.arms.all()[1]
    assert (experiment.status, experiment.winner) == ("stopped", winner)
    assert experiment.stop_reason == stop_rule.STOPPED_WITH_WINNER
    variant = CopyVariant.objects.get(pk=winner.variant_id)
    assert variant.won_at is not None
    assert "6.0%" in variant.win_reason
    assert WebhookDelivery.objects.get().payload["data"]["winner"] == str(winner.pk)
    assert AuditEntry.objects.filter(action="experiment.stopped").exists()


def test_no_winner_below_the_stated_sample(new_experiment: NewExperiment) -> None:
    experiment = new_experiment(stops_itself=True, min_exposures=500)
    counts(experiment, (312, 5), (312, 60))

    stop_rule.judge(experiment.pk)

    experiment.refresh_from_db()
    found = selectors.experiment_figures(experiment)
    assert (experiment.status, found.state, found.fewest_exposures) == ("running", "too_few_trials", 312)


def test_equal_texts_end_without_a_winner(new_experiment: NewExperiment) -> None:
    experiment = new_experiment(stops_itself=True, allocation="fixed")
    counts(experiment, (900_000, 90_000), (900_000, 90_000))

    stop_rule.judge(experiment.pk)

    experiment.refresh_from_db()
    assert (experiment.status, experiment.winner) == ("stopped", None)
    assert experiment.stop_reason == stop_rule.STOPPED_AS_EQUAL


def test_a_broken_split_has_no_winner(new_experiment: NewExperiment) -> None:
    experiment = new_experiment(stops_itself=True, allocation="fixed")
    counts(experiment, (3000, 60), (2000, 180))

    stop_rule.judge(experiment.pk)

    experiment.refresh_from_db()
    found = selectors.experiment_figures(experiment)
    assert (experiment.status, found.state, found.winner) == ("running", "broken_split", None)


def test_the_guardrail_ends_it_without_a_winner(new_experiment: NewExperiment) -> None:
    experiment = new_experiment()
    counts(experiment, (3000, 60), (3000, 180))
    ArmCount.objects.filter(arm__position=1).update(unsubscribes=90)
    ArmCount.objects.filter(arm__position=0).update(unsubscribes=20)

    stop_rule.judge(experiment.pk)

    experiment.refresh_from_db()
    assert (experiment.status, experiment.winner) == ("stopped", None)
    assert experiment.stop_reason == stop_rule.STOPPED_BY_GUARDRAIL
    assert [arm.position for arm in selectors.experiment_figures(experiment).breached] == [1]


def test_lift_is_over_the_control_where_conversions_count(new_experiment: NewExperiment) -> None:
    experiment = new_experiment(metric="conversion", control_share=0.2, allocation="fixed")
    counts(experiment, (4000, 0), (4000, 0), (2000, 0))
    for place, conversions in enumerate((400, 200, 100)):
        ArmCount.objects.filter(arm__position=place).update(conversions=conversions)

    found = selectors.experiment_figures(experiment)

    first, second, control = found.arms
    assert first.lift is not None
    assert first.lift.value == pytest.approx(1.0)
    assert first.lift.low > 0
    assert second.lift is not None
    assert second.lift.low < 0 < second.lift.high
    assert (control.lift, control.probability_best) == (None, None)
    assert found.messages_lift is not None
    assert found.messages_lift.value == pytest.approx(0.5)


def test_one_text_alone_has_nothing_to_win_against(
    new_experiment: NewExperiment, texts: list[CopyVariant]
) -> None:
    clicks = new_experiment(variants=texts[:1], control_share=0.1)
    bought = new_experiment(variants=texts[:1], control_share=0.1, metric="conversion")

    assert selectors.experiment_figures(clicks).state == "one_text"
    assert selectors.experiment_figures(bought).state == "too_few_trials"


def test_a_person_takes_a_winner(experiment: Experiment, alice_actor: Actor) -> None:
    counts(experiment, (100, 2), (100, 5))

    taken = services.take_winner(alice_actor, experiment.arms.all()[1])

    assert (taken.status, taken.winner, taken.stop_reason) == (
        "stopped",
        experiment.arms.all()[1],
        services.TAKEN_BY_HAND,
    )
    assert AuditEntry.objects.filter(action="experiment.winner_taken").exists()
    again = services.take_winner(alice_actor, experiment.arms.all()[0])
    assert again.winner == experiment.arms.all()[0]


def test_the_control_cannot_win(new_experiment: NewExperiment, alice_actor: Actor) -> None:
    experiment = new_experiment(control_share=0.2)

    with pytest.raises(Conflict):
        services.take_winner(alice_actor, experiment.arms.all()[2])


def test_a_text_of_an_experiment_is_not_deleted(
    alice_actor: Actor, experiment: Experiment, texts: list[CopyVariant]
) -> None:
    with pytest.raises(Conflict, match="used in an experiment"):
        copywriting.delete_variant(alice_actor, texts[0])


def test_only_what_was_never_started_is_deleted(alice_actor: Actor, new_experiment: NewExperiment) -> None:
    services.delete(alice_actor, new_experiment(is_started=False))
    running = new_experiment()

    with pytest.raises(Conflict):
        services.delete(alice_actor, running)
    assert Experiment.objects.get() == running
