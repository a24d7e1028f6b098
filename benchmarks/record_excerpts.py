"""Parts of records from stretches of dialogue (mts_dialog): whether the heading is right, how close the text comes."""

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.labelled_files import table
from benchmarks.rouge import rouges
from llm_backend.clinical.excerpts import Excerpt, ExcerptModel
from llm_backend.clinical.narrative import NoteSentence, composed
from llm_backend.clinical.transcript import ClinicalTranscript

Written = tuple[ClinicalTranscript, list[NoteSentence]]
COMPOSED = "none: composed by rules"
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
    figures: dict[str, Any] = {"model": COMPOSED, "trained_on": len(train), "tested": len(test)}
    untrained = [rouges(row.text, _untrained(row.dialogue))["rouge1"] for row in test]
    figures |= scored(ExcerptModel.trained(train), test)
    return figures | {"untrained_rouge1": round(statistics.mean(untrained), 4)}


def composed_in(directory: Path) -> Iterator[Written]:
    """What `eval record` scores, to be checked against what was said."""
    model = ExcerptModel.trained(rows(directory, "train"))
    for row in rows(directory, "valid", "test", "dev"):
        transcript = ClinicalTranscript.from_text(row.dialogue)
        heading = model.classifier.heading(row.dialogue)
        yield transcript, model.composed(transcript, heading, _section(heading))


def scored(model: ExcerptModel, test: Sequence[Excerpt]) -> dict[str, float]:
    """The text is composed under the heading that was found, right or wrong."""
    right, scores = 0, []
    for row in test:
        heading = model.classifier.heading(row.dialogue)
        right += heading == row.heading
        written = model.composed(ClinicalTranscript.from_text(row.dialogue), heading, _section(heading))
        scores.append(rouges(row.text, "\n".join(sentence.text for sentence in written)))
    return {"section_accuracy": round(right / len(test), 4)} | {
        key: round(statistics.mean(each[key] for each in scores), 4) for key in scores[0]
    }


def _section(heading: str) -> str:
    return SECTION_OF.get(heading, "history_of_present_illness")


def _untrained(dialogue: str) -> str:
    return "\n".join(sentence.text for sentence in composed(ClinicalTranscript.from_text(dialogue)))


def _has_excerpts(path: Path) -> bool:
    with path.open(encoding="utf-8") as file:
        return set(file.readline().strip().split(",")) >= COLUMNS
