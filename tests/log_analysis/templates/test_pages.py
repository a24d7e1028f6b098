"""Templates as people see and correct them: listed, named, merged, parted; within one organisation."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core.errors import InvalidInput
from apps.log_analysis.records import selectors as records
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates import selectors, services
from apps.log_analysis.templates.models import LogTemplate
from tests.conftest import ApiClient, browser_of
from tests.log_analysis.stored_lines import line, log_source, store, store_morning

pytestmark = pytest.mark.django_db
TEMPLATES = "/logs/templates/"


@pytest.fixture
def requests(shop: LogSource) -> LogTemplate:
    return LogTemplate.objects.get(text__startswith="GET")


@pytest.fixture
def full(shop: LogSource) -> LogTemplate:
    return LogTemplate.objects.get(text__startswith="disk")


def page(client: Client, path: str = TEMPLATES, language: str = "en") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_templates_the_page_says_where_they_come_from(alice_browser: Client) -> None:
    assert "No log templates yet" in page(alice_browser)
    assert "还没有日志模板" in page(alice_browser, language="zh-CN")


def test_templates_are_listed_the_most_frequent_first(alice_browser: Client, shop: LogSource) -> None:
    shown = page(alice_browser)

    assert shown.index("GET ") < shown.index("disk ")
    assert shown.count('class="sparkline"') == 3
    assert '<span class="log-parameter">1</span>' in shown
    assert "disk " not in page(alice_browser, f"{TEMPLATES}?search=took")
    assert f'value="{shop.pk}" selected' in page(alice_browser, f"{TEMPLATES}?source={shop.pk}&search=took")
    assert "No results" in page(alice_browser, f"{TEMPLATES}?search=unheard")
    assert "No results" in page(alice_browser, f"{TEMPLATES}?severity=critical")


def test_a_template_shows_its_time_its_values_and_its_records(
    alice_browser: Client, full: LogTemplate
) -> None:
    shown = page(alice_browser, f"{TEMPLATES}{full.pk}/")

    assert "fill-bad" in shown
    assert "Based on the latest 3 log records." in shown
    assert "3 values" in shown
    assert "33%" in shown
    assert shown.count('class="log-time"') == 3


@pytest.mark.slow
def test_a_person_names_a_template_and_says_how_grave_it_is(alice_browser: Client, full: LogTemplate) -> None:
    alice_browser.post(f"{TEMPLATES}{full.pk}/", {"name": " Disk full ", "severity": "critical"})

    full.refresh_from_db()
    assert (full.name, full.severity, full.is_named_by_person) == ("Disk full", "critical", True)
    assert AuditEntry.objects.filter(action="log_template.changed").count() == 1
    assert "Disk full" in page(alice_browser)
    refused = alice_browser.post(f"{TEMPLATES}{full.pk}/", {"name": "x", "severity": "loud"})
    assert "loud" in refused.content.decode()


@pytest.mark.slow
def test_merged_templates_are_one_in_lists_searches_and_counts_until_they_are_parted(
    alice_browser: Client, alice_actor: Actor, full: LogTemplate, requests: LogTemplate
) -> None:
    organisation = alice_actor.organisation
    answer = alice_browser.post(f"{TEMPLATES}{full.pk}/merge/", {"into": str(requests.pk)})

    assert answer["Location"] == f"{TEMPLATES}{requests.pk}/"
    listed = {each.pk: each.total_count for each in selectors.template_list(organisation)}  # type: ignore[attr-defined]
    assert full.pk not in listed
    assert listed[requests.pk] == 13
    filters = records.filters_within(organisation, {"template": [requests]})
    assert len(records.search(organisation, filters).views) == 13
    histogram = selectors.count_histogram(requests)
    assert histogram
    assert histogram.records == 13
    assert "Undo merge" in page(alice_browser, f"{TEMPLATES}{requests.pk}/")
    assert "Merged. Its records are counted under:" in page(alice_browser, f"{TEMPLATES}{full.pk}/")

    alice_browser.post(f"{TEMPLATES}{full.pk}/part/")
    assert {each.total_count for each in selectors.template_list(organisation)} == {10, 3, 1}  # type: ignore[attr-defined]


def test_new_records_of_a_merged_template_count_with_its_target(
    alice_actor: Actor, shop: LogSource, full: LogTemplate, requests: LogTemplate
) -> None:
    services.merge_templates(alice_actor, full, into=requests)
    store(shop, [line(300, "ERROR", "disk sda9 is full, write refused", "storage")], stream="next")

    counts = {each.pk: each.total_count for each in selectors.template_list(alice_actor.organisation)}  # type: ignore[attr-defined]
    assert counts[requests.pk] == 14


def test_merges_have_one_step_and_no_circle(
    alice_actor: Actor, shop: LogSource, full: LogTemplate, requests: LogTemplate
) -> None:
    third = LogTemplate.objects.exclude(pk__in=[full.pk, requests.pk]).get()
    services.merge_templates(alice_actor, full, into=requests)
    services.merge_templates(alice_actor, requests, into=third)

    full.refresh_from_db()
    assert full.merged_into == third
    for into in (full, requests, third):
        with pytest.raises(InvalidInput):
            services.merge_templates(alice_actor, third, into=into)
    elsewhere = log_source(alice_actor.organisation, "kitchen")
    store_morning(elsewhere)
    with pytest.raises(InvalidInput):
        services.merge_templates(alice_actor, third, into=LogTemplate.objects.filter(source=elsewhere)[0])


@pytest.mark.slow
def test_a_person_tells_the_words_at_a_parameter_apart_for_what_comes_later(
    alice_browser: Client, alice_actor: Actor, alice_api: ApiClient
) -> None:
    source = log_source(alice_actor.organisation, "tools")
    words = ("kettle", "grinder", "scale", "sieve", "whisk", "tray", "bowl", "pot")
    lines = [line(number, "INFO", f"tool {words[number % 8]} was returned") for number in range(80)]
    store(source, lines)
    tools = LogTemplate.objects.get(source=source)
    assert tools.text == "tool <*> was returned"
    assert "Split by this word" in page(alice_browser, f"{TEMPLATES}{tools.pk}/")

    alice_browser.post(f"{TEMPLATES}{tools.pk}/split/", {"parameter": "1"})
    shown = page(alice_browser, f"{TEMPLATES}{tools.pk}/", language="zh-CN")
    assert "撤销拆分" in shown
    store(source, lines[:16], stream="next")

    texts = set(LogTemplate.objects.filter(source=source).values_list("text", flat=True))
    assert texts == {tools.text, *(f"tool {word} was returned" for word in words)}
    undo = {"parameter": 1, "undo": True}
    assert alice_api.post_json(f"/api/v1/logs/templates/{tools.pk}/split/", undo).status_code == 200
    store(source, [line(200, "INFO", "tool saw was returned")], stream="third")
    assert LogTemplate.objects.filter(source=source).count() == 9
    with pytest.raises(InvalidInput):
        services.split_template(alice_actor, tools, parameter=2)


def test_who_may_only_look_changes_nothing(charlie: User, alice_actor: Actor, full: LogTemplate) -> None:
    charlie.memberships.update(role="operator")
    operator = browser_of(charlie)

    assert "Merge into another" not in page(operator, f"{TEMPLATES}{full.pk}/")
    assert operator.post(f"{TEMPLATES}{full.pk}/", {"name": "x", "severity": ""}).status_code == 403
    assert operator.post(f"{TEMPLATES}{full.pk}/part/").status_code == 403
    charlie.memberships.update(role="viewer")
    assert operator.get(TEMPLATES).status_code == 403


@pytest.mark.slow
def test_another_organisation_sees_and_changes_nothing(
    bob_browser: Client, bob_api: ApiClient, full: LogTemplate, bob_actor: Actor
) -> None:
    assert "disk" not in page(bob_browser)
    for path in ("", "merge/", "part/"):
        assert bob_browser.post(f"{TEMPLATES}{full.pk}/{path}", {"into": full.pk}).status_code == 404
    own = log_source(bob_actor.organisation, "own")
    store_morning(own)
    mine = LogTemplate.objects.filter(source=own)[0]
    assert bob_browser.post(f"{TEMPLATES}{mine.pk}/merge/", {"into": full.pk}).status_code == 404
    assert bob_api.get(f"/api/v1/logs/templates/{full.pk}/").status_code == 404
    merged = bob_api.post_json(f"/api/v1/logs/templates/{mine.pk}/merge/", {"into": str(full.pk)})
    assert merged.status_code == 404


def test_the_api_lists_changes_merges_and_parts(
    alice_api: ApiClient, full: LogTemplate, requests: LogTemplate
) -> None:
    address = f"/api/v1/logs/templates/{full.pk}/"
    assert len(alice_api.get("/api/v1/logs/templates/").json()["results"]) == 3

    changed = alice_api.patch(address, {"name": "Disk full"}, content_type="application/json").json()
    assert (changed["name"], changed["severity"]) == ("Disk full", "error")
    merged = alice_api.post_json(f"{address}merge/", {"into": str(requests.pk)})
    assert merged.json()["id"] == str(requests.pk)
    assert alice_api.get(address).json()["merged_into"] == str(requests.pk)
    alice_api.post_json(f"{address}part/")
    assert alice_api.get(address).json()["merged_into"] is None
    wrong = alice_api.post_json(f"{address}merge/", {"into": str(full.pk)})
    assert wrong.status_code == 400
