"""When a backup is due, and which old ones go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg.conninfo import make_conninfo

from apps.operations.models import BackupPlan, BackupRun
from stack import backup_scheduler
from stack.backup_scheduler import Plan, _delete_older, is_attended, is_due

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("cadence", "last", "now", "due"),
    [
        ("off", None, "2026-11-27 12:00", False),
        ("daily", None, "2026-11-27 02:00", True),
        ("daily", "2026-11-26 03:00", "2026-11-27 02:59", False),
        ("daily", "2026-11-26 03:00", "2026-11-27 03:00", True),
        ("daily", "2026-11-27 03:01", "2026-11-27 23:00", False),
        # The machine was off for days: once is enough.
        ("daily", "2026-11-20 03:00", "2026-11-27 14:00", True),
        ("daily", "2026-11-27 14:00", "2026-11-27 14:01", False),
        # The 27th is a Friday, the plan says Wednesday.
        ("weekly", "2026-11-25 03:00", "2026-11-27 12:00", False),
        ("weekly", "2026-11-18 03:00", "2026-11-25 03:00", True),
        ("weekly", "2026-11-18 03:00", "2026-11-25 02:00", False),
    ],
)
def test_a_backup_is_due_once_its_hour_has_passed(
    cadence: str, last: str | None, now: str, due: bool
) -> None:
    plan = Plan(cadence, weekday=2, hour=3, folder="", keep=7)

    assert is_due(plan, at(last) if last else None, at(now), SHANGHAI) is due


def test_the_hour_that_comes_twice_has_one_backup() -> None:
    """At 03:00 the clocks of Berlin are set back to 02:00: at 00:00 UTC it is two for the first time."""
    plan, berlin = Plan("daily", weekday=0, hour=2, folder="", keep=7), ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)

    assert is_due(plan, first - timedelta(days=1), first, berlin)
    assert not any(is_due(plan, first, first + timedelta(hours=hours), berlin) for hours in range(1, 25))
    assert is_due(plan, first, first + timedelta(hours=25), berlin)


@pytest.mark.django_db
def test_it_is_well_while_it_looks_or_is_busy() -> None:
    """Asked in the transaction of the test, which nobody else sees."""
    connection.ensure_connection()
    own = cast(psycopg.Connection[Any], connection.connection)
    assert not is_attended(own)
    BackupPlan.objects.create(seen_at=timezone.now())
    assert is_attended(own)

    BackupPlan.objects.update(seen_at=timezone.now() - timedelta(minutes=9))
    assert not is_attended(own)
    BackupRun.objects.create(kind="backup", state="running")
    assert is_attended(own)


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_broke_off_with_the_database_ends_and_the_next_can_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = BackupRun.objects.create(kind="backup")
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    url = make_conninfo(**{name: connection.settings_dict[key] for key, name in names.items()})
    installation = SimpleNamespace(
        environment=lambda: {"DATABASE_URL": url}, env=SimpleNamespace(time_zone="UTC")
    )
    turns = iter([None])

    def break_off(*_: object) -> None:
        raise psycopg.OperationalError("the connection is closed")

    def next_turn(_seconds: float) -> None:
        if next(turns, True):
            raise KeyboardInterrupt

    monkeypatch.setattr(backup_scheduler, "database_installation", lambda: installation)
    monkeypatch.setattr(backup_scheduler, "_do", break_off)
    # The name in this module alone: threads that other tests left sleep on.
    monkeypatch.setattr(backup_scheduler, "time", SimpleNamespace(sleep=next_turn))
    with pytest.raises(KeyboardInterrupt):
        backup_scheduler.serve()

    run.refresh_from_db()
    assert (run.state, run.message) == ("failed", backup_scheduler.INTERRUPTED)
    BackupRun.objects.create(kind="backup")


def test_only_the_newest_of_its_own_stay(tmp_path: Path) -> None:
    own = [f"kongming-2026110{day}T030000Z.kongming" for day in range(1, 5)]
    of_people = ["kongming-of-mine.kongming", "kongming-2026-10-01.kongming", "kongming-20261001.kongming"]
    others = ["before-upgrade-1.kongming", *of_people]
    for name in [*own, *others]:
        (tmp_path / name).touch()

    _delete_older(tmp_path, 2)

    assert {path.name for path in tmp_path.iterdir()} == {*own[2:], *others}
