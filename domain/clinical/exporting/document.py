"""What may leave the house: one document that every format is written from.

It is made of supported and entered statements alone, so no writer can let anything else out.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from domain.clinical.exporting.labels import with_status
from domain.clinical.records.record import Code, Content, FieldKind, RecordContent, Span, Statement, Status
from domain.clinical.records.template import Division, Template, TemplateField
from domain.clinical.transcripts.transcript import Speaker
from llm_backend import patterns

FORMAT: Literal["kongming.medical-record/1"] = "kongming.medical-record/1"
State = Literal["draft", "signed", "amended"]
# What XML and paper cannot show, and what turns the direction of writing around.
_UNPRINTABLE = patterns.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufff9-\uffff\ud800-\udfff]"
)
# What nobody sees, and what breaks words and fonts: joiners, marks of order, variants of emoji.
_INVISIBLE = patterns.compile("[\xad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]")


class ExportedStatement(Content):
    """`text` names the status where it is not that the finding is there. `code` was confirmed by a person.
    `entered_by`: the name of the person who wrote it; only writers that say who did so hand it out.

    `spans` are empty where a person wrote the statement, and in a de-identified copy.
    """

    id: str
    text: str
    value: str = ""
    number: float | None = None
    unit: str = ""
    status: Status
    speaker: Speaker
    origin: Literal["transcript", "person"]
    entered_by: str = Field(default="", exclude=True)
    code: Code | None = None
    spans: list[Span] = Field(default_factory=list)


class ExportedField(Content):
    key: str
    title: str
    kind: FieldKind
    statements: list[ExportedStatement]


class ExportedSection(Content):
    key: str
    title: str
    division: Division
    fields: list[ExportedField]

    @property
    def has_statements(self) -> bool:
        return any(field.statements for field in self.fields)


class Hospital(Content):
    name: str
    letterhead: str = ""
    department: str = ""


class ExportedPatient(Content):
    """`age` in whole years on the day of the visit. `birth_date`: ISO, or the year in a de-identified copy."""

    id: str
    name: str
    number: str
    sex: Literal["female", "male", "other", "unknown"] = "unknown"
    birth_date: str = ""
    age: str = ""
    phone: str = ""


class Visit(Content):
    id: str
    kind: Literal["dictation", "consultation", "typed"]
    seen_at: datetime


class Person(Content):
    id: str
    name: str
    title: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.name} {self.title}".strip()


class Signature(Content):
    """`fingerprint`: SHA-256 of what was signed. `reason`: why a signed record was amended."""

    signer: Person
    signed_at: datetime
    fingerprint: str = ""
    previous_fingerprint: str = ""
    reason: str = ""


class ExportedRecord(Content):
    """One version of a record. A draft says of itself that nobody signed it. `replaces`: the version it amends."""

    format: Literal["kongming.medical-record/1"] = FORMAT
    id: str
    version: int
    state: State
    replaces: int | None = None
    language: Literal["zh", "en"]
    template: str
    title: str
    written_at: datetime
    hospital: Hospital
    patient: ExportedPatient
    visit: Visit
    author: Person | None = None
    reviewer: Person | None = None
    signature: Signature | None = None
    is_deidentified: bool = False
    sections: list[ExportedSection]

    def statements(self) -> Iterator[tuple[ExportedSection, ExportedField, ExportedStatement]]:
        for section in self.sections:
            for field in section.fields:
                for statement in field.statements:
                    yield section, field, statement

    @property
    def fingerprint(self) -> str:
        return self.signature.fingerprint if self.signature else ""


def export_sections(content: RecordContent, template: Template) -> list[ExportedSection]:
    """In the order of the template; an empty field stays only where the template requires it.

    What the template does not know (any more) comes last, under its key: nothing that was signed is lost.
    """
    language = "zh" if content.language.startswith("zh") else "en"
    sections = []
    for section in template.sections:
        fields = [_field(content, section.key, field, language) for field in section.fields]
        required_keys = {field.key for field in section.fields if field.is_required}
        shown_fields = [field for field in fields if field.statements or field.key in required_keys]
        if shown_fields:
            sections.append(
                ExportedSection(
                    key=section.key, title=section.title, division=section.division, fields=shown_fields
                )
            )
    return sections + list(_unknown(content, template, language))


def _field(content: RecordContent, section: str, field: TemplateField, language: str) -> ExportedField:
    content_field = content.field(section, field.key)
    return ExportedField(
        key=field.key,
        title=printable(field.title),
        kind=field.kind,
        statements=[_statement(each, language) for each in (content_field.exported if content_field else [])],
    )


def _unknown(content: RecordContent, template: Template, language: str) -> Iterator[ExportedSection]:
    for section in content.sections:
        fields = [
            ExportedField(
                key=field.key,
                title=field.key,
                kind="text",
                statements=[_statement(each, language) for each in field.exported],
            )
            for field in section.fields
            if field.exported and not template.field(section.key, field.key)
        ]
        if fields:
            yield ExportedSection(key=section.key, title=section.key, division="subjective", fields=fields)


def _statement(statement: Statement, language: str) -> ExportedStatement:
    # A code that nobody confirmed is a proposal, and another hospital would take it for a fact.
    is_confirmed = statement.code is not None and statement.code.is_confirmed
    return ExportedStatement(
        id=statement.id,
        text=with_status(printable(statement.text), statement.status, language),
        value=printable(statement.value),
        number=statement.number,
        unit=printable(statement.unit),
        status=statement.status,
        speaker=statement.speaker,
        origin="person" if statement.support == "entered" else "transcript",
        entered_by=printable(statement.entered_by),
        code=statement.code if is_confirmed else None,
        spans=statement.spans,
    )


def printable(text: str) -> str:
    """Without characters that no paper shows; lines stay."""
    return _UNPRINTABLE.sub(" ", _INVISIBLE.sub("", text)).strip()


def age_on(birth_date: str, day: date) -> str:
    """Whole years; empty where the date of birth is not known."""
    try:
        born = date.fromisoformat(birth_date)
    except ValueError:
        return ""
    # One less before the birthday of that year.
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return str(years) if years >= 0 else ""
