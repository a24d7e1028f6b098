"""Records and incidents of a period in numbers, by source, level and template."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from model_bakery import baker

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.analytics.periods import Period
from apps.analytics.reports import Scope, all_reports
from apps.log_analysis import report
from apps.log_analysis.detection.models import LogAnomaly
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate, TemplateCount
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
# Late in the evening in UTC, early on the next day in Shanghai.
EVENING = datetime(2026, 7, 10, 20, tzinfo=UTC)


def records(template: LogTemplate, level: str, count: int, moment: datetime = EVENING) -> None:
    TemplateCount.objects.create(
        organisation=template.organisation,
        source=template.source,
        template=template,
        minute=moment,
        level=level,
        count=count,
    )


@pytest.fixture
def shop(tea_house: Organisation) -> LogSource:
    """Sixty records of two sources, a template that was merged into another, and three incidents."""
    shop, bank = (LogSource.objects.create(organisation=tea_house, name=name) for name in ("Shop", "Bank"))
    template, merged, other = (
        LogTemplate.objects.create(organisation=tea_house, source=source, key=key, text=f"template {key}")
        for source, key in ((shop, "a"), (shop, "b"), (bank, "c"))
    )
    LogTemplate.objects.filter(pk=merged.pk).update(merged_into=template)
    records(template, "info", 30)
    records(merged, "error", 10, EVENING - timedelta(days=1))
    records(other, "critical", 5)
    records(other, "warning", 15)
    records(other, "info", 1000, EVENING - timedelta(days=40))
    for hours, status in ((1, "resolved"), (3, "dismissed"), (None, "open")):
        incident: Incident = baker.make(
            Incident,
            organisation=tea_house,
            title="Down",
            severity=4 if status == "open" else 2,
            status=status,
            started_at=EVENING,
            ended_at=EVENING,
            created_at=EVENING,
            resolved_at=EVENING + timedelta(hours=hours) if hours else None,
        )
        if status == "open":
            for detector in ("rate", "level"):
                baker.make(
                    LogAnomaly, organisation=tea_house, source=shop, incident=incident, detector=detector
                )
    return shop


def scope_of(organisation: Organisation, zone: str = "UTC", **filters: str) -> Scope:
    return Scope(organisation, Period(EVENING.date() - timedelta(days=5), EVENING.date(), zone), filters)


def test_records_and_incidents_are_counted_on_their_own_days(
    tea_house: Organisation, shop: LogSource, alice_actor: Actor
) -> None:
    results = report.load(scope_of(tea_house))

    now = results.now
    assert (now.records, now.warnings, now.errors) == (60, 15, 15)
    assert (now.opened, now.severe, now.closed, now.closing_seconds) == (3, 1, 2, 2 * 3600)
    assert [each.totals.records for each in results.days] == [0, 0, 0, 0, 10, 50]
    assert {each.key[0]: each.totals.records for each in results.groups["levels"]} == {
        "info": 30, "warning": 15, "error": 10, "critical": 5,
    }  # fmt: skip
    assert [(each.name, each.records) for each in results.templates] == [
        ("template a", 40),
        ("template c", 20),
    ]
    assert {type(panel).__name__ for panel in report.panels(scope_of(tea_house), results, alice_actor)} == {
        "TimeSeries", "Bars", "Table",
    }  # fmt: skip


def test_a_source_alone_and_the_clocks_of_whoever_reads(tea_house: Organisation, shop: LogSource) -> None:
    one = report.load(scope_of(tea_house, source=str(shop.pk))).now
    assert (one.records, one.opened, one.closed) == (40, 1, 0)

    shanghai = report.load(scope_of(tea_house, "Asia/Shanghai"))
    assert [each.totals.records for each in shanghai.days][-2:] == [0, 10]
    assert shanghai.now.opened == 0


def test_the_day_on_which_clocks_are_set_back_has_all_of_its_25_hours(
    tea_house: Organisation, shop: LogSource
) -> None:
    template, midnight = LogTemplate.objects.filter(source=shop)[0], datetime(2026, 10, 24, 22, tzinfo=UTC)
    for hours in range(-1, 26):
        records(template, "info", 1, midnight + timedelta(hours=hours))
    sunday = midnight.date() + timedelta(days=1)

    results = report.load(Scope(tea_house, Period(sunday, sunday, "Europe/Berlin")))

    assert (results.now.records, results.before.records) == (25, 1)


def test_an_empty_period_says_so_everywhere(
    alice_actor: Actor, alice_browser: Client, alice_api: ApiClient, rival: Organisation
) -> None:
    scope = scope_of(alice_actor.organisation)
    results = report.load(scope)

    assert not report.has_values(results)
    assert list(report.panels(scope, results, alice_actor)) == []
    assert [card.value.text for card in report.REPORT.cards(results)] == ["0", "–", "0", "0", "0", "–"]
    assert "No log records in this period" in alice_browser.get("/logs/figures/").text
    assert alice_api.get("/api/v1/analytics/log_analysis/series/?days=7").json()["rows"][0]["values"] == {
        "records": 0, "errors": None, "opened": 0, "severe": 0, "closed": 0, "time_to_close": None,
    }  # fmt: skip


def test_the_report_is_on_the_page_in_files_and_among_those_that_are_mailed(
    shop: LogSource, alice_browser: Client, alice_api: ApiClient
) -> None:
    days = f"from={EVENING.date() - timedelta(days=5)}&to={EVENING.date() + timedelta(days=1)}"

    page = alice_browser.get(f"/logs/figures/?{days}").text
    assert "Most frequent templates" in page
    assert "template a" in page

    def rows(table: str) -> list[dict[str, str]]:
        answer: Any = alice_browser.get(f"/logs/figures/export/{table}/csv/?{days}")
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))

    assert sum(int(row["records"]) for row in rows("records_by_day")) == 60
    assert {row["template"] for row in rows("templates_by_day")} == {"template a", "template c"}
    assert [row["status"] for row in rows("incidents")].count("open") == 1
    by_level = alice_api.get(f"/api/v1/analytics/log_analysis/series/?{days}&group_by=level").json()["rows"]
    assert {row["group"]: row["values"]["records"] for row in by_level}["critical"] == 5
    assert report.REPORT in all_reports()
