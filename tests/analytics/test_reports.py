"""Every desk's report, by the frame's own page, files and API."""

import json
from dataclasses import replace
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.analytics import periods
from apps.analytics.reports import Report, Results, Scope, all_reports, installed_reports
from apps.audit.models import AuditEntry
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
REPORTS = pytest.mark.parametrize("report", installed_reports(), ids=lambda report: report.name)


@REPORTS
def test_the_page_says_what_it_will_show_before_there_is_anything(
    report: Report, alice_browser: Client
) -> None:
    page = alice_browser.get(reverse(f"{report.name}:figures"))

    assert str(report.empty.title) in page.text
    assert "Compared with" in page.text


@REPORTS
def test_days_that_cannot_be_shown_are_explained_and_the_page_stays(
    report: Report, alice_browser: Client
) -> None:
    page = alice_browser.get(reverse(f"{report.name}:figures"), {"from": "2026-07-02", "to": "2026-07-01"})

    assert page.status_code == 200
    assert "Swap them" in page.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "query", ["from=0001-01-01&to=0001-01-02", "to=0001-06-02", "from=9999-12-31&to=9999-12-31"]
)
def test_days_at_the_ends_of_the_calendar_are_refused(query: str, alice_browser: Client) -> None:
    """They have no day before, or none after, to compare with."""
    pages = [*(reverse(report.page_address) for report in all_reports()), reverse("dashboards:desks")]

    for page in pages:
        answer = alice_browser.get(f"{page}?{query}")
        assert answer.status_code == 200
        assert "Enter at " in answer.text
    for path in ("", "jobs/series/", "value/"):
        assert alice_browser.get(f"/api/v1/analytics/{path}?{query}").status_code == 400


@REPORTS
def test_metrics_leave_as_a_table_and_the_trail_says_so(report: Report, alice_browser: Client) -> None:
    url = reverse(f"{report.name}:export_figures", args=["figures", "jsonl"])

    lines = alice_browser.get(url).getvalue().decode().splitlines()

    rows = [json.loads(line) for line in lines]
    assert [row["name"] for row in rows if row["name"]] == [str(metric.label) for metric in report.metrics]
    assert AuditEntry.objects.get(action="figures.exported").details["file_type"] == "jsonl"


@REPORTS
def test_there_is_no_other_table_and_no_other_type_of_file(report: Report, alice_browser: Client) -> None:
    for table, file_type in (("nothing", "csv"), ("figures", "pdf")):
        url = reverse(f"{report.name}:export_figures", args=[table, file_type])
        assert alice_browser.get(url).status_code == 404


@REPORTS
def test_a_department_or_channel_that_is_none_of_ours_is_refused(
    report: Report, alice_browser: Client
) -> None:
    for each in report.filters:
        page = alice_browser.get(reverse(f"{report.name}:figures"), {each.name: "of-somebody-else"})
        assert "cannot be shown" in page.text


def test_a_dashboard_gets_the_metrics_of_every_desk(alice_api: ApiClient) -> None:
    reports = alice_api.get("/api/v1/analytics/?days=7").json()

    assert {each["desk"] for each in reports} == {report.name for report in all_reports()}
    assert all(each["period"]["days"] == 7 for each in reports)
    first = next(each for each in reports if each["desk"] == "customer_service")["metrics"][0]
    assert first == {
        "key": "conversations",
        "name": "Conversations",
        "unit": "count",
        "now": 0,
        "before": 0,
        "better": 0,
    }


def test_a_dashboard_leaves_out_what_somebody_may_not_see(alice_actor: Actor, alice_api: ApiClient) -> None:
    assert alice_actor.member
    Membership.objects.filter(pk=alice_actor.member.pk).update(role="analyst")

    seen = {each["desk"] for each in alice_api.get("/api/v1/analytics/").json()}

    may = {"conversations.view", "analytics.view"}
    assert seen == {report.name for report in all_reports() if report.permission in may}


def test_whoever_lets_results_be_older_gets_what_was_counted_for_others(alice_actor: Actor) -> None:
    numbers = count(1)
    report = replace(
        installed_reports()[0],
        name="counted",
        load=lambda scope: Results(next(numbers), 0, days=[]),
        cache_seconds=0,
    )
    scope = Scope(alice_actor.organisation, periods.latest(7, "UTC"))

    assert [report.results(scope).now, report.results(scope).now] == [1, 2]
    assert report.results(scope, max_age=60).now == 2
    assert report.results(scope).now == 3
