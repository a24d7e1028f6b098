"""A copy without what tells who somebody is. Placeholders are consistent; dates move by the same days for a patient.

What patterns cannot know stays: rare stories, nicknames, names that are also words. `docs/medical-records-export.md`
says so, and whoever shares a copy reads it first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from domain.clinical.exporting import identifiers as known
from domain.clinical.exporting.document import (
    ExportedField,
    ExportedPatient,
    ExportedRecord,
    ExportedStatement,
    Hospital,
    Person,
    Signature,
    Visit,
)
from domain.clinical.transcripts.transcript import ClinicalTranscript
from domain.clinical.word_lists import read
from llm_backend import patterns

# HIPAA's safe harbour: ages over 89 are told as one group, for there are few such people in a place.
OLDEST: Final = 89
_WORDS: Final = read(Path(__file__).with_suffix(".toml"))
_IS_HAN: Final = patterns.compile(f"^[{known.HAN}]+$")


@dataclass(frozen=True)
class Identity:
    """What the house knows already. `days`: how far this patient's dates move. `seen_on`: for dates without a year."""

    patient: str
    numbers: tuple[str, ...]
    clinicians: tuple[str, ...]
    hospitals: tuple[str, ...]
    days: int
    seen_on: date


@dataclass
class Deidentifier:
    """One for a whole document, so that a name has the same placeholder throughout."""

    identity: Identity
    language: str
    _labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = {"clinician": count(), "person": count()}
        self._learn(self.identity.patient, self.words["patient"])
        for name in self.identity.clinicians:
            self._learn(name, self._next("clinician"))

    @property
    def words(self) -> dict[str, str]:
        return dict(_WORDS[self.language])

    def text(self, text: str) -> str:
        # Numbers first: the birth date is among those known, and goes instead of being moved. Names last: streets and
        # hospitals are called after people.
        for step in (self._without_numbers, self._shift_dates, self._without_places, self._without_names):
            text = step(text)
        return text

    def name(self, name: str) -> str:
        """The placeholder of one of the clinicians."""
        return self._labels.get(name) or self._label(name, "clinician")

    def _learn(self, name: str, label: str) -> None:
        """The name, and the parts that people use for it."""
        for part in _name_parts(name):
            self._labels.setdefault(part, label)

    def _next(self, kind: str) -> str:
        """Counted in letters, as the columns of a spreadsheet: A … Z, AA, AB."""
        number = next(self._numbers[kind])
        letters = ""
        while number >= 0:
            letters, number = chr(ord("A") + number % 26) + letters, number // 26 - 1
        return self.words[kind].format(letters)

    def _label(self, name: str, kind: str) -> str:
        """A new name gets the next letter; one that begins with a known surname is taken for that person."""
        label = self._labels.get(name)
        if label is None:
            label = self._labels[name] = self._next(kind)
        return label

    def _without_numbers(self, text: str) -> str:
        words = self.words
        # The longest first: one number may begin another.
        for number in sorted(filter(None, self.identity.numbers), key=len, reverse=True):
            known_number = patterns.words(
                [number], before="(?<![A-Za-z0-9])", after="(?![A-Za-z0-9])", flags=patterns.IGNORECASE
            )
            text = known_number.sub(words["number"], text)
        text = known.EMAIL.sub(words["email"], text)
        text = known.ADDRESS_OF_PAGE.sub(words["page"], text)
        text = known.IDENTITY_CARD.sub(words["identity"], text)
        text = known.SOCIAL_SECURITY.sub(words["identity"], text)
        text = known.LABELLED_NUMBER.sub(
            lambda match: f"{match['label']}{match['gap']}{words['number']}", text
        )
        text = known.PHONE.sub(words["phone"], text)
        return known.LONG_NUMBER.sub(words["number"], text)

    def _shift_dates(self, text: str) -> str:
        text = known.DATE.sub(self._shift_date, text)
        text = known.AGE_ZH.sub("90以上", text)
        return known.AGE_EN.sub("90+", text)

    def _shift_date(self, match: patterns.Match[str]) -> str:
        parts = {name[0]: value for name, value in match.groupdict().items() if value and name[1:].isdigit()}
        month = known.MONTHS.split("|").index(parts["n"]) + 1 if "n" in parts else int(parts["m"])
        try:
            moment = date(int(parts.get("y", self.identity.seen_on.year)), month, int(parts["d"]))
        # A date that no calendar has: it may still tell who somebody is.
        except ValueError:
            return self.words["number"]
        return _format_date(match, moment + timedelta(days=self.identity.days), has_year="y" in parts)

    def _without_places(self, text: str) -> str:
        words = self.words
        for name in sorted(filter(None, self.identity.hospitals), key=len, reverse=True):
            text = text.replace(name, words["hospital"])
        text = known.HOSPITAL_ZH.sub(
            lambda match: match[0] if known.HOSPITAL_KINDS.match(match["name"]) else words["hospital"], text
        )
        text = known.HOSPITAL_EN.sub(words["hospital"], text)
        text = known.ADDRESS_ZH.sub(lambda match: (match["lead"] or "") + words["address"], text)
        return known.ADDRESS_EN.sub(words["address"], text)

    def _without_names(self, text: str) -> str:
        text = self._without_known(text)
        text = known.TITLED_ZH.sub(self._replace_titled_name, text)
        text = known.TITLED_EN.sub(self._replace_titled_name, text)
        text = known.INTRODUCED_ZH.sub(self._replace_introduced_name, text)
        return known.INTRODUCED_EN.sub(self._replace_introduced_name, text)

    def _without_known(self, text: str) -> str:
        """Full names and given names; a Chinese surname alone is a word too often."""
        names = [name for name in self._labels if len(name) > 1]
        for name in sorted(names, key=len, reverse=True):
            before, after = ("", "") if _IS_HAN.match(name) else (r"(?<!\w)", r"(?!\w)")
            known_name = patterns.words([name], before=before, after=after)
            text = known_name.sub(self._labels[name].replace("\\", ""), text)
        return text

    def _replace_titled_name(self, match: patterns.Match[str]) -> str:
        name, title = match["name"], match["title"]
        if name in known.NO_NAMES:
            return match[0]
        is_clinical = bool(patterns.fullmatch(known.CLINICAL_TITLES, title)) or title in (
            "Dr",
            "Doctor",
            "Prof",
            "Professor",
            "Nurse",
        )
        return self._label(name, "clinician" if is_clinical else "person")

    def _replace_introduced_name(self, match: patterns.Match[str]) -> str:
        groups = match.groupdict()
        lead, name = groups.get("lead") or groups.get("lead_2"), groups["name"] or groups.get("name_2")
        return f"{lead}{self._label(str(name), 'person')}"


def _name_parts(name: str) -> list[str]:
    """林国华: 林国华, 国华, 林. Mary Wong: Mary Wong, Mary, Wong."""
    if not name:
        return []
    if not _IS_HAN.match(name):
        return [name, *(word for word in patterns.split(r"[\s,.]+", name) if len(word) > 2 and word != name)]
    surname = patterns.match(known.SURNAME, name)
    length = len(surname[0]) if surname else 1
    given_names = [name[length:]] if len(name) - length > 1 else []
    return [name, *given_names, name[:length]]


def _format_date(match: patterns.Match[str], moved: date, *, has_year: bool) -> str:
    groups = match.groupdict()
    if groups["y1"]:
        return f"{moved.year}{groups['s1']}{moved.month}{groups['s2']}{moved.day}"
    if groups["y2"]:
        separator = groups["sep"]
        return f"{moved.year}{separator}{moved.month:02}{separator}{moved.day:02}"
    if groups["m3"]:
        return f"{moved.month}月{moved.day}"
    if groups["y6"]:
        return f"{moved.month:02}/{moved.day:02}/{moved.year}"
    year = f" {moved.year}" if has_year else ""
    return f"{moved:%B} {moved.day},{year}" if groups["n4"] and year else f"{moved.day} {moved:%B}{year}"


def deidentify_record(record: ExportedRecord, identity: Identity, *, name: str) -> ExportedRecord:
    """`name`: what the copy is called, from which nobody finds the record. Sources go: they lead to the transcript."""
    copy = Deidentifier(identity, record.language)
    move = timedelta(days=identity.days)
    is_old = record.patient.age.isdigit() and int(record.patient.age) > OLDEST
    age = copy.words["old"] if is_old else record.patient.age
    return record.model_copy(
        update={
            "id": name,
            "title": copy.text(record.title),
            "written_at": record.written_at + move,
            "hospital": Hospital(
                name=copy.words["hospital"], department=copy.text(record.hospital.department)
            ),
            "patient": ExportedPatient(
                id="", name=copy.words["patient"], number="", sex=record.patient.sex, age=age
            ),
            "visit": Visit(id="", kind=record.visit.kind, seen_at=record.visit.seen_at + move),
            "author": _person(record.author, copy),
            "reviewer": _person(record.reviewer, copy),
            "signature": _signature(record.signature, copy, move),
            "is_deidentified": True,
            "sections": [
                section.model_copy(
                    update={
                        "title": copy.text(section.title),
                        "fields": [_field(each, copy.text) for each in section.fields],
                    }
                )
                for section in record.sections
            ],
        }
    )


def deidentify_transcript(
    transcript: ClinicalTranscript, identity: Identity, language: str
) -> ClinicalTranscript:
    """Words of the recording go with the names that were heard in them."""
    copy = Deidentifier(identity, language)
    return ClinicalTranscript(
        tuple(replace(each, text=copy.text(each.text), words=()) for each in transcript.utterances)
    )


def _person(person: Person | None, copy: Deidentifier) -> Person | None:
    return Person(id="", name=copy.name(person.name)) if person else None


def _signature(signature: Signature | None, copy: Deidentifier, move: timedelta) -> Signature | None:
    """Without the fingerprint: it belongs to what was signed, and this is not it."""
    if signature is None:
        return None
    return Signature(
        signer=Person(id="", name=copy.name(signature.signer.name)),
        signed_at=signature.signed_at + move,
        reason=copy.text(signature.reason),
    )


def _field(each: ExportedField, rewrite: Callable[[str], str]) -> ExportedField:
    statements: Iterable[ExportedStatement] = (
        statement.model_copy(
            update={"text": rewrite(statement.text), "value": rewrite(statement.value), "spans": []}
        )
        for statement in each.statements
    )
    return each.model_copy(update={"title": rewrite(each.title), "statements": list(statements)})
