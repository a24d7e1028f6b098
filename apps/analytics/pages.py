"""The page of a report and its files; a desk hangs both into its addresses with `urls`."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_safe

from apps.accounts.access import View, actor_of, requires
from apps.accounts.actors import Actor
from apps.analytics import periods
from apps.analytics.forms import ScopeForm
from apps.analytics.reports import Export, Report
from apps.audit.file_exports import FileExport
from apps.core import tables
from apps.core.errors import InvalidInput


def urls(report: Report[Any], prefix: str = "figures/") -> list[URLPattern]:
    return [
        path(prefix, page(report), name="figures"),
        path(f"{prefix}export/<slug:table>/<slug:file_type>/", export(report), name="export_figures"),
    ]


def page(report: Report[Any]) -> View[[]]:
    @require_safe
    @requires(report.permission)
    def report_page(request: HttpRequest) -> HttpResponse:
        actor = actor_of(request)
        return render(request, report.template, report_context(report, request, actor))

    return report_page


def report_context(report: Report[Any], request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What a page of the report shows. Days that cannot be shown are explained, and the usual ones shown."""
    form = ScopeForm(request.GET, report, actor.organisation)
    try:
        scope, problems = form.scope(), []
    except InvalidInput as error:
        scope = form.usual_scope()
        problems = [str(line) for lines in error.fields.values() for line in lines]
    results = report.results(scope)
    query = {"from": scope.period.first, "to": scope.period.last, **scope.filters}
    has_values = report.has_values(results)
    return {
        "report": report,
        "scope": scope,
        "may_change_settings": actor.may("organisation.manage"),
        "problems": problems,
        "periods": periods.CHOICES,
        # A filter with “all” and one choice more narrows nothing.
        "filters": [form[each.name] for each in report.filters if len(list(form.fields[each.name].choices)) > 2],  # type: ignore[attr-defined]
        "filter_query": urlencode(scope.filters),
        "days": scope.period.days if scope.period.is_latest else None,
        "has_values": has_values,
        "empty_url": reverse(report.empty.action[1]) if report.empty.action else "",
        "cards": report.cards(results, report.row_urls(scope, actor)) if has_values else [],
        "panels": report.panels(scope, results, actor),
        "downloads": [
            (each.label, [
                (name, f"{reverse(report.export_address, args=[each.name, file_type])}?{urlencode(query)}")
                for name, file_type in (("CSV", "csv"), ("Excel", "xlsx"), ("JSON", "jsonl"))
            ])
            for each in _exports(report)
        ],
    }  # fmt: skip


def export(report: Report[Any]) -> View[[str, str]]:
    @require_GET
    @requires(report.permission)
    def report_file(request: HttpRequest, table: str, file_type: str) -> HttpResponseBase:
        actor = actor_of(request)
        table_export = next((each for each in _exports(report) if each.name == table), None)
        if table_export is None or file_type not in tables.FILE_TYPES:
            raise Http404
        scope = ScopeForm(request.GET, report, actor.organisation).scope()
        period = {"from": scope.period.first, "to": scope.period.last}
        export = FileExport(
            actor, "figures.exported", filters={"report": report.name, **period, **scope.filters}
        )
        return export.response(table_export.rows(scope), name=table, file_type=file_type)

    return report_file


def _exports(report: Report[Any]) -> list[Export]:
    return [
        Export("figures", _("Analytics"), lambda scope: report.rows(report.results(scope))),
        *report.exports,
    ]
