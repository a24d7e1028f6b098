"""Which channel for whom: by what a message brings over none, with where the figure comes from."""

import pytest
from django.test import Client
from django.utils import timezone, translation

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.marketing.channels.models import ChannelOverride
from apps.marketing.experiments.models import Exposure
from apps.marketing.recommendation import explanations, selectors
from apps.marketing.recommendation.selectors import Ranking
from apps.marketing.segments.models import Segment
from tests.conftest import ApiClient, api_client, browser_of
from tests.marketing.recommendation.conftest import NewExperiment, NewPerson

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/marketing/"


def channels(ranking: Ranking) -> list[str]:
    return [each.channel for each in ranking.ranked]


def test_channels_stand_by_what_a_message_brings_over_none_not_by_response(
    alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    """Push is answered more, but those who get it buy anyway."""
    new_experiment("push", "").count((1000, 100), (1000, 98))
    new_experiment("email", "").count((1000, 60), (1000, 20))
    person = new_person("1", "email", "push")

    ranking = selectors.rank_person(alice_actor.organisation, person)

    assert channels(ranking) == ["email", "push"]
    email, push = ranking.ranked
    assert push.rate.value > email.rate.value
    assert email.uplift
    assert push.uplift
    assert email.uplift.difference.value == pytest.approx(0.04)
    assert push.uplift.difference.low < 0 < push.uplift.difference.high
    assert "2.0% of 1,000 people, +4.0 points more" in explanations.rank_reason(email)
    assert "No clear difference" in explanations.rank_reason(push)


def test_a_control_of_another_experiment_is_no_comparison(
    alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    new_experiment("email", "sms").count((1000, 60), (1000, 20))
    new_experiment("push", "").count((1000, 30), (1000, 10))
    person = new_person("1", "email", "push", "sms")

    ranking = selectors.rank_person(alice_actor.organisation, person)

    uplifts = {each.channel: each.uplift is not None for each in ranking.ranked}
    assert uplifts == {"email": False, "push": True, "sms": False}
    email = next(each for each in ranking.ranked if each.channel == "email")
    assert email.gain == pytest.approx(email.rate.value - 0.01)
    assert "There was no control group" in explanations.rank_reason(email)


def test_a_channel_that_may_not_be_used_is_left_out_with_the_reason(
    alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    arms = new_experiment("email", "sms", "push")
    arms.count((1000, 60), (1000, 20), (1000, 5))
    person = new_person("1", "email", "sms", "wechat_article", "x", email="", unsubscribed=["x"])
    ChannelOverride.objects.create(
        organisation=alice_actor.organisation, channel="sms", max_sends=1, send_days=7
    )
    Exposure.objects.create(
        organisation=alice_actor.organisation,
        experiment=arms.experiment,
        arm=arms.arms[1],
        subject="1",
        person=person,
        propensity=0.5,
        delivered_at=timezone.now(),
    )

    ranking = selectors.rank_person(alice_actor.organisation, person)

    assert channels(ranking) == ["wechat_article"]
    assert {each.channel: each.reason for each in ranking.excluded} == {
        "email": "no_address",
        "push": "no_consent",
        "sms": "cap_reached",
        "x": "unsubscribed",
    }


def test_a_segment_speaks_for_itself_once_it_is_large_and_a_segment_of_one_does_not(
    alice_actor: Actor, new_experiment: NewExperiment, regulars: Segment, newcomers: Segment
) -> None:
    arms = new_experiment("email", "", segments=[regulars, newcomers])
    arms.count((4000, 80), (500, 5))
    arms.count((600, 72), (100, 2), segment=regulars)
    arms.count((1, 1), (0, 0), segment=newcomers)

    known = selectors.rank_segment(alice_actor.organisation, regulars).ranked[0]
    alone = selectors.rank_segment(alice_actor.organisation, newcomers).ranked[0]

    assert (known.rate.source, known.rate.trials) == ("segment", 600)
    assert known.rate.value == pytest.approx(0.12, abs=0.01)
    assert known.uplift
    assert known.uplift.is_of_segment
    assert known.uplift.difference.value == pytest.approx(0.1)
    assert (alone.rate.source, alone.rate.trials) == ("channel", 4601)
    assert alone.rate.value < 0.05
    assert alone.uplift
    assert not alone.uplift.is_of_segment
    assert "600 messages by E-mail to this segment" in explanations.rank_reason(known)


def test_a_channel_never_used_has_what_the_others_say_and_without_any_count_an_assumption(
    alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    person = new_person("1", "email", "push")
    cold = selectors.rank_person(alice_actor.organisation, person).ranked[0]
    assert (cold.rate.source, cold.rate.value) == ("assumption", pytest.approx(0.05))
    assert "This is an assumption that weighs ten people" in explanations.rank_reason(cold)

    new_experiment("email", "sms").count((1000, 20), (1000, 30))
    ranked = selectors.rank_person(alice_actor.organisation, person).ranked

    rates = {each.channel: each.rate for each in ranked}
    assert rates["email"].source == "channel"
    assert (rates["push"].source, rates["push"].trials) == ("other_channels", 2000)
    assert rates["push"].value == pytest.approx(0.025, abs=0.005)
    assert rates["push"].high - rates["push"].low > rates["email"].high - rates["email"].low
    assert "No messages by Push yet" in " ".join(map(explanations.rank_reason, ranked))


def test_made_up_people_and_those_of_others_teach_nothing(
    alice_actor: Actor, bob_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    new_experiment("email", "", is_simulated=True).count((1000, 900), (1000, 20))
    new_experiment("email", "", actor=bob_actor).count((1000, 900), (1000, 20))
    person = new_person("1", "email")

    (email,) = selectors.rank_person(alice_actor.organisation, person).ranked

    assert (email.rate.source, email.uplift) == ("assumption", None)


def test_of_two_that_gain_the_same_the_cheaper_comes_first(
    alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    new_experiment("email", "sms", "push", "").count((1000, 60), (1000, 60), (1000, 60), (1000, 20))
    for channel, cost in (("sms", "0.05"), ("push", "0.001")):
        ChannelOverride.objects.create(organisation=alice_actor.organisation, channel=channel, send_cost=cost)
    person = new_person("1", "email", "sms", "push")

    ranked = selectors.rank_person(alice_actor.organisation, person).ranked

    assert [each.channel for each in ranked] == ["push", "sms", "email"]
    assert ranked[1].cost_of_success == pytest.approx(0.05 / 0.04)
    assert ranked[2].cost_of_success is None


@pytest.mark.slow
def test_pages_show_ranking_reasons_and_what_is_left_out(
    alice_browser: Client, new_experiment: NewExperiment, new_person: NewPerson, regulars: Segment
) -> None:
    assert "there is no experiment data" in alice_browser.get("/marketing/recommendation/").text
    new_experiment("email", "push", "").count((1000, 60), (1000, 10), (1000, 20))
    person = new_person("17", "email", segments=[regulars])

    everybody = alice_browser.get("/marketing/recommendation/").text
    segment = alice_browser.get(f"/marketing/recommendation/?segment={regulars.pk}&metric=conversion").text
    own = alice_browser.get(f"/marketing/segments/{regulars.pk}/recommendation/").text
    found = alice_browser.get("/marketing/recommendation/person/?number=17", follow=True).text

    assert 'class="interval-range"' in everybody
    for page in (f"people/{person.pk}", f"segments/{regulars.pk}"):
        assert f"/marketing/{page}/recommendation/" in alice_browser.get(f"/marketing/{page}/").text
    assert all("+4.0 points more" in page for page in (everybody, segment, own, found))
    assert all("no consent" in page for page in (everybody, segment, own, found))
    assert str(person) in found
    assert (
        "No person with this ID."
        in alice_browser.get("/marketing/recommendation/person/?number=18", follow=True).text
    )
    broken = alice_browser.get("/marketing/recommendation/?segment=x&metric=fame")
    assert (broken.status_code, "Cannot be shown" in broken.text) == (200, True)


def test_the_reasons_are_told_in_chinese(
    alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    new_experiment("email", "").count((1000, 60), (1000, 20))
    person = new_person("1", "email")
    (email,) = selectors.rank_person(alice_actor.organisation, person).ranked

    with translation.override("zh-hans"):
        reason = explanations.rank_reason(email)

    assert "2.0%" in reason
    assert not any(letter.isascii() and letter.isalpha() for letter in reason), reason


def test_who_may_not_see_people_sees_no_persons_channels(
    alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson, regulars: Segment
) -> None:
    new_experiment("email", "").count((1000, 60), (1000, 20))
    person = new_person("1", "email")
    user = User.objects.create_user("mia@tea.example")
    Membership.objects.create(organisation=alice_actor.organisation, user=user, role="copy_approver")
    browser, key = browser_of(user), api_client(alice_actor, "marketing.use")

    assert browser.get(f"/marketing/people/{person.pk}/recommendation/").status_code == 403
    assert browser.get("/marketing/recommendation/person/?number=1").status_code == 403
    assert key.get(f"{ROOT}people/{person.pk}/recommendation/").status_code == 403
    assert "customer id" not in browser.get("/marketing/recommendation/").text.lower()
    assert key.get(f"{ROOT}segments/{regulars.pk}/recommendation/").status_code == 200


def test_the_api_ranks_for_everybody_a_segment_and_a_person(
    alice_api: ApiClient, new_experiment: NewExperiment, new_person: NewPerson, regulars: Segment
) -> None:
    new_experiment("email", "push", "").count((1000, 60), (1000, 10), (1000, 20))
    person = new_person("1", "email", segments=[regulars])

    for address in ("", f"segments/{regulars.pk}/", f"people/{person.pk}/"):
        body = alice_api.get(f"{ROOT}{address}recommendation/").json()
        (email,) = body["ranked"]
        assert (email["channel"], email["rate"]["source"], email["reach"]) == ("email", "channel", 1)
        assert email["uplift"]["value"] == pytest.approx(0.04)
        assert [(each["channel"], each["reason"]) for each in body["excluded"]] == [("push", "no_consent")]
    assert alice_api.get(f"{ROOT}recommendation/?metric=fame").status_code in (400, 404)
