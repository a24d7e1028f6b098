"""Whether what is said stands in the field where a clinician looks for it, drafted by rules. No model is asked.

Consultations with their facts: the field, present or denied, and the words that must stand in one statement. Thrice two
files: rules may be changed by what the file for tuning shows, the figures are those of the one that was kept out.
`specialties` are parted by specialty, and their questions ask several things at once. `joint` are whole visits of twenty
lines, in which most questions do, and answers tell what nobody asked.
`right_field`: in the expected field, with the right polarity. `misplaced`: elsewhere or the other way round. `lost`:
nowhere. `wrong_polarity`: how many stand anywhere the other way round; what is said of relatives is no word about the
patient, and an order (“check the thyroid”) none about what the patient has.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from benchmarks.labelled_files import grouped
from benchmarks.polarity import Polarity, polarities
from domain.clinical.drafting import DraftContext
from domain.clinical.drafting.by_rules import draft_by_rules
from domain.clinical.grounding import drugs
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import RecordContent
from domain.clinical.transcripts.transcript import ClinicalTranscript

COMMAND = "eval placement"
HALVES = {name: Path(__file__).with_name(f"placement_{name}.toml") for name in ("tuning", "held_back")}
SPECIALTIES = {name: path.with_stem(f"placement_specialties_{name}") for name, path in HALVES.items()}
JOINT = {name: path.with_stem(f"placement_joint_{name}") for name, path in HALVES.items()}
TEMPLATES = {"zh": "zh_outpatient", "en": "en_soap"}
EXAMINATION = ("exam", "general", "specialist")
_FAMILY = ("family", "family_history")
Outcome = Literal["right", "misplaced", "lost"]


@dataclass(frozen=True)
class Fact:
    """`fields`: whole sections or fields that are as good as each other. `words`: spellings of each that must stand."""

    fields: tuple[str, ...]
    polarity: Polarity
    words: tuple[tuple[str, ...], ...]

    @property
    def is_of_family(self) -> bool:
        return any(_is_family(field) for field in self.fields)

    @property
    def is_planned(self) -> bool:
        return all(field.startswith("plan") for field in self.fields)

    def concerns(self, place: str) -> bool:
        """Whether what stands there could contradict it.

        A reading of blood pressure says nothing of hypertension, nor does what a drug once did of today's complaints.
        """
        is_reaction = place.endswith(".allergies") and not any("allerg" in field for field in self.fields)
        if is_reaction or place.endswith(".vitals"):
            return False
        return (self.is_of_family or not _is_family(place)) and self.is_planned == place.startswith("plan.")

    def fits(self, place: str) -> bool:
        return any(place == field or place.startswith(f"{field}.") for field in self.fields)


@dataclass(frozen=True)
class Consultation:
    number: int
    about: str
    language: Literal["zh", "en"]
    sex: Literal["female", "male"]
    talk: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Placement:
    """`opposite`: where it stands the other way round."""

    consultation: Consultation
    fact: Fact
    outcome: Outcome
    opposite: tuple[str, ...]


def _is_family(place: str) -> bool:
    return any(part in _FAMILY for part in place.split("."))


def run(misses: Annotated[bool, "print what is wrong in the half for tuning"] = False) -> dict[str, Any]:
    whole, parted, joint = (
        {name: [each for c in consultations(path) for each in placements(c)] for name, path in files.items()}
        for files in (HALVES, SPECIALTIES, JOINT)
    )
    if misses:
        _print_misses([*whole["tuning"], *parted["tuning"], *joint["tuning"]])
    return {"model": "rules", **_both(whole), "specialties": _both(parted), "joint": _both(joint)}


def _both(placed: Mapping[str, Sequence[Placement]]) -> dict[str, Any]:
    """Those kept out first, with those for tuning beside them."""
    told = {}
    for name, some in placed.items():
        by_language = grouped(some, lambda each: each.consultation.language)
        told[name] = {
            **_figures(some),
            "by_language": {each: _figures(own) for each, own in by_language.items()},
        }
    return {**told["held_back"], "tuning": told["tuning"]}


def consultations(path: Path) -> Iterator[Consultation]:
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["consultations"]:
        facts = tuple(
            Fact(tuple(fields.split("|")), polarity, tuple(tuple(word.split("|")) for word in words))
            for fields, polarity, *words in row["facts"]
        )
        yield Consultation(row["number"], row["about"], row["language"], row["sex"], row["talk"], facts)


def placements(consultation: Consultation) -> list[Placement]:
    transcript = ClinicalTranscript.from_text(consultation.talk)
    ground = DraftContext(transcript, drugs.built_in(), find_assertion, consultation.sex)
    template = builtin_templates.resolve(TEMPLATES[consultation.language]).for_sex(consultation.sex)
    record = draft_by_rules(template, ground)
    return [place_fact(consultation, fact, record) for fact in consultation.facts]


def place_fact(consultation: Consultation, fact: Fact, record: RecordContent) -> Placement:
    stands: set[tuple[str, Polarity]] = set()
    for section, field, statement in record.statements():
        if statement.is_exported:
            about = {"is_of_family": fact.is_of_family, "is_examination": field in EXAMINATION}
            found = polarities(statement.text, fact.words, **about)
            stands |= {(f"{section}.{field}", polarity) for polarity in found}
    opposite = [place for place, polarity in stands if polarity != fact.polarity and fact.concerns(place)]
    outcome: Outcome = "misplaced" if stands else "lost"
    if any(fact.fits(place) for place, polarity in stands if polarity == fact.polarity):
        outcome = "right"
    return Placement(consultation, fact, outcome, tuple(sorted(opposite)))


def _figures(placed: Sequence[Placement]) -> dict[str, float]:
    outcomes = Counter(each.outcome for each in placed)
    names: dict[str, Outcome] = {"right_field": "right", "misplaced": "misplaced", "lost": "lost"}
    return {
        **{name: round(outcomes[each] / max(1, len(placed)), 4) for name, each in names.items()},
        "wrong_polarity": sum(bool(each.opposite) for each in placed),
        "facts": len(placed),
        "consultations": len({each.consultation.number for each in placed}),
    }


def _print_misses(placed: Sequence[Placement]) -> None:
    for each in placed:
        if each.outcome != "right" or each.opposite:
            words = " + ".join("|".join(spellings) for spellings in each.fact.words)
            wrong = f", the other way round in {', '.join(each.opposite)}" if each.opposite else ""
            where = f"{each.fact.polarity:7} {'|'.join(each.fact.fields)}"
            print(f"{each.consultation.number:2} {each.outcome:9} {where}: {words}{wrong}")
