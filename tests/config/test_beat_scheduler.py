from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from config.beat_scheduler import BeatScheduler
from config.celery import SCHEDULE, app

REAP = "apps.jobs.tasks.reap_jobs"
EVERYTHING = {each.task for each in SCHEDULE}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    names: set[str] = set()
    # Nothing leaves: no broker is needed.
    monkeypatch.setattr(BeatScheduler, "producer", None)
    monkeypatch.setattr(BeatScheduler, "apply_async", lambda _self, entry, **_options: names.add(entry.name))
    return names


def send_due(scheduler: BeatScheduler) -> None:
    while scheduler.tick() <= 0:
        pass


def scheduler_at(path: Path) -> BeatScheduler:
    return BeatScheduler(app=app, schedule_filename=str(path))


def test_beat_goes_on_at_once_when_the_clock_is_set_back(sent: set[str], tmp_path: Path) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:
        scheduler = scheduler_at(tmp_path / "beat")
        send_due(scheduler)
        clock.shift(timedelta(days=2))
        send_due(scheduler)
        assert sent >= EVERYTHING
        sent.clear()

        clock.shift(timedelta(hours=-8))
        send_due(scheduler)
        clock.shift(timedelta(seconds=4))
        send_due(scheduler)

        assert REAP in sent


def test_beat_that_starts_again_believes_no_time_that_is_still_to_come(
    sent: set[str], tmp_path: Path
) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as clock:
        before = scheduler_at(tmp_path / "beat")
        send_due(before)
        before.close()

        clock.shift(timedelta(hours=-8))
        after = scheduler_at(tmp_path / "beat")
        send_due(after)
        clock.shift(timedelta(seconds=4))
        send_due(after)

        assert REAP in sent
