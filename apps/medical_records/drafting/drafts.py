"""Drafts a record from what was said: the model proposes, rules decide what stands in the words.

A section the model does not answer for, or is not asked for, is composed by rules; one they find nothing for stays
empty. Nothing is ever made up to fill it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.accounts.actors import Actor
from apps.core.once import once_per_process
from apps.inference import selectors as models_of
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobCancelled, JobRun
from apps.medical_records import kinds
from apps.medical_records.drafting import sections
from apps.medical_records.drafting.codes import propose_codes
from apps.medical_records.drafting.sections import Answers
from apps.medical_records.drafting.speakers import tell_apart
from apps.medical_records.models import CatalogueEntry, EncounterTranscript, MedicalRecord, RecordVersion
from apps.medical_records.models.catalogues import Catalogue
from apps.medical_records.records import selectors, versions
from llm_backend import prompts
from llm_backend.clinical import asking, by_rules, drugs, past_parts, proposals
from llm_backend.clinical.by_rules import RuleDraft
from llm_backend.clinical.evidence import NoSpeech, require_speech
from llm_backend.clinical.past_parts import PastParts
from llm_backend.clinical.proposals import Ground
from llm_backend.clinical.record import FieldContent, RecordContent, SectionContent
from llm_backend.clinical.selection import NoteModel
from llm_backend.clinical.status import status_of
from llm_backend.clinical.template import Template, TemplateSection
from llm_backend.clinical.transcript import ClinicalTranscript

State = MedicalRecord.State
MOST_CATALOGUE_NAMES = 20_000


@transaction.atomic
def request_draft(actor: Actor, record: MedicalRecord) -> Job:
    """A job that drafts it; the one that is under way, where there is one. What people wrote stays as it is."""
    held = versions.locked(record)
    if held.job and Job.objects.active().filter(pk=held.job.pk).exists():
        return held.job
    inputs = {"record_id": str(held.pk)}
    job = jobs.create_job(actor, kind=kinds.DRAFT_RECORD, inputs=inputs, subject=f"medical_record:{held.pk}")
    if selectors.current_version(held) is None:
        held.state = State.DRAFTING
    held.job = job
    held.save(update_fields=["job", "state", "updated_at"])
    return job


def draft_record(run: JobRun, *, record_id: UUID) -> dict[str, Any]:
    record = (
        MedicalRecord.objects.within(run.job.organisation_id)
        .select_related("encounter__transcript", "template_version")
        .get(pk=record_id)
    )
    try:
        return _draft(run, record)
    except JobCancelled:
        _end_without_draft(record, State.FAILED)
        raise


def _draft(run: JobRun, record: MedicalRecord) -> dict[str, Any]:
    run.stage("reading")
    transcript = _said(run, record)
    try:
        require_speech(transcript)
    except NoSpeech:
        return _without_speech(run, record)
    template = record.template_version.schema
    ground = Ground(transcript, _drugs(record), status_of)
    run.stage("drafting")
    found = sections.answers(run, template, transcript, _past_parts())
    run.stage("checking")
    content = _content(record, template, found, ground)
    propose_codes(run.job.organisation, template, content)
    run.check()
    is_by_model = bool(found.texts) or any(found.of(section) is not None for section in template.sections)
    result = {
        "record": str(record.pk),
        "sections_by_rules": found.failures,
        "statements": sum(1 for _ in content.statements()),
        "unsupported": sum(not statement.is_exported for _, _, statement in content.statements()),
    }
    with run.finishing(result):
        versions.store_draft(
            record,
            content,
            model_name=_model_name(run) if is_by_model else RecordVersion.BY_RULES,
            prompt_hash=prompts.load(sections.PROMPT).hash if is_by_model else "",
        )
    return result


def _said(run: JobRun, record: MedicalRecord) -> ClinicalTranscript:
    """Read again once it is known who speaks: somebody may have corrected it meanwhile."""
    transcripts = (
        EncounterTranscript.objects.within(record.organisation_id)
        .filter(encounter_id=record.encounter_id)
        .select_related("encounter")
    )
    stored = transcripts.first()
    if stored is None or not stored.content:
        return ClinicalTranscript(())
    tell_apart(run, stored)
    return transcripts.get().said


def _without_speech(run: JobRun, record: MedicalRecord) -> dict[str, Any]:
    """No speech, no record."""
    result = {"record": str(record.pk), "has_speech": False}
    with run.finishing(result):
        _end_without_draft(record, State.NO_SPEECH)
    return result


def _end_without_draft(record: MedicalRecord, state: str) -> None:
    """Only where it waited for its first draft: what people wrote meanwhile stays."""
    waiting = MedicalRecord.objects.within(record.organisation_id).filter(pk=record.pk, state=State.DRAFTING)
    waiting.update(state=state)


def _drugs(record: MedicalRecord) -> drugs.Drugs:
    entries = CatalogueEntry.objects.within(record.organisation_id).filter(
        catalogue__system=Catalogue.System.DRUGS, catalogue__is_current=True
    )
    rows = entries.values_list("name", "aliases")[:MOST_CATALOGUE_NAMES]
    return drugs.built_in().with_names(name for own, aliases in rows for name in (own, *aliases))


def _content(record: MedicalRecord, template: Template, found: Answers, ground: Ground) -> RecordContent:
    by_rule = RuleDraft(template, ground, _note_model())
    unread = _unread_from(ground.transcript, found)
    proposed = [_proposed(section, found, by_rule, ground) for section in template.sections]
    # What was written where it does not belong goes first: a required field that held nothing else is empty then.
    fitting = by_rules.without_repeats(proposed, by_rule)
    drafted = [
        part if found.of(section) is None else _with_rules(section, part, by_rule, unread)
        for section, part in zip(template.sections, fitting, strict=True)
    ]
    told_once = by_rules.without_repeats(drafted, by_rule)
    return by_rules.finished(template, told_once, ground, version=record.template_version.number)


@once_per_process
def _note_model() -> NoteModel | None:
    """What was learnt from the hospital's own notes, where the installation names such a file."""
    return NoteModel.from_bytes(Path(settings.NOTE_MODEL).read_bytes()) if settings.NOTE_MODEL else None


@once_per_process
def _past_parts() -> PastParts | None:
    """How the hospital wrote the parts of its records, where the installation names such a file."""
    return PastParts.read(Path(settings.PAST_PARTS).read_text("utf-8")) if settings.PAST_PARTS else None


def _unread_from(transcript: ClinicalTranscript, found: Answers) -> int:
    """Where in the text the lines begin that the model did not see."""
    is_read = found.read_to >= len(transcript.utterances)
    return len(transcript.text) + 1 if is_read else transcript.starts[found.read_to]


def _proposed(section: TemplateSection, found: Answers, by_rule: RuleDraft, ground: Ground) -> SectionContent:
    answers = found.of(section)
    fields = (
        by_rule.section(section).fields if answers is None else proposals.fields(section, answers, ground)
    )
    styled = [_in_own_style(section, field, found, ground) for field in fields]
    return SectionContent(key=section.key, fields=styled)


def _with_rules(
    section: TemplateSection, drafted: SectionContent, by_rule: RuleDraft, unread: int
) -> SectionContent:
    required = {field.key for field in section.fields if field.is_required}
    completed = _completed(drafted.fields, by_rule.section(section), required, unread)
    return SectionContent(key=section.key, fields=list(completed))


def _in_own_style(
    section: TemplateSection, field: FieldContent, found: Answers, ground: Ground
) -> FieldContent:
    """What was written like earlier records takes the answer's place, if any of it was said."""
    place = asking.written_field(section)
    if place is None or place.key != field.key:
        return field
    text = "\n".join(found.texts.get(section.key, []))
    written = past_parts.statements(text, section.key, place, ground)
    return FieldContent(key=field.key, statements=written) if any(s.is_exported for s in written) else field


def _completed(
    drafted: list[FieldContent], composed: SectionContent, required: set[str], unread: int
) -> Iterator[FieldContent]:
    """With what rules found in lines that the model did not see, and for required fields it left empty."""
    by_key = {field.key: field.statements for field in composed.fields}
    for field in drafted:
        is_missing = field.key in required and not field.exported
        added = [
            statement
            for statement in by_key.get(field.key, [])
            if is_missing or any(span.start >= unread for span in statement.spans)
        ]
        numbered = [
            statement.model_copy(update={"id": f"{statement.id}-r{number}"})
            for number, statement in enumerate(added, start=1)
        ]
        yield FieldContent(key=field.key, statements=[*field.statements, *numbered])


def _model_name(run: JobRun) -> str:
    candidates = models_of.candidates(run.job.organisation, Purpose.EXTRACTION)
    return candidates[0].model if candidates else ""
