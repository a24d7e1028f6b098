"""The first page of the admin."""

import json
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.admin_words import error_codes
from apps.dashboards.system.selectors import queue_views
from apps.dashboards.versions import selectors as versions
from apps.operations.backups import selectors as backups
from apps.operations.overview import selectors
from apps.operations.overview.selectors import JobsOfADay

MAX_FAILURES = 6
# What a part of the page leads to.
LINKS = {
    "organisations": "admin:accounts_organisation_changelist",
    "users": "admin:accounts_user_changelist",
    "jobs": "admin_dashboards:jobs",
    "failures": "admin_operations:jobs",
    "endpoints": "admin_dashboards:system",
    "queues": "admin_operations:queues",
    "backups": "admin_operations:backups",
}


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Django-unfold's `DASHBOARD_CALLBACK`: what `admin/index.html` shows."""
    jobs = selectors.jobs_of_a_day()
    messages = error_codes()
    return {
        **context,
        "title": _("Overview"),
        "people": selectors.people(),
        "jobs": jobs,
        "jobs_total": sum(jobs.now),
        "jobs_before": sum(jobs.before),
        "jobs_chart": json.dumps(chart(jobs)),
        "jobs_rows": list(zip(labels(jobs), jobs.now, jobs.before, strict=True)),
        "failures": [(messages.get(code, code), count) for code, count in jobs.failures[:MAX_FAILURES]],
        "endpoints": [
            (endpoint, seen, messages.get(seen.error_code) if seen else "")
            for endpoint, seen in selectors.shared_endpoints()
        ],
        "queues": queue_views(past=[]),
        "storage": selectors.storage(),
        "last_backup": backups.last_backup(),
        "backup_alert": backups.alert(),
        "version": versions.current(),
        "links": {part: reverse(address) for part, address in LINKS.items()},
    }


def labels(jobs: JobsOfADay) -> list[str]:
    return [date_format(timezone.localtime(hour), "H:i") for hour in jobs.hours]


def chart(jobs: JobsOfADay) -> dict[str, Any]:
    """As Chart.js takes it; colours of the theme are named, so that dark and light have theirs."""
    line = {
        "cubicInterpolationMode": "monotone",
        "displayYAxis": True,
        "pointRadius": 0,
        "pointHitRadius": 12,
        "borderWidth": 2,
    }
    return {
        "labels": labels(jobs),
        "datasets": [
            {
                "label": _("Last 24 hours"),
                "data": jobs.now,
                "borderColor": "var(--color-primary-500)",
                **line,
            },
            {
                "label": _("A week earlier"),
                "data": jobs.before,
                "borderColor": "var(--color-base-400)",
                "borderDash": [4, 4],
                **line,
            },
        ],
    }
