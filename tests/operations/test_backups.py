"""Whoever runs the installation sees when it was backed up, plans it, and rehearses restoring."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.operations.backups import selectors
from apps.operations.backups.models import BackupPlan, BackupRun
from tests.conftest import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator_browser(db: None) -> Client:
    return browser_of(User.objects.create_superuser("operator@machine.example", "correct-horse-battery"))


def planned(cadence: str = "daily", seen: bool = True) -> None:
    BackupPlan.objects.update_or_create(
        pk=1, defaults={"cadence": cadence, "seen_at": timezone.now() if seen else None}
    )


def ended(state: str, *, hours_ago: float = 1, kind: str = "backup") -> BackupRun:
    moment = timezone.now() - timedelta(hours=hours_ago)
    return BackupRun.objects.create(
        kind=kind, state=state, ended_at=moment, file="/b/k.kongming", bytes=5_000_000, message="No room."
    )


def test_members_do_not_come_near(alice_browser: Client) -> None:
    assert alice_browser.get(reverse("admin_operations:backups")).status_code == 403


def test_the_plan_is_kept_and_wrong_ones_are_told(operator_browser: Client) -> None:
    address = reverse("admin_operations:backups")
    sent = {"cadence": "weekly", "weekday": 2, "hour": 4, "folder": "/srv/backups", "keep": 3}

    refused = operator_browser.post(address, sent | {"folder": "backups/../etc", "hour": 24})
    page = refused.content.decode()
    assert "Enter an absolute path" in page
    assert "Enter at most 23." in page
    operator_browser.post(address, sent)

    plan = BackupPlan.objects.get()
    assert (plan.cadence, plan.hour, plan.folder, plan.keep) == ("weekly", 4, "/srv/backups", 3)
    assert LogEntry.objects.filter(object_id="1").exists()


@pytest.mark.slow
def test_a_backup_and_then_a_drill_are_asked_for_once(operator_browser: Client) -> None:
    ask = reverse("admin_operations:ask_for_backup")
    page = operator_browser.post(ask, {"kind": "drill"}, follow=True).content.decode()
    assert "No backup to restore yet" in page
    ended("succeeded")

    operator_browser.post(ask, {"kind": "drill"})
    operator_browser.post(ask, {"kind": "backup"})
    page = operator_browser.post(ask, {"kind": "backup"}, follow=True).content.decode()

    assert "Already in progress" in page
    assert 'http-equiv="refresh"' in page
    wrong = operator_browser.post(reverse("admin_operations:backups"), {"keep": 0}).content.decode()
    assert 'http-equiv="refresh"' not in wrong, "it would take away what is to be corrected"
    asked = BackupRun.objects.filter(state="queued").order_by("id")
    assert [(run.kind, run.file) for run in asked] == [("drill", "/b/k.kongming"), ("backup", "")]


def test_the_page_says_what_backups_need_before_and_after_one_failed(operator_browser: Client) -> None:
    address = reverse("admin_operations:backups")
    before = operator_browser.get(address).text
    assert "set KONGMING_BACKUP_PASSPHRASE in .env" in before
    assert "Start a restore drill" not in before

    ended("failed")
    BackupRun.objects.update(
        message="No passphrase. Set KONGMING_BACKUP_PASSPHRASE, or use --passphrase-file."
    )

    after = operator_browser.get(address).text
    assert after.count("set KONGMING_BACKUP_PASSPHRASE in .env") == 2
    assert "--passphrase-file" not in after.partition("Backups and drills")[2]


@pytest.mark.parametrize(
    ("cadence", "seen", "runs", "told"),
    [
        ("off", True, [("succeeded", 1)], "Automatic backup is off"),
        ("daily", False, [("succeeded", 1)], "The backup process is not running"),
        ("daily", True, [], "No backup yet"),
        ("daily", True, [("succeeded", 30), ("failed", 1)], "The last backup failed: No room."),
        ("daily", True, [("succeeded", 60)], "The last complete backup is from"),
        ("weekly", True, [("succeeded", 60)], None),
        ("daily", True, [("failed", 30), ("succeeded", 2)], None),
    ],
)
def test_operators_are_told_what_is_wrong(
    cadence: str, seen: bool, runs: list[tuple[str, float]], told: str | None
) -> None:
    planned(cadence, seen)
    for state, hours in runs:
        ended(state, hours_ago=hours)

    alert = selectors.alert()

    assert (alert.text if alert else None) == told or (told and alert and told in alert.text)


def test_the_day_of_the_last_backup_is_that_of_the_reader() -> None:
    planned()
    run = ended("succeeded")
    run.ended_at = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
    run.save()

    with timezone.override("Asia/Shanghai"):
        alert = selectors.alert(datetime(2026, 3, 5, tzinfo=UTC))

    assert alert
    assert "2026-03-02" in alert.text
