"""Changing a record where it is read: each answer is the field that changed, and what counts on it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError, Conflict, InvalidInput
from apps.core.forms import validated_fields
from apps.medical_records.coding import selectors as coding
from apps.medical_records.records import selectors, services, undo
from apps.medical_records.records.edits import apply_change
from apps.medical_records.records.errors import ChangedMeanwhile
from apps.medical_records.records.forms import EditForm, PutBackForm
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.records.pages import part_context, sheet_of, transcript_of
from apps.medical_records.records.presenters import RecordView
from llm_backend.changes import word_changes

NEW = "new"


def _sheet_of(record: MedicalRecord) -> RecordView | None:
    transcript = transcript_of(record)
    return sheet_of(record, transcript.said if transcript else None)


@require_safe
@requires("records.write")
def record_field(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """`?place=`: one field. `?edit=`: with the form for one of its statements, or for a new one."""
    record = selectors.record_of(actor_of(request), medical_record_id)
    place, editing = request.GET.get("place", ""), request.GET.get("edit", "")
    return _fields(request, record, [place], editing=editing)


@require_POST
@requires("records.write")
def edit_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """409 and 400 bring the field back with the reason and with everything that was typed."""
    actor = actor_of(request)
    record = selectors.record_of(actor, medical_record_id)
    form = EditForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(fields={name: [*lines] for name, lines in form.errors.items()})
    # Before the removal: afterwards nobody knows any more what stood there.
    is_removal = form.change.operation == "remove"
    token = undo.token_of(record, form.change.statement) if is_removal else ""
    try:
        changed = apply_change(actor, record, form.change)
    except (InvalidInput, Conflict) as error:
        return _refusal_page(request, record, form, error)
    if form.cleaned_data["autosave"]:
        # The form stays open and must not be replaced while somebody types: only what counts on it is new.
        context = part_context(request, changed.record, sheet_of(changed.record)) | {"fields": []}
        return render(request, "medical_records/records/record_edited.html", context)
    return _fields(
        request, changed.record, changed.places, selected=changed.statement_id, removed_token=token
    )


@require_POST
@requires("records.write")
def put_back_statement(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """Undoes a removal."""
    actor = actor_of(request)
    record = selectors.record_of(actor, medical_record_id)
    body = validated_fields(PutBackForm(request.POST))
    removed = undo.removed_of(record.pk, body["removed"])
    changed = services.put_back_statement(actor, record, revision=body["revision"], removed=removed)
    return _fields(request, changed.record, changed.places, selected=changed.statement_id)


@require_safe
@requires("records.write")
def record_codes(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """Codes of the catalogue that fit: `?system=`, `?query=` and the `?statement=` they are for."""
    actor = actor_of(request)
    record = selectors.record_of(actor, medical_record_id)
    query = {name: request.GET.get(name, "") for name in ("system", "query", "statement", "place")}
    entries = coding.search_entries(actor.organisation, query["system"], query["query"])
    context = {"record": record, "entries": entries, **query}
    return render(request, "medical_records/records/record_codes.html", context)


def _fields(
    request: HttpRequest, record: MedicalRecord, places: Sequence[str], *, status: int = 200, **more: Any
) -> HttpResponse:
    sheet = _sheet_of(record)
    fields = [field for place in dict.fromkeys(places) if sheet and (field := sheet.field(place))]
    if not fields:
        raise InvalidInput(fields={"place": [_("The template of this record has no such field.")]})
    context = part_context(request, record, sheet) | {"fields": fields} | more
    return render(request, "medical_records/records/record_edited.html", context, status=status)


def _refusal_page(
    request: HttpRequest, record: MedicalRecord, form: EditForm, error: ApplicationError
) -> HttpResponse:
    """The field as it stands now, the typed words in its form, and what somebody else wrote beside them."""
    record.refresh_from_db()
    sheet = _sheet_of(record)
    typed = form.cleaned_data
    statement = sheet.statement(typed["statement"]) if sheet else None
    is_gone = sheet is not None and statement is None and typed["operation"] == "change"
    editing = typed["statement"] if typed["operation"] == "change" else ""
    if is_gone or typed["operation"] == "add":
        editing = NEW
    theirs = statement.statement.text if statement else ""
    context: dict[str, Any] = {
        "editing": editing,
        "refusal": error,
        "typed": typed,
        "pieces": word_changes(theirs, typed["text"]) if theirs and theirs != typed["text"] else [],
        "is_conflict": isinstance(error, ChangedMeanwhile),
        "is_gone": is_gone,
    }
    place = statement.place if statement else typed["place"]
    return _fields(request, record, [place], status=error.status, **context)
