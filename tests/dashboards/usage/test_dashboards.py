"""The dashboards of jobs and of models: what they count, where their figures lead, and what they say of nothing."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.analytics.panels import Table
from apps.analytics.periods import Period
from apps.analytics.reports import Scope
from apps.analytics.time_series import Mark, Series, TimeSeries, short_number
from apps.core import row_pages
from apps.dashboards.rollups import services as rollups
from apps.dashboards.usage import jobs_report, models_report
from apps.dashboards.usage.errors import error_class, error_text
from apps.dashboards.usage.names import desk_names
from apps.dashboards.versions.services import record_version
from apps.inference import endpoints
from apps.inference.models import InferenceCall
from apps.jobs.models import Job
from tests.conftest import ApiClient, browser_of

pytestmark = pytest.mark.django_db
TEXT, FILE = "translation.translate_text", "log_analysis.read_file"


def make_job(organisation: Organisation, kind: str = TEXT, state: str = "succeeded", **fields: Any) -> Job:
    now = timezone.now()
    ended = {"finished_at": now, "result": {}} if state in ("succeeded", "failed") else {}
    return Job.objects.create(
        organisation=organisation,
        kind=kind,
        queue="batch",
        state=state,
        error_code="model_too_slow" if state == "failed" else "",
        **{"started_at": now - timedelta(seconds=4), "available_at": now - timedelta(seconds=6), **ended, **fields},
    )  # fmt: skip


def make_call(organisation: Organisation, **fields: Any) -> None:
    values = {"purpose": "chat", "model": "small", "status": "succeeded", "latency_ms": 3000}
    values |= {
        "first_token_ms": 1000,
        "input_tokens": 10,
        "output_tokens": 80,
        "cost": "1.5",
        "audio_ms": 90_000,
    }
    InferenceCall.objects.create(organisation=organisation, **{**values, **fields})


@pytest.fixture
def busy(tea_house: Organisation, alice_actor: Actor) -> Organisation:
    for _ in range(6):
        make_job(tea_house, member=alice_actor.member)
    make_job(tea_house, FILE, "failed")
    job = make_job(tea_house, FILE, "queued", started_at=None)
    for _ in range(3):
        make_call(tea_house, member=alice_actor.member, job=job)
    make_call(tea_house, status="failed", error_code="model_too_slow", cost=0)
    rollups.roll_up(seconds=60)
    return tea_house


def scope_of(organisation: Organisation, days: int = 7, **filters: str) -> Scope:
    zone = jobs_report.settings_zone(organisation)
    today = timezone.localdate()
    return Scope(organisation, Period(today - timedelta(days=days - 1), today, zone), filters)


def test_jobs_are_counted_by_state_tool_member_and_error(busy: Organisation, alice_actor: Actor) -> None:
    results = jobs_report.load(scope_of(busy))

    now = results.now
    assert (now.jobs, now.succeeded, now.failed, now.queued) == (8, 6, 1, 1)
    values = {metric.key: metric.value(now) for metric in jobs_report.METRICS}
    assert values["wait_p95"].number == pytest.approx(2, rel=0.06)
    assert values["run_p95"].number == pytest.approx(4, rel=0.06)
    assert {group.key: group.totals.jobs for group in results.groups["tools"]} == {
        ("log_analysis", FILE): 2,
        ("translation", TEXT): 6,
    }
    assert alice_actor.member
    assert {group.key[0]: group.totals.jobs for group in results.groups["member"]} == {
        alice_actor.member.pk: 6,
        None: 2,
    }
    assert error_class("model_too_slow") == "No model available"
    assert error_text("model_too_slow").startswith("No model available · The model timed out.")
    assert error_text("of_an_older_release") == "Invalid input · of_an_older_release"


def test_models_are_counted_in_tokens_money_speed_and_minutes(busy: Organisation) -> None:
    results = models_report.load(scope_of(busy))

    texts = {metric.key: metric.value(results.now).text for metric in models_report.METRICS}
    assert (texts["calls"], texts["input_tokens"], texts["output_tokens"]) == ("4", "40", "320")
    assert (texts["cost"], texts["tokens_per_second"].strip(), texts["audio_minutes"]) == (
        "¥4.50",
        "40.0",
        "6.0",
    )
    counts = {
        name: {group.key: group.totals.calls for group in results.groups[name]}
        for name in ("models", "errors", "tools")
    }
    assert counts["models"] == {("small", None, "chat"): 4}
    assert counts["errors"] == {("",): 3, ("model_too_slow",): 1}
    assert counts["tools"] == {("log_analysis", FILE): 3, ("", ""): 1}


def test_each_row_says_how_much_more_it_costs_than_in_the_period_before(
    busy: Organisation, alice_actor: Actor
) -> None:
    make_call(busy, model="large", cost="9", created_at=timezone.now() - timedelta(days=8))
    make_call(busy, model="large", cost="2")
    rollups.roll_up(seconds=60)

    def changes(days: int) -> dict[str, str]:
        scope = scope_of(busy, days)
        tables = models_report.panels(scope, models_report.load(scope), alice_actor)
        table = next(table for table in tables if isinstance(table, Table) and table.title == "By model")
        if "Cost change" not in table.headings:
            return {}
        place = list(table.headings).index("Cost change")
        return {row[0].partition(" ")[0]: row[place] for row in table.rows}

    assert changes(7) == {"small": "+4.50", "large": "−7.00"}
    assert changes(90) == {}, "a long period is not told apart twice"


def test_how_far_cost_moved_is_said_of_small_amounts_of_many_requests(busy: Organisation) -> None:
    for _ in range(6):
        make_call(busy, cost="0.2", created_at=timezone.now() - timedelta(days=8))
    make_call(busy, cost="0.3")
    rollups.roll_up(seconds=60)

    results = models_report.load(scope_of(busy))

    cost = models_report.REPORT.metric("cost")
    change = cost.value(results.now).change(cost.value(results.before))
    assert change
    assert change.text == "+300%"


def test_a_member_within_a_tool_is_counted_from_the_hours(busy: Organisation, alice_actor: Actor) -> None:
    assert alice_actor.member
    both = jobs_report.load(scope_of(busy, kind=TEXT, member=str(alice_actor.member.pk)))
    neither = jobs_report.load(scope_of(busy, kind=FILE, member=str(alice_actor.member.pk)))

    assert (both.now.jobs, neither.now.jobs) == (6, 0)
    members = jobs_report.load(scope_of(busy, kind=TEXT)).groups["member"]
    assert [(group.key, group.totals.jobs) for group in members] == [((alice_actor.member.pk,), 6)]
    assert "member" not in jobs_report.load(scope_of(busy, 366, kind=TEXT)).groups


def test_any_figure_leads_to_its_rows(busy: Organisation, alice_browser: Client) -> None:
    page = unescape(alice_browser.get("/analytics/?days=7").text)
    links = re.findall(r'href="(/jobs/\?[^"]*)"', page)
    failed = next(link for link in links if "state=failed" in link and f"kind={FILE}" in link)

    rows = alice_browser.get(failed)

    assert [job.state for job in rows.context["page"].rows] == ["failed"]

    calls = alice_browser.get("/models/calls/?kind=none&error_code=model_too_slow&status=failed")
    assert [call.error_code for call in calls.context["page"].rows] == ["model_too_slow"]
    assert (
        "No requests match these filters" in alice_browser.get("/models/calls/?member=none&model=large").text
    )


@pytest.mark.slow
def test_the_number_of_a_card_leads_to_as_many_rows(busy: Organisation, alice_browser: Client) -> None:
    cards = {
        card.metric.key: card
        for address in ("/analytics/models/", "/analytics/")
        for card in alice_browser.get(f"{address}?days=7").context["cards"]
    }

    for key, count in (("jobs", 8), ("queued", 1), ("succeeded", 6)):
        rows = alice_browser.get(cards[key].url)
        assert len(rows.context["page"].rows) == count
        assert f"<strong>{count} result" in rows.text
    calls = alice_browser.get(cards["cost"].url)
    assert len(calls.context["page"].rows) == 4
    assert "<strong>4 results</strong>" in calls.text
    assert cards["running"].url == ""


@pytest.mark.slow
def test_a_figure_leads_to_what_made_it_as_high_as_it_is(busy: Organisation, alice_browser: Client) -> None:
    make_call(busy, latency_ms=90_000, first_token_ms=None, cost=0)
    make_call(busy, latency_ms=5, first_token_ms=4000, cost=7)
    cards = {
        card.metric.key: card for card in alice_browser.get("/analytics/models/?days=7").context["cards"]
    }

    tops = {}
    for key in ("response_p95", "first_token_p95", "cost"):
        rows = alice_browser.get(cards[key].url)
        tops[key] = rows.context["page"].rows[0]
        assert "in this order, among the latest 100,000." in rows.text

    assert tops["response_p95"].latency_ms == 90_000
    assert (tops["first_token_p95"].first_token_ms, tops["cost"].cost) == (4000, 7)


def test_no_more_than_the_latest_requests_are_sorted(
    busy: Organisation, alice_browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_pages, "MAX_SORTED", 2)
    for milliseconds in (90_000, 5, 6):
        make_call(busy, latency_ms=milliseconds)

    rows = alice_browser.get("/models/calls/?order=latency_ms").context["page"].rows

    assert [call.latency_ms for call in rows] == [6, 5]


@pytest.mark.slow
def test_times_of_jobs_lead_to_those_that_took_so_long(
    busy: Organisation, alice_actor: Actor, alice_browser: Client
) -> None:
    """From the card, from its row in a table and from the day of a chart, with the filters of the dashboard."""
    now = timezone.now()
    slow = make_job(
        busy, FILE, "failed", available_at=now - timedelta(hours=2), started_at=now - timedelta(hours=1)
    )
    late = make_job(busy, FILE, available_at=now - timedelta(hours=3), started_at=now - timedelta(minutes=5))
    make_job(busy, available_at=now - timedelta(hours=9), started_at=now - timedelta(hours=9))
    make_job(busy, FILE, "queued", available_at=now, started_at=now - timedelta(hours=8))
    rollups.roll_up(seconds=60)
    context = alice_browser.get(f"/analytics/?days=7&kind={FILE}").context
    cards = {card.metric.key: card.url for card in context["cards"]}
    scope = scope_of(busy, kind=FILE)
    shown: list[Any] = list(jobs_report.panels(scope, jobs_report.load(scope), alice_actor))
    panels = {str(panel.title): panel for panel in shown}
    [row] = panels["By tool"].rows
    waited, ran = (unescape(re.findall('href="([^"]+)"', cell)[0]) for cell in row[-2:])
    days = [panels[title].links[-1] for title in ("Waiting time", "Run time")]

    for addresses, longest in (
        ((cards["wait_p95"], waited, days[0]), [late, slow]),
        ((cards["run_p95"], ran, days[1]), [slow, late]),
    ):
        for address in addresses:
            page = alice_browser.get(address)
            assert page.context["page"].rows[:2] == longest, address
            assert {job.kind for job in page.context["page"].rows} == {FILE}
            assert "in this order, among the latest 100,000." in page.text
            assert 'name="kind"' in page.text


def test_a_list_says_how_many_of_those_counted_it_hides(
    tea_house: Organisation, alice_actor: Actor, alice_browser: Client, charlie: User
) -> None:
    for member in (alice_actor.member, Membership.objects.get(organisation=tea_house, user=charlie)):
        make_job(tea_house, "inference.try_endpoint", member=member)
    rollups.roll_up(seconds=60)
    card = alice_browser.get("/analytics/?days=7").context["cards"][0]

    rows = alice_browser.get(card.url)

    assert card.value.number == 2
    assert "<strong>1 result, 1 more hidden from you</strong>" in rows.text


def test_a_list_says_in_words_what_a_figure_narrowed_it_to(
    busy: Organisation, alice_actor: Actor, alice_browser: Client
) -> None:
    assert alice_actor.member
    since = "since=2026-01-01T00:00:00Z&until=2999-01-01T00:00:00Z"
    jobs = alice_browser.get(f"/jobs/?desk=translation&member={alice_actor.member.pk}&api_key=none&{since}")
    calls = alice_browser.get(f"/models/calls/?kind={TEXT}&member=none&endpoint=none&model=small&{since}")

    assert jobs.context["names"] == ["Translation", str(alice_actor.member.user), "No key"]
    assert calls.context["names"] == ["small", "No member", "Translate a text", "Built in"]


def test_the_chosen_period_stays_marked_beside_a_filter(busy: Organisation, alice_browser: Client) -> None:
    scope = scope_of(busy, 30)
    days = f"from={scope.period.first}&to={scope.period.last}"

    assert alice_browser.get(f"/analytics/?{days}&desk=translation").context["days"] == 30
    assert alice_browser.get("/analytics/?from=2026-01-01&to=2026-01-30").context["days"] is None


@pytest.mark.slow
def test_a_day_that_is_not_over_is_told_where_it_is_compared(alice_browser: Client) -> None:
    for address in ("/analytics/", "/analytics/value/"):
        assert "Today is included so far." in alice_browser.get(f"{address}?days=7").text
        assert "Today is included" not in alice_browser.get(f"{address}?from=2026-01-01&to=2026-01-30").text


def test_every_desk_of_a_tool_has_a_name() -> None:
    nameless = {key for key, label in desk_names().items() if str(label) == key}
    assert {key for key in nameless if not key.startswith("tests")} == set()


def test_every_metric_can_be_asked_for_by_step_and_group(busy: Organisation, alice_api: ApiClient) -> None:
    rows = alice_api.get("/api/v1/analytics/jobs/series/?days=7&group_by=kind").json()["rows"]
    assert {row["group"]: row["values"]["jobs"] for row in rows} == {TEXT: 6, FILE: 2}

    year = alice_api.get("/api/v1/analytics/models/series/?days=366").json()
    assert (len(year["rows"]), year["step_days"]) == (53, 7)
    assert sum(row["values"]["cost"] for row in year["rows"]) == 4.5

    assert alice_api.get("/api/v1/analytics/jobs/series/?group_by=colour").status_code == 400
    assert alice_api.get("/api/v1/analytics/nothing/series/").status_code == 404
    desks = alice_api.get("/api/v1/analytics/translation/series/?days=7")
    assert len(desks.json()["rows"]) == 7


def test_figures_leave_as_tables_by_day(busy: Organisation, alice_browser: Client) -> None:
    answer = alice_browser.get("/analytics/models/export/by_model/csv/?days=7")

    content = answer.getvalue().decode()
    header, *rows = content.splitlines()
    assert "latency_p95_seconds" in header
    assert len(rows) == 1


@pytest.mark.slow
def test_an_operator_sees_all_organisations_and_nobody_else_does(
    busy: Organisation, rival: Organisation, alice_browser: Client
) -> None:
    make_job(rival)
    rollups.roll_up(seconds=60)
    operator = browser_of(User.objects.create_superuser("operator@kongming.example", "x"))

    page = operator.get("/admin/analytics/jobs/?days=7")

    assert page.context["cards"][0].value.number == 9
    assert "Rival" in page.text
    assert operator.get("/admin/analytics/models/?days=7").status_code == 200
    one = operator.get(f"/admin/analytics/jobs/?days=7&owner={rival.pk}").context["cards"][0]
    assert one.value.number == 1
    rows = operator.get(one.url)
    assert [job.organisation for job in rows.context["page"].rows] == [rival]
    assert "<strong>1 result</strong>" in rows.text
    slowest = page.context["cards"][-1].url
    assert "order=ran" in slowest
    shown = operator.get(slowest)
    assert [job.finished_at is None for job in shown.context["page"].rows] == [False] * 8 + [True]
    assert '<option value="ran" selected>' in shown.text
    assert 'name="since"' in shown.text, "the period is kept when another order is chosen"
    assert alice_browser.get("/admin/analytics/jobs/").status_code in (302, 403)


@pytest.mark.slow
def test_pages_of_an_empty_period_say_what_they_will_show(alice_browser: Client) -> None:
    assert "No jobs in this period" in alice_browser.get("/analytics/").text
    assert "No requests in this period" in alice_browser.get("/analytics/models/?days=366").text
    assert "No translations in this period" in alice_browser.get("/analytics/desks/").text


def test_whose_clocks_and_which_money_is_a_setting(alice_browser: Client, alice_api: ApiClient) -> None:
    refused = alice_browser.post("/analytics/settings/", {"time_zone": "Moon/Base", "currency": "€"})
    assert refused.status_code == 200
    assert "three-letter currency code" in refused.text

    alice_browser.post("/analytics/settings/", {"time_zone": "Asia/Kolkata", "currency": "eur"})

    expected = {"time_zone": "Asia/Kolkata", "currency": "EUR"}
    assert alice_api.get("/api/v1/analytics/settings/").json() == expected
    assert "Asia/Kolkata" in alice_browser.get("/analytics/").text


def test_charts_mark_the_days_on_which_models_changed(busy: Organisation, alice_actor: Actor) -> None:
    endpoints.create_endpoint(
        alice_actor,
        name="New",
        purpose="chat",
        provider="compatible",
        url="https://models.example/v1",
        model="m",
    )
    scope = scope_of(busy)

    charts = [
        panel
        for panel in models_report.panels(scope, models_report.load(scope), alice_actor)
        if isinstance(panel, TimeSeries)
    ]

    assert [mark.text for mark in charts[0].marks] == ["Added a model endpoint: New"]


def test_what_charts_mark_is_said_in_words_once_on_a_page(busy: Organisation, alice_browser: Client) -> None:
    record_version("2.7")

    page = alice_browser.get("/analytics/").content.decode()

    assert page.count('<circle class="chart-mark"') > 1
    assert len(re.findall(r"<li>\S+ Version 2\.7</li>", page)) == 1


def test_long_periods_are_drawn_in_weeks_and_add_up(busy: Organisation, alice_actor: Actor) -> None:
    scope = scope_of(busy, 366)

    chart = next(iter(jobs_report.panels(scope, jobs_report.load(scope), alice_actor)))

    assert isinstance(chart, TimeSeries)
    assert len(chart.dates) == 53
    assert sum(value or 0 for part in chart.parts for value in part.values) == 8


def test_the_table_behind_a_chart_has_all_that_hovering_shows() -> None:
    chart = TimeSeries(
        title="Jobs",
        summary="Jobs",
        dates=[date(2026, 7, day) for day in (1, 2, 3)],
        parts=[Series("done", [1, None, 3]), Series("failed", [2, 0, 1], "bad")],
        before=[4, 5, 6],
        links=["/jobs/?a=1&b=2", "", ""],
        marks=[Mark(date(2026, 7, 2), "Added <a> server")],
    )

    assert chart.headings == ["Day", "done", "failed", "Total", "Previous period"]
    assert chart.rows[0] == ["2026-07-01", "1", "2", "3", "4"]
    assert chart.rows[1] == ["2026-07-02", "–", "0", "0", "5"]
    assert '<a href="/jobs/?a=1&amp;b=2">2026-07-01</a>' in chart.table_body
    assert [text for _x, text in chart.drawn_marks] == ["07-02 Added <a> server"]
    paths = re.findall(r'<path class="fill-[\w-]+" d="([^"]*)" data-values', str(chart.drawing))
    assert [path.count("M") for path in paths] == [2, 2]


def test_a_line_breaks_where_nothing_is_known() -> None:
    chart = TimeSeries(
        title="Wait",
        summary="Wait",
        dates=[date(2026, 7, day) for day in (1, 2, 3, 4)],
        parts=[Series("p50", [1.0, 2.0, None, 4.0])],
        is_line=True,
    )

    [path] = re.findall(r'<path class="stroke-series-1" d="([^"]*)"', str(chart.drawing))
    assert (path.count("M"), path.count("L")) == (2, 1)
    assert [short_number(value) for value in (950, 20_000, 1_500_000)] == ["950", "20k", "1.5M"]
