"""Encounters of patients whom the actor treats."""

from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.core.errors import Conflict
from apps.core.models import OrganisationQuerySet
from apps.jobs.models import Job
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.patients import selectors as patients
from apps.medical_records.patients.models import Patient
from apps.medical_records.records.models import MedicalRecord
from apps.speech.models import Recording

_SETTLED = (MedicalRecord.State.SIGNED, MedicalRecord.State.AMENDING)
# A record without a job of its own waits for its recording: where writing that down failed, so did the record.
_HAS_FAILED = Q(state=MedicalRecord.State.FAILED) | (
    Q(state=MedicalRecord.State.DRAFTING)
    & (Q(job__state=Job.State.FAILED) | Q(job=None, encounter__recording__job__state=Job.State.FAILED))
)


def encounters(actor: Actor) -> OrganisationQuerySet[Encounter]:
    """Newest first, without what was said."""
    return (
        Encounter.objects.within(actor.organisation)
        .filter(patient__in=patients.visible_patients(actor).order_by().values("pk"))
        .select_related(
            "patient", "department", "clinician__user", "template_version__template", "recording__job"
        )
        .order_by("-seen_at", "-pk")
    )


def encounter_of(actor: Actor, encounter_id: UUID) -> Encounter:
    """Raises NotFound, also where the actor does not treat the patient."""
    return encounters(actor).one(pk=encounter_id)


def encounters_of(patient: Patient) -> OrganisationQuerySet[Encounter]:
    """The patient's encounters with the record of each, newest first."""
    encounters = Encounter.objects.within(patient.organisation_id).filter(patient=patient)
    return encounters.select_related(
        "record", "department", "clinician__user", "template_version__template", "recording__job"
    ).order_by("-seen_at", "-pk")


def locked_encounter(encounter: Encounter) -> Encounter:
    """What arrives arrives under the encounter's row lock."""
    # Of the encounter alone: PostgreSQL locks no row on the nullable side of the join to the recording.
    rows = Encounter.objects.select_for_update(of=("self",)).select_related("patient", "recording__job")
    return rows.get(pk=encounter.pk)


def encounter_with_key(actor: Actor, idempotency_key: str | None) -> Encounter | None:
    if not idempotency_key:
        return None
    return encounters(actor).filter(idempotency_key=idempotency_key).first()


def transcript_of(encounter: Encounter) -> EncounterTranscript | None:
    return EncounterTranscript.objects.within(encounter.organisation_id).filter(encounter=encounter).first()


def said_in(encounter: Encounter) -> EncounterTranscript:
    """What was said, by whom, with times. 409 while nothing is written down."""
    transcript = transcript_of(encounter)
    if transcript is None:
        raise Conflict(_("No transcript yet. Wait for the transcription."), code="not_transcribed")
    return transcript


def record_of(encounter: Encounter) -> MedicalRecord:
    records = MedicalRecord.objects.within(encounter.organisation_id).select_related("job")
    return records.get(encounter=encounter)


def recording_of(encounter: Encounter) -> Recording:
    """Raises Conflict where nothing was recorded."""
    if encounter.recording is None:
        raise Conflict(_("Nothing was recorded in this encounter."), code="nothing_recorded")
    return Recording.objects.select_related("job", "transcript").get(pk=encounter.recording.pk)


def transcription_of(encounter: Encounter) -> Job:
    """The job that writes down what is said. Raises Conflict while there is none."""
    job = encounter.recording.job if encounter.recording else None
    if job is None:
        raise Conflict(_("Transcription has not started."), code="nothing_recorded")
    return job


def own_failures(actor: Actor) -> OrganisationQuerySet[MedicalRecord]:
    """Records of patients whom the actor treats of which the transcription or the draft failed."""
    failed = MedicalRecord.objects.within(actor.organisation).filter(
        patient__in=patients.visible_patients(actor).order_by().values("pk")
    )
    return failed.exclude(state__in=_SETTLED).filter(_HAS_FAILED).order_by("-updated_at")
