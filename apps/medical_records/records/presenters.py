"""A record as it is shown: its template's fields with what they say, and what was said with what rests on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from apps.medical_records.records import validation
from apps.medical_records.records.validation import MissingField
from clinical.records.record import Problem, RecordContent, Statement, Support
from clinical.records.template import Template, TemplateField
from clinical.transcripts.transcript import ClinicalTranscript

# Where codes of a kind of field come from: the systems of `Catalogue`.
SYSTEMS = {"diagnoses": "icd10", "medications": "drugs", "tests": "tests"}


@dataclass(frozen=True)
class StatementView:
    statement: Statement
    place: str
    title: str

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
    def problems(self) -> list[Problem]:
        """“No source” is said by the statement's own colour."""
        return [each for each in self.statement.problems if each.code != "no_source"]


@dataclass(frozen=True)
class FieldView:
    section: str
    definition: TemplateField
    statements: list[StatementView]

    @property
    def place(self) -> str:
        return f"{self.section}.{self.definition.key}"

    @property
    def anchor(self) -> str:
        return f"field-{self.section}-{self.definition.key}"

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


@dataclass(frozen=True)
class RecordView:
    content: RecordContent
    template: Template

    @cached_property
    def sections(self) -> list[SectionView]:
        shown = [
            SectionView(part.key, part.title, [self._field(part.key, each) for each in part.fields])
            for part in self.template.sections
        ]
        return [*shown, *self._strays]

    @property
    def fields(self) -> Iterator[FieldView]:
        return (field for section in self.sections for field in section.fields)

    def field(self, place: str) -> FieldView | None:
        return next((field for field in self.fields if field.place == place), None)

    def place_of(self, statement_id: str) -> str:
        """Empty for one that is gone."""
        return next((each.place for each in self.statements if each.statement.id == statement_id), "")

    @cached_property
    def statements(self) -> list[StatementView]:
        return [statement for field in self.fields for statement in field.statements]

    @cached_property
    def unsupported(self) -> list[StatementView]:
        return [each for each in self.statements if each.is_unsupported]

    @cached_property
    def contradictions(self) -> list[tuple[Problem, StatementView]]:
        """Each once, with the first statement that it is flagged at."""
        found: dict[str, tuple[Problem, StatementView]] = {}
        for each in self.statements:
            for problem in each.problems:
                if problem.code == "contradiction":
                    found.setdefault(problem.words, (problem, each))
        return list(found.values())

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
    def gaps(self) -> list[MissingField]:
        return validation.missing_fields(self.content, self.template)

    @property
    def _strays(self) -> list[SectionView]:
        """What a record says outside of its template is shown all the same."""
        return [
            SectionView(
                part.key, part.key, [self._field(part.key, TemplateField(key=each.key, title=each.key))]
            )
            for part in self.content.sections
            for each in part.fields
            if each.statements and self.template.field(part.key, each.key) is None
        ]

    def _field(self, section: str, definition: TemplateField) -> FieldView:
        field = self.content.field(section, definition.key)
        place = f"{section}.{definition.key}"
        statements = field.statements if field else []
        shown = [StatementView(each, place, definition.title) for each in statements]
        return FieldView(section, definition, shown)


@dataclass(frozen=True)
class SpokenPiece:
    """Words on which the same statements rest."""

    text: str
    statements: str


@dataclass(frozen=True)
class SpokenTurn:
    number: int
    speaker: str
    start: float | None
    pieces: list[SpokenPiece]


def spoken_turns(transcript: ClinicalTranscript, content: RecordContent | None) -> list[SpokenTurn]:
    """Every turn, cut where the places of a statement begin or end."""
    places = list(_places(content)) if content else []
    return [
        SpokenTurn(number, turn.speaker, turn.start, list(_pieces(transcript, number, places)))
        for number, turn in enumerate(transcript.utterances)
    ]


def _places(content: RecordContent) -> Iterator[tuple[int, int, str]]:
    for _section, _key, statement in content.statements():
        for span in statement.spans:
            yield span.start, span.end, statement.id


def _pieces(
    transcript: ClinicalTranscript, number: int, places: list[tuple[int, int, str]]
) -> Iterator[SpokenPiece]:
    start, end = transcript.bounds(number)
    here = [(max(first, start), min(last, end), name) for first, last, name in places]
    here = [place for place in here if place[0] < place[1]]
    cuts = sorted({start, end, *(first for first, _l, _n in here), *(last for _f, last, _n in here)})
    for first, last in pairwise(cuts):
        names = dict.fromkeys(name for begin, finish, name in here if begin <= first and last <= finish)
        yield SpokenPiece(transcript.text[first:last], " ".join(names))
