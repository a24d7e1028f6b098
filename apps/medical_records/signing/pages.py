"""Reviewing, returning, signing and amending a record."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError, Conflict, InvalidInput
from apps.medical_records.encounters import services as capture
from apps.medical_records.records import selectors as records
from apps.medical_records.records import services
from apps.medical_records.records.errors import NotSignable
from apps.medical_records.records.forms import RevisionForm
from apps.medical_records.signing import services as signing


@require_POST
@requires("records.write")
def review_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record, sent = records.record_of(actor_of(request), medical_record_id), _sent(request)
    return _settled(
        request,
        medical_record_id,
        lambda: services.mark_reviewed(actor_of(request), record, revision=sent["revision"]),
        _("Reviewed. It can be signed now."),
    )


@require_POST
@requires("records.write")
def take_newest_draft(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record, sent = records.record_of(actor_of(request), medical_record_id), _sent(request)
    return _settled(
        request,
        medical_record_id,
        lambda: services.take_newest_draft(actor_of(request), record, revision=sent["revision"]),
        _("You see the newer draft now."),
    )


@require_POST
@requires("records.sign")
def return_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record, sent = records.record_of(actor_of(request), medical_record_id), _sent(request)
    return _settled(
        request,
        medical_record_id,
        lambda: services.return_to_author(
            actor_of(request), record, revision=sent["revision"], note=sent["note"]
        ),
        _("The draft was given back."),
    )


@require_POST
@requires("records.sign")
def sign_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record, sent = records.record_of(actor_of(request), medical_record_id), _sent(request)
    return _settled(
        request,
        medical_record_id,
        lambda: signing.sign(
            actor_of(request), record, revision=sent["revision"], leaves_out_unsupported=sent["leaves_out"]
        ),
        _("Signed and locked."),
    )


@require_POST
@requires("records.write")
def amend_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record = records.record_of(actor_of(request), medical_record_id)
    return _settled(
        request,
        medical_record_id,
        lambda: signing.begin_amendment(actor_of(request), record, reason=request.POST.get("reason", "")),
        _("You work on a copy. The signed version holds until the amendment is signed."),
    )


@require_POST
@requires("records.write")
def discard_amendment(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record, sent = records.record_of(actor_of(request), medical_record_id), _sent(request)
    return _settled(
        request,
        medical_record_id,
        lambda: signing.discard_amendment(actor_of(request), record, revision=sent["revision"]),
        _("The amendment was dropped. The signed version holds."),
    )


@require_POST
@requires("records.write")
def retry_record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record = records.record_of(actor_of(request), medical_record_id)
    return _settled(
        request,
        medical_record_id,
        lambda: services.retry_draft(actor_of(request), record),
        _("The record is drafted again."),
    )


@require_POST
@requires("records.write")
def draft_with_model(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record = records.record_of(actor_of(request), medical_record_id)
    return _settled(
        request,
        medical_record_id,
        lambda: capture.draft_again(actor_of(request), record.encounter, with_model=True),
        _("The model is drafting this record. What you see stays until its draft is there."),
    )


def _sent(request: HttpRequest) -> dict[str, Any]:
    form = RevisionForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(fields={name: [*lines] for name, lines in form.errors.items()})
    return form.cleaned_data


def _settled(request: HttpRequest, record_id: UUID, step: Callable[[], object], done: str) -> HttpResponse:
    """Back to the record, with what happened or why not."""
    try:
        step()
        messages.success(request, done)
    except (Conflict, InvalidInput) as refusal:
        messages.warning(request, _reason(refusal))
    return redirect("medical_records:record", record_id)


def _reason(refusal: ApplicationError) -> str:
    if isinstance(refusal, NotSignable):
        return " ".join(
            [str(refusal.message), *(f"{gap.title}: {gap.reason}" for gap in refusal.gaps)]
            + ([_("Some statements are not in what was said.")] if refusal.unsupported else [])
        )
    lines = [str(line) for of_field in refusal.fields.values() for line in of_field]
    return lines[0] if lines else str(refusal.message)
