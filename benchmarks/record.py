"""How close composed records come to those that clinicians wrote, and whether their sections are right."""

import argparse
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import record_excerpts
from benchmarks.labelled_files import table
from benchmarks.rouge import rouges
from llm_backend.clinical.narrative import composed, plain_note
from llm_backend.clinical.sections import OF_KEY, note_sections
from llm_backend.clinical.selection import NoteModel
from llm_backend.clinical.template import Division
from llm_backend.clinical.transcript import ClinicalTranscript

DIVISIONS: tuple[Division, ...] = ("subjective", "exam", "results", "assessment_and_plan")


@dataclass(frozen=True)
class Pair:
    encounter: str
    dialogue: str
    note: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="directory of aci_bench or mts_dialog")
    parser.add_argument("--by-rules", action="store_true", help="parts of records without the model")
    parser.add_argument("--limit", type=int, help="so many parts of records")


def run(options: argparse.Namespace) -> dict[str, Any]:
    if record_excerpts.is_of_excerpts(options.data):
        return record_excerpts.measured(options.data, by_rules=options.by_rules, limit=options.limit)
    return notes_measured(options.data)


def notes_measured(directory: Path) -> dict[str, Any]:
    train, test = pairs(directory, "train"), pairs(directory, "valid") or pairs(directory, "test")
    model = NoteModel.trained([(pair.dialogue, pair.note) for pair in train]) if train else None
    figures: dict[str, Any] = {"model": record_excerpts.COMPOSED, "trained_on": len(train)}
    figures |= scored(test, model) if test else {}
    if model:
        figures |= {f"untrained_{key}": value for key, value in scored(test, None).items()}
    return figures | _asr_figures(directory, model)


def pairs(directory: Path, split: str) -> list[Pair]:
    """Rows with a dialogue and a note of files whose names begin so."""
    found: list[Pair] = []
    for path in sorted(directory.glob(f"{split}*.csv")):
        rows = table(path)
        if rows and {"dialogue", "note"} <= rows[0].keys():
            named = "encounter_id" if "encounter_id" in rows[0] else "id"
            found.extend(Pair(row.get(named, ""), row["dialogue"], row["note"]) for row in rows)
    return found


def scored(test: Sequence[Pair], model: NoteModel | None) -> dict[str, float]:
    scores: dict[str, list[float]] = defaultdict(list)
    for pair in test:
        written = composed(ClinicalTranscript.from_text(pair.dialogue), model)
        for key, value in rouges(pair.note, plain_note(written, in_chinese=False)).items():
            scores[key].append(value)
        for division, wanted in _divided(pair.note).items():
            own = [sentence for sentence in written if sentence.division == division]
            for key, value in rouges(wanted, plain_note(own, in_chinese=False)).items():
                scores[f"{division}_{key}"].append(value)
    return {key: round(statistics.mean(values), 4) for key, values in scores.items()}


def _divided(note: str) -> dict[Division, str]:
    lines: dict[Division, list[str]] = defaultdict(list)
    previous = ""
    for section, line in note_sections(note):
        if section:
            division = OF_KEY[section].division
            if section != previous:
                lines[division].append(OF_KEY[section].title(in_chinese=False))
            lines[division].append(line)
            previous = section
    return {division: "\n".join(lines[division]) for division in DIVISIONS if division in lines}


def _asr_figures(directory: Path, model: NoteModel | None) -> dict[str, float]:
    """`asr_loss`: points of ROUGE-1 that a recogniser's errors cost, over the same encounters."""
    folder = directory / "asr_variants"
    if not folder.is_dir():
        return {}
    heard, corrected = [], []
    for path in sorted(folder.glob("*_asr.csv")):
        stem = path.name.removesuffix("_asr.csv")
        for other in (*folder.glob(f"{stem}_asrcorr.csv"), *folder.glob(f"{stem}_humantrans.csv")):
            heard.extend(pairs(folder, path.stem))
            corrected.extend(pairs(folder, other.stem))
    if not heard:
        return {}
    known = {pair.encounter for pair in heard} & {pair.encounter for pair in corrected}
    one = scored([pair for pair in heard if pair.encounter in known], model)["rouge1"]
    other_one = scored([pair for pair in corrected if pair.encounter in known], model)["rouge1"]
    return {
        "asr_rouge1": one,
        "corrected_rouge1": other_one,
        "asr_loss": round(100 * (other_one - one), 2),
        "asr_encounters": len(known),
    }
