"""The record page and what its parts are made of, two versions side by side, and the list of records."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.row_access import RowAccess
from apps.core.errors import Conflict, NotFound
from apps.inference import selectors as models_of
from apps.inference.models import Purpose
from apps.jobs.models import Job
from apps.medical_records.encounters.models import EncounterTranscript
from apps.medical_records.patients import selectors as patients
from apps.medical_records.records import diff, selectors, services
from apps.medical_records.records.forms import STATUSES, RecordFilterForm
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from apps.medical_records.records.presenters import RecordView, spoken_turns
from apps.medical_records.records.resources import RECORDS
from apps.medical_records.signing import services as signing
from apps.resources.presenters import RowListView
from apps.speech import playback
from domain.clinical.transcripts.transcript import ClinicalTranscript

RECORD_ACCESS = RowAccess(
    permission="records.view",
    find=selectors.record_of,
    title=lambda record: record.template_version.template.name,
    back="medical_records:record",
    reason=lambda actor, record: patients.care_reason(actor, record.patient),
)
SHORTCUTS = "medical_records/records/record_shortcuts.html"


def transcript_of(record: MedicalRecord) -> EncounterTranscript | None:
    transcripts = EncounterTranscript.objects.within(record.organisation_id)
    return transcripts.filter(encounter=record.encounter_id).first()


def sheet_of(record: MedicalRecord, spoken: ClinicalTranscript | None = None) -> RecordView | None:
    """`spoken`: marks what its statements rest on that was heard with little certainty."""
    version = selectors.current_version(record)
    if version is None:
        return None
    content = version.document
    return RecordView(content, selectors.template_for(record, content), spoken)


def part_context(request: HttpRequest, record: MedicalRecord, sheet: RecordView | None) -> dict[str, Any]:
    """What every part of the page needs."""
    actor = actor_of(request)
    is_open = record.state in services.EDITABLE
    signs_own = patients.preferences_of(actor.organisation).signs_own_drafts
    return {
        "record": record,
        "sheet": sheet,
        "statuses": STATUSES,
        "may_edit": is_open and actor.may("records.write"),
        "may_sign": is_open and actor.may("records.sign"),
        "may_amend": record.state == MedicalRecord.State.SIGNED and actor.may("records.write"),
        "needs_review": not signs_own and (record.reviewed_at is None or record.reviewed_by == actor.member),
    }


def page_context(request: HttpRequest, record: MedicalRecord) -> dict[str, Any]:
    transcript = transcript_of(record)
    spoken = transcript.said if transcript else None
    sheet = sheet_of(record, spoken)
    recording = record.encounter.recording
    return (
        part_context(request, record, sheet)
        | drafted_by(record)
        | {
            "is_live": (record.state == record.State.DRAFTING or is_drafted_anew(record))
            and is_under_way(record),
            "has_failed": record.state == record.State.FAILED or has_stopped(record),
            "transcript": transcript,
            "turns": spoken_turns(spoken, sheet.content if sheet else None) if spoken else [],
            "newer_draft": selectors.newer_draft(record) if record.state in services.DRAFTS else None,
            "was_corrected": is_corrected_since(record, transcript),
            "has_sound": bool(recording and recording.received_at),
            "was_spoken": record.encounter.kind != record.encounter.Kind.TYPED,
            "versions": list(selectors.all_versions(record).defer("content")),
            "page_shortcuts": SHORTCUTS,
        }
    )


def drafted_by(record: MedicalRecord) -> dict[str, Any]:
    """Whether no model wrote what stands there, and which one could."""
    below = selectors.draft_below(record) if record.state in services.DRAFTS else None
    if below is None or not below.is_by_rules:
        return {"is_by_rules": False}
    organisation = record.organisation
    candidates = models_of.candidates(organisation, Purpose.EXTRACTION)
    return {
        "is_by_rules": True,
        "is_drafted_anew": is_drafted_anew(record) and is_under_way(record),
        "drafting_model": candidates[0].model if candidates else "",
        "is_small_model": models_of.is_left_to_embedded(organisation, Purpose.EXTRACTION),
    }


def is_drafted_anew(record: MedicalRecord) -> bool:
    """A draft is there, and another one is on its way."""
    return record.state in services.DRAFTS


def is_under_way(record: MedicalRecord) -> bool:
    return record.job is not None and record.job.state in Job.ACTIVE


def has_stopped(record: MedicalRecord) -> bool:
    """Its job ended without a draft, as when it was cancelled or its worker was lost for good."""
    is_over = record.job is not None and record.job.state not in (*Job.ACTIVE, Job.State.SUCCEEDED)
    return record.state == record.State.DRAFTING and is_over


def is_corrected_since(record: MedicalRecord, transcript: EncounterTranscript | None) -> bool:
    """Words corrected after the draft: the places of its statements may be off by a little."""
    if transcript is None or record.drafted_at is None:
        return False
    return transcript.revision > 1 and transcript.updated_at > record.drafted_at


@require_safe
@requires("records.view")
def record(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    record = selectors.record_of(actor_of(request), medical_record_id)
    context = page_context(request, record)
    context["proofs"] = signing.verify(record) if record.is_signed else []
    return render(request, "medical_records/records/record.html", context)


@require_GET
@requires("records.view")
def record_sound(request: HttpRequest, medical_record_id: UUID) -> HttpResponseBase:
    recording = selectors.record_of(actor_of(request), medical_record_id).encounter.recording
    if recording is None:
        raise Conflict(_("The audio has been deleted. The transcript remains."), code="sound_gone")
    return playback.sound_response(recording, range_header=request.headers.get("Range"))


@require_safe
@requires("records.view")
def record_versions(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """Two versions side by side: the model's draft and what holds now, unless `?before=` and `?after=` say others."""
    record = selectors.record_of(actor_of(request), medical_record_id)
    versions = list(selectors.all_versions(record))
    if not versions:
        raise Conflict(_("No version to compare yet."), code="no_version")
    before = (
        _version_by_number(versions, request.GET.get("before"))
        or selectors.model_version(record)
        or versions[-1]
    )
    after = (
        _version_by_number(versions, request.GET.get("after"))
        or selectors.current_version(record)
        or versions[0]
    )
    changes = diff.comparison(before.document, after.document)
    sheet = RecordView(after.document, selectors.template_for(record, after.document))
    context = {
        "record": record,
        "versions": versions,
        "before": before,
        "after": after,
        "changes": [(sheet.field(f"{each.section}.{each.key}"), each) for each in changes],
        "edits": diff.edits(before.document, after.document),
        "proofs": signing.verify(record),
    }
    return render(request, "medical_records/records/record_versions.html", context)


def _version_by_number(versions: list[RecordVersion], number: str | None) -> RecordVersion | None:
    if not number:
        return None
    version = next((each for each in versions if str(each.number) == number), None)
    if version is None:
        raise NotFound
    return version


@require_safe
@requires("records.view")
def records(request: HttpRequest) -> HttpResponse:
    """The list; htmx asks for its rows alone while something is being drafted."""
    actor = actor_of(request)
    form = RecordFilterForm(request.GET, actor=actor)
    filters = form.filters
    rows = selectors.filtered_records(actor, filters)
    is_filtered = form.is_narrow or filters.view != "all"
    context: dict[str, object] = {
        "row_list": RowListView(RECORDS, request, rows=rows, is_filtered=is_filtered)
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "resources/rows.html", context)
    counts = selectors.counts(actor, filters)
    query = request.GET.copy()
    query.pop("view", None)
    query.pop("page", None)
    context |= {
        "form": form,
        "filters": filters,
        "views": [(view, counts[view]) for view in selectors.VIEWS],
        "query": query.urlencode(),
    }
    return render(request, "medical_records/records/records.html", context)
