from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import actor_of, requires
from apps.analytics import periods
from apps.analytics.forms import ScopeForm
from apps.analytics.values import MIN_SAMPLE
from apps.audit import services as audit
from apps.core import tables
from apps.core.errors import InvalidInput
from apps.dashboards.value.report import CLAIMS, REPORT


@require_GET
@requires("analytics.view")
def value(request: HttpRequest) -> HttpResponse:
    """Days that cannot be shown are explained, and the usual ones shown."""
    actor = actor_of(request)
    form = ScopeForm(request.GET, REPORT, actor.organisation)
    try:
        scope, problems = form.scope(), []
    except InvalidInput as error:
        scope = form.usual_scope()
        problems = [str(line) for lines in error.fields.values() for line in lines]
    results = REPORT.results(scope)
    context = {
        "report": REPORT,
        "scope": scope,
        "problems": problems,
        "periods": periods.CHOICES,
        "days": scope.period.days if scope.period.is_latest else None,
        "has_values": REPORT.has_values(results),
        "figures": [
            (card, CLAIMS[card.metric.key](results.now), _is_line(card.points))
            for card in REPORT.cards(results)
        ],
        "panels": REPORT.panels(scope, results, actor),
        "may_change": actor.may("organisation.manage"),
        "file_types": [("CSV", "csv"), ("Excel", "xlsx"), ("JSON", "jsonl")],
    }
    return render(request, "dashboards/value/value.html", context)


@require_GET
@requires("analytics.view")
def export_value(request: HttpRequest, file_type: str) -> HttpResponseBase:
    actor = actor_of(request)
    if file_type not in tables.FILE_TYPES:
        raise Http404
    scope = ScopeForm(request.GET, REPORT, actor.organisation).scope()
    details = {"type": file_type, "from": str(scope.period.first), "to": str(scope.period.last)}
    audit.record(actor, action="figures.exported", details=details)
    return tables.response(REPORT.rows(REPORT.results(scope)), name="value", file_type=file_type)


def _is_line(points: str) -> bool:
    """Enough days have the figure, and it moves: anything less is no line to look at."""
    heights = [point.partition(",")[2] for point in points.split()]
    return len(heights) >= MIN_SAMPLE and len(set(heights)) > 1
