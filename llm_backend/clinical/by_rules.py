"""The parts of a record that need no model, and what is looked at once all of it is there."""

from collections.abc import Iterable, Sequence

from llm_backend.clinical import vitals
from llm_backend.clinical.contradictions import contradictions, flagged
from llm_backend.clinical.evidence import require_speech
from llm_backend.clinical.proposals import Ground, with_problem
from llm_backend.clinical.quotes import quoted
from llm_backend.clinical.record import FieldContent, RecordContent, SectionContent, Statement
from llm_backend.clinical.second_patient import second_patient
from llm_backend.clinical.template import Template, TemplateSection
from llm_backend.clinical.transcript import ClinicalTranscript


def drafted(template: Template, ground: Ground, *, version: int = 1) -> RecordContent:
    """A whole record without a model. Raises NoSpeech."""
    require_speech(ground.transcript)
    sections = [section_by_rules(section, ground) for section in template.sections]
    return finished(template, sections, ground, version=version)


def section_by_rules(section: TemplateSection, ground: Ground) -> SectionContent:
    return SectionContent(key=section.key, fields=quoted(section, ground))


def finished(
    template: Template, sections: Sequence[SectionContent], ground: Ground, *, version: int
) -> RecordContent:
    """With vital signs, contradictions said to be such, and nothing of a second patient."""
    record = RecordContent(
        template=template.key,
        template_version=version,
        language=template.language,
        sections=_with_vitals(template, sections, ground.transcript),
    )
    record = _of_one_patient(record, ground.transcript)
    found = contradictions(ground.transcript, status_of=ground.status_of, drugs=ground.drugs)
    return flagged(record, found)


def _with_vitals(
    template: Template, sections: Sequence[SectionContent], transcript: ClinicalTranscript
) -> list[SectionContent]:
    """In the first field that is meant for them."""
    home = next(
        (
            (section.key, field.key)
            for section in template.sections
            for field in section.fields
            if field.kind == "vitals"
        ),
        None,
    )
    measured = vitals.statements(transcript) if home else []
    return [_filled(section, home, measured) for section in sections]


def _filled(
    section: SectionContent, home: tuple[str, str] | None, measured: Iterable[Statement]
) -> SectionContent:
    fields = [
        FieldContent(key=field.key, statements=list(measured)) if (section.key, field.key) == home else field
        for field in section.fields
    ]
    return SectionContent(key=section.key, fields=fields)


def _of_one_patient(record: RecordContent, transcript: ClinicalTranscript) -> RecordContent:
    """What was said after the next patient was called in may be about them: a person has to decide."""
    called = second_patient(transcript)
    if called is None:
        return record
    words = transcript.text[called.start : called.end]
    copy = record.model_copy(deep=True)
    for section in copy.sections:
        for field in section.fields:
            field.statements = [
                with_problem(statement, "other_patient", words)
                if any(span.start >= called.start for span in statement.spans)
                else statement
                for statement in field.statements
            ]
    return copy
