"""The first page of the admin."""

import json
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.accounts.admin_words import error_codes
from apps.dashboards.system.selectors import queue_views
from apps.dashboards.versions import selectors as versions
from apps.operations.backups import selectors as backups
from apps.operations.overview import selectors
from apps.operations.overview.selectors import JobsOfADay
from config.admin_menu import reverse_or_none

# What a part of the page leads to: the pages of those who build them, or the plain table where there is none.
LINKS = {
    "organisations": ("admin:accounts_organisation_changelist",),
    "users": ("admin:accounts_user_changelist",),
    "jobs": ("admin_dashboards:jobs", "admin:jobs_job_changelist"),
    "failures": ("admin_operations:jobs", "admin:jobs_job_changelist"),
    "endpoints": ("admin_dashboards:system", "admin:inference_endpoint_changelist"),
    "queues": ("admin_operations:queues", "admin:jobs_job_changelist"),
    "backups": ("admin_operations:backups",),
}


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Django-unfold's `DASHBOARD_CALLBACK`: what `admin/index.html` shows."""
    jobs = selectors.jobs_of_a_day()
    messages = error_codes()
    return {
        **context,
        "title": _("Dashboard"),
        "people": selectors.people(),
        "jobs": jobs,
        "jobs_total": sum(jobs.now),
        "jobs_before": sum(jobs.before),
        "jobs_chart": json.dumps(chart(jobs)),
        "jobs_rows": list(zip(labels(jobs), jobs.now, jobs.before, strict=True)),
        "failures": [(messages.get(code, code), count) for code, count in jobs.failures],
        "endpoints": [(each, messages.get(each.error_code)) for each in selectors.shared_endpoints()],
        "queues": queue_views(past=[]),
        "storage": selectors.storage(),
        "last_backup": backups.last_backup(),
        "backup_alert": backups.alert(),
        "version": versions.current(),
        "links": {
            part: next((link for each in addresses if (link := reverse_or_none(each))), "")
            for part, addresses in LINKS.items()
        },
    }


def labels(jobs: JobsOfADay) -> list[str]:
    return [date_format(timezone.localtime(hour), "H:i") for hour in jobs.hours]


def chart(jobs: JobsOfADay) -> dict[str, Any]:
    """As Chart.js takes it; colours of the theme are named, so that dark and light have theirs."""
    line = {"tension": 0.3, "pointRadius": 0, "pointHitRadius": 12, "borderWidth": 2}
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
