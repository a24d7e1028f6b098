"""Questions in plain words through the REST API; a question is nobody's business but that of who asked it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.inference.models import Purpose
from apps.jobs import selectors as job_selectors
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.log_analysis.questions.models import RecordQuestion
from apps.log_analysis.sources.models import LogSource
from tests.conftest import ApiClient, api_client, browser_of
from tests.log_analysis.stored_lines import line, log_source, store
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
QUESTIONS = "/api/v1/logs/questions/"


@pytest.fixture
def shop(alice_actor: Actor) -> LogSource:
    source = log_source(alice_actor.organisation)
    store(
        source,
        [
            line(1, "INFO", "GET /tea took 11 ms", "checkout"),
            line(2, "ERROR", "Timeout to 10.0.0.7 after 30 s", "payment"),
            line(3, "INFO", "charge of 5 accepted", "payment"),
        ],
    )
    return source


@pytest.fixture
def dora(tea_house: Organisation) -> User:
    """Another administrator of the same house."""
    user = User.objects.create_user("dora@tea.example", "rooibos-and-honey", name="Dora")
    Membership.objects.create(organisation=tea_house, user=user, role="admin")
    return user


def ask(api: ApiClient, text: str) -> dict[str, Any]:
    answer = api.post_json(QUESTIONS, {"text": text})
    assert answer.status_code == 202, answer.content
    asked: dict[str, Any] = answer.json()
    return asked


def test_a_question_becomes_a_filter_and_the_address_of_its_records(
    alice_api: ApiClient, shop: LogSource
) -> None:
    asked = ask(alice_api, "errors of payment")
    assert (asked["state"], asked["job"], asked["events"]) == ("succeeded", None, "")

    read = alice_api.get(f"{QUESTIONS}{asked['id']}/").json()
    assert (read["state"], read["error"], read["left_out"]) == ("succeeded", None, [])
    assert read["filters"] == {"service": "payment", "level": ["critical", "error"]}
    assert {"words": "payment", "field": "service", "value": "payment"} in read["understood"]
    assert parse_qs(urlsplit(read["search"]).query)["level"] == ["critical", "error"]
    (record,) = alice_api.get(read["search"]).json()["records"]
    assert "Timeout to 10.0.0.7" in record["text"]


def test_what_nothing_understood_and_who_is_named_are_said_masked(
    alice_api: ApiClient, shop: LogSource
) -> None:
    asked = ask(alice_api, "gibberish of anna@tea.example since yesterday")

    read = alice_api.get(f"{QUESTIONS}{asked['id']}/").json()

    assert read["left_out"] == ["gibberish"]
    assert read["model_error"] == "models_away"
    assert "since" in read["filters"]
    assert "anna@" not in str(read)


def test_a_question_for_a_number_becomes_the_address_of_its_counts(
    alice_api: ApiClient, shop: LogSource
) -> None:
    asked = ask(alice_api, "which service has the most timeouts, and why")

    assert asked["filters"] == {"by": "service", "text": "Timeout"}
    assert asked["unsupported"] == [{"words": "why", "kind": "why"}]
    assert asked["search"].startswith("/api/v1/logs/counts/?")
    counted = alice_api.get(asked["search"]).json()
    assert counted["counts"] == [{"value": "payment", "label": "payment", "records": 1}]
    assert (counted["records"], counted["missing"], counted["distinct"]) == (1, 0, 1)


@pytest.mark.parametrize("text", ["", " ", "x" * 301, None])
def test_what_is_no_question_is_refused(alice_api: ApiClient, text: str | None) -> None:
    answer: Any = alice_api.post_json(QUESTIONS, {"text": text})

    assert answer.status_code == 400
    assert answer.json()["error"]["fields"]["text"]


def test_sent_again_with_its_key_a_question_is_asked_once(alice_api: ApiClient, shop: LogSource) -> None:
    answers: list[Any] = [
        alice_api.post_json(QUESTIONS, {"text": "errors"}, **{"Idempotency-Key": "1"}) for _ in range(2)
    ]

    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert RecordQuestion.objects.count() == 1


def test_a_question_is_read_by_who_asked_it_and_by_no_colleague(
    alice: User, alice_actor: Actor, dora: User, shop: LogSource
) -> None:
    own, key, other_key = browser_of(alice), api_client(alice_actor), api_client(alice_actor)
    address = own.post("/logs/records/ask/", {"text": "errors of payment"})["Location"]
    asked = ask(key, "errors of payment")

    for part, status in (("", 302), ("reading/", 200)):
        assert own.get(f"{address}{part}").status_code == status
        assert browser_of(dora).get(f"{address}{part}").status_code == 404
        assert own.get(f"/logs/records/questions/{asked['id']}/{part}").status_code == 404
    assert key.get(f"{QUESTIONS}{asked['id']}/").status_code == 200
    assert other_key.get(f"{QUESTIONS}{asked['id']}/").status_code == 404


def test_neither_does_its_job_tell_a_colleague_what_was_asked(
    alice_actor: Actor,
    alice_api: ApiClient,
    dora: User,
    tea_house: Organisation,
    shop: LogSource,
    scripted_engine: ScriptedEngine,
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.EXTRACTION)
    asked = ask(alice_api, "errors of 收银")
    assert (asked["state"], asked["left_out"]) == ("queued", ["收银"])
    assert asked["events"] == f"/api/v1/jobs/{asked['job']}/events/"
    colleague = Actor.from_member(Membership.objects.get(organisation=tea_house, user=dora))

    assert not jobs.visible_jobs(colleague).filter(pk=asked["job"]).exists()
    assert job_selectors.subjects_of(colleague, Job.objects.filter(pk=asked["job"])).popitem()[1].text == ""
    assert alice_api.get(f"/api/v1/jobs/{asked['job']}/").status_code == 200


def test_a_key_without_logs_and_another_house_read_no_question(
    alice_actor: Actor, alice_api: ApiClient, bob_api: ApiClient, shop: LogSource
) -> None:
    asked = ask(alice_api, "errors of payment")

    assert bob_api.get(f"{QUESTIONS}{asked['id']}/").status_code == 404
    stranger = api_client(alice_actor, "knowledge.view")
    assert stranger.get(f"{QUESTIONS}{asked['id']}/").status_code == 403
    assert stranger.post_json(QUESTIONS, {"text": "errors"}).status_code == 403
