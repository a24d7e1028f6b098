"""One question put to several models: each answers by itself, with its metrics, and none spoils the others."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.core import redis_client
from apps.core.errors import Conflict, InvalidInput, QuotaExceeded
from apps.inference.models import Endpoint, InferenceCall, Purpose, Quota
from apps.jobs import events, lifecycle
from apps.jobs import selectors as job_selectors
from apps.jobs.models import Job
from apps.model_lab.side_by_side import selectors, services
from apps.model_lab.side_by_side.models import ComparedAnswer, ModelComparison
from apps.model_lab.side_by_side.services import ComparedQuestion
from apps.privacy import members
from tests.conftest import ApiClient
from tests.model_lab.conftest import Ask, answered
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
ASKING = "/model-lab/side-by-side/"


def told_by(job: Job) -> str:
    stream = events.stream_key(job.pk)
    entries = events.unsealed_entries(stream, redis_client.synchronous().xrange(stream))
    return b" ".join(fields[b"t"] + fields[b"d"] for _, fields in entries).decode()


def page_of(browser: Client, comparison: ModelComparison) -> str:
    return browser.get(comparison.get_absolute_url()).content.decode()


def test_each_model_answers_in_a_job_of_its_own_with_its_figures(
    alice_browser: Client, ask: Ask, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"text": "Green tea."}, {"text": "Black tea, with milk."})

    comparison = ask(system="Be brief.", temperature=1.5, max_tokens=70)

    green, black = selectors.answers_of(comparison)
    assert (green.title, green.text) == ("Green", "Green tea.")
    assert (black.title, black.text) == ("Black", "Black tea, with milk.")
    assert black.metrics["characters"] == 21
    assert black.metrics["first_token_ms"] >= 0
    assert green.job
    assert black.job
    assert green.job.pk != black.job.pk
    assert "Gree" in told_by(green.job)
    sent = [each["body"] for each in scripted_engine.requests()]
    assert [each["model"] for each in sent] == ["greentea-7b", "blacktea-7b"]
    assert sent[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (sent[0]["temperature"], sent[0]["max_tokens"]) == (1.5, 70)
    calls = InferenceCall.objects.filter(prompt_name="model_lab/side_by_side")
    assert {call.endpoint_id for call in calls} == {green.endpoint_id, black.endpoint_id}
    page = page_of(alice_browser, comparison)
    assert "greentea-7b" in page
    assert "first token" in page
    difference = alice_browser.get(f"{comparison.get_absolute_url()}?before=1&after=0").content.decode()
    assert "<ins>Green</ins" in difference
    assert "<del>Black</del" in difference


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"status": 500}, "model_unavailable"),
        ({"repeat": "over and over again "}, "runaway_output"),
        ({"cut_after": 3}, "model_unavailable"),
    ],
)
def test_a_model_that_fails_says_so_and_leaves_the_others_alone(
    alice_browser: Client, ask: Ask, scripted_engine: ScriptedEngine, script: dict[str, Any], code: str
) -> None:
    comparison = ask(is_done=False)
    green, black = selectors.answers_of(comparison)
    scripted_engine.script(script, script)
    answered(green)
    scripted_engine.reset()
    scripted_engine.script({"text": "Black tea."})
    answered(black)

    green, black = selectors.answers_of(comparison)
    assert green.error
    assert green.error["code"] == code
    assert (black.text, black.error) == ("Black tea.", None)
    page = page_of(alice_browser, comparison)
    assert green.error["message"].replace("'", "&#x27;") in page
    assert "Black tea." in page
    if "cut_after" in script:
        assert green.text.startswith("t0 "), "what was written before it broke off stays"


@pytest.mark.parametrize(
    ("reason", "shown"), [("content_filter", "does not allow this content"), ("length", "maximum of tokens")]
)
def test_an_answer_that_was_refused_or_cut_off_says_so(
    alice_browser: Client, ask: Ask, scripted_engine: ScriptedEngine, reason: str, shown: str
) -> None:
    scripted_engine.script({"text": "Well", "finish_reason": reason})

    assert shown in page_of(alice_browser, ask())


@pytest.mark.slow
def test_one_that_stays_silent_is_told_apart(
    ask: Ask, endpoints: list[Endpoint], scripted_engine: ScriptedEngine
) -> None:
    Endpoint.objects.filter(pk=endpoints[0].pk).update(first_token_seconds=1)
    comparison = ask(is_done=False)
    green, _black = selectors.answers_of(comparison)
    Job.objects.filter(pk=green.job_id).update(max_attempts=1)
    scripted_engine.script({"is_silent": True})

    assert green.job
    green.job.refresh_from_db()
    answered(green)

    assert selectors.answers_of(comparison)[0].error["code"] == "model_too_slow"  # type: ignore[index]


def test_one_column_is_stopped_or_all(alice_browser: Client, ask: Ask) -> None:
    comparison = ask(is_done=False)
    green, black = selectors.answers_of(comparison)

    alice_browser.post(reverse("model_lab:stop_column", args=[green.pk]))
    states = [answer.job.state for answer in selectors.answers_of(comparison) if answer.job]
    assert states == [Job.State.CANCELLED, Job.State.QUEUED]
    page = page_of(alice_browser, comparison)
    assert "Stop all" in page
    assert 'hx-trigger="trial-end from:#columns"' in page
    column = alice_browser.get(reverse("model_lab:compared_answer", args=[black.pk])).content.decode()
    assert f"/jobs/{black.job_id}/events" in column

    alice_browser.post(reverse("model_lab:stop_all", args=[comparison.pk]))
    assert not any(answer.is_under_way for answer in selectors.answers_of(comparison))


@pytest.mark.parametrize("count", [0, 1, 6])
def test_two_to_five_models_are_asked(
    alice_actor: Actor, endpoints: list[Endpoint], scripted_engine: ScriptedEngine, count: int
) -> None:
    more = [
        endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, name=f"Tea {number}") for number in range(4)
    ]
    chosen = [each.pk for each in [*endpoints, *more][:count]]

    with pytest.raises(InvalidInput) as refused:
        services.ask_side_by_side(alice_actor, ComparedQuestion("Which tea?", chosen))

    assert "two to five" in str(refused.value.fields["endpoints"][0])
    assert not ModelComparison.objects.exists()


def test_models_of_others_and_those_switched_off_are_not_asked(
    alice_actor: Actor, bob_actor: Actor, endpoints: list[Endpoint], scripted_engine: ScriptedEngine
) -> None:
    foreign = endpoint_of(scripted_engine, bob_actor, Purpose.CHAT)
    off = endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, name="Off", is_enabled=False)
    vectors = endpoint_of(scripted_engine, alice_actor, Purpose.EMBEDDING)

    for other in (foreign.pk, off.pk, vectors.pk, uuid4()):
        with pytest.raises(InvalidInput):
            services.ask_side_by_side(alice_actor, ComparedQuestion("Which tea?", [endpoints[0].pk, other]))
    assert not Job.objects.exists()


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(
    alice_browser: Client, endpoints: list[Endpoint]
) -> None:
    page = alice_browser.post(
        ASKING, {"prompt": "Which tea?", "temperature": "0.2", "endpoints": [endpoints[0].pk]}
    )

    assert "Choose two to five models." in page.content.decode()
    assert "Which tea?" in page.content.decode()
    long = alice_browser.post(ASKING, {"prompt": "x" * 2**20, "temperature": "0.2"})
    assert long.context["form"].errors["prompt"]
    sent = {"prompt": "Which tea?", "temperature": "0.2", "endpoints": [each.pk for each in endpoints]}
    made = alice_browser.post(ASKING, sent)
    comparison = ModelComparison.objects.get()
    assert made.url == comparison.get_absolute_url()  # type: ignore[attr-defined]
    assert "Which tea?" in alice_browser.get(ASKING).content.decode()
    again = alice_browser.get(f"{ASKING}?from={comparison.pk}").context["form"]
    assert again["prompt"].value() == "Which tea?"


def test_an_endpoint_that_is_deleted_meanwhile_ends_its_column_alone(
    ask: Ask, endpoints: list[Endpoint]
) -> None:
    comparison = ask(is_done=False)
    endpoints[0].delete()
    for answer in selectors.answers_of(comparison):
        answered(answer)

    green, black = selectors.answers_of(comparison)
    assert green.error
    assert green.error["code"] == "gone"
    assert green.title == "Green"
    assert black.is_whole


def test_an_answer_whose_worker_was_killed_is_written_by_another(ask: Ask) -> None:
    comparison = ask(is_done=False)
    answer = selectors.answers_of(comparison)[0]
    killed = lifecycle.claim(str(answer.job_id))
    assert killed
    lifecycle.release(killed, delay_seconds=0, code=lifecycle.LOST_WORKER, message="")

    answered(answer)

    assert selectors.answers_of(comparison)[0].is_whole


def test_questions_lie_sealed_and_go_with_whoever_asked(alice_actor: Actor, ask: Ask) -> None:
    comparison = ask("Secret harvest?")
    with connection.cursor() as cursor:
        cursor.execute("SELECT prompt FROM model_lab_modelcomparison")
        assert "harvest" not in cursor.fetchone()[0]
    job = selectors.answers_of(comparison)[0].job
    assert job
    assert "harvest" not in f"{job.inputs}{job.result}{job.subject}"

    services.delete_comparison(alice_actor, comparison)

    assert not ComparedAnswer.objects.exists()
    assert Job.objects.get(pk=job.pk).erased_at


def test_a_member_who_left_is_erased(alice_actor: Actor, ask: Ask) -> None:
    comparison = ask()
    assert alice_actor.member
    alice_actor.member.is_active = False
    members.erase_member(alice_actor, alice_actor.member)

    assert not ModelComparison.objects.filter(pk=comparison.pk).exists()


def test_no_one_else_reads_what_was_asked(
    charlie: User, tea_house: Organisation, bob_browser: Client, ask: Ask
) -> None:
    comparison = ask()
    Membership.objects.filter(user=charlie).update(role="analyst")
    colleague = Actor.from_member(Membership.objects.select_related("organisation").get(user=charlie))
    answer = selectors.answers_of(comparison)[0]

    assert bob_browser.get(comparison.get_absolute_url()).status_code == 404
    assert not selectors.comparison_list(colleague).exists()
    assert answer.job
    assert answer.job not in job_selectors.visible_jobs(colleague)


def test_quotas_hold_for_every_answer(alice_actor: Actor, endpoints: list[Endpoint]) -> None:
    Quota.objects.create(organisation=alice_actor.organisation, metric="concurrent_jobs", hard_limit=1)

    with pytest.raises(QuotaExceeded):
        services.ask_side_by_side(
            alice_actor, ComparedQuestion("Which tea?", [each.pk for each in endpoints])
        )


def test_history_has_an_end(alice_actor: Actor, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_COMPARISONS", 1)
    comparison = ask()

    with pytest.raises(Conflict):
        services.ask_again(alice_actor, comparison)


def test_a_program_asks_and_reads_by_the_api(
    alice_api: ApiClient, alice_actor: Actor, endpoints: list[Endpoint]
) -> None:
    body = {"prompt": "Which tea?", "endpoints": [str(each.pk) for each in endpoints]}

    made = alice_api.post_json("/api/v1/model-lab/comparisons/", body)
    assert made.status_code == 202, made.content
    for answer in ComparedAnswer.objects.select_related("job"):
        answered(answer)

    read = alice_api.get(f"/api/v1/model-lab/comparisons/{made.json()['id']}/").json()
    assert [answer["model"] for answer in read["answers"]] == ["greentea-7b", "blacktea-7b"]
    assert read["answers"][0]["text"]
    assert read["answers"][0]["metrics"]["output_tokens"]
    for wrong in ({"prompt": "x" * 2**20}, {"prompt": "Tea?", "endpoints": []}, {"prompt": ""}):
        assert alice_api.post_json("/api/v1/model-lab/comparisons/", wrong).status_code == 400
