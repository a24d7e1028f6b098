"""How close composed records come to those that clinicians wrote, and whether their sections are right."""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals, record_excerpts
from benchmarks.labelled_files import grouped, split, table
from benchmarks.record_excerpts import rouges
from domain.clinical.drafting.narrative import compose_note, plain_note
from domain.clinical.drafting.note_selection import NoteModel
from domain.clinical.records.note_sections import SECTION_BY_KEY, note_sections
from domain.clinical.records.template import Division
from domain.clinical.transcripts.transcript import ClinicalTranscript

COMMAND = "eval record"
DIVISIONS: tuple[Division, ...] = ("subjective", "exam", "results", "assessment_and_plan")


@dataclass(frozen=True)
class Pair:
    encounter: str
    dialogue: str
    note: str


def run(
    data: Annotated[Path, "directory of aci_bench or mts_dialog"],
    by_rules: Annotated[bool, "parts of records without the model"] = False,
    limit: Annotated[int | None, "so many parts of records"] = None,
) -> dict[str, Any]:
    if record_excerpts.is_of_excerpts(data):
        return record_excerpts.measure(data, by_rules=by_rules, limit=limit)
    return notes_measured(data)


def notes_measured(directory: Path) -> dict[str, Any]:
    sets = split(directory, pairs, files="*.csv")
    known = [(pair.dialogue, pair.note) for pair in sets.train_rows]
    model = NoteModel.trained(known) if known else None
    figures: dict[str, Any] = {
        "model": record_excerpts.COMPOSED,
        "trained_on": list(sets.train),
        "tested_on": list(sets.test),
        "train_rows": len(sets.train_rows),
        "tested": len(sets.test_rows),
    }
    figures |= score_notes(sets.test_rows, model) if sets.test else {}
    if model:
        untrained = score_notes(sets.test_rows, None)
        figures |= {f"untrained_{key}": value for key, value in untrained.items()}
    return figures | _asr_figures(directory, model)


def pairs(path: Path) -> list[Pair]:
    """Rows with a dialogue and a note."""
    rows = table(path)
    if not rows or not {"dialogue", "note"} <= rows[0].keys():
        return []
    named = "encounter_id" if "encounter_id" in rows[0] else "id"
    return [Pair(row.get(named, ""), row["dialogue"], row["note"]) for row in rows]


def score_notes(test: Sequence[Pair], model: NoteModel | None) -> dict[str, Any]:
    return intervals.shares([_scores(pair, model) for pair in test])


def _scores(pair: Pair, model: NoteModel | None) -> dict[str, float]:
    written = compose_note(ClinicalTranscript.from_text(pair.dialogue), model)
    scores = dict(rouges(pair.note, plain_note(written, in_chinese=False)))
    for division, wanted in _by_division(pair.note).items():
        own = [sentence for sentence in written if sentence.division == division]
        for key, value in rouges(wanted, plain_note(own, in_chinese=False)).items():
            scores[f"{division}_{key}"] = value
    return scores


def _by_division(note: str) -> dict[Division, str]:
    lines: dict[Division, list[str]] = defaultdict(list)
    previous = ""
    for section, line in note_sections(note):
        if section:
            division = SECTION_BY_KEY[section].division
            if section != previous:
                lines[division].append(SECTION_BY_KEY[section].title(in_chinese=False))
            lines[division].append(line)
            previous = section
    return {division: "\n".join(lines[division]) for division in DIVISIONS if division in lines}


def _asr_figures(directory: Path, model: NoteModel | None) -> dict[str, Any]:
    """`asr_loss`: points of ROUGE-1 that a recogniser's errors cost, over the same encounters."""
    folder = directory / "asr_variants"
    heard, corrected = list[Pair](), list[Pair]()
    for path in sorted(folder.glob("*_asr.csv")):
        stem = path.name.removesuffix("_asr.csv")
        for other in (*folder.glob(f"{stem}_asrcorr.csv"), *folder.glob(f"{stem}_humantrans.csv")):
            heard += pairs(path)
            corrected += pairs(other)
    by_encounter = [grouped(some, lambda pair: pair.encounter) for some in (heard, corrected)]
    known = sorted(by_encounter[0].keys() & by_encounter[1].keys())
    if not known:
        return {}
    ones, others = (
        [statistics.mean(_scores(pair, model)["rouge1"] for pair in some[each]) for each in known]
        for some in by_encounter
    )
    lost = [100 * (other - one) for one, other in zip(ones, others, strict=True)]
    return {
        **intervals.share("asr_rouge1", ones),
        **intervals.share("corrected_rouge1", others),
        **intervals.share("asr_loss", lost, digits=2),
        "asr_encounters": len(known),
    }
