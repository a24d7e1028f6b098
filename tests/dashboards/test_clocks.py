"""Times on pages are on the clocks of the organisation, and pages say which those are."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core import ttl_cache
from apps.dashboards.rollups.models import AnalyticsSettings
from apps.log_analysis.sources.models import LogSource
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 8, 31, 7, 16, tzinfo=UTC)


@pytest.fixture
def lisbon(tea_house: Organisation) -> None:
    AnalyticsSettings.objects.create(organisation=tea_house, time_zone="Europe/Lisbon")
    ttl_cache.clear_all()


def test_a_page_is_on_the_clocks_of_the_organisation_and_names_them(
    alice_browser: Client, tea_house: Organisation, lisbon: None
) -> None:
    LogSource.objects.create(organisation=tea_house, name="web", last_record_at=MOMENT)

    page = alice_browser.get("/logs/sources/").text

    assert "2026-08-31 08:16" in page
    assert "Times: Europe/Lisbon, UTC+0" in page
    assert 'data-time-zone="Europe/Lisbon"' in page
    assert 'title="2026-08-31 08:16:00 (Europe/Lisbon, UTC+01:00)"' in page
    # The next request may be of another house.
    assert timezone.get_current_timezone_name() == timezone.get_default_timezone_name()


def test_who_is_not_signed_in_reads_the_clocks_of_the_installation(client: Client, lisbon: None) -> None:
    assert 'data-time-zone="Asia/Shanghai"' in client.get("/accounts/login/").text


def test_a_new_log_source_takes_the_clocks_of_the_organisation(
    alice_browser: Client, alice_api: ApiClient, lisbon: None
) -> None:
    form = alice_browser.get("/logs/sources/new/").text
    made = alice_api.post_json("/api/v1/logs/sources/", {"name": "web"})
    chosen = alice_api.post_json("/api/v1/logs/sources/", {"name": "mail", "time_zone": "UTC"})

    assert 'value="Europe/Lisbon"' in form
    assert "every line is hours off" in form
    assert made.json()["time_zone"] == "Europe/Lisbon"
    assert chosen.json()["time_zone"] == "UTC"


def test_a_new_alert_channel_sleeps_on_the_clocks_of_the_organisation(
    alice_browser: Client, lisbon: None
) -> None:
    assert 'value="Europe/Lisbon"' in alice_browser.get("/logs/alerts/new/").text
