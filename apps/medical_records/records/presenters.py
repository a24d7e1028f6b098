"""A record as it is shown: its template's fields with what they say, and what was said with what rests on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from apps.medical_records.records import validation
from apps.medical_records.records.validation import MissingField
from domain.clinical.exporting import labels
from domain.clinical.exporting.measures import NamedValue, find_named_value
from domain.clinical.grounding.cross_references import places_elsewhere
from domain.clinical.grounding.low_confidence import TextPiece, heard_words, mark_words
from domain.clinical.records.record import Problem, RecordContent, Statement, Support
from domain.clinical.records.template import Template, TemplateField, TemplateSection
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.sentences import is_chinese

# Where codes of a kind of field come from: the systems of `Catalogue`.
SYSTEMS = {"diagnoses": "icd10", "medications": "drugs", "tests": "tests"}


@dataclass(frozen=True)
class StatementView:
    statement: Statement
    place: str
    title: str
    low_confidence_words: tuple[str, ...] = ()

    @cached_property
    def pieces(self) -> list[TextPiece]:
        """Its text, with the words marked that were heard with little certainty."""
        return mark_words(self.statement.text, self.low_confidence_words)

    @property
    def is_doubtful_value(self) -> bool:
        """A measured value rests on a word that was heard with little certainty."""
        return bool(self.low_confidence_words)

    @property
    def spans(self) -> str:
        """“12-18 40-44”, for the script that marks them."""
        return " ".join(f"{span.start}-{span.end}" for span in self.statement.spans)

    @property
    def seconds(self) -> tuple[float, float] | None:
        """From when to when the first of its places was said."""
        return next((span.seconds for span in self.statement.spans if span.seconds), None)

    @property
    def is_unsupported(self) -> bool:
        return self.statement.support is Support.UNSUPPORTED

    @property
    def says_status(self) -> bool:
        """“否认发热” needs no mark that says 否认 once more."""
        language = "zh" if is_chinese(self.statement.text) else "en"
        return labels.says_status(self.statement.text, self.statement.status, language)

    @cached_property
    def measured(self) -> NamedValue | None:
        return find_named_value(self.statement.text)

    @property
    def problems(self) -> list[Problem]:
        """“No source” is said by the statement's own colour."""
        return [each for each in self.statement.problems if each.code != "no_source"]


def field_anchor(section: str, field: str) -> str:
    return f"field-{section}-{field}"


@dataclass(frozen=True)
class FieldView:
    """`elsewhere`: fields, by title and anchor, that tell what an empty one asks for."""

    section: str
    definition: TemplateField
    statements: list[StatementView]
    section_title: str = ""
    elsewhere: tuple[tuple[str, str], ...] = ()

    @property
    def is_titled_by_section(self) -> bool:
        return self.definition.title == self.section_title

    @property
    def place(self) -> str:
        return f"{self.section}.{self.definition.key}"

    @property
    def anchor(self) -> str:
        return field_anchor(self.section, self.definition.key)

    @property
    def is_missing(self) -> bool:
        return self.definition.is_required and not self.statements

    @property
    def takes_more(self) -> bool:
        return not self.statements or self.definition.kind not in ("number", "choice", "date")

    @property
    def system(self) -> str:
        return SYSTEMS.get(self.definition.kind, "")


@dataclass(frozen=True)
class SectionView:
    key: str
    title: str
    fields: list[FieldView]

    @property
    def told_fields(self) -> list[FieldView]:
        """Those with something in them, and those that have to be filled."""
        return [field for field in self.fields if field.statements or field.is_missing]

    @property
    def empty_fields(self) -> list[FieldView]:
        """They stand in one line."""
        return [field for field in self.fields if not (field.statements or field.is_missing)]


@dataclass(frozen=True)
class RecordView:
    """`transcript`: what the statements rest on, where it was spoken."""

    content: RecordContent
    template: Template
    transcript: ClinicalTranscript | None = None

    @cached_property
    def sections(self) -> list[SectionView]:
        sections = [
            SectionView(part.key, part.title, [self._field(part, each) for each in part.fields])
            for part in self.template.sections
        ]
        return [*sections, *self._strays]

    @property
    def fields(self) -> Iterator[FieldView]:
        return (field for section in self.sections for field in section.fields)

    def field(self, place: str) -> FieldView | None:
        return next((field for field in self.fields if field.place == place), None)

    def statement(self, statement_id: str) -> StatementView | None:
        """None for one that is gone."""
        return next((each for each in self.statements if each.statement.id == statement_id), None)

    @cached_property
    def statements(self) -> list[StatementView]:
        return [statement for field in self.fields for statement in field.statements]

    @cached_property
    def unsupported(self) -> list[StatementView]:
        return [each for each in self.statements if each.is_unsupported]

    @cached_property
    def contradictions(self) -> list[tuple[Problem, StatementView]]:
        """Each once, with the first statement that it is flagged at."""
        by_words: dict[str, tuple[Problem, StatementView]] = {}
        for each in self.statements:
            for problem in each.problems:
                if problem.code == "contradiction":
                    by_words.setdefault(problem.words, (problem, each))
        return list(by_words.values())

    @cached_property
    def warnings(self) -> list[tuple[Problem, StatementView]]:
        """What else is odd, at each statement that it is flagged at."""
        return [
            (problem, each)
            for each in self.statements
            for problem in each.problems
            if problem.code != "contradiction"
        ]

    @property
    def problem_count(self) -> int:
        return sum(len(each.problems) for each in self.statements)

    @cached_property
    def missing_fields(self) -> list[MissingField]:
        return validation.missing_fields(self.content, self.template)

    @property
    def _strays(self) -> list[SectionView]:
        """What a record says outside of its template is shown all the same."""
        return [
            SectionView(part.key, part.key, [self._stray_field(part.key, each.key)])
            for part in self.content.sections
            for each in part.fields
            if each.statements and self.template.field(part.key, each.key) is None
        ]

    def _field(self, section: TemplateSection, definition: TemplateField) -> FieldView:
        statements = self._statements(section.key, definition)
        elsewhere = () if statements else places_elsewhere(self.template, self.content, section, definition)
        places = [
            (part.title if len(part.fields) == 1 else field.title, field_anchor(part.key, field.key))
            for part, field in elsewhere
        ]
        return FieldView(section.key, definition, statements, section.title, tuple(places))

    def _stray_field(self, section: str, key: str) -> FieldView:
        definition = TemplateField(key=key, title=key)
        return FieldView(section, definition, self._statements(section, definition), section)

    def _statements(self, section: str, definition: TemplateField) -> list[StatementView]:
        field = self.content.field(section, definition.key)
        place = f"{section}.{definition.key}"
        statements = field.statements if field else []
        return [
            StatementView(each, place, definition.title, tuple(self._low_confidence_words(each)))
            for each in statements
        ]

    def _low_confidence_words(self, statement: Statement) -> list[str]:
        # What a person wrote or accepted, they answer for.
        if self.transcript is None or statement.support is Support.ENTERED:
            return []
        return heard_words(self.transcript, statement.spans)


@dataclass(frozen=True)
class SpokenPiece:
    """Words on which the same statements rest."""

    text: str
    statements: str
    has_low_confidence: bool


@dataclass(frozen=True)
class SpokenTurn:
    number: int
    speaker: str
    start: float | None
    pieces: list[SpokenPiece]


def spoken_turns(transcript: ClinicalTranscript, content: RecordContent | None) -> list[SpokenTurn]:
    """Every turn, cut where the places of a statement begin or end, and those heard with little certainty."""
    statements = content.statements() if content else ()
    spans = [
        (span.start, span.end, statement.id)
        for _section, _key, statement in statements
        for span in statement.spans
    ]
    return [
        SpokenTurn(number, turn.speaker, turn.start, list(_pieces(transcript, number, spans)))
        for number, turn in enumerate(transcript.utterances)
    ]


def _pieces(
    transcript: ClinicalTranscript, number: int, spans: list[tuple[int, int, str]]
) -> Iterator[SpokenPiece]:
    """A turn, cut at every edge of a span: spans may overlap, and marks in HTML may not."""
    start, end = transcript.bounds(number)
    within = [(max(first, start), min(last, end), name) for first, last, name in spans]
    within = [span for span in within if span[0] < span[1]]
    marked = [place for place in transcript.low_confidence_places if start <= place[0] < end]
    places = [*((first, last) for first, last, _name in within), *marked]
    edges = sorted({start, end, *(edge for place in places for edge in place)})
    for first, last in pairwise(edges):
        names = dict.fromkeys(name for begin, finish, name in within if begin <= first and last <= finish)
        is_doubtful = any(begin <= first and last <= finish for begin, finish in marked)
        yield SpokenPiece(transcript.text[first:last], " ".join(names), is_doubtful)
