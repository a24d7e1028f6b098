"""Parts of records from stretches of dialogue (mts_dialog): whether the heading is right, how close the text comes."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.labelled_files import table
from benchmarks.rouge import rouges
from llm_backend.clinical.excerpts import Excerpt, ExcerptModel
from llm_backend.clinical.transcript import ClinicalTranscript

COLUMNS = {"section_header", "section_text", "dialogue"}
# What the set calls the sections of a record.
SECTION_OF = {
    "CC": "chief_complaint",
    "GENHX": "history_of_present_illness",
    "PASTMEDICALHX": "medical_history",
    "PASTSURGICAL": "surgical_history",
    "FAM/SOCHX": "social_history",
    "ALLERGY": "allergies",
    "MEDICATIONS": "medications",
    "ROS": "review_of_systems",
    "EXAM": "physical_exam",
    "IMAGING": "results",
    "LABS": "results",
    "ASSESSMENT": "assessment",
    "DIAGNOSIS": "assessment",
    "PLAN": "plan",
    "DISPOSITION": "plan",
    "EDCOURSE": "plan",
}


def is_of_excerpts(directory: Path) -> bool:
    return any(_has_excerpts(path) for path in directory.glob("*.csv"))


def rows(directory: Path, *names: str) -> list[Excerpt]:
    """Of files with one of the names in theirs."""
    return [
        Excerpt(row["dialogue"], row["section_header"], row["section_text"])
        for path in sorted(directory.glob("*.csv"))
        if any(name in path.stem.lower() for name in names) and _has_excerpts(path)
        for row in table(path)
    ]


def measured(directory: Path) -> dict[str, Any]:
    train, test = rows(directory, "train"), rows(directory, "valid", "test", "dev")
    if not train or not test:
        raise SystemExit(f"There are no training rows, or none to measure, in {directory}.")
    figures = scored(ExcerptModel.trained(train), test)
    return {
        "model": "composed without a language model",
        "trained_on": len(train),
        "tested": len(test),
    } | figures


def scored(model: ExcerptModel, test: Sequence[Excerpt]) -> dict[str, float]:
    """The text is composed under the heading that was found, right or wrong."""
    right, scores = 0, []
    for row in test:
        heading = model.classifier.heading(row.dialogue)
        right += heading == row.heading
        section = SECTION_OF.get(heading, "history_of_present_illness")
        written = model.composed(ClinicalTranscript.from_text(row.dialogue), heading, section)
        scores.append(rouges(row.text, "\n".join(sentence.text for sentence in written)))
    return {"section_accuracy": round(right / len(test), 4)} | {
        key: round(statistics.mean(each[key] for each in scores), 4) for key in scores[0]
    }


def _has_excerpts(path: Path) -> bool:
    with path.open(encoding="utf-8") as file:
        return set(file.readline().strip().split(",")) >= COLUMNS
