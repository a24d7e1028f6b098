"""From what was said to a draft: encounters and drafting, tied together."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core.errors import Conflict
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.medical_records.capture.spans import moved
from apps.medical_records.drafting import drafts
from apps.medical_records.encounters import corrections, selectors, services
from apps.medical_records.encounters.corrections import Corrected, Correction
from apps.medical_records.encounters.services import Intake
from apps.medical_records.models import (
    Encounter,
    MedicalRecord,
    Patient,
    RecordTemplateVersion,
    RecordVersion,
)
from apps.speech.models import Recording

State = MedicalRecord.State


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
    encounter = services.begin_encounter(
        actor,
        patient=patient,
        template_version=template_version,
        intake=intake,
        idempotency_key=idempotency_key,
    )
    _queue_first_draft(actor, encounter)
    return encounter


@transaction.atomic
def enter_text(actor: Actor, encounter: Encounter, *, text: str) -> None:
    services.enter_text(actor, encounter, text=text)
    _queue_first_draft(actor, encounter)


@transaction.atomic
def take_transcript(recording: Recording) -> None:
    """The recording of an encounter is written down: its draft is queued in the name of who saw the patient."""
    encounter = services.take_transcript(recording)
    if encounter:
        actor = Actor(encounter.organisation, member=encounter.clinician, api_key=encounter.api_key)
        _queue_first_draft(actor, encounter)


@transaction.atomic
def draft_again(actor: Actor, encounter: Encounter) -> Job:
    """After a failure, or when what was said was corrected. Raises Conflict for a signed record or without speech."""
    record = selectors.record_of(encounter)
    transcript = selectors.said_in(encounter)
    if record.is_signed:
        raise Conflict(_("The record is signed. Amend it instead."), code="record_signed")
    if not transcript.has_speech:
        raise Conflict(_("Nothing was said, so there is nothing to write a record from."), code="no_speech")
    return drafts.request_draft(actor, record)


@transaction.atomic
def correct(actor: Actor, encounter: Encounter, made: Sequence[Correction], *, revision: int) -> Corrected:
    """What was said is corrected; what drafts say keeps pointing at its words."""
    done = corrections.correct(actor, encounter, made, revision=revision)
    _move_spans(encounter, done)
    return done


@transaction.atomic
def remove_utterances(
    actor: Actor, encounter: Encounter, *, first: int, last: int, revision: int
) -> Corrected:
    done = corrections.remove_utterances(actor, encounter, first=first, last=last, revision=revision)
    _move_spans(encounter, done)
    return done


def retry_transcription(actor: Actor, encounter: Encounter) -> Job:
    """Raises Conflict unless it failed or was stopped."""
    return jobs.retry_job(selectors.transcription_of(encounter), requested_by=actor)


def stop_transcription(actor: Actor, encounter: Encounter) -> Job:
    """Raises Conflict when it is over."""
    return jobs.cancel_job(selectors.transcription_of(encounter), requested_by=actor)


def _queue_first_draft(actor: Actor, encounter: Encounter) -> None:
    transcript = selectors.transcript_of(encounter)
    record = selectors.record_of(encounter)
    if transcript and transcript.has_speech and record.state == State.DRAFTING and record.job is None:
        drafts.request_draft(actor, record)


def _move_spans(encounter: Encounter, done: Corrected) -> None:
    if not done.is_reworded:
        return
    versions = RecordVersion.objects.within(encounter.organisation_id).filter(
        record__encounter=encounter, signed_at=None
    )
    for version in versions.select_for_update():
        content = moved(version.document, done.before, done.transcript.said)
        version.content = content.model_dump(mode="json")
        version.save(update_fields=["content"])
