"""Tells the open page of a run that waits for a person that somebody has decided."""

from functools import partial

from django.db import transaction

from apps.jobs.live_feed import LiveFeed
from apps.workbench.models import AppRun

# One stream for each run: whoever opens it sees that run.
FEED = LiveFeed("app_run")


def announce(run: AppRun) -> None:
    """After the commit."""
    transaction.on_commit(partial(FEED.send, run.pk, "moved", {}, subject=str(run.pk)))
