"""The dashboards of jobs and of models over all organisations, for whoever runs the installation."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import View, operators_only
from apps.accounts.actors import Actor
from apps.accounts.admin_pages import admin_page
from apps.analytics.pages import report_context
from apps.analytics.reports import Report
from apps.core.errors import Text
from apps.dashboards.rollups.selectors import INSTALLATION
from apps.dashboards.usage import jobs_report, models_report

# Without permissions of an organisation: figures lead to lists of the admin alone.
OPERATOR = Actor(INSTALLATION)


def installation_report(report: Report[Any], title: Text) -> View[[]]:
    whole = replace(
        report,
        name=f"installation_{report.name}",
        filters=(
            jobs_report.OWNER,
            *(each for each in report.filters if each.name not in ("member", "api_key")),
        ),
    )

    @require_safe
    @operators_only
    def report_page(request: HttpRequest) -> HttpResponse:
        return admin_page(
            request, "dashboards/admin_report.html", title, report_context(whole, request, OPERATOR)
        )

    return report_page


jobs = installation_report(jobs_report.REPORT, _("Jobs of all organisations"))
models = installation_report(models_report.REPORT, _("Models of all organisations"))
