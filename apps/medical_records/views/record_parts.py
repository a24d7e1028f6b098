"""What the record page and its parts are made of."""

from typing import Any

from django.http import HttpRequest

from apps.accounts.access import actor_of
from apps.inference import selectors as models_of
from apps.inference.models import Purpose
from apps.jobs.models import Job
from apps.medical_records.forms.records import STATUSES
from apps.medical_records.models import EncounterTranscript, MedicalRecord
from apps.medical_records.patients import selectors as patients
from apps.medical_records.records import selectors, services
from apps.medical_records.records.sheets import Sheet, said

SHORTCUTS = "medical_records/record_shortcuts.html"


def sheet_of(record: MedicalRecord) -> Sheet | None:
    version = selectors.current_version(record)
    if version is None:
        return None
    content = version.document
    return Sheet(content, selectors.template_for(record, content))


def part_context(request: HttpRequest, record: MedicalRecord, sheet: Sheet | None) -> dict[str, Any]:
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
    sheet = sheet_of(record)
    transcript = (
        EncounterTranscript.objects.within(record.organisation_id)
        .filter(encounter=record.encounter_id)
        .first()
    )
    recording = record.encounter.recording
    return (
        part_context(request, record, sheet)
        | drafted_by(record)
        | {
            "is_live": (record.state == record.State.DRAFTING or is_drafted_anew(record))
            and is_under_way(record),
            "has_failed": record.state == record.State.FAILED or has_stopped(record),
            "transcript": transcript,
            "turns": said(transcript.said, sheet.content if sheet else None) if transcript else [],
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
