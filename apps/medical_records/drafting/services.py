"""Drafts a record from what was said: the model proposes, rules decide what stands in the words.

A section the model does not answer for, or is not asked for, is composed by rules; one they find nothing for stays
empty. Nothing is ever made up to fill it.
"""

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.singleton import once_per_process
from apps.inference import prompts
from apps.inference import selectors as models_of
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of_rows
from apps.jobs.models import Job
from apps.jobs.runs import JobCancelled, JobRun
from apps.jobs.subjects import JobRequest, Subject
from apps.medical_records.coding.models import Catalogue, CatalogueEntry
from apps.medical_records.drafting import sections
from apps.medical_records.drafting.codes import propose_codes
from apps.medical_records.drafting.diarisation import tell_speakers_apart
from apps.medical_records.encounters.models import EncounterTranscript
from apps.medical_records.patients.selectors import visible_patients
from apps.medical_records.records import selectors as records
from apps.medical_records.records import versions
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from apps.medical_records.transcripts.remap_spans import remap_content
from domain.clinical.drafting import DraftContext, FewShotExamples, NoteModel, draft_by_model
from domain.clinical.grounding import drugs
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.statement_grounding import NoSpeech, require_speech
from domain.clinical.records.record import RecordContent
from domain.clinical.transcripts.transcript import ClinicalTranscript

State = MedicalRecord.State
MAX_CATALOGUE_NAMES = 20_000
# Rules are a second of the processor. Many drafts at once would leave little of it to the threads that write answers.
_composing = Lock()


def _records_of_treated_patients(actor: Actor) -> QuerySet[MedicalRecord]:
    treated = visible_patients(actor).order_by().values("pk")
    return MedicalRecord.objects.within(actor.organisation).filter(patient__in=treated)


def _of_records(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
    """Names records by their template: the patient's name is sealed, and reading it belongs on the record's own page."""
    records = MedicalRecord.objects.within(actor.organisation).filter(
        pk__in={each.subject_id for each in asked if each.subject_id}
    )
    names = {str(pk): name for pk, name in records.values_list("pk", "template_version__template__name")}
    return {
        each.job_id: Subject(
            names[each.subject_id], reverse("medical_records:record", args=[each.subject_id])
        )
        for each in asked
        if each.subject_id in names
    }


DRAFT_RECORD = JobType(
    "medical_records.draft_record",
    queue="interactive",
    label=_("Draft a medical record"),
    is_announced_by_desk=True,
    stages={
        "reading": _("Reading the transcript"),
        "drafting": _("Writing the record"),
        "checking": _("Checking against the transcript"),
    },
    may_see=holders_of_rows("records.view", _records_of_treated_patients),
    may_cancel=holders_of_rows("records.write", _records_of_treated_patients),
    subject=_of_records,
    is_sealed=True,
    open_rows=lambda inputs: MedicalRecord.objects.filter(pk=inputs["record_id"]).first(),
)


@transaction.atomic
def request_draft(
    actor: Actor, record: MedicalRecord, *, with_model: bool = False, is_asked: bool = True
) -> Job:
    """A job that drafts it; the one that is under way, where there is one. What people wrote stays as it is.

    `with_model`: somebody asked for it, so that also a small one writes that is else left to rules. `is_asked`: by a request
    of its own; what follows a recording was admitted with it.
    """
    # Of two who ask at once, the second gets the job of the first.
    held = versions.lock_record(record)
    if held.job and Job.objects.active().filter(pk=held.job.pk).exists():
        return held.job
    inputs: dict[str, Any] = {"record_id": str(held.pk)} | ({"with_model": True} if with_model else {})
    create = jobs.create_job if is_asked else jobs.create_following_job
    job = create(actor, kind=DRAFT_RECORD, inputs=inputs, subject=f"medical_record:{held.pk}")
    if records.current_version(held) is None:
        held.state = State.DRAFTING
    held.job = job
    held.save(update_fields=["job", "state", "updated_at"])
    return job


@DRAFT_RECORD.service
def draft_record(run: JobRun, *, record_id: UUID, with_model: bool = False) -> dict[str, Any]:
    """What was said, as a draft in the record; its result names what rules composed and what was not found. Raises
    JobCancelled where somebody stopped it, which its page then shows.
    """
    record = (
        MedicalRecord.objects.within(run.job.organisation_id)
        .select_related("encounter__transcript", "template_version", "patient")
        .get(pk=record_id)
    )
    try:
        return _draft(run, record, with_model=with_model)
    except JobCancelled:
        # Somebody stopped it: without this its page would wait for a draft for ever.
        _end_without_draft(record, State.FAILED)
        raise


def _draft(run: JobRun, record: MedicalRecord, *, with_model: bool) -> dict[str, Any]:
    run.stage("reading")
    transcript = _transcript(run, record)
    try:
        require_speech(transcript)
    except NoSpeech:
        result = {"record": str(record.pk), "has_speech": False}
        with run.finishing(result):
            _end_without_draft(record, State.NO_SPEECH)
        return result
    sex = record.patient.known_sex
    template = record.template_version.schema.for_sex(sex)
    context = DraftContext(transcript, _drugs(record), find_assertion, sex)
    run.stage("drafting")
    answers = sections.answers(run, template, transcript, few_shot_examples(), with_model=with_model)
    run.stage("checking")
    version = record.template_version.number
    # Drafts queue for the lock below: meanwhile each would keep a connection that other threads could use.
    if not connection.in_atomic_block:
        connection.close()
    with _composing:
        content = draft_by_model(template, answers, context, version=version, model=note_model())
    propose_codes(run.job.organisation, template, content)
    run.check()
    is_by_model = any(answers.has(section) for section in template.sections)
    candidates = models_of.candidates(run.job.organisation, Purpose.EXTRACTION)
    model_name = candidates[0].model if candidates else ""
    result = {
        "record": str(record.pk),
        "sections_by_rules": answers.failures,
        "statements": sum(1 for _ in content.statements()),
        "unsupported": sum(not statement.is_exported for _, _, statement in content.statements()),
    }
    with run.finishing(result):
        versions.store_draft(
            record,
            _at_words_of_now(record, content, transcript),
            model_name=model_name if is_by_model else RecordVersion.BY_RULES,
            prompt_hash=prompts.load(run.job.organisation, sections.PROMPT).hash if is_by_model else "",
        )
    return result


def _transcript(run: JobRun, record: MedicalRecord) -> ClinicalTranscript:
    """Read again once it is known who speaks: somebody may have corrected it meanwhile."""
    transcripts = (
        EncounterTranscript.objects.within(record.organisation_id)
        .filter(encounter_id=record.encounter_id)
        .select_related("encounter")
    )
    stored = transcripts.first()
    if stored is None or not stored.content:
        return ClinicalTranscript(())
    tell_speakers_apart(run, stored)
    return transcripts.get().said


def _at_words_of_now(
    record: MedicalRecord, content: RecordContent, drafted_from: ClinicalTranscript
) -> RecordContent:
    """With its places in the transcript as it is now: somebody may have corrected it while the draft was written."""
    # A correction under way holds this lock until it is stored; the next one finds the draft and moves its places.
    versions.lock_record(record)
    transcript = EncounterTranscript.objects.within(record.organisation_id).get(
        encounter_id=record.encounter_id
    )
    if transcript.said.text == drafted_from.text:
        return content
    return remap_content(content, drafted_from, transcript.said)


def _end_without_draft(record: MedicalRecord, state: str) -> None:
    """Only where it waited for its first draft: what people wrote meanwhile stays."""
    waiting = MedicalRecord.objects.within(record.organisation_id).filter(pk=record.pk, state=State.DRAFTING)
    waiting.update(state=state)


def _drugs(record: MedicalRecord) -> drugs.Drugs:
    # A drug that only this hospital calls so must not be taken for one that nobody named.
    entries = CatalogueEntry.objects.within(record.organisation_id).filter(
        catalogue__system=Catalogue.System.DRUGS, catalogue__is_current=True
    )
    rows = entries.values_list("name", "aliases")[:MAX_CATALOGUE_NAMES]
    return drugs.built_in().with_names(name for own, aliases in rows for name in (own, *aliases))


@once_per_process
def note_model() -> NoteModel | None:
    """What was learnt from the hospital's own notes, where the installation names such a file."""
    return NoteModel.from_bytes(Path(settings.NOTE_MODEL).read_bytes()) if settings.NOTE_MODEL else None


@once_per_process
def few_shot_examples() -> FewShotExamples | None:
    """How the hospital wrote the parts of its records, where the installation names such a file."""
    return FewShotExamples.read(Path(settings.PAST_PARTS).read_text("utf-8")) if settings.PAST_PARTS else None
