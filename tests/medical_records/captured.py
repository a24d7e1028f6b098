"""What tests need of the way from speech to transcript: a template, a recording that was heard, an encounter."""

from collections.abc import Sequence
from typing import Any

from apps.accounts.actors import Actor
from apps.jobs import runs
from apps.medical_records.encounters import services as capture
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.encounters.services import Intake
from apps.medical_records.patients.models import Patient
from apps.medical_records.templates import selectors as templates
from apps.medical_records.templates import services as templates_services
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.speech import services as speech
from apps.speech.models import Recording
from llm_backend.speech.transcripts import Segment, Transcript, Word

TALK = "Doctor: What brings you here?\nPatient: I have had a headache for three days.\nPatient: No fever."


def template_of(actor: Actor, language: str = "en") -> RecordTemplateVersion:
    templates_services.install_builtin(actor.organisation)
    return templates.offered_versions(actor.organisation).filter(template__language=language)[0]


def typed(actor: Actor, patient: Patient, text: str = TALK, **changes: Any) -> Encounter:
    intake = Intake(kind=Encounter.Kind.TYPED, text=text, **changes)
    return capture.begin_encounter(actor, patient=patient, template_version=template_of(actor), intake=intake)


def awaited(actor: Actor, patient: Patient, *, kind: str = Encounter.Kind.CONSULTATION) -> Encounter:
    """An encounter that waits for its recording."""
    intake = Intake(kind=kind, has_consent=True)
    return capture.begin_encounter(actor, patient=patient, template_version=template_of(actor), intake=intake)


def segment(text: str, start: float, seconds: float = 2.0) -> Segment:
    words = text.split()
    step = seconds / max(1, len(words))
    return Segment(
        start,
        start + seconds,
        text,
        tuple(
            Word(f" {word}", start + number * step, start + (number + 1) * step, 0.9)
            for number, word in enumerate(words)
        ),
    )


def heard(recording: Recording, texts: Sequence[str], *, language: str = "en", **changes: Any) -> None:
    """The recording's job ends with this, as a worker ends it."""
    segments = tuple(segment(text, 3.0 * number) for number, text in enumerate(texts))
    said = Transcript(language, 3.0 * len(texts), segments, has_speech=bool(texts), **changes)

    def body(run: runs.JobRun) -> dict[str, Any]:
        with run.finishing({"recording": str(recording.pk)}):
            speech._store(recording, said)
        return {}

    runs.execute(str(recording.job_id), body)
