"""What a policy would have brought by the log of an experiment, and letting it go live."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict
from apps.jobs.models import Job
from apps.marketing.experiments import stop_rule
from apps.marketing.experiments.models import Experiment, Exposure
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.person_values import PersonValues
from apps.marketing.profiles.upserts import store_people
from apps.marketing.recommendation import services
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.segments.models import Segment
from tests.conftest import ApiClient, browser_of
from tests.live_pages import follows_jobs
from tests.marketing.conftest import worked
from tests.marketing.recommendation.conftest import Arms, NewExperiment

pytestmark = pytest.mark.django_db
ROWS = 3000


def estimated(actor: Actor, arms: Arms, state: str = Job.State.SUCCEEDED) -> PolicyEstimate:
    estimate = services.request_estimate(actor, arms.experiment)
    job = worked(estimate.job)
    assert job.state == state, job.error_code
    return PolicyEstimate.objects.select_related("experiment", "best_arm", "job").get(pk=estimate.pk)


def two_tastes(row: int) -> list[float]:
    """Every second person answers to the first text, the others to the second."""
    return [0.4, 0.1] if row % 2 == 0 else [0.1, 0.4]


@pytest.fixture
def tastes(new_experiment: NewExperiment, newcomers: Segment, regulars: Segment) -> Arms:
    arms = new_experiment("email", "sms", segments=[newcomers, regulars])
    arms.log(two_tastes, rows=ROWS, segments=[newcomers, regulars])
    return arms


@pytest.mark.slow
def test_the_best_arm_of_each_segment_may_go_live_where_it_surely_gains(
    alice_actor: Actor, tastes: Arms, newcomers: Segment, regulars: Segment
) -> None:
    estimate = estimated(alice_actor, tastes)

    assert estimate.choice == "segments"
    policy = estimate.candidates["segments"]
    assert policy["rule"][str(newcomers.pk)] == str(tastes.arms[0].pk)
    assert policy["rule"][str(regulars.pk)] == str(tastes.arms[1].pk)
    assert policy["dr"]["low"] <= 0.4 <= policy["dr"]["high"]
    assert policy["gain"]["low"] > 0
    assert policy["warnings"] == []
    for arm in tastes.arms:
        single = estimate.candidates[f"arm:{arm.pk}"]
        assert all(
            single[method]["low"] <= 0.25 <= single[method]["high"] for method in ("ips", "snips", "dr")
        )


@pytest.mark.slow
def test_without_a_sure_gain_only_the_best_single_arm_may_go_live(
    alice_actor: Actor, new_experiment: NewExperiment, newcomers: Segment, regulars: Segment
) -> None:
    arms = new_experiment("email", "sms", segments=[newcomers, regulars])
    arms.log(lambda row: [0.1, 0.3], rows=ROWS, segments=[newcomers, regulars])

    estimate = estimated(alice_actor, arms)

    assert (estimate.choice, estimate.best_arm) == ("", arms.arms[1])
    assert estimate.candidates["segments"]["gain"]["low"] <= 0


@pytest.mark.slow
def test_a_policy_goes_live_is_kept_by_the_judge_and_is_taken_back(
    alice_actor: Actor, tastes: Arms, newcomers: Segment, regulars: Segment
) -> None:
    estimate = estimated(alice_actor, tastes)
    before = tastes.experiment.shares
    first, second = (str(arm.pk) for arm in tastes.arms)

    services.apply_policy(alice_actor, estimate)
    stop_rule.judge(tastes.experiment.pk)

    live = Experiment.objects.get(pk=tastes.experiment.pk)
    assert live.shares[str(newcomers.pk)] == pytest.approx({first: 0.99, second: 0.01})
    assert live.shares[str(regulars.pk)] == pytest.approx({first: 0.01, second: 0.99})
    assert live.allocation == Experiment.Allocation.THOMPSON
    with pytest.raises(Conflict):
        services.apply_policy(alice_actor, estimate)

    services.take_back_policy(alice_actor, estimate)
    after = Experiment.objects.get(pk=tastes.experiment.pk)
    assert after.shares == before
    with pytest.raises(Conflict):
        services.take_back_policy(alice_actor, estimate)
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"policy_estimate.created", "policy_estimate.applied", "policy_estimate.taken_back"} <= actions


def test_a_control_group_keeps_its_share_while_a_policy_is_live(
    alice_actor: Actor, new_experiment: NewExperiment
) -> None:
    arms = new_experiment("email", "sms", "")
    arms.log(lambda row: [0.4, 0.1, 0.1], rows=1000, shares=[0.45, 0.45, 0.1])
    services.apply_policy(alice_actor, estimated(alice_actor, arms))

    email, sms, control = (str(arm.pk) for arm in arms.arms)
    shares = Experiment.objects.get(pk=arms.experiment.pk).shares
    assert shares == {"": pytest.approx({email: 0.89, sms: 0.01, control: 0.1})}


@pytest.mark.slow
def test_an_estimate_that_another_policy_overtook_does_not_go_live(alice_actor: Actor, tastes: Arms) -> None:
    first, second = estimated(alice_actor, tastes), estimated(alice_actor, tastes)
    services.apply_policy(alice_actor, first)

    with pytest.raises(Conflict, match="Another policy went live"):
        services.apply_policy(alice_actor, second)
    services.apply_policy(alice_actor, estimated(alice_actor, tastes))
    with pytest.raises(Conflict, match="not live"):
        services.take_back_policy(alice_actor, first)


def test_an_experiment_that_stopped_has_nobody_to_split(alice_actor: Actor, tastes: Arms) -> None:
    estimate = estimated(alice_actor, tastes)
    assert estimate.log_notes["was_running"]
    Experiment.objects.update(status=Experiment.Status.STOPPED)

    with pytest.raises(Conflict, match="is not running"):
        services.apply_policy(alice_actor, PolicyEstimate.objects.get(pk=estimate.pk))


@pytest.mark.slow
def test_rows_that_cannot_be_are_left_out_and_told(
    alice_actor: Actor, tastes: Arms, alice_browser: Client
) -> None:
    for subject, propensity in (("s1", 0.0), ("s2", float("nan")), ("s3", 1.5), ("s4", 1.0)):
        Exposure.objects.filter(subject=subject).update(propensity=propensity)

    estimate = estimated(alice_actor, tastes)

    assert (estimate.rows_count, estimate.log_notes["unusable"], estimate.log_notes["without_choice"]) == (
        ROWS - 4,
        3,
        1,
    )
    page = alice_browser.get(estimate.get_absolute_url()).text
    assert "3 rows were excluded: their propensity is not above 0" in page
    assert "The experiment was running" in page


def test_an_arm_without_traffic_and_a_segment_of_one_are_no_obstacle(
    alice_actor: Actor, new_experiment: NewExperiment, newcomers: Segment, regulars: Segment
) -> None:
    arms = new_experiment("email", "sms", "push", "", segments=[newcomers, regulars])
    arms.log(
        lambda row: [0.3, 0.1, 0.1, 0.1],
        rows=800,
        shares=[0.5, 0.4, 0.0, 0.1],
        segments=[newcomers] * 799 + [regulars],
    )

    estimate = estimated(alice_actor, arms)

    assert estimate.candidates[f"arm:{arms.arms[2].pk}"]["warnings"] == ["no_traffic"]
    assert estimate.best_arm == arms.arms[0]
    lines = {line["segment"]: line for line in estimate.uplift["segments"]}
    assert "value" not in lines[str(regulars.pk)]
    assert lines[str(newcomers.pk)]["low"] > 0


def test_no_usable_row_is_told_as_such(alice_actor: Actor, new_experiment: NewExperiment) -> None:
    arms = new_experiment("email", "sms")

    estimate = estimated(alice_actor, arms, Job.State.FAILED)

    assert estimate.error
    assert "The log has no assignments" in estimate.error["message"]
    Experiment.objects.update(status=Experiment.Status.DRAFT)
    with pytest.raises(Conflict):
        services.request_estimate(alice_actor, arms.experiment)


def test_one_estimate_of_an_experiment_is_made_at_a_time(alice_actor: Actor, tastes: Arms) -> None:
    services.request_estimate(alice_actor, tastes.experiment)

    with pytest.raises(Conflict, match="still running"):
        services.request_estimate(alice_actor, tastes.experiment)


@pytest.fixture
def crowd(alice_actor: Actor) -> list[Person]:
    """Every second one is young."""
    store_people(
        alice_actor.organisation,
        [
            PersonValues(
                f"s{number}",
                attributes={"age": 20 + 40 * (number % 2), "city": "Wuyishan", "is_member": number % 3 == 0},
            )
            for number in range(ROWS)
        ],
    )
    people = Person.objects.defer("name", "email", "phone").all()
    return sorted(people, key=lambda person: int(person.external_id[1:]))


@pytest.mark.slow
def test_whom_to_write_to_first_is_learnt_where_people_differ(
    alice_actor: Actor, new_experiment: NewExperiment, crowd: list[Person], alice_browser: Client
) -> None:
    arms = new_experiment("email", "")
    arms.log(lambda row: [0.35 if row % 2 else 0.1, 0.1], rows=ROWS, people=crowd)

    estimate = estimated(alice_actor, arms)

    people = estimate.uplift["people"]
    assert (people["is_found"], people["people"]) == (True, ROWS)
    assert people["curve"][0] == [0.0, 0.0]
    (everybody,) = estimate.uplift["segments"]
    assert everybody["low"] <= 0.125 <= everybody["high"]
    assert everybody["low"] > 0
    by_model = estimate.candidates["people"]
    assert by_model["dr"]["value"] > 0.15
    assert estimate.choice != "people", "a model of people is no table by segment"
    page = alice_browser.get(estimate.get_absolute_url()).text
    assert "The effect of a message differs between people" in page
    assert 'class="stroke-before"' in page
    assert "only policies by segment can go live" in page


@pytest.mark.slow
def test_where_people_do_not_differ_no_heterogeneity_is_found(
    alice_actor: Actor, new_experiment: NewExperiment, crowd: list[Person], alice_browser: Client
) -> None:
    arms = new_experiment("email", "")
    arms.log(lambda row: [0.3, 0.1], rows=ROWS, people=crowd, seed=3)

    estimate = estimated(alice_actor, arms)

    assert not estimate.uplift["people"]["is_found"]
    assert "No heterogeneity found" in alice_browser.get(estimate.get_absolute_url()).text


@pytest.mark.slow
def test_the_pages_go_from_an_experiment_to_a_live_policy_and_back(
    alice_actor: Actor, tastes: Arms, alice_browser: Client
) -> None:
    listing = f"/marketing/experiments/{tastes.experiment.pk}/policies/"
    assert "No estimate yet" in alice_browser.get(listing).text
    assert listing in alice_browser.get(tastes.experiment.get_absolute_url()).text
    assert tastes.experiment.name in alice_browser.get("/marketing/recommendation/").text
    alice_browser.post(f"{listing}new/")
    estimate = PolicyEstimate.objects.get()
    waiting = alice_browser.get(estimate.get_absolute_url()).text
    assert follows_jobs(waiting)
    worked(estimate.job)

    page = alice_browser.get(estimate.get_absolute_url()).text
    assert "“Best arm per segment” can go live" in page
    assert "Go live" in page
    assert "no control group" in page
    after = alice_browser.post(f"{estimate.get_absolute_url()}apply/", follow=True).text
    assert "The policy is live." in after
    assert "Withdraw" in after
    assert "A policy is live." in alice_browser.get(listing).text
    back = alice_browser.post(f"{estimate.get_absolute_url()}take-back/", follow=True).text
    assert "The previous assignment is restored." in back


@pytest.mark.slow
def test_who_may_not_manage_sees_the_estimate_and_no_button(alice_actor: Actor, tastes: Arms) -> None:
    estimate = estimated(alice_actor, tastes)
    user = User.objects.create_user("mia@tea.example")
    Membership.objects.create(organisation=alice_actor.organisation, user=user, role="copy_approver")
    browser = browser_of(user)

    page = browser.get(estimate.get_absolute_url()).text

    assert "Go live" not in page
    assert "Your role cannot put policies live." in page
    assert browser.post(f"{estimate.get_absolute_url()}apply/").status_code == 403
    assert browser.post(f"{estimate.get_absolute_url()}take-back/").status_code == 403


@pytest.mark.slow
def test_the_same_through_the_api(
    alice_api: ApiClient, bob_api: ApiClient, tastes: Arms, alice_actor: Actor
) -> None:
    address = "/api/v1/marketing/policy-estimates/"
    body = {"experiment": str(tastes.experiment.pk)}
    assert bob_api.post_json(address, body).status_code == 404
    made: Any = alice_api.post_json(address, body)
    assert made.status_code == 202, made.content
    worked(PolicyEstimate.objects.get().job)

    (row,) = alice_api.get(f"{address}?experiment={tastes.experiment.pk}").json()["results"]
    assert (row["choice"], row["obstacle"], row["rows_count"]) == ("segments", "", ROWS)
    live: Any = alice_api.post_json(f"{address}{row['id']}/apply/")
    assert (live.status_code, live.json()["obstacle"]) == (200, "This policy is already live.")
    assert alice_api.post_json(f"{address}{row['id']}/apply/").status_code == 409
    assert alice_api.post_json(f"{address}{row['id']}/take-back/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_let_policies_go_live_at_once_one_is_told(
    alice_actor: Actor, new_experiment: NewExperiment
) -> None:
    arms = new_experiment("email", "sms")
    estimates = [
        PolicyEstimate.objects.create(
            organisation=alice_actor.organisation,
            experiment=arms.experiment,
            best_arm=arm,
            candidates={f"arm:{arm.pk}": {"rule": {"": str(arm.pk)}}},
        )
        for arm in arms.arms
    ]
    barrier = Barrier(2)

    def apply(estimate: PolicyEstimate) -> str:
        try:
            barrier.wait(timeout=30)
            services.apply_policy(alice_actor, estimate)
        except Conflict:
            return "told"
        finally:
            connection.close()
        return "live"

    with ThreadPoolExecutor(2) as workers:
        outcomes = list(workers.map(apply, estimates))

    assert sorted(outcomes) == ["live", "told"]
    live = Experiment.objects.get(pk=arms.experiment.pk)
    assert live.live_policy == {"": str(arms.arms[outcomes.index("live")].pk)}
