"""The parts of a record that need no model, and what is looked at once all of it is there."""

from collections.abc import Iterable, Sequence

from clinical.dialogue.exchanges import is_conversation
from clinical.drafting import conversation
from clinical.drafting.extractive_draft import quote_sentences
from clinical.drafting.field_mapping import FieldPlace, find_field
from clinical.drafting.narrative import compose_note
from clinical.drafting.note_selection import NoteModel
from clinical.drafting.note_sentences import NoteSentence
from clinical.drafting.proposals import DraftContext, settle_statement, with_problem
from clinical.grounding import vitals
from clinical.grounding.contradictions import find_contradictions, flag_contradictions
from clinical.grounding.patient_change import find_patient_change
from clinical.grounding.statement_grounding import require_speech
from clinical.records.record import FieldContent, RecordContent, SectionContent, Span, Statement, Status
from clinical.records.template import Template, TemplateField, TemplateSection
from clinical.transcripts.transcript import ClinicalTranscript

# What is said of these belongs nowhere else.
SEPARATE_SECTIONS = frozenset({"allergies", "family_history", "social_history", "surgical_history"})


def draft_by_rules(
    template: Template, ground: DraftContext, *, version: int = 1, model: NoteModel | None = None
) -> RecordContent:
    """A whole record without a language model. Raises NoSpeech."""
    require_speech(ground.transcript)
    draft = RuleComposer(template, ground, model)
    sections = [draft.section(section) for section in template.sections]
    return finish_record(template, sections, ground, version=version)


class RuleComposer:
    """Sections composed of what was said; a field that stays empty gets quotes of what nobody used yet."""

    def __init__(self, template: Template, ground: DraftContext, model: NoteModel | None = None) -> None:
        self._ground = ground
        self._is_whole = model is None and is_conversation(ground.transcript)
        self._fields: dict[FieldPlace, list[Statement]] = {}
        self._owned: list[tuple[Span, str]] = []
        for sentence in _write_sentences(ground, model):
            if place := find_field(template, sentence.section, sentence.text, sentence.part):
                self._fields.setdefault(place, []).append(self._statement(template, place, sentence))
                if sentence.section in SEPARATE_SECTIONS:
                    self._owned += [(span, place[0]) for span in sentence.spans]
        self._used = {
            (span.start, span.end)
            for statements in self._fields.values()
            for statement in statements
            for span in statement.spans
        }

    def section(self, section: TemplateSection) -> SectionContent:
        fields = [
            FieldContent(key=field.key, statements=self._statements(section, field))
            for field in section.fields
        ]
        return SectionContent(key=section.key, fields=fields)

    def owner(self, statement: Statement) -> str | None:
        """The section that its words plainly belong to, as what somebody is allergic to does; None where it is open."""
        owners = {
            section
            for span in statement.spans
            for own, section in self._owned
            if own.start < span.end and span.start < own.end
        }
        return owners.pop() if len(owners) == 1 else None

    def _statements(self, section: TemplateSection, field: TemplateField) -> list[Statement]:
        if statements := self._fields.get((section.key, field.key)):
            return statements
        if self._is_whole and section.division == "assessment_and_plan" and field.kind != "diagnoses":
            # All that was ordered stands where it belongs: what is left over was no order.
            return []
        return [quote for quote in quote_sentences(section, field, self._ground) if not self._is_used(quote)]

    def _is_used(self, statement: Statement) -> bool:
        """Some of it: a question stands with its answer, and a sentence of two topics in two fields."""
        return any(
            start < span.end and end > span.start for span in statement.spans for start, end in self._used
        )

    def _statement(self, template: Template, place: FieldPlace, sentence: NoteSentence) -> Statement:
        field = template.field(*place)
        number = len(self._fields.get(place, ())) + 1
        statement = Statement(
            id=f"{place[0]}-{place[1]}-{number}",
            text=sentence.text,
            spans=sentence.spans,
            speaker=sentence.speaker,
            status=sentence.status,
        )
        if field is None:
            return statement
        worded = settle_statement(statement, field, (), self._ground)
        if worded.is_exported or not sentence.plain:
            return worded
        as_said = statement.model_copy(update={"text": sentence.plain, "status": Status.PRESENT})
        plain = settle_statement(as_said, field, (), self._ground)
        return plain if plain.is_exported else worded


def _write_sentences(ground: DraftContext, model: NoteModel | None) -> Sequence[NoteSentence]:
    """Of a conversation everything; of a dictation, or where past notes tell how much is written, a selection."""
    if model is None and is_conversation(ground.transcript):
        return conversation.write_sentences(ground.transcript, ground.drugs, ground.sex)
    return compose_note(ground.transcript, model)


def without_repeats(sections: Sequence[SectionContent], draft: RuleComposer) -> list[SectionContent]:
    """A model that writes section by section tells the allergy in each: it stands where it belongs, if it does."""
    said = {section.key: [span for field in section.fields for span in _spans(field)] for section in sections}

    def is_repeat(section: str, statement: Statement) -> bool:
        owner = draft.owner(statement)
        if owner in (None, section):
            return False
        return any(
            other.start < span.end and span.start < other.end
            for span in statement.spans
            for other in said.get(owner or "", ())
        )

    return [
        SectionContent(
            key=section.key,
            fields=[
                FieldContent(
                    key=field.key,
                    statements=[each for each in field.statements if not is_repeat(section.key, each)],
                )
                for field in section.fields
            ],
        )
        for section in sections
    ]


def _spans(field: FieldContent) -> list[Span]:
    return [span for statement in field.exported for span in statement.spans]


def finish_record(
    template: Template, sections: Sequence[SectionContent], ground: DraftContext, *, version: int
) -> RecordContent:
    """With vital signs, contradictions said to be such, and nothing of a second patient."""
    record = RecordContent(
        template=template.key,
        template_version=version,
        language=template.language,
        sections=_with_vitals(template, sections, ground.transcript),
    )
    record = _of_one_patient(record, ground.transcript)
    found = find_contradictions(ground.transcript, find_assertion=ground.find_assertion, drugs=ground.drugs)
    return flag_contradictions(record, found)


def _with_vitals(
    template: Template, sections: Sequence[SectionContent], transcript: ClinicalTranscript
) -> list[SectionContent]:
    """In the first field that is meant for them."""
    place = next(
        (
            (section.key, field.key)
            for section in template.sections
            for field in section.fields
            if field.kind == "vitals"
        ),
        None,
    )
    measured = vitals.statements(transcript) if place else []
    return [_fill(section, place, measured) for section in sections]


def _fill(section: SectionContent, place: FieldPlace | None, measured: Iterable[Statement]) -> SectionContent:
    fields = [
        FieldContent(key=field.key, statements=list(measured)) if (section.key, field.key) == place else field
        for field in section.fields
    ]
    return SectionContent(key=section.key, fields=fields)


def _of_one_patient(record: RecordContent, transcript: ClinicalTranscript) -> RecordContent:
    """What was said after the next patient was called in may be about them: a person has to decide."""
    called = find_patient_change(transcript)
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
