"""Another system asks who gets which text, a thousand people at a time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from apps.accounts.actors import Actor
from apps.marketing.channels.models import ChannelOverride
from apps.marketing.experiments.models import ArmCount, Experiment, Exposure
from apps.marketing.profiles.models import Person
from apps.marketing.recommendation import decisions
from apps.marketing.rules import membership
from apps.marketing.segments.models import Segment
from apps.vault.errors import SealBroken
from apps.vault.fields import mark_sealed
from tests.conftest import ApiClient, api_client
from tests.marketing.recommendation.conftest import Arms, NewExperiment, NewPerson

pytestmark = pytest.mark.django_db


def decide(api: ApiClient, arms: Arms, subjects: list[str], status: int = 200, **body: object) -> list[dict]:  # type: ignore[type-arg]
    address = f"/api/v1/marketing/experiments/{arms.experiment.pk}/decisions/"
    answer = api.post_json(address, {"subjects": subjects, **body})
    assert answer.status_code == status, answer.content
    return answer.json().get("decisions", [])  # type: ignore[no-any-return]


def test_each_subject_gets_an_arm_with_its_links_and_propensity(
    alice_api: ApiClient, new_experiment: NewExperiment
) -> None:
    arms = new_experiment("email", "sms", "")
    subjects = [f"c-{number}" for number in range(300)]

    decided = decide(alice_api, arms, subjects)

    assert [each["subject"] for each in decided] == subjects
    shown = Counter(each["channel"] for each in decided)
    assert shown["email"] > 90
    assert shown["sms"] > 90
    assert 10 < shown[None] < 60, "the control is shown nothing"
    for each in decided:
        exposure = Exposure.objects.get(pk=each["exposure"])
        assert (str(exposure.arm_id), exposure.propensity) == (each["arm"], each["propensity"])
        assert len(each["links"]) == (0 if each["channel"] is None else 1)
        assert each["propensity"] == pytest.approx(0.1 if each["channel"] is None else 0.45)
    assert sum(ArmCount.objects.values_list("exposures", flat=True)) == 300


def test_the_same_people_keep_what_they_got_unless_it_is_another_request(
    alice_api: ApiClient, new_experiment: NewExperiment
) -> None:
    arms = new_experiment("email", "sms")
    subjects = [f"c-{number}" for number in range(50)]

    first, again = decide(alice_api, arms, subjects), decide(alice_api, arms, [*subjects, "c-1"])
    later = decide(alice_api, arms, subjects, request_key="friday")

    assert first == again
    assert {each["exposure"] for each in first}.isdisjoint(each["exposure"] for each in later)


def test_whom_the_house_knows_is_only_written_to_where_it_is_allowed(
    alice_api: ApiClient, new_experiment: NewExperiment, new_person: NewPerson, regulars: Segment
) -> None:
    arms = new_experiment("email", "sms", segments=[regulars])
    new_person("mail-only", "email", segments=[regulars])
    new_person("left", "email", unsubscribed=["email"])
    new_person("both", "email", "sms")

    decided = {each["subject"]: each for each in decide(alice_api, arms, ["mail-only", "left", "both"])}
    narrowed = decide(alice_api, arms, ["both", "stranger"], channels=["sms"], request_key="2")

    assert (decided["mail-only"]["channel"], decided["mail-only"]["propensity"]) == ("email", 1.0)
    assert decided["mail-only"]["segment"] == str(regulars.pk)
    assert (decided["left"]["arm"], decided["left"]["exposure"]) == (None, None)
    assert [each["channel"] for each in narrowed] == ["sms", "sms"]


def test_whoever_was_decided_for_counts_as_written_to(
    alice_api: ApiClient, alice_actor: Actor, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    ChannelOverride.objects.create(
        organisation=alice_actor.organisation, channel="email", max_sends=1, send_days=7
    )
    contacted = Segment.objects.create(
        organisation=alice_actor.organisation, name="Mailed", rule={"event": "written_to", "within_days": 7}
    )
    mia, arms = new_person("mia", "email"), new_experiment("email")

    first, again = decide(alice_api, arms, ["mia"]), decide(alice_api, arms, ["mia"])
    [elsewhere] = decide(alice_api, new_experiment("email"), ["mia"])
    membership.refresh_due()

    assert first == again
    assert (first[0]["channel"], elsewhere["channel"]) == ("email", None)
    assert [row.person for row in contacted.memberships.all()] == [mia]


def test_bulk_decisions_look_people_up_at_once(
    alice_api: ApiClient, new_experiment: NewExperiment, new_person: NewPerson, regulars: Segment
) -> None:
    arms = new_experiment("email", "sms", segments=[regulars])
    for number in range(120):
        new_person(f"p{number}", "email", "sms", segments=[regulars])
    decide(alice_api, arms, ["p119"])
    counts = []
    for first, last in ((0, 5), (5, 110)):
        with CaptureQueriesContext(connection) as queries:
            decide(alice_api, arms, [f"p{number}" for number in range(first, last)])
        counts.append(len(queries))

    assert counts[0] == counts[1] == 5


def test_no_address_is_opened_to_know_that_there_is_one(
    alice_api: ApiClient, new_experiment: NewExperiment, new_person: NewPerson
) -> None:
    arms = new_experiment("email")
    new_person("sealed", "email")
    new_person("short", "email", email="a")
    new_person("none", "email", email="")
    sealed = str(Person.objects.values_list("email", flat=True).get(external_id="sealed"))
    Person.objects.filter(external_id="sealed").update(
        email=mark_sealed(sealed[:40] + sealed[40:].swapcase())
    )

    decided = decide(alice_api, arms, ["sealed", "short", "none"])

    assert [each["channel"] for each in decided] == ["email", "email", None]
    with pytest.raises(SealBroken):
        _ = Person.objects.get(external_id="sealed").email


@pytest.mark.django_db(transaction=True)
def test_two_requests_for_the_same_people_give_them_one_arm(
    alice_actor: Actor, new_experiment: NewExperiment
) -> None:
    arms = new_experiment("email", "sms", "")
    barrier = Barrier(2)

    def ask(subjects: list[str]) -> dict[str, str]:
        try:
            barrier.wait(timeout=30)
            decided = decisions.decide(alice_actor.organisation, arms.experiment, subjects=subjects)
            return {each.subject: str(each.assignment and each.assignment.pk) for each in decided}
        finally:
            connection.close()

    subjects = [f"c-{number}" for number in range(400)]
    with ThreadPoolExecutor(2) as requests:
        first, second = requests.map(ask, [subjects, subjects[::-1]])

    assert first == second
    assert Exposure.objects.count() == 400
    counts = ArmCount.objects.aggregate(shown=Sum("exposures"), promised=Sum("expected"))
    assert counts == {"shown": 400, "promised": pytest.approx(400)}


def test_nobody_is_decided_for_outside_of_what_runs_and_what_is_ones_own(
    alice_api: ApiClient, bob_api: ApiClient, alice_actor: Actor, new_experiment: NewExperiment
) -> None:
    arms = new_experiment("email", "sms")

    decide(bob_api, arms, ["1"], status=404)
    decide(api_client(alice_actor, "jobs.view"), arms, ["1"], status=403)
    decide(alice_api, arms, [], status=400)
    decide(alice_api, arms, [str(number) for number in range(1001)], status=400)
    decide(alice_api, arms, ["x" * 201], status=400)
    Experiment.objects.update(status=Experiment.Status.STOPPED)
    decide(alice_api, arms, ["1"], status=409)
    assert not Exposure.objects.exists()
