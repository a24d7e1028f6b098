"""People: their list, each one's page and form, and tables of them on the way in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.audit.file_exports import FileExport
from apps.core.errors import ApplicationError, Text
from apps.core.forms import submit_form
from apps.core.pages import optional_uuid
from apps.core.row_table import RowTable
from apps.marketing.channels.names import channel_choices, channel_name
from apps.marketing.profiles import imports, selectors, services
from apps.marketing.profiles.forms import ColumnsForm, PersonForm
from apps.marketing.profiles.models import PeopleImport, Person
from apps.marketing.profiles.people_files import REJECTION_HEADINGS
from apps.marketing.profiles.person_values import ATTRIBUTE, PROBLEMS
from apps.marketing.profiles.resources import EXPOSURES, PEOPLE, PEOPLE_IMPORTS
from apps.privacy.report_file import report_response
from apps.resources.presenters import RowListView


@require_GET
@requires("marketing.people")
def people(request: HttpRequest) -> HttpResponse:
    """A number finds its person, wherever they stand in the list."""
    organisation = actor_of(request).organisation
    number = request.GET.get("number", "").strip()[:200]
    segments = list(selectors.segment_list(organisation))
    chosen = next((each for each in segments if str(each.pk) == request.GET.get("segment")), None)
    if number:
        found = selectors.people_list(organisation).filter(external_id=number)
        page = selectors.PeoplePage(list(found), None)
    else:
        after = optional_uuid(request.GET.get("after", ""))
        page = selectors.people_page(organisation, segment=chosen, after=after)
    context: dict[str, Any] = {
        "page": page,
        "table": RowTable(PEOPLE, page.people, link=resolve_url),
        "number": number,
        "segments": segments,
        "segment": chosen,
        "is_filtered": bool(number or chosen or request.GET.get("after")),
    }
    return render(request, "marketing/profiles/people.html", context)


@require_http_methods(["GET", "POST"])
@requires("marketing.people")
def new_person(request: HttpRequest) -> HttpResponse:
    return _person_form(request, None)


@require_http_methods(["GET", "POST"])
@requires("marketing.people")
def change_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    return _person_form(request, own_row(request, selectors.people_list, person_id))


@require_GET
@requires("marketing.people")
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    actor, row = actor_of(request), own_row(request, selectors.people_list, person_id)
    allowed = selectors.allowed_channels(actor.organisation, [row])[row.pk]
    context: dict[str, Any] = {
        "person": row,
        "attributes": sorted(row.attributes.items()),
        "channels": [
            (key, label, key in row.unsubscribed, key in allowed)
            for key, label in channel_choices()
            if key in row.consents or key in row.unsubscribed
        ],
        "memberships": selectors.memberships_of(row),
        "exposures": RowListView(EXPOSURES, request, person=row),
    }
    return render(request, "marketing/profiles/person.html", context)


@require_POST
@requires("marketing.people")
def unsubscribe_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A member writes down that the person asked for it."""
    row, channel = own_row(request, selectors.people_list, person_id), request.POST.get("channel", "")
    if channel in row.consents:
        services.unsubscribe(row, channel, actor=actor_of(request))
        text = _("This person no longer gets messages by %(channel)s.")
        messages.success(request, text % {"channel": channel_name(channel)})
    return redirect(row)


@require_GET
@requires("marketing.people")
def report_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """All that is held about somebody, as a file to hand to them."""
    row = own_row(request, selectors.people_list, person_id)
    return report_response(services.person_report(actor_of(request), row))


@require_GET
@requires("marketing.people")
def people_imports(request: HttpRequest) -> HttpResponse:
    template = "resources/rows.html" if request.htmx else "marketing/profiles/imports.html"  # type: ignore[attr-defined]
    return render(request, template, {"row_list": RowListView(PEOPLE_IMPORTS, request), "is_small": True})


@require_http_methods(["GET", "POST"])
@requires("marketing.people")
def people_import(request: HttpRequest, people_import_id: UUID) -> HttpResponse:
    """What its columns are, until somebody confirms it; then how far it came, and what was broken."""
    actor, row = actor_of(request), own_row(request, selectors.import_list, people_import_id)
    context: dict[str, Any] = {"row": row, "rejected": _rejections(row), "reasons": _reasons(row)}
    if row.job_id is None and row.received_at is not None:
        try:
            headings, proposed, rows = imports.preview(row)
        except ApplicationError as refusal:
            context["unusable"] = refusal.reason
        else:
            form = ColumnsForm(headings, proposed, request.POST or None)
            started = submit_form(
                form, lambda **_values: imports.start_import(actor, row, mapping=form.mapping)
            )
            if started:
                return redirect(started)
            context |= {"form": form, "headings": headings, "rows": rows}
    template = "import_progress" if request.htmx else "import"  # type: ignore[attr-defined]
    return render(request, f"marketing/profiles/{template}.html", context)


@require_GET
@requires("marketing.people")
def export_rejections(request: HttpRequest, people_import_id: UUID) -> HttpResponseBase:
    row = own_row(request, selectors.import_list, people_import_id)
    rows, headings = imports.rejected_rows(row), [*REJECTION_HEADINGS, *row.headings]
    export = FileExport(actor_of(request), "people_import.rejections_exported", target=row)
    return export.response(rows, name="rejected-rows", file_type="csv", headings=headings)


def _person_form(request: HttpRequest, row: Person | None) -> HttpResponse:
    actor, form = actor_of(request), PersonForm(request.POST or None, person=row)
    if saved := submit_form(form, lambda **values: services.save_person(actor, row, values=values)):
        messages.success(request, _("Saved."))
        return redirect(saved)
    return render(request, "marketing/profiles/person_form.html", {"form": form, "person": row})


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
