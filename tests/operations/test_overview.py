"""The first page of the admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Organisation, User
from apps.dashboards.rollups import services as rollups
from apps.dashboards.system.selectors import queue_views
from apps.jobs import queues
from apps.jobs.models import Job
from apps.operations.models import BackupRun
from apps.operations.overview import selectors
from tests.conftest import PASSWORD, browser_of


@pytest.fixture
def browser(db: None) -> Client:
    return browser_of(User.objects.create_superuser("operator@example.org", PASSWORD))


def make_jobs(organisation: Organisation, count: int, *, days: int = 0, **fields: Any) -> None:
    begun = timezone.now() - timedelta(days=days)
    values = {"kind": "knowledge.ingest_document", "queue": "ingest", "created_at": begun, **fields}
    Job.objects.bulk_create(Job(organisation=organisation, **values) for _ in range(count))
    rollups.roll_up(seconds=10)


def test_an_empty_installation_has_a_dashboard(browser: Client) -> None:
    page = browser.get("/admin/", headers={"Accept-Language": "zh-CN"}).text

    assert "24 小时内没有任务" in page
    assert "24 小时内没有失败" in page


def test_jobs_of_all_organisations_are_held_against_the_week_before(
    browser: Client, tea_house: Organisation, rival: Organisation
) -> None:
    make_jobs(tea_house, 3)
    make_jobs(rival, 2)
    make_jobs(rival, 4, days=7)

    jobs = selectors.jobs_of_a_day()

    assert (sum(jobs.now), sum(jobs.before), len(jobs.hours)) == (5, 4, 24)
    page = browser.get("/admin/").text
    assert "4 a week earlier" in page
    assert page.count('class="overview-line"') == 2


def test_failures_are_told_in_words(browser: Client, tea_house: Organisation) -> None:
    make_jobs(tea_house, 2, state="failed", error_code="quota_exceeded", finished_at=timezone.now())

    page = browser.get("/admin/").text

    assert selectors.jobs_of_a_day().failures == [("quota_exceeded", 2)]
    assert "quota_exceeded" not in page


def test_the_dashboard_takes_a_fixed_number_of_queries(
    browser: Client, tea_house: Organisation, django_assert_max_num_queries: Any
) -> None:
    make_jobs(tea_house, 30)

    with django_assert_max_num_queries(20):
        browser.get("/admin/")


def test_the_last_backup_is_the_one_that_the_page_of_backups_names(browser: Client) -> None:
    assert "Automatic backup is off" in browser.get("/admin/").text
    for hours, state in ((30, "succeeded"), (1, "failed")):
        BackupRun.objects.create(
            kind="backup",
            state=state,
            bytes=5_000_000,
            ended_at=timezone.now() - timedelta(hours=hours),
        )

    page = browser.get("/admin/").text

    day = timezone.localtime(timezone.now() - timedelta(hours=30))
    assert f"{day:%Y-%m-%d %H:%M} · 4.8" in page


def test_a_queue_without_a_worker_is_seen(tea_house: Organisation) -> None:
    make_jobs(tea_house, 2)

    (ingest,) = [queue for queue in queue_views(past=[]) if queue.label == queues.LABELS["ingest"]]

    assert (ingest.waiting, ingest.workers, ingest.tone) == (2, 0, "bad")
