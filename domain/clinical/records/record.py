"""The content of a medical record: sections, fields, and statements tied to the words they came from."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.clinical.transcripts.transcript import Speaker


class Status(StrEnum):
    """What the transcript says about a finding."""

    PRESENT = "present"
    DENIED = "denied"
    UNSURE = "unsure"
    FAMILY = "family"


class Support(StrEnum):
    """`ENTERED`: written by a person, who answers for it by name. Only `UNSUPPORTED` is never exported."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    ENTERED = "entered"


class Content(BaseModel):
    """What is stored and sent holds nothing that its class does not name."""

    model_config = ConfigDict(extra="forbid")


class Span(Content):
    """`start`, `end`: character offsets into the transcript's text. `seconds`: from when to when it was said."""

    start: int
    end: int
    utterance: int
    seconds: tuple[float, float] | None = None


class Problem(Content):
    """`code`: no_source, wrong_number, wrong_unit, wrong_side, unknown_drug, wrong_status, contradiction …
    `words`: what is meant, in the record's or the transcript's own words."""

    code: str
    words: str = ""


class Code(Content):
    """A code of a catalogue. The model only proposes: a person confirms."""

    system: str
    code: str
    display: str
    is_confirmed: bool = False


class Statement(Content):
    """One thing the record says.

    `value`: what must be found in the spans, in the transcript's words; empty where the whole text is meant.
    `number`, `unit`: of a measured value or a dose. `speaker`: who said it. `entered_by`: the person who answers
    for what was not said.
    """

    id: str
    text: str
    value: str = ""
    number: float | None = None
    unit: str = ""
    status: Status = Status.PRESENT
    speaker: Speaker = "unknown"
    spans: list[Span] = Field(default_factory=list)
    support: Support = Support.UNSUPPORTED
    entered_by: str = ""
    problems: list[Problem] = Field(default_factory=list)
    code: Code | None = None

    @property
    def is_exported(self) -> bool:
        return self.support is not Support.UNSUPPORTED


class FieldContent(Content):
    key: str
    statements: list[Statement] = Field(default_factory=list)

    @property
    def exported(self) -> list[Statement]:
        return [statement for statement in self.statements if statement.is_exported]


class SectionContent(Content):
    key: str
    fields: list[FieldContent] = Field(default_factory=list)


class RecordContent(Content):
    """`template`, `template_version`: what its sections and fields are called and look like."""

    template: str
    template_version: int
    language: str
    sections: list[SectionContent] = Field(default_factory=list)

    def statements(self) -> Iterator[tuple[str, str, Statement]]:
        """(section, field, statement) of all of them, in the order of the record."""
        for section in self.sections:
            for field in section.fields:
                for statement in field.statements:
                    yield section.key, field.key, statement

    def field(self, section: str, field: str) -> FieldContent | None:
        fields = (each for part in self.sections if part.key == section for each in part.fields)
        return next((each for each in fields if each.key == field), None)


FieldKind = Literal[
    "text",
    "findings",
    "number",
    "choice",
    "date",
    "vitals",
    "diagnoses",
    "medications",
    "allergies",
    "tests",
    "plan",
]
