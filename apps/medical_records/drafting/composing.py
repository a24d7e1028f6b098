"""From what the model answered and what rules found to the content of a record."""

from collections.abc import Iterator, Sequence

from apps.medical_records.drafting.sections import Answers
from clinical.drafting import by_rules, extraction_schema, few_shot_examples, proposals
from clinical.drafting.by_rules import RuleComposer
from clinical.drafting.note_selection import NoteModel
from clinical.drafting.proposals import DraftContext
from clinical.records.record import FieldContent, RecordContent, SectionContent, Statement
from clinical.records.template import Template, TemplateSection
from clinical.transcripts.transcript import ClinicalTranscript


def content(
    template: Template, found: Answers, ground: DraftContext, *, version: int, model: NoteModel | None
) -> RecordContent:
    by_rule = RuleComposer(template, ground, model)
    composed = [by_rule.section(section) for section in template.sections]
    unread = _unread_from(ground.transcript, found)
    proposed = [
        _proposed(section, found, part, ground)
        for section, part in zip(template.sections, composed, strict=True)
    ]
    # What was written where it does not belong goes first: a required field that held nothing else is empty then.
    fitting = by_rules.without_repeats(proposed, by_rule)
    drafted = [
        part if found.of(section) is None else _with_rules(section, part, own, unread)
        for section, part, own in zip(template.sections, fitting, composed, strict=True)
    ]
    told_once = by_rules.without_repeats(drafted, by_rule)
    return by_rules.finish_record(template, told_once, ground, version=version)


def _unread_from(transcript: ClinicalTranscript, found: Answers) -> int:
    """Where in the text the lines begin that the model did not see."""
    is_read = found.read_to >= len(transcript.utterances)
    return len(transcript.text) + 1 if is_read else transcript.starts[found.read_to]


def _proposed(
    section: TemplateSection, found: Answers, composed: SectionContent, ground: DraftContext
) -> SectionContent:
    answers = found.of(section)
    fields = composed.fields if answers is None else proposals.proposed_fields(section, answers, ground)
    text = "\n".join(found.texts.get(section.key, []))
    return SectionContent(key=section.key, fields=_in_own_style(section, fields, text, composed, ground))


def _in_own_style(
    section: TemplateSection,
    fields: list[FieldContent],
    text: str,
    composed: SectionContent,
    ground: DraftContext,
) -> list[FieldContent]:
    """What was written like earlier records takes the place of the running text, if any of it was said.

    What rules found and it leaves out stands behind it.
    """
    place = extraction_schema.running_text_field(section)
    written = few_shot_examples.text_statements(text, section.key, place, ground) if place else []
    if place is None or not any(statement.is_exported for statement in written):
        return fields
    left_out = [
        each for each in _statements(composed, place.key) if few_shot_examples.is_left_out(each.text, text)
    ]
    own = FieldContent(key=place.key, statements=[*written, *_numbered_anew(left_out)])
    return [own if field.key == place.key else field for field in fields]


def _with_rules(
    section: TemplateSection, drafted: SectionContent, composed: SectionContent, unread: int
) -> SectionContent:
    required = {field.key for field in section.fields if field.is_required}
    completed = _completed(drafted.fields, composed, required, unread)
    return SectionContent(key=section.key, fields=list(completed))


def _completed(
    drafted: list[FieldContent], composed: SectionContent, required: set[str], unread: int
) -> Iterator[FieldContent]:
    """With what rules found in lines that the model did not see, and for required fields it left empty."""
    for field in drafted:
        is_missing = field.key in required and not field.exported
        told = {statement.text for statement in field.statements}
        added = [
            statement
            for statement in _statements(composed, field.key)
            if statement.text not in told
            and (is_missing or any(span.start >= unread for span in statement.spans))
        ]
        statements = [*field.statements, *_numbered_anew(added, behind=len(told))]
        yield FieldContent(key=field.key, statements=statements)


def _statements(composed: SectionContent, key: str) -> Sequence[Statement]:
    return next((field.statements for field in composed.fields if field.key == key), ())


def _numbered_anew(statements: Sequence[Statement], *, behind: int = 0) -> list[Statement]:
    """Beside statements of the model, which are numbered as well."""
    return [
        statement.model_copy(update={"id": f"{statement.id}-r{number}"})
        for number, statement in enumerate(statements, start=behind + 1)
    ]
