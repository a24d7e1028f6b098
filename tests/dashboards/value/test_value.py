"""Each figure of the value page says how it was made, and what it lacks."""

from dataclasses import replace

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.analytics import periods
from apps.analytics.reports import Scope
from apps.analytics.value_metrics import Work
from apps.analytics.values import Value
from apps.audit.models import AuditEntry
from apps.dashboards.rollups.selectors import time_zone
from apps.dashboards.rollups.services import roll_up
from apps.dashboards.value import calculations
from apps.dashboards.value.calculations import Figure
from apps.dashboards.value.report import REPORT
from apps.dashboards.value.totals import Assumptions, Calls, DeskWork, Totals
from apps.inference.models import InferenceCall
from tests.conftest import ApiClient

KEYS = [metric.key for metric in REPORT.metrics]
RATE = Value("percent", 60.0, "60 %", 50, "30 of 50")
CONVERSATIONS = DeskWork(40, "resolved conversations", 30, "without a person", Calls(cost=2.0), RATE)
TEXTS = DeskWork(4, "approved texts", 3.5, "of a model", Calls(own_seconds=7200))
ASSUMED = Assumptions(
    currency="CNY",
    minutes={Work.CONVERSATION: 6, Work.TEXT: 20},
    hourly_cost=60,
    gpu_hour_price=10,
    gpus=2,
    has_gpus=True,
    parallel_requests=4,
    architecture="DeepSeek-V2-Lite",
)
TOTALS = Totals(
    works={Work.CONVERSATION: CONVERSATIONS, Work.TEXT: TEXTS},
    calls=Calls(own_answers=500, own_answer_seconds=3600),
    assumptions=ASSUMED,
)


def test_hours_saved_are_work_that_nobody_did_times_what_a_person_takes() -> None:
    figure = calculations.staff_hours(TOTALS)

    assert figure.number == pytest.approx((30 * 6 + 3.5 * 20) / 60)
    assert "(30 × 6 min + 3.5 × 20 min) ÷ 60 = 4.2 h" in figure.formula


def test_the_cost_of_a_conversation_is_that_of_models_and_of_people() -> None:
    figure = calculations.cost_per_piece(TOTALS, Work.CONVERSATION)

    assert figure.number == pytest.approx((2 + 10 * 6 * 60 / 60) / 40)
    assert figure.formula.endswith("(2 + 10 × 6 min × 60 ÷ 60) ÷ 40 = ¥1.55")
    assert {part.text for part in figure.parts if part.is_assumed} == {"6 min", "¥60.00"}


def test_models_without_a_price_cost_the_hours_of_their_gpus_and_few_texts_are_marked() -> None:
    figure = calculations.cost_per_piece(TOTALS, Work.TEXT, 1000)

    # Two hours of answers, four at the same time, on two GPUs: one hour of a GPU.
    assert figure.number == pytest.approx(1000 * (10 + 0.5 * 20 * 60 / 60) / 4)
    assert figure.is_small_sample


def test_a_thousand_answers_take_so_many_gpu_hours() -> None:
    assert calculations.gpu_hours(TOTALS).number == pytest.approx(1 * 2 / 4 * 1000 / 500)


def test_without_a_gpu_its_hours_are_not_told() -> None:
    figure = calculations.gpu_hours(replace(TOTALS, assumptions=replace(ASSUMED, has_gpus=False)))

    assert figure.number is None
    assert "No GPU was found" in figure.missing[0]


def test_experts_are_held_against_a_dense_model_by_the_planner() -> None:
    figure = calculations.dense_against_sparse(TOTALS)

    assert figure.number is not None
    assert figure.number > 3
    assert figure.text == f"{figure.number:.1f} ×"
    assert "DeepSeek-V2-Lite" in figure.formula


def test_a_resolution_rate_stands_with_its_counts() -> None:
    assert "30 of 50 = 60 %" in calculations.resolution_rate(TOTALS).formula


@pytest.mark.parametrize("key", KEYS)
def test_a_figure_without_its_parts_says_what_is_missing(key: str) -> None:
    figure = REPORT.metric(key).value(Totals())

    assert isinstance(figure, Figure)
    assert figure.number is None
    assert figure.missing


def test_what_nobody_said_is_left_out_and_named() -> None:
    silent = Totals(works={Work.CONVERSATION: CONVERSATIONS}, assumptions=Assumptions(currency="CNY"))

    assert calculations.cost_per_piece(silent, Work.CONVERSATION).number == pytest.approx(2 / 40)
    assert "Enter the staff cost" in calculations.cost_per_piece(silent, Work.CONVERSATION).missing[0]
    assert "Enter the staff minutes" in calculations.staff_hours(silent).missing[0]


@pytest.mark.slow
def test_the_page_and_the_api_show_each_figure_and_follow_an_assumption(
    alice_actor: Actor, alice_browser: Client, alice_api: ApiClient
) -> None:
    page = alice_browser.get("/analytics/value/").text
    assert page.count('id="figure-') == len(REPORT.metrics)
    assert "No conversations were resolved in this period." in page

    alice_browser.post(
        "/analytics/value/assumptions/",
        {"minutes_per_text": 30, "hourly_cost": 80, "gpu_hour_price": 9, "gpus": 1, "parallel_requests": 8},
    )

    scope = Scope(alice_actor.organisation, periods.latest(7, "UTC"))
    assumed = REPORT.results(scope).now.assumptions
    assert (assumed.minutes[Work.TEXT], assumed.hourly_cost) == (30, 80)
    assert str(assumed.minutes_source[Work.RECORD]) == "from the desk's settings"
    assert AuditEntry.objects.filter(action="value_assumptions.changed").exists()
    body = alice_api.get("/api/v1/analytics/value/?days=7").json()
    assert [each["key"] for each in body["figures"]] == KEYS
    assert body["figures"][0]["missing"] == ["No conversations started in this period."]


def test_a_call_that_brought_nothing_tells_of_no_gpu(alice_actor: Actor) -> None:
    answered = {
        "purpose": "chat",
        "model": "own",
        "status": "succeeded",
        "input_tokens": 9,
        "output_tokens": 9,
    }
    away = {"purpose": "chat", "model": "a vendor's", "status": "failed", "error_code": "model_too_slow"}
    for call, milliseconds in ((answered, 3_000), (away, 120_000)):
        InferenceCall.objects.create(organisation=alice_actor.organisation, latency_ms=milliseconds, **call)
    roll_up(seconds=30)

    today = periods.latest(1, time_zone(alice_actor.organisation.pk))
    calls = REPORT.results(Scope(alice_actor.organisation, today)).now.calls

    assert (calls.own_seconds, calls.own_answers) == (3.0, 1)


def test_who_may_not_change_assumptions_sees_the_figures_only(
    alice_actor: Actor, alice_browser: Client
) -> None:
    assert alice_actor.member
    Membership.objects.filter(pk=alice_actor.member.pk).update(role="analyst")

    assert "assumptions/" not in alice_browser.get("/analytics/value/").text
    assert alice_browser.get("/analytics/value/assumptions/").status_code == 403
    assert alice_browser.get("/analytics/value/export/figures/xlsx/").status_code == 200
