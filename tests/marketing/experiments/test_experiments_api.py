"""The same through the REST API."""

import pytest

from apps.accounts.actors import Actor
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments.models import Experiment
from tests.conftest import ApiClient, api_client
from tests.marketing.experiments.conftest import counted, event_of, shown

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/marketing/"


@pytest.mark.slow
def test_from_texts_to_a_winner(alice_api: ApiClient, texts: list[CopyVariant]) -> None:
    body = {"name": "Spring", "brief": str(texts[0].brief_id), "variants": [str(each.pk) for each in texts]}
    made = alice_api.post_json(f"{ROOT}experiments/", body | {"control_share": 0.1})
    assert made.status_code == 201, made.content
    url = f"{ROOT}experiments/{made.json()['id']}/"
    assert alice_api.post_json(f"{url}start/").json()["status"] == "running"

    experiment = Experiment.objects.get()
    exposures = shown(experiment, 30)
    events = [event_of(each) for each in exposures if each.arm.channel][:7]
    sent = alice_api.post_json(f"{ROOT}events/", {"events": [*events, {"type": "click"}]})

    assert sent.status_code == 202
    answer = sent.json()
    assert (answer["accepted"], [each["row"] for each in answer["refused"]]) == (7, [7])
    counted(experiment)
    figures = alice_api.get(f"{url}figures/").json()
    assert (figures["state"], sum(each["clicks"] for each in figures["arms"])) == ("too_few_trials", 7)
    assert len(figures["arms"]) == 4
    arm = figures["arms"][0]["arm"]
    taken = alice_api.post_json(f"{url}take-winner/", {"arm": arm}).json()
    assert (taken["status"], taken["winner"]) == ("stopped", arm)


def test_a_key_that_only_tells_events_reads_nothing(alice_actor: Actor, experiment: Experiment) -> None:
    shop = api_client(alice_actor, "marketing.events")

    sent = shop.post_json(f"{ROOT}events/", {"events": [event_of(each) for each in shown(experiment, 2)]})

    assert sent.json()["accepted"] == 2
    assert shop.get(f"{ROOT}experiments/").status_code == 403


@pytest.mark.parametrize("body", [{}, {"events": {}}, {"events": "x"}, {"events": [{}] * 1001}])
def test_what_is_no_list_of_a_thousand_is_refused(alice_api: ApiClient, body: object) -> None:
    assert alice_api.post_json(f"{ROOT}events/", body).status_code == 400


def test_the_people_that_are_needed_are_said(alice_api: ApiClient) -> None:
    url = f"{ROOT}experiments/people-needed/"

    assert alice_api.post_json(url, {"rate": 0.03, "lift": 0.3}).json()["min_exposures"] > 5000
    assert alice_api.post_json(url, {"rate": 0.9, "lift": 0.3}).status_code == 400


def test_a_draft_is_deleted_and_nothing_else(alice_api: ApiClient, experiment: Experiment) -> None:
    assert alice_api.delete(f"{ROOT}experiments/{experiment.pk}/").status_code == 409
