"""Which version of the code ran from when on."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from celery.signals import beat_init
from django.utils import timezone

import apps.dashboards.tasks  # noqa: F401  (as the scheduler finds it)
from apps.accounts.models import Organisation, User
from apps.analytics.periods import Period
from apps.analytics.reports import Scope
from apps.dashboards.usage.annotations import version_marks
from apps.dashboards.versions import services
from apps.dashboards.versions.models import InstalledVersion
from config.version import running_version
from tests.conftest import PASSWORD, browser_of


def versions() -> list[str]:
    return list(InstalledVersion.objects.order_by("pk").values_list("version", flat=True))


@pytest.mark.django_db
def test_a_change_is_kept_once_and_so_is_the_way_back() -> None:
    for version in ("0.1.0+a", "0.1.0+a", "0.2.0", "0.2.0", "0.1.0+a"):
        services.record_version(version)

    assert versions() == ["0.1.0+a", "0.2.0", "0.1.0+a"]


@pytest.mark.django_db
def test_the_scheduler_tells_its_version_when_it_starts() -> None:
    for _start in range(2):
        beat_init.send(sender=None)

    assert versions() == [running_version()]


def test_a_checkout_tells_its_revision_and_an_image_what_it_was_built_of(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    assert running_version(tmp_path) == "1.2.3"

    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Begin"], check=True)
    number, _, revision = running_version(tmp_path).partition("+")
    assert (number, len(revision)) == ("1.2.3", 12)

    (tmp_path / "REVISION").write_text("feed\n")
    assert running_version(tmp_path) == "1.2.3+feed"
    (tmp_path / "REVISION").write_text("")
    assert running_version(tmp_path) == "1.2.3"


@pytest.mark.django_db
def test_charts_are_marked_where_the_version_changed(tea_house: Organisation) -> None:
    """By the clocks of whoever looks: late on one day here is early on the next one there."""
    now = timezone.now()
    evening = now.replace(hour=20, minute=0, second=0, microsecond=0) - timedelta(days=2)
    for moment, version in ((evening - timedelta(days=40), "0.1"), (evening, "0.2")):
        InstalledVersion.objects.create(version=version, first_seen_at=moment)
    period = Period(now.date() - timedelta(days=6), now.date(), "Asia/Shanghai")

    (mark,) = version_marks(Scope(tea_house, period, {}))

    assert (mark.date, str(mark.text)) == (evening.date() + timedelta(days=1), "Version 0.2")


@pytest.mark.django_db
def test_operators_read_the_version_on_the_first_page() -> None:
    operator = browser_of(User.objects.create_superuser("operator@example.org", PASSWORD))
    assert "0.3.0+feed" not in operator.get("/admin/").text
    services.record_version("0.3.0+feed")

    assert "0.3.0+feed since" in operator.get("/admin/").text
