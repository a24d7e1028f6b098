from typing import Any

from celery import shared_task
from celery.signals import beat_init

from apps.dashboards.rollups import services as rollups
from apps.dashboards.system import samples
from apps.dashboards.versions import services as versions
from config.version import running_version

# Less than until the next turn, so that two of them seldom meet.
ROLL_UP_SECONDS = 12.0


@shared_task(ignore_result=True)
def roll_up() -> None:
    rollups.roll_up(seconds=ROLL_UP_SECONDS)


@shared_task(ignore_result=True)
def sample_system() -> None:
    samples.take_sample()


@beat_init.connect
def record_version(**_: Any) -> None:
    """At the start of the scheduler: of all processes it is the one of which an installation has one."""
    versions.record_version(running_version())
