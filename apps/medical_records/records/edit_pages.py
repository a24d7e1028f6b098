"""Changing a record where it is read: each answer is the field that changed, and what counts on it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError, Conflict, InvalidInput
from apps.medical_records.coding import selectors as coding
from apps.medical_records.records import selectors, services, undo
from apps.medical_records.records.edits import edited
from apps.medical_records.records.errors import ChangedMeanwhile
from apps.medical_records.records.forms import EditForm, PutBackForm
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.records.pages import part_context, sheet_of
from llm_backend.changes import word_changes

NEW = "new"


@require_GET
@requires("records.write")
def record_field(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """`?place=`: one field. `?edit=`: with the form for one of its statements, or for a new one."""
    found = selectors.record_of(actor_of(request), medical_record_id)
    place, editing = request.GET.get("place", ""), request.GET.get("edit", "")
    return _fields(request, found, [place], editing=editing)


@require_POST
@requires("records.write")
def edit_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """409 and 400 bring the field back with the reason and with everything that was typed."""
    actor = actor_of(request)
    found = selectors.record_of(actor, medical_record_id)
    form = EditForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(fields={name: [*lines] for name, lines in form.errors.items()})
    is_removal = form.change.operation == "remove"
    token = undo.token_of(found, form.change.statement) if is_removal else ""
    try:
        changed = edited(actor, found, form.change)
    except (InvalidInput, Conflict) as refusal:
        return _refused(request, found, form, refusal)
    if form.cleaned_data["autosave"]:
        return _saved(request, changed.record)
    return _fields(
        request, changed.record, changed.places, selected=changed.statement_id, removed_token=token
    )


@require_POST
@requires("records.write")
def put_back_statement(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """Undoes a removal."""
    actor = actor_of(request)
    found = selectors.record_of(actor, medical_record_id)
    form = PutBackForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(fields={name: [*lines] for name, lines in form.errors.items()})
    lost = undo.removed_of(found.pk, form.cleaned_data["removed"])
    changed = services.put_back_statement(actor, found, revision=form.cleaned_data["revision"], removed=lost)
    return _fields(request, changed.record, changed.places, selected=changed.statement_id)


@require_GET
@requires("records.write")
def record_codes(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """Codes of the catalogue that fit: `?system=`, `?query=` and the `?statement=` they are for."""
    actor = actor_of(request)
    found = selectors.record_of(actor, medical_record_id)
    sent = {name: request.GET.get(name, "") for name in ("system", "query", "statement", "place")}
    context = {
        "record": found,
        "entries": coding.found_entries(actor.organisation, sent["system"], sent["query"]),
        **sent,
    }
    return render(request, "medical_records/records/record_codes.html", context)


def _fields(
    request: HttpRequest, record: MedicalRecord, places: Sequence[str], *, status: int = 200, **more: Any
) -> HttpResponse:
    sheet = sheet_of(record)
    shown = [field for place in dict.fromkeys(places) if sheet and (field := sheet.field(place))]
    if not shown:
        raise InvalidInput(fields={"place": [_("The template of this record has no such field.")]})
    context = part_context(request, record, sheet) | {"fields": shown} | more
    return render(request, "medical_records/records/record_edited.html", context, status=status)


def _saved(request: HttpRequest, record: MedicalRecord) -> HttpResponse:
    """The form stays open: only what counts on it is new."""
    context = part_context(request, record, sheet_of(record)) | {"fields": []}
    return render(request, "medical_records/records/record_edited.html", context)


def _refused(
    request: HttpRequest, record: MedicalRecord, form: EditForm, refusal: ApplicationError
) -> HttpResponse:
    """The field as it stands now, the typed words in its form, and what somebody else wrote beside them."""
    record.refresh_from_db()
    sheet = sheet_of(record)
    sent = form.cleaned_data
    statement_id = sent["statement"]
    place = (sheet.place_of(statement_id) if sheet and statement_id else "") or sent["place"]
    has_words = sent["operation"] in ("change", "add")
    is_gone = bool(sheet) and sent["operation"] == "change" and not sheet.place_of(statement_id)  # type: ignore[union-attr]
    editing = (NEW if sent["operation"] == "add" or is_gone else statement_id) if has_words else ""
    theirs = _text_of(record, statement_id)
    more: dict[str, Any] = {
        "editing": editing,
        "refusal": refusal,
        "typed": sent,
        "pieces": word_changes(theirs, sent["text"]) if theirs and theirs != sent["text"] else [],
        "is_conflict": isinstance(refusal, ChangedMeanwhile),
        "is_gone": is_gone,
    }
    return _fields(request, record, [place], status=refusal.status, **more)


def _text_of(record: MedicalRecord, statement_id: str) -> str:
    version = selectors.current_version(record)
    statements = version.document.statements() if version else ()
    return next((each.text for _section, _key, each in statements if each.id == statement_id), "")
