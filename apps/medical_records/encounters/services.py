"""Encounters begin, and what was said arrives: typed, or recorded and written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, TooLarge
from apps.inference import selectors as models_of
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.services import fingerprint_of
from apps.medical_records.drafting import services as drafting
from apps.medical_records.encounters import corrections, selectors
from apps.medical_records.encounters.corrections import CorrectedTranscript, Correction
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.encounters.selectors import locked_encounter
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.records import versions
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.medical_records.transcripts.remap_spans import remap_content
from apps.medical_records.transcripts.speakers import diarise, labelled_utterances
from apps.speech import services as speech
from apps.speech.models import Recording
from apps.speech.selectors import transcript_of
from domain.clinical.records.record import RecordContent, Support
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.speech.transcripts import Segment

# Before any pattern sees it: docs/decisions/patterns.md.
MAX_TEXT_CHARACTERS = 200_000
# Hours of talk. Each line is looked at by itself while somebody waits: 100,000 of one letter took a second.
MAX_TEXT_LINES = 10_000
Kind, State = Encounter.Kind, MedicalRecord.State
_EXTENSION = patterns.compile(r"\.[A-Za-z0-9]{1,5}")


@dataclass(frozen=True)
class Intake:
    """How an encounter begins. `recording`: one that arrived already; without it and without text, one is awaited."""

    kind: str = Kind.CONSULTATION
    department: Department | None = None
    recording: Recording | None = None
    text: str = ""
    has_consent: bool = False
    reason: str = ""


@transaction.atomic
def create_encounter(
    actor: Actor,
    *,
    patient: Patient,
    template_version: RecordTemplateVersion,
    intake: Intake,
    idempotency_key: str | None = None,
) -> Encounter:
    """The encounter and the record that will come of it. The same key again gives the encounter that is there.

    Raises InvalidInput, and Conflict for a recording that belongs to another encounter or a key used for other content.
    """
    fingerprint = fingerprint_of(
        patient.pk, template_version.pk, intake.kind, intake.recording and intake.recording.pk, intake.text
    )
    # Before anything is checked: whoever repeats a request gets its answer, also when the rest has changed since.
    if earlier := selectors.encounter_with_key(actor, idempotency_key):
        return _same(earlier, fingerprint)
    if intake.kind == Kind.TYPED or intake.text.strip():
        _check_text(intake.text)
    else:
        _require_consent(intake.kind, intake.has_consent)
    encounter = Encounter(
        organisation=actor.organisation,
        patient=patient,
        department=intake.department,
        clinician=actor.member,
        api_key=actor.api_key,
        kind=Kind.TYPED if intake.text.strip() else intake.kind,
        template_version=template_version,
        recording=_claim_recording(actor, intake.recording),
        reason=intake.reason.strip(),
        has_consent=intake.has_consent,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint if idempotency_key else "",
    )
    _store(actor, encounter)
    if intake.text.strip():
        _store_typed(encounter, intake.text)
    elif intake.recording and intake.recording.finished_transcript:
        store_transcript(intake.recording)
    return encounter


@requires_permission("records.write")
@transaction.atomic
def begin_recording(actor: Actor, encounter: Encounter, *, file_name: str, length: int | None) -> Recording:
    """A place for the sound, which belongs to the encounter from its first part on. One that never began makes room.

    Raises Conflict where the encounter has something that was said already.
    """
    held = locked_encounter(encounter)
    _require_consent(held.kind, held.has_consent)
    present = held.recording
    if present and (present.received_at or present.offset):
        raise Conflict(
            _("This encounter already has a recording. Discard it first, or start a new encounter."),
            code="encounter_has_recording",
        )
    if selectors.transcript_of(held):
        raise Conflict(_("This encounter already has a transcript."), code="encounter_has_transcript")
    if present:
        speech.delete_recording(present, deleted_by=actor)
    extension = PurePath(file_name).suffix
    # Never the sender's file name: people name files after patients.
    held.recording = speech.begin_upload(
        actor,
        file_name=f"recording{extension if _EXTENSION.fullmatch(extension) else ''}",
        title=str(_("Encounter")),
        length=length,
        is_restricted=True,
    )
    held.save(update_fields=["recording"])
    _set_state(held, State.DRAFTING)
    return held.recording


@requires_permission("records.write")
@transaction.atomic
def end_recording(actor: Actor, encounter: Encounter) -> None:
    """Ends a recording with what has arrived of it: its device is gone, or the rest is lost. Raises Conflict when
    nothing arrived.
    """
    recording = locked_encounter(encounter).recording
    if recording is None or recording.received_at or not recording.offset or recording.length is not None:
        raise Conflict(
            _("No recording to finish. Choose the file again, or record again."),
            code="nothing_to_end",
        )
    # An empty last part that announces the length: what has arrived is all of it.
    speech.append_part(actor, recording, offset=recording.offset, content=BytesIO(), length=recording.offset)


@requires_permission("records.write")
@transaction.atomic
def discard_recording(actor: Actor, encounter: Encounter) -> None:
    """Discards a recording with what was said in it, to record or to type anew. Raises Conflict once there is a draft."""
    held = locked_encounter(encounter)
    transcript = selectors.transcript_of(held)
    if held.recording is None or (transcript and transcript.has_speech):
        raise Conflict(
            _("The transcript is part of the record and cannot be discarded."),
            code="encounter_has_transcript",
        )
    if transcript:
        transcript.delete()
    speech.delete_recording(held.recording, deleted_by=actor)
    _set_state(held, State.DRAFTING)


@transaction.atomic
def store_text(actor: Actor, encounter: Encounter, *, text: str) -> EncounterTranscript:
    """Typed instead of recorded. Raises InvalidInput, and Conflict where something was said already."""
    held = locked_encounter(encounter)
    transcript = selectors.transcript_of(held)
    if held.recording or (transcript and transcript.has_speech):
        raise Conflict(_("This encounter already has a transcript."), code="encounter_has_transcript")
    _check_text(text)
    held.kind = Kind.TYPED
    held.save(update_fields=["kind"])
    if transcript:
        transcript.delete()
    audit.record(actor, action="encounter.typed", target=held.patient, details={"encounter": str(held.pk)})
    return _store_typed(held, text)


@transaction.atomic
def store_transcript(recording: Recording) -> Encounter | None:
    """What was heard becomes the encounter's transcript, in the transaction that stores it. None for no encounter.

    Without speech there will be no record: its state says so.
    """
    encounter = Encounter.objects.select_for_update().filter(recording=recording).first()
    if encounter is None:
        return None
    speech_transcript = transcript_of(Recording.objects.select_related("transcript").get(pk=recording.pk))
    dialogue = ClinicalTranscript.from_segments(
        Segment.from_dict(segment) for segment in speech_transcript.segments
    )
    has_speech = speech_transcript.has_speech and dialogue.has_speech
    EncounterTranscript.objects.update_or_create(
        encounter=encounter,
        defaults={
            "organisation_id": encounter.organisation_id,
            "content": diarise(dialogue, kind=encounter.kind).to_dict(),
            "fixed_speakers": [],
            "witnessed_speakers": {},
            "language": speech_transcript.language,
            "has_speech": has_speech,
            "is_incomplete": speech_transcript.is_incomplete,
            "seconds": speech_transcript.seconds,
        },
    )
    _set_state(encounter, State.DRAFTING if has_speech else State.NO_SPEECH)
    return encounter


def _same(earlier: Encounter, fingerprint: str) -> Encounter:
    if earlier.fingerprint != fingerprint:
        raise Conflict(
            _("This idempotency key was used for other content. Use a new key for a new request."),
            code="idempotency_conflict",
        )
    return earlier


def _check_text(text: str) -> None:
    if not text.strip():
        raise InvalidInput(fields={"text": [_("Enter or paste the transcript.")]})
    if len(text) > MAX_TEXT_CHARACTERS or text.count("\n") >= MAX_TEXT_LINES:
        raise TooLarge(_("This text is too long for one encounter. Split it."))


def _require_consent(kind: str, has_consent: bool) -> None:
    if kind == Kind.CONSULTATION and not has_consent:
        raise InvalidInput(
            fields={"has_consent": [_("Ask for the patient's consent before recording and tick the box.")]}
        )


def _claim_recording(actor: Actor, recording: Recording | None) -> Recording | None:
    """From now on the recording is heard by who treats the patient alone."""
    if recording is None:
        return None
    if recording.is_restricted or Encounter.objects.filter(recording=recording).exists():
        raise Conflict(_("This recording belongs to another encounter."), code="recording_taken")
    recording.is_restricted = True
    recording.save(update_fields=["is_restricted"])
    return recording


def _store(actor: Actor, encounter: Encounter) -> None:
    try:
        # A savepoint: the key is unique in the database, and the caller's transaction has to survive the refusal.
        with transaction.atomic():
            encounter.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("This idempotency key is in use. Send the request again.")) from error
    MedicalRecord.objects.create(
        organisation=encounter.organisation,
        encounter=encounter,
        patient=encounter.patient,
        department=encounter.department,
        template_version=encounter.template_version,
        author=encounter.clinician,
    )
    # Records are kept for so many years from here on.
    encounter.patient.last_seen_at = timezone.now()
    encounter.patient.save(update_fields=["last_seen_at"])
    details = {"encounter": str(encounter.pk), "kind": encounter.kind, "has_consent": encounter.has_consent}
    audit.record(actor, action="encounter.begun", target=encounter.patient, details=details)


def _store_typed(encounter: Encounter, text: str) -> EncounterTranscript:
    dialogue = ClinicalTranscript.from_text(text)
    fixed = labelled_utterances(dialogue)
    _set_state(encounter, State.DRAFTING)
    return EncounterTranscript.objects.create(
        organisation_id=encounter.organisation_id,
        encounter=encounter,
        content=diarise(dialogue, kind=encounter.kind, fixed=fixed).to_dict(),
        fixed_speakers=fixed,
        language="zh" if dialogue.is_chinese else "en",
        has_speech=dialogue.has_speech,
    )


def _set_state(encounter: Encounter, state: str) -> None:
    record = MedicalRecord.objects.select_for_update().get(encounter=encounter)
    record.state = state
    record.save(update_fields=["state", "updated_at"])


@requires_permission("records.write")
@transaction.atomic
def begin_encounter(
    actor: Actor,
    *,
    patient: Patient,
    template_version: RecordTemplateVersion,
    intake: Intake,
    idempotency_key: str | None = None,
) -> Encounter:
    """Begins an encounter; where all has been said already, its draft is queued."""
    encounter = create_encounter(
        actor,
        patient=patient,
        template_version=template_version,
        intake=intake,
        idempotency_key=idempotency_key,
    )
    _queue_first_draft(actor, encounter, is_asked=True)
    return encounter


@requires_permission("records.write")
@transaction.atomic
def enter_text(actor: Actor, encounter: Encounter, *, text: str) -> None:
    """What was typed, and with it the first draft. Raises what `store_text` raises."""
    store_text(actor, encounter, text=text)
    _queue_first_draft(actor, encounter, is_asked=True)


@transaction.atomic
def take_transcript(recording: Recording) -> None:
    """The recording of an encounter is written down: its draft is queued in the name of who saw the patient."""
    encounter = store_transcript(recording)
    if encounter:
        # No request is under way here: the recording ended by itself.
        actor = Actor(encounter.organisation, member=encounter.clinician, api_key=encounter.api_key)
        _queue_first_draft(actor, encounter, is_asked=False)


@requires_permission("records.write")
@transaction.atomic
def draft_again(actor: Actor, encounter: Encounter, *, with_model: bool = False) -> Job:
    """After a failure, or when what was said was corrected. Raises Conflict for a signed record or without speech.

    `with_model`: also by a model that is too small to be asked unbidden; Conflict where none is set up.
    """
    record = selectors.record_of(encounter)
    transcript = selectors.said_in(encounter)
    if record.is_signed:
        raise Conflict(_("The record is signed. Amend it instead."), code="record_signed")
    if not transcript.has_speech:
        raise Conflict(_("No speech was detected, so no record can be drafted."), code="no_speech")
    if with_model and not models_of.candidates(encounter.organisation, Purpose.EXTRACTION):
        raise Conflict(_("No model is set up to draft this record."), code="no_model")
    job = drafting.request_draft(actor, record, with_model=with_model)
    if with_model:
        audit.record(actor, action="record.model_asked", target=record, details={"job": str(job.pk)})
    return job


@requires_permission("records.write")
@transaction.atomic
def correct(
    actor: Actor, encounter: Encounter, changes: Sequence[Correction], *, revision: int
) -> CorrectedTranscript:
    """What was said is corrected; what drafts say keeps pointing at its words."""
    transcript = corrections.apply_correction(actor, encounter, changes, revision=revision)
    _move_spans(actor, encounter, transcript)
    return transcript


@requires_permission("records.write")
@transaction.atomic
def remove_utterances(
    actor: Actor, encounter: Encounter, *, first: int, last: int, revision: int
) -> CorrectedTranscript:
    """As `correct`: what drafts say of the other lines keeps pointing at its words. Raises InvalidInput and Conflict."""
    transcript = corrections.apply_removal(actor, encounter, first=first, last=last, revision=revision)
    _move_spans(actor, encounter, transcript)
    return transcript


@requires_permission("records.write")
def draft_with_model(actor: Actor, record: MedicalRecord) -> Job:
    return draft_again(actor, record.encounter, with_model=True)


@requires_permission("records.write")
def retry_transcription(actor: Actor, encounter: Encounter) -> Job:
    """Raises Conflict unless it failed or was stopped."""
    return jobs.retry_job(selectors.transcription_of(encounter), requested_by=actor)


@requires_permission("records.write")
def stop_transcription(actor: Actor, encounter: Encounter) -> Job:
    """Raises Conflict when it is over."""
    return jobs.cancel_job(selectors.transcription_of(encounter), requested_by=actor)


def _queue_first_draft(actor: Actor, encounter: Encounter, *, is_asked: bool) -> None:
    transcript = selectors.transcript_of(encounter)
    record = selectors.record_of(encounter)
    if transcript and transcript.has_speech and record.state == State.DRAFTING and record.job is None:
        drafting.request_draft(actor, record, is_asked=is_asked)


def _move_spans(actor: Actor, encounter: Encounter, corrected: CorrectedTranscript) -> None:
    """Moves the places in every version that may still change; a signed one keeps the places that were signed with it."""
    if not corrected.is_reworded:
        return
    unsigned = RecordVersion.objects.within(encounter.organisation_id).filter(
        record__encounter=encounter, signed_at=None
    )
    # Whoever edits a draft at this moment waits, and goes on with places that were moved.
    for version in unsigned.select_for_update():
        before = version.document
        content = remap_content(before, corrected.before, corrected.transcript.said)
        version.content = content.model_dump(mode="json")
        version.save(update_fields=["content"])
        if version.kind == RecordVersion.Kind.EDIT and _unsupported(content) != _unsupported(before):
            _question_record(actor, encounter)


def _unsupported(content: RecordContent) -> set[str]:
    return {each.id for _section, _key, each in content.statements() if each.support is Support.UNSUPPORTED}


def _question_record(actor: Actor, encounter: Encounter) -> None:
    """Statements lost their words: a review was of what they rested on, and who has the page open is told."""
    record = versions.lock_record(selectors.record_of(encounter))
    record.reviewed_by = record.reviewed_at = None
    if record.state == State.REVIEWED:
        record.state = State.DRAFT
    record.revision += 1
    record.save(update_fields=["state", "reviewed_by", "reviewed_at", "revision", "updated_at"])
    details = {"operation": "correct_transcript", "revision": record.revision}
    audit.record(actor, action="record.changed", target=record, details=details)
