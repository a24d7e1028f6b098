"""What is looked at once all of a record is there: vital signs, changed meanings, a second patient, contradictions."""

from collections.abc import Sequence

from domain.clinical.drafting.draft_statements import DraftContext, with_problem
from domain.clinical.grounding import vitals
from domain.clinical.grounding.contradictions import find_contradictions, flag_contradictions
from domain.clinical.grounding.patient_change import find_patient_change
from domain.clinical.grounding.source_comparison import meaning_problems
from domain.clinical.records.record import FieldContent, RecordContent, SectionContent, Statement, Support
from domain.clinical.records.template import Template
from domain.clinical.transcripts.transcript import ClinicalTranscript


def finish_record(
    template: Template, sections: Sequence[SectionContent], context: DraftContext, *, version: int
) -> RecordContent:
    """With vital signs, contradictions said to be such, and nothing of a second patient."""
    record = RecordContent(
        template=template.key,
        template_version=version,
        language=template.language,
        sections=_with_vitals(template, sections, context.transcript),
    )
    record = _flag_changed_meaning(record, context)
    record = _flag_other_patient(record, context.transcript)
    contradictions = find_contradictions(
        context.transcript, find_assertion=context.find_assertion, drugs=context.drugs
    )
    return flag_contradictions(record, contradictions)


def _with_vitals(
    template: Template, sections: Sequence[SectionContent], transcript: ClinicalTranscript
) -> list[SectionContent]:
    """In the first field that is meant for them: rules read them, whoever writes the rest."""
    places = [
        (section.key, field.key)
        for section in template.sections
        for field in section.fields
        if field.kind == "vitals"
    ]
    signs = vitals.statements(transcript) if places else []
    return [
        SectionContent(
            key=section.key,
            fields=[
                FieldContent(key=field.key, statements=list(signs))
                if (section.key, field.key) == places[0]
                else field
                for field in section.fields
            ]
            if places
            else section.fields,
        )
        for section in sections
    ]


def _flag_changed_meaning(record: RecordContent, context: DraftContext) -> RecordContent:
    """The last look at each statement, whoever worded it: what says another thing than its words is unsupported."""
    copy = record.model_copy(deep=True)
    for section in copy.sections:
        for field in section.fields:
            field.statements = [_compared(statement, context) for statement in field.statements]
    return copy


def _compared(statement: Statement, context: DraftContext) -> Statement:
    if statement.support is Support.SUPPORTED:
        for problem in meaning_problems(statement, context.transcript, context.drugs):
            statement = with_problem(statement, problem.code, problem.words)
    return statement


def _flag_other_patient(record: RecordContent, transcript: ClinicalTranscript) -> RecordContent:
    """What was said after the next patient was called in may be about them: a person has to decide."""
    call = find_patient_change(transcript)
    if call is None:
        return record
    words = transcript.text[call.start : call.end]
    copy = record.model_copy(deep=True)
    for section in copy.sections:
        for field in section.fields:
            field.statements = [
                with_problem(statement, "other_patient", words)
                if any(span.start >= call.start for span in statement.spans)
                else statement
                for statement in field.statements
            ]
    return copy
