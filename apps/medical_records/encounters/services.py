"""Encounters begin, and what was said arrives: typed, or recorded and written down."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, TooLarge
from apps.jobs.services import fingerprint_of
from apps.medical_records.encounters import selectors
from apps.medical_records.encounters.speakers import labelled, told_apart
from apps.medical_records.models import (
    Department,
    Encounter,
    EncounterTranscript,
    MedicalRecord,
    Patient,
    RecordTemplateVersion,
)
from apps.speech import services as speech
from apps.speech.models import Recording
from apps.speech.selectors import transcript_of
from clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.speech.transcripts import Segment

LONGEST_TEXT = 200_000
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
def begin_encounter(
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
    if earlier := selectors.encounter_with_key(actor, idempotency_key):
        return _same(earlier, fingerprint)
    _check(intake)
    encounter = Encounter(
        organisation=actor.organisation,
        patient=patient,
        department=intake.department,
        clinician=actor.member,
        api_key=actor.api_key,
        kind=Kind.TYPED if intake.text.strip() else intake.kind,
        template_version=template_version,
        recording=_taken(actor, intake.recording),
        reason=intake.reason.strip(),
        has_consent=intake.has_consent,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint if idempotency_key else "",
    )
    _store(actor, encounter)
    if intake.text.strip():
        _store_typed(encounter, intake.text)
    elif intake.recording and intake.recording.finished_transcript:
        take_transcript(intake.recording)
    return encounter


@transaction.atomic
def begin_recording(actor: Actor, encounter: Encounter, *, file_name: str, length: int | None) -> Recording:
    """A place for the sound, which belongs to the encounter from its first part on. One that never began makes room.

    Raises Conflict where the encounter has something that was said already.
    """
    held = locked(encounter)
    _require_consent(held.kind, held.has_consent)
    there = held.recording
    if there and (there.received_at or there.offset):
        raise Conflict(
            _("This encounter has a recording already. Discard it first, or begin a new encounter."),
            code="encounter_has_recording",
        )
    if selectors.transcript_of(held):
        raise Conflict(_("What was said is here already."), code="encounter_has_transcript")
    if there:
        speech.delete_recording(there, deleted_by=actor)
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


@transaction.atomic
def end_recording(actor: Actor, encounter: Encounter) -> None:
    """With what has arrived of it: its device is gone, or the rest is lost. Raises Conflict when nothing arrived."""
    recording = locked(encounter).recording
    if recording is None or recording.received_at or not recording.offset or recording.length is not None:
        raise Conflict(
            _("There is nothing that could be ended here. Choose the file again, or record anew."),
            code="nothing_to_end",
        )
    speech.append_part(actor, recording, offset=recording.offset, content=BytesIO(), length=recording.offset)


@transaction.atomic
def discard_recording(actor: Actor, encounter: Encounter) -> None:
    """With what was said in it, to record or to type anew. Raises Conflict once there is a draft."""
    held = locked(encounter)
    transcript = selectors.transcript_of(held)
    if held.recording is None or (transcript and transcript.has_speech):
        raise Conflict(
            _("What was said belongs to the record now and stays."), code="encounter_has_transcript"
        )
    if transcript:
        transcript.delete()
    speech.delete_recording(held.recording, deleted_by=actor)
    _set_state(held, State.DRAFTING)


@transaction.atomic
def enter_text(actor: Actor, encounter: Encounter, *, text: str) -> EncounterTranscript:
    """Typed instead of recorded. Raises InvalidInput, and Conflict where something was said already."""
    held = locked(encounter)
    transcript = selectors.transcript_of(held)
    if held.recording or (transcript and transcript.has_speech):
        raise Conflict(_("What was said is here already."), code="encounter_has_transcript")
    _check_text(text)
    held.kind = Kind.TYPED
    held.save(update_fields=["kind"])
    if transcript:
        transcript.delete()
    audit.record(actor, action="encounter.typed", target=held.patient, details={"encounter": str(held.pk)})
    return _store_typed(held, text)


@transaction.atomic
def take_transcript(recording: Recording) -> Encounter | None:
    """What was heard becomes the encounter's transcript, in the transaction that stores it. None for no encounter.

    Without speech there will be no record: its state says so.
    """
    encounter = Encounter.objects.select_for_update().filter(recording=recording).first()
    if encounter is None:
        return None
    heard = transcript_of(Recording.objects.select_related("transcript").get(pk=recording.pk))
    said = ClinicalTranscript.from_segments(Segment.from_dict(segment) for segment in heard.segments)
    has_speech = heard.has_speech and said.has_speech
    EncounterTranscript.objects.update_or_create(
        encounter=encounter,
        defaults={
            "organisation_id": encounter.organisation_id,
            "content": told_apart(said, kind=encounter.kind).to_dict(),
            "fixed_speakers": [],
            "witnessed_speakers": {},
            "language": heard.language,
            "has_speech": has_speech,
            "is_incomplete": heard.is_incomplete,
            "seconds": heard.seconds,
        },
    )
    _set_state(encounter, State.DRAFTING if has_speech else State.NO_SPEECH)
    return encounter


def locked(encounter: Encounter) -> Encounter:
    """What arrives arrives under the encounter's row lock."""
    held = Encounter.objects.select_for_update(of=("self",)).select_related("patient", "recording__job")
    return held.get(pk=encounter.pk)


def _same(earlier: Encounter, fingerprint: str) -> Encounter:
    if earlier.fingerprint != fingerprint:
        raise Conflict(
            _("This idempotency key was used for other content. Use a new key for a new request."),
            code="idempotency_conflict",
        )
    return earlier


def _check(intake: Intake) -> None:
    if intake.kind == Kind.TYPED or intake.text.strip():
        _check_text(intake.text)
    else:
        _require_consent(intake.kind, intake.has_consent)


def _check_text(text: str) -> None:
    if not text.strip():
        raise InvalidInput(fields={"text": [_("Write or paste what was said.")]})
    if len(text) > LONGEST_TEXT:
        raise TooLarge(_("This text is too long for one encounter. Split it."))


def _require_consent(kind: str, has_consent: bool) -> None:
    if kind == Kind.CONSULTATION and not has_consent:
        raise InvalidInput(
            fields={"has_consent": [_("Ask the patient before you record, and say here that they agreed.")]}
        )


def _taken(actor: Actor, recording: Recording | None) -> Recording | None:
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
        with transaction.atomic():
            encounter.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("This idempotency key is being used right now. Send the request again.")) from error
    MedicalRecord.objects.create(
        organisation=encounter.organisation,
        encounter=encounter,
        patient=encounter.patient,
        department=encounter.department,
        template_version=encounter.template_version,
        author=encounter.clinician,
    )
    encounter.patient.last_seen_at = timezone.now()
    encounter.patient.save(update_fields=["last_seen_at"])
    details = {"encounter": str(encounter.pk), "kind": encounter.kind, "has_consent": encounter.has_consent}
    audit.record(actor, action="encounter.begun", target=encounter.patient, details=details)


def _store_typed(encounter: Encounter, text: str) -> EncounterTranscript:
    said = ClinicalTranscript.from_text(text)
    fixed = labelled(said)
    _set_state(encounter, State.DRAFTING)
    return EncounterTranscript.objects.create(
        organisation_id=encounter.organisation_id,
        encounter=encounter,
        content=told_apart(said, kind=encounter.kind, fixed=fixed).to_dict(),
        fixed_speakers=fixed,
        language="zh" if said.is_chinese else "en",
        has_speech=said.has_speech,
    )


def _set_state(encounter: Encounter, state: str) -> None:
    record = MedicalRecord.objects.select_for_update().get(encounter=encounter)
    record.state = state
    record.save(update_fields=["state", "updated_at"])
