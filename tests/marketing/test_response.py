"""What the messages brought: counted against those who got none, never against everybody."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.marketing.experiments.models import ArmCount, Experiment
from apps.marketing.response import counts_by_day, lift_chart, response
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
Sent = Callable[..., Experiment]


@pytest.fixture
def sent(tea_house: Organisation) -> Sent:
    """An experiment whose people went out over days: so many got the message and the control, so many clicked."""

    def make(
        message: tuple[int, int], control: tuple[int, int], *, days: int = 3, **values: Any
    ) -> Experiment:
        experiment = Experiment.objects.create(organisation=tea_house, name="Tea", **values)
        for position, (channel, (clicks, people)) in enumerate((("email", message), ("", control))):
            arm = experiment.arms.create(
                organisation=tea_house, channel=channel, label=channel or "none", position=position
            )
            for day in range(days):
                ArmCount.objects.create(
                    organisation=tea_house,
                    arm=arm,
                    day=timezone.localdate() - timedelta(days=day),
                    exposures=people,
                    clicks=clicks,
                    conversions=clicks // 2,
                )
        return experiment

    return make


def now(tea_house: Organisation, **values: Any) -> Any:
    day: date = timezone.localdate()
    return response(counts_by_day(tea_house, day - timedelta(days=6), day, **values))


def test_each_campaign_is_compared_with_its_own_control(tea_house: Organisation, sent: Sent) -> None:
    sent((160, 8_000), (10, 1_000), days=1)
    sent((40, 200), (800, 8_000), days=1)

    result = now(tea_house)

    assert (result.people, result.clicks) == (8_200, 200)
    assert result.click_lift.value == pytest.approx(1.0, abs=0.01)


def test_without_a_control_no_lift_is_claimed(
    tea_house: Organisation, sent: Sent, alice_browser: Client, alice_api: ApiClient
) -> None:
    sent((50, 500), (0, 0))

    assert now(tea_house).click_lift is None
    assert lift_chart(tea_house) is None
    page = alice_browser.get("/marketing/figures/").text
    assert "10.0%" in page
    assert "No conversions in any control group yet" in page
    cards = {
        each["key"]: each["now"] for each in alice_api.get("/api/v1/marketing/figures/").json()["metrics"]
    }
    assert (cards["click_rate"], cards["click_lift"]) == (pytest.approx(10.0), None)


def test_the_first_page_shows_the_lift_over_time(sent: Sent, alice_browser: Client) -> None:
    sent((100, 500), (50, 500))

    page = alice_browser.get("/marketing/").text

    assert "Conversion lift over time" in page
    assert "+100% compared with people who got no message" in page


def test_a_lift_that_may_be_anything_is_not_drawn(tea_house: Organisation, sent: Sent) -> None:
    sent((40, 500), (4, 500))

    assert now(tea_house).click_lift.value == pytest.approx(9.0, abs=0.1)
    assert lift_chart(tea_house) is None


def test_made_up_campaigns_are_drawn_only_while_there_is_no_other_and_counted_never(
    tea_house: Organisation, sent: Sent, alice_browser: Client
) -> None:
    sent((100, 500), (50, 500), is_simulated=True)

    assert now(tea_house).people == 0
    assert "(simulated)" in alice_browser.get("/marketing/").text
    sent((60, 500), (50, 500))
    assert "(simulated)" not in alice_browser.get("/marketing/").text


def test_what_another_organisation_sent_is_not_counted(rival: Organisation, sent: Sent) -> None:
    sent((100, 500), (50, 500))

    assert now(rival).people == 0
