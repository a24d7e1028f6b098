"""The desk's start page with the ranked incidents, and the page of one."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.row_access import RowAccess
from apps.analytics.charts import Drawing, bar
from apps.audit.file_exports import FileExport
from apps.core.forms import submit_form
from apps.core.pages import paginate
from apps.log_analysis.incidents import citations, post_mortem, selectors, services
from apps.log_analysis.incidents.forms import (
    IncidentFilterForm,
    IncidentForm,
    IncidentNoteForm,
    SuppressionForm,
)
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.incidents.timeline import timeline

ROWS_A_PAGE = 20
ANOMALIES_A_PAGE = 20
INCIDENT_ACCESS = RowAccess(
    permission="logs.view",
    find=lambda actor, incident_id: selectors.incident_list(actor.organisation).one(pk=incident_id),
    title=lambda incident: incident.title,
    back="log_analysis:incident",
)


@require_safe
@requires("logs.view")
def incidents(request: HttpRequest) -> HttpResponse:
    """What happened, the worst first; htmx asks for the rows alone, now and then."""
    organisation = actor_of(request).organisation
    filters = IncidentFilterForm(organisation, request.GET)
    page = paginate(request, filters.filtered(selectors.incident_list(organisation)), ROWS_A_PAGE)
    highest = max((each.score for each in page), default=0) or 1
    context = {
        "filters": filters,
        "page": page,
        "rows": [(each, _weight(each, highest)) for each in page],
        "has_incidents": bool(page.object_list) or Incident.objects.within(organisation).exists(),
    }
    template = "rows" if request.htmx else "incidents"  # type: ignore[attr-defined]
    return render(request, f"log_analysis/incidents/{template}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("logs.view")
def incident(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """All that is known of one; what is posted are status, severity, owner and what solved it."""
    actor, row = actor_of(request), _incident(request, incident_id)
    form = IncidentForm(request.POST or None, instance=_incident(request, incident_id))
    if request.method == "POST":
        actor.require("logs.investigate")
        if submit_form(form, partial(services.change_incident, actor, row)):
            messages.success(request, _("Saved."))
            return redirect("log_analysis:incident", row.pk)
    anomalies, changes = list(selectors.anomalies(row)), list(selectors.changes_around(row))
    context = _cause(row) | {
        "form": form,
        "note_form": IncidentNoteForm(),
        "suppression_form": SuppressionForm(),
        "page": paginate(request, anomalies, ANOMALIES_A_PAGE),
        "timeline": timeline(row, anomalies, changes, citations.first_time(row.citations)),
        "counts": selectors.before_and_after(row, anomalies),
        "similar": selectors.similar_incidents(row),
        "notes": selectors.notes(row),
    }
    return render(request, "log_analysis/incidents/incident.html", context)


@require_safe
@requires("logs.view")
def incident_cause(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """The cause with its records alone: asked for again and again while the model looks for it."""
    row = _incident(request, incident_id)
    return render(request, "log_analysis/incidents/cause.html", _cause(row))


@require_GET
@requires("logs.view")
def incident_post_mortem(request: HttpRequest, incident_id: UUID, file_format: str) -> HttpResponse:
    """A draft for those who write it: Markdown, or the same as PDF."""
    row = _incident(request, incident_id)
    write, media_type = post_mortem.FORMATS[file_format]
    content = write(post_mortem.draft(row))
    name = f"incident-{timezone.localtime(row.started_at):%Y-%m-%d-%H%M}.{file_format}"
    export = FileExport(actor_of(request), "incident.post_mortem_exported", target=row)
    return export.download(HttpResponse(content, content_type=media_type), name)


def _incident(request: HttpRequest, incident_id: UUID) -> Incident:
    return selectors.incident_list(actor_of(request).organisation).one(pk=incident_id)


def _cause(row: Incident) -> dict[str, Any]:
    records = citations.cited_records(row.citations, selectors.source_names(row))
    numbers = {record.number for record in records}
    return {
        "incident": row,
        "records": records,
        "cause": citations.text_parts(row.cause, numbers),
        "next_steps": [citations.text_parts(step, numbers) for step in row.next_steps],
    }


def _weight(incident: Incident, highest: float) -> Drawing:
    tone = {1: "fill-neutral", 2: "fill-warn"}.get(incident.severity, "fill-bad")
    return bar(incident.score / highest, tone, summary=f"{incident.score:.0f}")
