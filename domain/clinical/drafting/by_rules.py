"""A record composed without a language model: sentences from what was said, each in the field where it belongs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.clinical.dialogue.clauses import split_clauses
from domain.clinical.dialogue.exchanges import is_conversation, is_dictation
from domain.clinical.drafting import conversation
from domain.clinical.drafting.draft_statements import (
    DraftContext,
    check_statement,
    diagnosis_status,
    split_by_doubt,
)
from domain.clinical.drafting.extractive_draft import is_complaint, quote_sentences
from domain.clinical.drafting.field_mapping import FieldPlace, find_field
from domain.clinical.drafting.named_fields import by_named_field, with_number
from domain.clinical.drafting.narrative import compose_note
from domain.clinical.drafting.note_selection import NoteModel
from domain.clinical.drafting.note_sentences import NoteSentence, without_question_marks
from domain.clinical.drafting.record_checks import finish_record
from domain.clinical.grounding import vitals
from domain.clinical.grounding.patient_kin import with_patient_named
from domain.clinical.grounding.statement_grounding import AnyAssertion, AssertionFinder, require_speech
from domain.clinical.records.record import (
    FieldContent,
    RecordContent,
    SectionContent,
    Span,
    Statement,
    Status,
)
from domain.clinical.records.template import Template, TemplateField, TemplateSection
from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance

# What is said of these belongs nowhere else.
SEPARATE_SECTIONS = frozenset({"allergies", "family_history", "social_history", "surgical_history"})


def draft_by_rules(template: Template, context: DraftContext) -> RecordContent:
    """A whole record without a language model. Raises NoSpeech."""
    require_speech(context.transcript)
    context = replace(context, transcript=with_patient_named(context.transcript))
    composer = RuleComposer(template, context)
    sections = [composer.section(section) for section in template.sections]
    return finish_record(template, sections, context, version=1)


@dataclass(frozen=True)
class _OfFamily:
    status: Status = Status.FAMILY
    is_finding: bool = True


class RuleComposer:
    """Sections composed of what was said; a field that stays empty gets quotes of what nobody used yet."""

    def __init__(self, template: Template, context: DraftContext, model: NoteModel | None = None) -> None:
        self._context = context
        self._opening = _opening(context.transcript)
        self._is_talk = model is None and is_conversation(context.transcript)
        self._is_whole = self._is_talk or (model is None and is_dictation(context.transcript))
        self._fields: dict[FieldPlace, list[Statement]] = {}
        self._owned: list[tuple[Span, str]] = []
        for sentence in self._sentences(model):
            if place := find_field(template, sentence.section, sentence.text, sentence.part):
                for own, part in by_named_field(template, place, sentence):
                    for each in self._of_one_status(template, own, part):
                        self._fields.setdefault(own, []).append(self._statement(template, own, each))
                if sentence.section in SEPARATE_SECTIONS:
                    self._owned += [(span, place[0]) for span in sentence.spans]
        self._used = [
            span
            for statements in (*self._fields.values(), vitals.statements(self._context.transcript))
            for statement in statements
            for span in statement.spans
        ]

    def section(self, section: TemplateSection) -> SectionContent:
        fields = [
            FieldContent(key=field.key, statements=self._field_statements(section, field))
            for field in section.fields
        ]
        return SectionContent(key=section.key, fields=fields)

    def owner(self, statement: Statement) -> str | None:
        """The section that its words plainly belong to, as what somebody is allergic to does; None where it is open."""
        owners = {section for own, section in self._owned if _overlap(statement.spans, [own])}
        return owners.pop() if len(owners) == 1 else None

    def _sentences(self, model: NoteModel | None) -> Sequence[NoteSentence]:
        """Of a conversation or a dictation everything; where nobody knows who speaks, or past notes tell how much, less."""
        context = self._context
        if self._is_talk:
            return conversation.write_sentences(context.transcript, context.drugs, context.sex)
        return compose_note(context.transcript, model)

    def _of_one_status(
        self, template: Template, place: FieldPlace, sentence: NoteSentence
    ) -> list[NoteSentence]:
        """“高血压，可能有糖尿病”: as one diagnosis either the doubt would be a fact, or the fact in doubt."""
        field, find_assertion = template.field(*place), self._context.find_assertion
        if field is None or field.kind != "diagnoses" or find_assertion is None or len(sentence.spans) != 1:
            return [sentence]
        places = split_by_doubt(sentence.text, find_assertion)
        (span,), said, at = sentence.spans, self._context.transcript, sentence.spans[0].start
        parts: list[NoteSentence] = []
        for start, end in places if len(places) > 1 else ():
            words = sentence.text[start:end].strip(" ，,；;。.")
            found = said.text.lower().find(words.lower(), at, span.end)
            if found < 0:
                # Worded otherwise than it was said: where each was said is not known.
                return [sentence]
            at = found + len(words)
            own = span.model_copy(update={"start": found, "end": at, "seconds": said.seconds(found, at)})
            text = f"{words[:1].upper()}{words[1:]}{'。' if said.is_chinese else '.'}"
            parts.append(replace(sentence, text=text, plain=words, spans=[own]))
        return parts or [sentence]

    def _statement(self, template: Template, place: FieldPlace, sentence: NoteSentence) -> Statement:
        """In the record's wording, or in the words as they were said where that wording is not borne out."""
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
        if field.kind == "number":
            statement.text, statement.number, statement.unit = with_number(field, sentence.text)
        if field.kind == "diagnoses" and self._context.find_assertion:
            statement.status = diagnosis_status(statement.text, self._context.find_assertion)
        context = replace(self._context, find_assertion=self._answer_finder(sentence))
        worded = check_statement(statement, field, (), context)
        if worded.is_exported or not sentence.plain:
            return worded
        is_diagnosis = field.kind == "diagnoses"
        as_said_status = statement.status if is_diagnosis else Status.PRESENT
        as_said = statement.model_copy(update={"text": sentence.plain, "status": as_said_status})
        plain = check_statement(as_said, field, (), context)
        if not plain.is_exported:
            return worded
        # What was asked and denied is denied in a record's words; a record asks nothing.
        is_denial = sentence.status is Status.DENIED
        text = sentence.text if is_denial else without_question_marks(plain.text)
        return plain.model_copy(update={"text": text, "status": statement.status})

    def _answer_finder(self, sentence: NoteSentence) -> AssertionFinder | None:
        """What a question asks is denied by the words that answer it, not by how the whole turn begins."""
        find, (*questions, reply) = self._context.find_assertion, sentence.spans
        is_denial, is_of_family = sentence.status is Status.DENIED, sentence.section == "family_history"
        is_answer = bool(questions) and reply.utterance != questions[0].utterance
        if find is None or not is_answer or not (is_denial or is_of_family):
            return find

        def find_in_answer(transcript: ClinicalTranscript, start: int, end: int) -> AnyAssertion:
            span = next((each for each in questions if each.start <= start < each.end), None)
            if span is None or transcript is not self._context.transcript:
                found = find(transcript, start, end)
            else:
                turns = tuple(
                    Utterance(
                        transcript.utterances[each.utterance].speaker, transcript.text[each.start : each.end]
                    )
                    for each in (span, reply)
                )
                found = find(ClinicalTranscript(turns), start - span.start, end - span.start)
            # “有高血压吗？ 我没有，我妈有”: asked of the patient, and told of the mother.
            return _OfFamily() if is_of_family and found.status is not Status.DENIED else found

        return find_in_answer

    def _field_statements(self, section: TemplateSection, field: TemplateField) -> list[Statement]:
        if statements := self._fields.get((section.key, field.key)):
            return statements
        if self._is_whole and section.division == "assessment_and_plan" and field.kind != "diagnoses":
            # All that was ordered stands where it belongs: what is left over was no order.
            return []
        # Not what is used in part: a question stands with its answer, and a sentence of two topics in two fields.
        quotes = quote_sentences(section, field, self._context)
        # Only the complaint says again what the history tells.
        opening = self._opening if is_complaint(section, field) else None
        return [
            quote
            for quote in quotes
            if quote.spans[0].utterance == opening or not _overlap(quote.spans, self._used)
        ]


def without_repeats(sections: Sequence[SectionContent], composer: RuleComposer) -> list[SectionContent]:
    """A model that writes section by section tells the allergy in each: it stands where it belongs, if it does."""
    spans = {
        section.key: [
            span for field in section.fields for statement in field.exported for span in statement.spans
        ]
        for section in sections
    }

    def is_repeat(section: str, statement: Statement) -> bool:
        owner = composer.owner(statement)
        return owner not in (None, section) and _overlap(statement.spans, spans.get(owner or "", ()))

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


def _opening(transcript: ClinicalTranscript) -> int | None:
    """The utterance in which a patient, or who speaks for one, begins to tell before anything is asked."""
    clauses = split_clauses(transcript)
    told = next((each.utterance for each in clauses if each.speaker != "doctor"), None)
    is_asked = any(each.is_question for each in clauses if told is not None and each.utterance < told)
    return None if is_asked else told


def _overlap(spans: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(other.start < span.end and span.start < other.end for span in spans for other in others)
