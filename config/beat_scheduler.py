"""Celery's beat on a clock that may be set back."""

from typing import Any

from celery.beat import PersistentScheduler


class BeatScheduler(PersistentScheduler):
    """Celery compares with the time at which it sent a task last, which it also keeps on the disk. After the clock was set
    back it would send nothing, neither retries nor what is due, until that time is there again.
    """

    def tick(self, *args: Any, **options: Any) -> float:
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at and entry.last_run_at > now:
                entry.last_run_at = now
                # It holds the times at which entries are due next.
                self._heap = None
        return float(super().tick(*args, **options))
