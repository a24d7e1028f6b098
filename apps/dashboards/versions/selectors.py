from datetime import datetime

from apps.dashboards.versions.models import InstalledVersion


def current() -> InstalledVersion | None:
    """None until the scheduler has started once."""
    return InstalledVersion.objects.order_by("-pk").first()


def between(since: datetime, until: datetime, limit: int) -> list[InstalledVersion]:
    """The latest of those that were new in this time, in order."""
    rows = InstalledVersion.objects.filter(first_seen_at__gte=since, first_seen_at__lt=until)
    return list(rows.order_by("-first_seen_at")[:limit])[::-1]
