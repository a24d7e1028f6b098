from celery import shared_task

from apps.dashboards.rollups import services as rollups

# Less than until the next turn, so that two of them seldom meet.
ROLL_UP_SECONDS = 12.0


@shared_task(ignore_result=True)
def roll_up() -> None:
    rollups.roll_up(seconds=ROLL_UP_SECONDS)
