"""One record: what was said, what the record says, and who answers for it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.access import actor_of, requires
from apps.core.errors import Conflict, NotFound
from apps.medical_records.models import RecordVersion
from apps.medical_records.records import comparing, selectors, signing
from apps.medical_records.records.sheets import Sheet
from apps.medical_records.views.record_parts import page_context
from apps.speech import playback


@require_GET
@requires("records.view")
def record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = selectors.record_of(actor, medical_record_id)
    context = page_context(request, found)
    context["proofs"] = signing.verify(found) if found.is_signed else []
    return render(request, "medical_records/record.html", context)


@require_GET
@requires("records.view")
def record_sound(request: HttpRequest, medical_record_id: UUID) -> HttpResponseBase:
    actor = actor_of(request)
    found = selectors.record_of(actor, medical_record_id)
    recording = found.encounter.recording
    if recording is None:
        raise Conflict(_("The sound of this record is gone. The words remain."), code="sound_gone")
    return playback.sound_response(recording, range_header=request.headers.get("Range"))


@require_GET
@requires("records.view")
def record_versions(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """Two versions side by side: the model's draft and what holds now, unless `?before=` and `?after=` say others."""
    actor = actor_of(request)
    found = selectors.record_of(actor, medical_record_id)
    listed = list(selectors.all_versions(found))
    if not listed:
        raise Conflict(_("There is no version to compare yet."), code="no_version")
    before = _chosen(listed, request.GET.get("before")) or selectors.model_version(found) or listed[-1]
    after = _chosen(listed, request.GET.get("after")) or selectors.current_version(found) or listed[0]
    changes = comparing.comparison(before.document, after.document)
    sheet = Sheet(after.document, selectors.template_for(found, after.document))
    context = {
        "record": found,
        "versions": listed,
        "before": before,
        "after": after,
        "changes": [(sheet.field(f"{each.section}.{each.key}"), each) for each in changes],
        "edits": comparing.edits(before.document, after.document),
        "proofs": signing.verify(found),
    }
    return render(request, "medical_records/record_versions.html", context)


def _chosen(listed: list[RecordVersion], number: str | None) -> RecordVersion | None:
    if not number:
        return None
    found = next((each for each in listed if str(each.number) == number), None)
    if found is None:
        raise NotFound
    return found
