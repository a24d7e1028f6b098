import re
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from model_bakery import baker

from apps.accounts import alerts
from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert
from apps.accounts.models import Membership, User
from apps.core import redis_client
from apps.dashboards.rollups import services as rollups
from apps.inference import breaker
from apps.inference.models import Endpoint, InferenceCall
from apps.jobs import job_types, lifecycle, services
from apps.portal import recent_work, today
from apps.translation.models import Translation, TranslationSegment
from apps.translation.services import TRANSLATE_DOCUMENT
from tests.conftest import browser_of
from tests.live_pages import follows_jobs

STORE = job_types.JobType(
    "tests.home_store",
    queue="batch",
    label="Store",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)


def test_a_new_organisation_sees_its_first_steps(alice_browser: Client) -> None:
    page = alice_browser.get("/").content.decode()

    assert 'class="steps"' in page
    assert 'href="/team/"' in page


def test_recent_work_stays_current_while_some_is_under_way(alice_browser: Client, alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=STORE, inputs={})

    page = alice_browser.get("/").content.decode()

    assert f"/jobs/{job.pk}/" in page
    assert follows_jobs(page)
    assert 'class="steps"' not in page
    assert "<html" not in alice_browser.get("/", headers={"HX-Request": "true"}).content.decode()


def test_recent_work_goes_by_titles_and_shows_each_thing_once(alice_actor: Actor) -> None:
    translation = baker.make(
        Translation, organisation=alice_actor.organisation, name="Contract.docx", format="docx"
    )
    kind, subject = TRANSLATE_DOCUMENT, f"translation:{translation.pk}"
    for _turn in range(2):
        services.create_job(alice_actor, kind=kind, inputs={}, subject=subject)
    services.create_job(alice_actor, kind=STORE, inputs={}, subject=f"parcel:{translation.pk}")

    works = [(work.title, work.detail, work.url) for work in recent_work.recent_work(alice_actor)]

    assert [work[:2] for work in works] == [("Store", ""), ("Contract.docx", "Translate a document")]
    assert works[1][2] == f"/translation/{translation.pk}/"


def test_work_without_a_title_is_shown_once_of_each_kind(alice_actor: Actor) -> None:
    for _turn in range(3):
        services.create_job(alice_actor, kind=STORE, inputs={})
    latest = services.create_job(alice_actor, kind=STORE, inputs={})

    [work] = recent_work.recent_work(alice_actor)

    assert (work.title, work.job) == ("Store", latest)


def test_every_kind_of_job_says_what_it_is_about() -> None:
    silent = [each.name for each in job_types.all_kinds() if each.subject is None]

    assert [name for name in silent if not name.startswith(("tests.", "tests_"))] == []


def words_of(part: str) -> list[str]:
    return [text.strip() for text in re.sub(r"<[^>]*>", "\n", part).split("\n") if text.strip()]


@pytest.mark.slow
def test_the_day_is_told_by_five_numbers_that_one_may_see(alice_actor: Actor, alice_browser: Client) -> None:
    page = alice_browser.get("/day/").content.decode()
    assert page.count('class="card-cover"') == 5
    labels = re.findall(r'<h3 class="figure-label">(.*?)</h3>', page, re.DOTALL)
    assert [len(set(words)) == len(words) for words in map(words_of, labels)] == [True] * 5
    assert "/figures/?days=7" in page
    assert alice_actor.member
    Membership.objects.filter(pk=alice_actor.member.pk).update(role="viewer")

    assert "once the desks you can open" in alice_browser.get("/day/").content.decode()


def test_a_number_of_today_stands_beside_a_usual_day(alice_actor: Actor) -> None:
    translation = baker.make(Translation, organisation=alice_actor.organisation, name="Tea", format="text")
    segment = partial(
        baker.make,
        TranslationSegment,
        organisation=alice_actor.organisation,
        translation=translation,
        source="Tee",
    )
    segment(origin="model", characters=90, ordinal=1)
    segment(origin="model", characters=700, ordinal=2, created_at=timezone.now() - timedelta(days=3))

    card = today.today_cards(alice_actor)[0]

    assert (str(card.source), str(card.metric.label)) == ("Translation", "Characters translated")
    assert (card.text, card.usual, card.change) == ("90", "daily average 100", None)
    assert card.line


@pytest.mark.slow
def test_a_week_that_was_filled_a_moment_ago_is_seen_within_a_minute(alice_actor: Actor) -> None:
    today.today_cards(alice_actor)
    baker.make(
        InferenceCall, organisation=alice_actor.organisation, model="m", status="succeeded", cost=90,
        created_at=timezone.now() - timedelta(days=3),
    )  # fmt: skip
    rollups.roll_up(seconds=60)

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        [card] = [card for card in today.today_cards(alice_actor) if card.metric.key == "cost"]

    assert card.usual == "¥90.00 in the last seven days"


def test_what_a_day_costs_is_not_held_against_a_week(alice_actor: Actor) -> None:
    call = partial(
        baker.make, InferenceCall, organisation=alice_actor.organisation, model="m", status="succeeded"
    )
    call(cost=9)
    call(cost=90, created_at=timezone.now() - timedelta(days=3))
    rollups.roll_up(seconds=60)

    [card] = [card for card in today.today_cards(alice_actor) if card.metric.key == "cost"]

    assert (card.text, card.usual, card.change) == ("¥9.00", "¥90.00 in the last seven days", None)


def test_the_models_are_told_of_in_one_sentence(alice_actor: Actor) -> None:
    assert today.model_health(alice_actor) is None
    endpoints = [
        baker.make(
            Endpoint, organisation=alice_actor.organisation, name=name, purpose="chat", provider="deepseek"
        )
        for name in ("Large", "Small")
    ]
    health = today.model_health(alice_actor)
    assert health
    assert (health.text, health.tone) == ("All 2 model endpoints are healthy", "good")

    redis_client.synchronous().set(breaker._key(endpoints[1].pk, "open"), 1, ex=60)
    redis_client.synchronous().set(breaker._key(endpoints[1].pk, "tripped"), 1, ex=60)

    health = today.model_health(alice_actor)
    assert health
    assert health.text == "1 of 2 model endpoints is not responding: Small"
    stranger = today.model_health(Actor(alice_actor.organisation))
    assert stranger
    assert (stranger.text, stranger.url) == ("1 of 2 model endpoints is not responding", "")


def test_a_failed_job_of_mine_needs_me_until_it_runs_again(alice_browser: Client, alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=STORE, inputs={})
    running = lifecycle.claim(job.pk)
    assert running
    lifecycle.fail(running, code="broken", message="It broke.")
    assert 'href="/jobs/?state=failed&amp;mine=1"' in alice_browser.get("/").content.decode()

    services.retry_job(job)

    assert "notice-bad notice-link" not in alice_browser.get("/").content.decode()


def test_alerts_go_only_to_those_who_may_settle_them(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "_providers", [])
    alerts.provider("keys.manage")(lambda actor: Alert("A key expires", "/api-keys/", icon="key"))

    assert [matter.text for matter in alerts.alerts(alice_actor)] == ["A key expires"]
    assert alerts.alerts(Actor(alice_actor.organisation)) == []


@pytest.mark.slow
def test_home_costs_few_queries(alice_browser: Client, django_assert_max_num_queries: object) -> None:
    # One of them asks where runs of apps wait for whoever looks.
    with django_assert_max_num_queries(35):  # type: ignore[operator]
        alice_browser.get("/")
    alice_browser.get("/day/")

    # The numbers were counted a moment ago: nothing is added up again.
    with django_assert_max_num_queries(8) as captured:  # type: ignore[operator]
        alice_browser.get("/day/")
    assert not [query for query in captured if "SUM(" in query["sql"]]


@pytest.mark.slow
def test_the_owner_reads_what_moved_the_cost_of_the_week(
    alice_actor: Actor, alice_browser: Client, charlie: User
) -> None:
    call = partial(
        baker.make,
        InferenceCall,
        organisation=alice_actor.organisation,
        status="succeeded",
        created_at=timezone.now() - timedelta(days=3),
    )
    call(cost=10, model="small")
    call(cost=14, model="large")
    earlier = timezone.now() - timedelta(days=10)
    call(cost=12, model="small", created_at=earlier)
    call(cost=8, model="large", created_at=earlier)
    rollups.roll_up(seconds=60)

    assert "Models cost ¥24.00, +20%: mostly large." in alice_browser.get("/day/").text
    assert "Models cost" not in browser_of(charlie).get("/day/").text
