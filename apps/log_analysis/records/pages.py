"""Looking for records: search, one record, templates by time, two windows, what comes in now."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.models import Organisation
from apps.audit.file_exports import FileExport, form_filters
from apps.core import tables
from apps.core.errors import ApplicationError, NotFound
from apps.core.forms import validated_fields
from apps.core.pages import changed_query, optional_uuid
from apps.log_analysis.records import cursors, selectors, services, template_activity, value_counts
from apps.log_analysis.records.forms import (
    DEFAULT_TOP,
    ComparisonForm,
    CountForm,
    RecordFilterForm,
    RevealForm,
)
from apps.log_analysis.records.presenters import RecordView, template_parts
from apps.log_analysis.records.value_names import GROUPS, VALUE_TYPES
from apps.log_analysis.sources.models import LogSource
from domain.logs.store import Filters

EXPORT_COLUMNS = ("time", "level", "service", "host", "trace", "source", "line", "template", "text")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("logs.view")
def records(request: HttpRequest) -> HttpResponse:
    """A search. What is posted is why somebody reads what was masked in the records that it finds."""
    organisation = actor_of(request).organisation
    form, filters = _question(request, RecordFilterForm)
    question_id = optional_uuid(request.GET.get("asked", ""))
    context: dict[str, Any] = _page_context(
        organisation, form, file_types=tables.FILE_TYPES, asked=question_id
    )
    if filters:
        try:
            cursor = cursors.read_cursor(request.GET.get("before", ""))
            page = selectors.search(organisation, filters, before=cursor)
            context |= {"older": cursors.write_cursor(page.after), "is_older": bool(cursor)}
            context |= _reveal_context(request, page.views)
        except ApplicationError as error:
            context["error"] = error.reason
    return render(request, "log_analysis/records/records.html", context)


@require_safe
@requires("logs.view")
def record_histogram(request: HttpRequest) -> HttpResponse:
    """Of the search that the address names, for the page that shows its records already."""
    _form, filters = _question(request, RecordFilterForm)
    context: dict[str, Any] = {}
    try:
        histogram = selectors.record_histogram(filters) if filters else None
        if histogram and histogram.records:
            context |= {
                "histogram": histogram,
                "drawing": histogram.drawing(partial(record_address, request)),
            }
    except ApplicationError as error:
        context["error"] = error.reason
    return render(request, "log_analysis/records/histogram.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("logs.view")
def record(request: HttpRequest, log_source_id: UUID, arrival: int) -> HttpResponse:
    """What a record holds, and what its source told before and after it; posted is why what was masked is read."""
    organisation = actor_of(request).organisation
    source = LogSource.objects.within(organisation).one(pk=log_source_id)
    at = request.GET.get("at", "")
    view = selectors.record(organisation, source, arrival, int(at) if cursors.is_integer(at) else None)
    before, after = selectors.context(organisation, view)
    context = _reveal_context(request, [view])
    view = context["views"][0]
    context |= {"view": view, "source": source, "lines": [*before, view, *after]}
    return render(request, "log_analysis/records/record.html", context)


@require_safe
@requires("logs.view")
def heat_map_page(request: HttpRequest) -> HttpResponse:
    organisation = actor_of(request).organisation
    form, filters = _question(request, RecordFilterForm)
    context = _page_context(organisation, form)
    if filters:
        try:
            if heat_map := template_activity.heat_map(organisation, filters):
                lines = [
                    (
                        line,
                        heat_map.drawing(line, partial(record_address, request, template=line.template.pk)),
                    )
                    for line in heat_map.lines
                ]
                context |= {"heat_map": heat_map, "heat_lines": lines}
        except ApplicationError as error:
            context["error"] = error.reason
    return render(request, "log_analysis/records/heat_map.html", context)


@require_safe
@requires("logs.view")
def record_counts(request: HttpRequest) -> HttpResponse:
    """How many records a search finds, or its most frequent values with a bar each."""
    organisation = actor_of(request).organisation
    form, filters = _question(request, CountForm)
    context = _page_context(organisation, form, asked=optional_uuid(request.GET.get("asked", "")))
    if filters:
        by, top = form.initial["by"], form.initial["top"] or DEFAULT_TOP
        context |= {"by": by, "by_label": GROUPS.get(by, "")}
        try:
            if by:
                context["count"] = count = value_counts.count_by(organisation, filters, by, top)
                # Each with the search of the address, and its own filter in it.
                left = {"by": None, "top": None, "asked": None}
                context["rows"] = [(row, changed_query(request, {**left, **row.query})) for row in count.rows]
            else:
                context["count"] = value_counts.count_all(filters)
        except ApplicationError as error:
            context["error"] = error.reason
    return render(request, "log_analysis/records/counts.html", context)


@require_safe
@requires("logs.view")
def window_comparison(request: HttpRequest) -> HttpResponse:
    organisation = actor_of(request).organisation
    form, filters = _question(request, ComparisonForm)
    context = _page_context(organisation, form)
    values = form.initial
    if filters and values.get("since"):
        context["window"] = values
        try:
            context["changes"] = template_activity.compare_windows(
                organisation, filters, values["other_since"], values["other_until"]
            )
        except ApplicationError as error:
            context["error"] = error.reason
    return render(request, "log_analysis/records/comparison.html", context)


@require_safe
@requires("logs.view")
def live_tail(request: HttpRequest) -> HttpResponse:
    """Begins behind everything that is stored now; `live_records` goes on from there."""
    organisation = actor_of(request).organisation
    form, filters = _question(request, RecordFilterForm)
    context = _page_context(organisation, form)
    if filters:
        _views, cursor = selectors.tail(organisation, filters, None)
        context["cursor"] = cursors.write_tail_cursor(cursor)
    return render(request, "log_analysis/records/live_tail.html", context)


@require_safe
@requires("logs.view")
def live_records(request: HttpRequest) -> HttpResponse:
    """What came since the last look, at most TAIL_RECORDS of it."""
    organisation = actor_of(request).organisation
    _form, filters = _question(request, RecordFilterForm)
    cursor = cursors.read_tail_cursor(request.GET.get("cursor", ""))
    context: dict[str, Any] = {"cursor": cursors.write_tail_cursor(cursor)}
    try:
        views, end = selectors.tail(organisation, filters, cursor) if filters else ([], cursor)
        context |= {"views": views[::-1], "cursor": cursors.write_tail_cursor(end)}
    except ApplicationError as error:
        context["error"] = error.reason
    return render(request, "log_analysis/records/live_records.html", context)


@require_GET
@requires("logs.view")
def export_records(request: HttpRequest, file_type: str) -> HttpResponseBase:
    """The search as a file, newest first; as many records as `MAX_EXPORT_RECORDS`."""
    if file_type not in tables.FILE_TYPES:
        raise NotFound
    actor = actor_of(request)
    form = RecordFilterForm(actor.organisation, request.GET)
    filters = selectors.filters_within(actor.organisation, validated_fields(form))
    views = selectors.export(actor.organisation, filters)
    export = FileExport(actor, "log_records.exported", filters=form_filters(form))
    return export.response(_rows(views), name="records", file_type=file_type, headings=EXPORT_COLUMNS)


def _reveal_context(request: HttpRequest, views: list[RecordView]) -> dict[str, Any]:
    """The records as the page shows them, with what was masked where somebody says why it is read."""
    form = RevealForm(request.POST or None)
    is_revealed = request.method == "POST" and form.is_valid()
    if is_revealed:
        views = services.reveal(actor_of(request), views, reason=form.cleaned_data["reason"])
    has_masked = any(view.reversible_tokens for view in views)
    return {"views": views, "reveal_form": form, "is_revealed": is_revealed, "has_masked": has_masked}


def _rows(views: Iterator[RecordView]) -> Iterator[dict[str, Any]]:
    for view in views:
        entry = view.record
        moment = view.moment
        yield {
            "time": moment.isoformat(timespec="microseconds") if moment else entry.time,
            "level": entry.level,
            "service": entry.service,
            "host": entry.host,
            "trace": entry.trace,
            "source": view.source_name,
            "line": entry.line,
            "template": (view.template.name or view.template.text) if view.template else "",
            "text": view.text,
        }


def record_address(request: HttpRequest, since: datetime, until: datetime, **changes: Any) -> str:
    """Of the records of a time, within the search of the address."""
    narrowed = {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "last": None,
        "before": None,
        **changes,
    }
    return f"{reverse('log_analysis:records')}?{changed_query(request, narrowed)}"


def _question(
    request: HttpRequest, form_class: type[RecordFilterForm]
) -> tuple[RecordFilterForm, Filters | None]:
    """The form as it is shown, and what it asks for; None where it is not valid.

    A valid form is shown with its values as it understood them: an address may write times as no input field does.
    """
    organisation = actor_of(request).organisation
    form = form_class(organisation, request.GET)
    if not form.is_valid():
        return form, None
    values = form.cleaned_data
    return form_class(organisation, initial=values), selectors.filters_within(organisation, values)


def _page_context(organisation: Organisation, form: RecordFilterForm, **more: Any) -> dict[str, Any]:
    """What every page of a search shows: the form, and what was chosen elsewhere than in it."""
    templates = list(form.initial.get("template") or ())
    return {
        "form": form,
        "templates": [(each, list(template_parts(each.text))) for each in templates],
        "kind_label": VALUE_TYPES.get(form.initial.get("kind") or "", ""),
        "has_sources": LogSource.objects.within(organisation).exists(),
        "is_filtered": any(form.initial.values()) or form.is_bound,
        **more,
    }
