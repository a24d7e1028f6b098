"""Dashboards of an organisation: jobs, models, and what each desk counts of itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.analytics import pages, periods
from apps.analytics.forms import ScopeForm
from apps.analytics.reports import installed_reports
from apps.core import desks
from apps.core.errors import InvalidInput
from apps.dashboards.rollups.settings import ANALYTICS_SETTINGS
from apps.dashboards.usage import jobs_report, models_report
from apps.dashboards.usage.forms import AnalyticsSettingsForm

jobs = pages.page(jobs_report.REPORT)
export_jobs = pages.export(jobs_report.REPORT)
models = pages.page(models_report.REPORT)
export_models = pages.export(models_report.REPORT)
settings = ANALYTICS_SETTINGS.page("dashboards/settings.html", AnalyticsSettingsForm)


@require_safe
@requires("analytics.view")
def desk_metrics(request: HttpRequest) -> HttpResponse:
    """The metrics of every desk that the member may see, over the same number of days."""
    actor = actor_of(request)
    labels = {desk.name: desk.label for desk in desks.all_desks()}
    sections: list[dict[str, Any]] = []
    problems: list[str] = []
    for report in installed_reports():
        if actor.may(report.permission):
            form = ScopeForm(request.GET, report, actor.organisation)
            try:
                scope = form.scope()
            except InvalidInput as error:
                problems = [str(line) for lines in error.fields.values() for line in lines]
                scope = form.usual_scope()
            results = report.results(scope)
            sections.append(
                {
                    "label": labels.get(report.name, report.name),
                    "url": f"{reverse(report.page_address)}?{request.GET.urlencode()}",
                    "cards": report.cards(results) if report.has_values(results) else [],
                    "empty": report.empty,
                    "scope": scope,
                }
            )
    context = {
        "sections": sections,
        "problems": problems,
        "periods": periods.CHOICES,
        "scope": sections[0]["scope"] if sections else None,
        "days": sections[0]["scope"].period.days
        if sections and sections[0]["scope"].period.is_latest
        else None,
    }
    return render(request, "dashboards/desks.html", context)
