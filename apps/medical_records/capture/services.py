"""From what was said to a draft: encounters and drafting, tied together."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import Conflict
from apps.inference import quotas
from apps.inference import selectors as models_of
from apps.inference.models import Purpose
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
    _queue_first_draft(actor, encounter, is_asked=True)
    return encounter


@transaction.atomic
def enter_text(actor: Actor, encounter: Encounter, *, text: str) -> None:
    services.enter_text(actor, encounter, text=text)
    _queue_first_draft(actor, encounter, is_asked=True)


@transaction.atomic
def take_transcript(recording: Recording) -> None:
    """The recording of an encounter is written down: its draft is queued in the name of who saw the patient."""
    encounter = services.take_transcript(recording)
    if encounter:
        actor = Actor(encounter.organisation, member=encounter.clinician, api_key=encounter.api_key)
        _queue_first_draft(actor, encounter, is_asked=False)


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
        raise Conflict(_("Nothing was said, so there is nothing to write a record from."), code="no_speech")
    if with_model and not models_of.candidates(encounter.organisation, Purpose.EXTRACTION):
        raise Conflict(_("No model is set up that could draft this record."), code="no_model")
    quotas.admit(actor)
    job = drafts.request_draft(actor, record, with_model=with_model)
    if with_model:
        audit.record(actor, action="record.model_asked", target=record, details={"job": str(job.pk)})
    return job


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


def _queue_first_draft(actor: Actor, encounter: Encounter, *, is_asked: bool) -> None:
    """`is_asked`: by a request of its own; what follows a recording was admitted with it."""
    transcript = selectors.transcript_of(encounter)
    record = selectors.record_of(encounter)
    if transcript and transcript.has_speech and record.state == State.DRAFTING and record.job is None:
        if is_asked:
            quotas.admit(actor)
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
