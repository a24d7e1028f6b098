"""Tables of people on the way in: what their columns are, how far they came, what was broken."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.audit.file_exports import FileExport
from apps.core.errors import ApplicationError, Text
from apps.core.forms import submit_form
from apps.marketing.imports import selectors, services
from apps.marketing.imports.forms import ColumnsForm
from apps.marketing.imports.models import PeopleImport
from apps.marketing.imports.people_files import REJECTION_HEADINGS
from apps.marketing.imports.resources import PEOPLE_IMPORTS
from apps.marketing.profiles.forms import PersonForm
from apps.marketing.profiles.person_values import ATTRIBUTE, PROBLEMS
from apps.resources.presenters import RowListView


@require_safe
@requires("marketing.people")
def people_imports(request: HttpRequest) -> HttpResponse:
    template = "resources/rows.html" if request.htmx else "marketing/imports/imports.html"  # type: ignore[attr-defined]
    return render(request, template, {"row_list": RowListView(PEOPLE_IMPORTS, request), "is_small": True})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.people")
def people_import(request: HttpRequest, people_import_id: UUID) -> HttpResponse:
    """What its columns are, until somebody confirms it; then how far it came, and what was broken."""
    actor, row = actor_of(request), own_row(request, selectors.import_list, people_import_id)
    context: dict[str, Any] = {"row": row, "rejected": _rejections(row), "reasons": _reasons(row)}
    if row.job_id is None and row.received_at is not None:
        try:
            headings, proposed, rows = services.preview(row)
        except ApplicationError as refusal:
            context["unusable"] = refusal.reason
        else:
            form = ColumnsForm(headings, proposed, request.POST or None)
            started = submit_form(
                form, lambda **_values: services.start_import(actor, row, mapping=form.mapping)
            )
            if started:
                return redirect(started)
            context |= {"form": form, "headings": headings, "rows": rows}
    template = "import_progress" if request.htmx else "import"  # type: ignore[attr-defined]
    return render(request, f"marketing/imports/{template}.html", context)


@require_GET
@requires("marketing.people")
def export_rejections(request: HttpRequest, people_import_id: UUID) -> HttpResponseBase:
    row = own_row(request, selectors.import_list, people_import_id)
    rows, headings = services.rejected_rows(row), [*REJECTION_HEADINGS, *row.headings]
    export = FileExport(actor_of(request), "people_import.rejections_exported", target=row)
    return export.response(rows, name="rejected-rows", file_type="csv", headings=headings)


def _rejections(row: PeopleImport) -> list[dict[str, Any]]:
    return [
        {
            "line": each["line"],
            "reason": PROBLEMS.get(each["code"], each["code"]),
            "field": PersonForm.base_fields[each["field"]].label
            if each["field"] in PersonForm.base_fields
            else each["field"].removeprefix(ATTRIBUTE),
        }
        for each in row.rejected
    ]


def _reasons(row: PeopleImport) -> list[tuple[Text, int]]:
    """Why rows were rejected, and how many; the most frequent reason first."""
    counts = sorted(row.reasons.items(), key=lambda pair: -pair[1])
    return [(PROBLEMS.get(code, code), count) for code, count in counts]
