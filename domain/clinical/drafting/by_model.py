"""A record from what a model answered section by section: each answer is a proposal, held against what was said.

Rules compose what the model was not asked for, did not answer or did not see.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel

from domain.clinical.drafting import few_shot_examples
from domain.clinical.drafting.by_rules import RuleComposer, without_repeats
from domain.clinical.drafting.draft_statements import DraftContext, check_statement
from domain.clinical.drafting.extraction_schema import (
    Answer,
    ChoiceAnswer,
    NumberAnswer,
    QuoteAnswer,
    TextAnswer,
    running_text_field,
)
from domain.clinical.drafting.note_selection import NoteModel
from domain.clinical.drafting.record_checks import finish_record
from domain.clinical.grounding.terms import terms
from domain.clinical.records.record import FieldContent, RecordContent, SectionContent, Statement
from domain.clinical.records.template import Template, TemplateField, TemplateSection
from llm_backend import patterns
from llm_backend.wording import normalise

# What models write where they have nothing to say.
_NOTHING = patterns.compile(
    r"(?:n/?a|none|null|nil|unknown|not (?:mentioned|stated|provided|discussed|applicable)|no (?:data|information)"
    r"|未提及|未提到|未说明|未述|未知|不详|无相关内容|空)[.。]?"
)
# A question states nothing, and a bare answer says nothing without it.
_ASKED = patterns.compile(r"\A.*(?:[?？]|[吗呢])[.。!！]?", patterns.DOTALL)
_BARE_REPLY = patterns.compile(
    r"(?:yes|yeah|no|nope|none|a little|有(?:的|一点)?|没有|没|无|是(?:的)?|不是|否|对|嗯|不|过敏|正常)[.。]?"
)


class ModelAnswers(Protocol):
    """`read_to`: the first line the model did not see.

    `texts`: by section, the parts that were written as the hospital wrote them before.
    """

    @property
    def read_to(self) -> int: ...

    @property
    def texts(self) -> Mapping[str, Sequence[str]]: ...

    def of(self, section: TemplateSection) -> Sequence[BaseModel] | None:
        """None where the section was not asked for, or a part of it not answered."""


def draft_by_model(
    template: Template,
    answers: ModelAnswers,
    context: DraftContext,
    *,
    version: int = 1,
    model: NoteModel | None = None,
) -> RecordContent:
    """`model`: what the rules learnt from the hospital's past notes."""
    composer = RuleComposer(template, context, model)
    rule_sections = [composer.section(section) for section in template.sections]
    transcript = context.transcript
    # Behind the last line of the text where the model saw all: then no rule has anything to add.
    is_read = answers.read_to >= len(transcript.utterances)
    unread_from = len(transcript.text) + 1 if is_read else transcript.starts[answers.read_to]
    model_sections = [
        _proposed_section(section, answers, rules, context)
        for section, rules in zip(template.sections, rule_sections, strict=True)
    ]
    # What was written where it does not belong goes first: a required field that held nothing else is empty then.
    fitting = without_repeats(model_sections, composer)
    draft_sections = [
        part if answers.of(section) is None else _complete_section(section, part, rules, unread_from)
        for section, part, rules in zip(template.sections, fitting, rule_sections, strict=True)
    ]
    return finish_record(template, without_repeats(draft_sections, composer), context, version=version)


def section_fields(
    section: TemplateSection, answers: Sequence[BaseModel], context: DraftContext
) -> list[FieldContent]:
    """The section's fields with the statements of all answers; what was answered twice stands once."""
    return [
        FieldContent(key=field.key, statements=list(_statements(section, field, answers, context)))
        for field in section.fields
    ]


def _statements(
    section: TemplateSection, field: TemplateField, answers: Sequence[BaseModel], context: DraftContext
) -> Iterator[Statement]:
    known_keys: set[str] = set()
    proposals: list[Answer] = [each for answer in answers for each in getattr(answer, field.key, ())]
    for number, answer in enumerate(proposals, start=1):
        statement = proposed_statement(f"{section.key}-{field.key}-{number}", field, answer)
        keys = " ".join(term.key for term in terms(statement.text)) if statement else ""
        if statement and keys and keys not in known_keys:
            known_keys.add(keys)
            yield check_statement(statement, field, [line - 1 for line in answer.lines], context)


def proposed_statement(statement_id: str, field: TemplateField, answer: Answer) -> Statement | None:
    """None where the model says that there is nothing to say, or repeats a question or a bare answer."""
    text, value, number = _content(field, answer)
    # In words of its own; a choice may well be “yes”.
    is_free = isinstance(answer, TextAnswer | QuoteAnswer)
    empty = (_NOTHING, _ASKED, _BARE_REPLY) if is_free else (_NOTHING,)
    plain = normalise(text.strip())
    if not plain or any(each.fullmatch(plain) for each in empty):
        return None
    unit = field.unit if number is not None else ""
    return Statement(id=statement_id, text=text.strip(), value=value.strip(), number=number, unit=unit)


def _content(field: TemplateField, answer: Answer) -> tuple[str, str, float | None]:
    """Text, value and number."""
    if isinstance(answer, NumberAnswer):
        return f"{answer.number:g} {field.unit}".strip(), answer.quote or f"{answer.number:g}", answer.number
    if isinstance(answer, ChoiceAnswer):
        return answer.choice, answer.quote or answer.choice, None
    if isinstance(answer, QuoteAnswer):
        return answer.text, answer.quote or answer.text, None
    return (answer.text if isinstance(answer, TextAnswer) else ""), "", None


def _proposed_section(
    section: TemplateSection, answers: ModelAnswers, rule_section: SectionContent, context: DraftContext
) -> SectionContent:
    """What was written like earlier records takes the place of the running text, if any of it was said.

    What rules found and it leaves out stands behind it.
    """
    model_answers = answers.of(section)
    fields = rule_section.fields if model_answers is None else section_fields(section, model_answers, context)
    text = "\n".join(answers.texts.get(section.key, ()))
    place = running_text_field(section)
    own_style = few_shot_examples.text_statements(text, section.key, place, context) if place else []
    if place and any(statement.is_exported for statement in own_style):
        left_out = [
            each
            for each in _field_statements(rule_section, place.key)
            if few_shot_examples.is_left_out(each.text, text)
        ]
        own = FieldContent(key=place.key, statements=[*own_style, *_renumber(left_out)])
        fields = [own if field.key == place.key else field for field in fields]
    return SectionContent(key=section.key, fields=fields)


def _complete_section(
    section: TemplateSection, section_draft: SectionContent, rule_section: SectionContent, unread_from: int
) -> SectionContent:
    """With what rules found in lines that the model did not see, and for required fields it left empty."""
    required_keys = {field.key for field in section.fields if field.is_required}
    fields = []
    for field in section_draft.fields:
        is_missing = field.key in required_keys and not field.exported
        texts = {statement.text for statement in field.statements}
        added = [
            statement
            for statement in _field_statements(rule_section, field.key)
            if statement.text not in texts
            and (is_missing or any(span.start >= unread_from for span in statement.spans))
        ]
        statements = [*field.statements, *_renumber(added, behind=len(texts))]
        fields.append(FieldContent(key=field.key, statements=statements))
    return SectionContent(key=section.key, fields=fields)


def _field_statements(content: SectionContent, key: str) -> Sequence[Statement]:
    return next((field.statements for field in content.fields if field.key == key), ())


def _renumber(statements: Sequence[Statement], *, behind: int = 0) -> list[Statement]:
    """With ids of their own beside statements of the model, which are numbered as well."""
    return [
        statement.model_copy(update={"id": f"{statement.id}-r{number}"})
        for number, statement in enumerate(statements, start=behind + 1)
    ]
