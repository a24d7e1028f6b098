"""A desk or a tool that is switched off: the menu, its pages, its API, its jobs, and nobody else's."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import alerts, switches
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, Switch, User
from apps.audit.models import AuditEntry
from apps.core import desks, redis_client
from apps.core.errors import Conflict
from apps.jobs import broker, job_types
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.operations.announcements.models import Announcement
from apps.operations.switches import services
from tests.conftest import ApiClient, browser_of

DESK = next(desk for desk in desks.all_desks() if desk.room and desk.url_prefix)
PAGE = DESK.room.pages[0].url
KIND = next(kind for kind in job_types.all_kinds() if kind.desk == DESK.name)

pytestmark = pytest.mark.django_db


def turned(browser: Client, name: str, way: str, path: str = "/operations/switches/") -> Any:
    return browser.post(f"{path}change/", {"name": name, "turn": way}, follow=True)


@pytest.mark.slow
def test_a_desk_that_is_off_is_gone_from_the_menu_and_says_so(
    alice_browser: Client, bob_browser: Client, alice_api: ApiClient
) -> None:
    assert f'href="{PAGE}"' in alice_browser.get("/").content.decode()

    turned(alice_browser, DESK.name, "off")

    page = alice_browser.get(PAGE)
    assert page.status_code == 403
    assert "This is switched off." in page.content.decode()
    assert f'href="{PAGE}"' not in alice_browser.get("/").content.decode()
    assert bob_browser.get(PAGE).status_code == 200
    turned(alice_browser, DESK.name, "on")
    assert alice_browser.get(PAGE).status_code == 200


def test_the_api_of_a_desk_that_is_off_answers_in_the_one_shape(
    alice_actor: Actor, alice_api: ApiClient
) -> None:
    services.switch(alice_actor, "translation", is_on=False)

    answer = alice_api.get("/api/v1/translation/translations/")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "switched_off")
    assert alice_api.get("/api/v1/jobs/").status_code == 200


def test_the_frame_and_what_nobody_knows_is_never_refused(alice_actor: Actor, alice_browser: Client) -> None:
    for desk in desks.all_desks():
        services.switch(alice_actor, desk.name, is_on=False)

    assert switches.is_on(alice_actor.organisation.pk, "no such thing")
    for path in ("/", "/jobs/", "/knowledge/", "/operations/switches/", "/team/"):
        assert alice_browser.get(path).status_code == 200, path
    assert alerts.alerts(alice_actor) == []


def test_a_tool_that_is_off_waits_and_goes_on_with_the_desk_still_open(
    alice_actor: Actor, alice_browser: Client
) -> None:
    job = Job.objects.create(organisation=alice_actor.organisation, kind=KIND.name, queue=KIND.queue)

    services.switch(alice_actor, KIND.name, is_on=False)
    redis_client.synchronous().flushdb()
    assert not Job.objects.runnable().exists()
    assert alice_browser.get(PAGE).status_code == 200
    services.switch(alice_actor, KIND.name, is_on=True)

    assert Job.objects.runnable().get() == job
    assert broker.waiting_messages(KIND.queue) == 1


def test_every_turn_stands_in_the_trail_and_the_second_of_two_is_told(
    alice_actor: Actor, alice_browser: Client
) -> None:
    turned(alice_browser, DESK.name, "off")
    page = turned(alice_browser, DESK.name, "off").content.decode()

    assert "Already in this state." in page
    with pytest.raises(Conflict):
        services.switch(alice_actor, KIND.name, is_on=True)
    lines = AuditEntry.objects.filter(action__startswith="switch.").values_list("action", "details")
    assert list(lines) == [("switch.turned_off", {"switch": DESK.name})]
    assert f"Desk or tool: {DESK.label}" in alice_browser.get("/audit/").text


@pytest.mark.slow
def test_what_an_operator_switches_off_no_organisation_switches_on(
    olga_browser: Client, alice_browser: Client, bob_browser: Client, rival: Organisation
) -> None:
    turned(olga_browser, DESK.name, "off", "/admin/operations/switches/")
    turned(alice_browser, DESK.name, "off")
    turned(alice_browser, DESK.name, "on")

    assert {browser.get(PAGE).status_code for browser in (alice_browser, bob_browser)} == {403}
    assert "switched off by the operator" in alice_browser.get("/operations/switches/").content.decode()
    assert AuditEntry.objects.within(rival).filter(action="switch.turned_off").exists()
    turned(olga_browser, DESK.name, "on", "/admin/operations/switches/")
    assert alice_browser.get(PAGE).status_code == 200


@pytest.mark.slow
def test_what_would_stop_the_work_of_every_organisation_is_asked_about_first(
    olga_browser: Client,
) -> None:
    Announcement.objects.create(organisation=None, text_en="Maintenance tonight.")

    pages = {
        name: olga_browser.get(f"/admin/operations/{name}/").content.decode()
        for name in ("switches", "queues", "announcements")
    }

    for name, button in (
        ("switches", 'value="off"'),
        ("queues", 'value="draining"'),
        ("announcements", "/delete/"),
    ):
        assert pages[name].count("data-confirm=") == pages[name].count(button) > 0, name
        assert "operations/operators.js" in pages[name], name


def test_only_those_who_manage_operations_turn_switches(charlie: User, alice_browser: Client) -> None:
    browser = browser_of(charlie)

    assert turned(browser, DESK.name, "off").status_code == 403
    assert turned(alice_browser, DESK.name, "off", "/admin/operations/switches/").status_code == 403
    assert "Choose one of the list" in turned(alice_browser, "no such thing", "off").text
    assert not Switch.objects.exists()


def test_asking_costs_no_query_once_it_is_known(
    alice_actor: Actor, django_assert_num_queries: Any, alice_browser: Client
) -> None:
    switches.is_any_off()

    with django_assert_num_queries(0):
        assert switches.is_on(alice_actor.organisation.pk, DESK.name)
        assert switches.is_on(alice_actor.organisation.pk, KIND.name)


def test_a_request_for_a_tool_that_is_off_is_refused_by_whoever_makes_the_job(
    alice_actor: Actor, alice_browser: Client
) -> None:
    job = jobs.create_job(alice_actor, kind=KIND, inputs={})
    jobs.cancel_job(job)
    services.switch(alice_actor, KIND.name, is_on=False)

    page = alice_browser.post(f"/jobs/{job.pk}/retry/", follow=True).content.decode()

    assert Job.objects.get(pk=job.pk).state == Job.State.CANCELLED or "switched off" in page
