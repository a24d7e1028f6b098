import pytest
from django.test import Client

from apps.accounts import alerts
from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert
from apps.jobs import job_types, lifecycle, services

STORE = job_types.register(
    job_types.JobType(
        "tests.store",
        queue="batch",
        label="Store",
        may_see=job_types.holders_of("jobs.view"),
        may_cancel=job_types.holders_of("jobs.manage"),
    )
)


def test_a_new_organisation_sees_its_first_steps(alice_browser: Client) -> None:
    page = alice_browser.get("/").content.decode()

    assert 'class="steps"' in page
    assert 'href="/team/"' in page


def test_my_jobs_stay_current_while_one_is_under_way(alice_browser: Client, alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=STORE, inputs={})

    page = alice_browser.get("/").content.decode()

    assert f"/jobs/{job.pk}/" in page
    assert 'hx-trigger="every 2s"' in page
    assert 'class="steps"' not in page
    assert "<html" not in alice_browser.get("/", headers={"HX-Request": "true"}).content.decode()


def test_a_failed_job_of_mine_needs_me_until_it_runs_again(alice_browser: Client, alice_actor: Actor) -> None:
    job = services.create_job(alice_actor, kind=STORE, inputs={})
    running = lifecycle.claim(job.pk)
    assert running
    lifecycle.fail(running, code="broken", message="It broke.")
    assert 'href="/jobs/?state=failed&amp;mine=1"' in alice_browser.get("/").content.decode()

    services.retry_job(job)

    assert "notice-bad" not in alice_browser.get("/").content.decode()


def test_alerts_go_only_to_those_who_may_settle_them(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "_providers", [])
    alerts.provider("keys.manage")(lambda actor: Alert("A key expires", "/api-keys/", icon="key"))

    assert [matter.text for matter in alerts.alerts(alice_actor)] == ["A key expires"]
    assert alerts.alerts(Actor(alice_actor.organisation)) == []


def test_home_costs_few_queries(alice_browser: Client, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(26):  # type: ignore[operator]
        alice_browser.get("/")
