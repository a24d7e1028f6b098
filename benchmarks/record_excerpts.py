"""Parts of records from stretches of dialogue (mts_dialog): whether the heading is right, how close the text comes.

The embedded model writes each part as similar training rows were written, under the heading that the classifier found;
where it writes nothing usable, rules compose, as in the product.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rouge_score.rouge_scorer import RougeScorer

from benchmarks import intervals, progress
from benchmarks.drafting_model import DraftingModel, drafting_model
from benchmarks.labelled_files import split, table
from domain.clinical.drafting import DraftContext, few_shot_examples
from domain.clinical.drafting.few_shot_examples import FewShotExample, FewShotExamples
from domain.clinical.drafting.linear_model import LinearModel
from domain.clinical.drafting.narrative import compose_note
from domain.clinical.grounding import drugs
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.records.note_sections import word_grams
from domain.clinical.records.template import TemplateField
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.sentences import sentences

COMPOSED = "none: composed by rules"
COLUMNS = {"section_header", "section_text", "dialogue"}
TEXT = TemplateField(key="text", title="Text")
ROUGES = {"rouge1": "rouge1", "rouge2": "rouge2", "rougeL": "rougeLsum"}
SCORER = RougeScorer(list(ROUGES.values()))


def heading_model(rows: Sequence[tuple[str, str]]) -> LinearModel:
    """Under which heading of a hospital's own a stretch of dialogue belongs, by its features. Learnt from (dialogue,
    heading); headings that are seldom count as much as frequent ones."""
    examples = [excerpt_features(dialogue) for dialogue, _ in rows]
    return LinearModel.trained(examples, [heading for _, heading in rows], strength=3, is_balanced=True)


def excerpt_features(dialogue: str) -> list[str]:
    """Words, how it opens and ends, how long it is: a history is long, an allergy is not."""
    lines = [line for line in dialogue.splitlines() if line.strip()] or [""]
    length = len(dialogue.split()).bit_length()
    doctors = [line for line in lines if line.lower().startswith(("doctor", "医生"))]
    others = [line for line in lines if line not in doctors]
    parts = {"": dialogue, "doctor ": " ".join(doctors), "other ": " ".join(others)}
    parts |= {"first ": lines[0], "last ": lines[-1]}
    grams = [gram for name, text in parts.items() for gram in word_grams(text, name)]
    return [*grams, *[f"length {length}", f"turns {len(lines).bit_length()}"] * 3]


@dataclass(frozen=True)
class Outcome:
    """`written`: by the model. `exported`: its sentences that stand in what was said."""

    part: FewShotExample
    written: str
    exported: str


def is_of_excerpts(directory: Path) -> bool:
    return any(_has_excerpts(path) for path in directory.glob("*.csv"))


def rows(path: Path) -> list[FewShotExample]:
    return [
        FewShotExample(dialogue=row["dialogue"], heading=row["section_header"], text=row["section_text"])
        for row in (table(path) if _has_excerpts(path) else [])
    ]


def measure(directory: Path, *, by_rules: bool, limit: int | None) -> dict[str, Any]:
    """`by_rules`: without the model; then only the heading and what rules compose are measured."""
    sets = split(directory, rows, files="*.csv")
    train, test = sets.train_rows, sets.test_rows[:limit]
    if not train or not test:
        raise SystemExit(f"There are no training rows, or none to measure, in {directory}.")
    classifier = heading_model([(row.dialogue, row.heading) for row in train])
    headings = [classifier.label(excerpt_features(row.dialogue)) for row in test]
    is_right = [heading == row.heading for heading, row in zip(headings, test, strict=True)]
    composed = [rouges(row.text, _compose(row.dialogue))["rouge1"] for row in test]
    figures: dict[str, Any] = {
        "model": COMPOSED,
        **sets.sources(),
        "train_rows": len(train),
        "tested": len(test),
        **intervals.share("section_accuracy", is_right),
        **intervals.share("composed_rouge1", composed),
    }
    if by_rules:
        return figures
    started = time.monotonic()
    with drafting_model() as model:
        outcomes = list(_write_parts(model, FewShotExamples.of(train), test, headings))
        figures["model"] = model.name
    seconds = (time.monotonic() - started) / len(test)
    return figures | score_parts(outcomes) | {"seconds_per_part": round(seconds, 2)}


def score_parts(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    figures = intervals.shares([rouges(each.part.text, each.written) for each in outcomes])
    exported = [rouges(each.part.text, each.exported)["rouge1"] for each in outcomes]
    return figures | intervals.share("exported_rouge1", exported)


def _write_parts(
    model: DraftingModel, past: FewShotExamples, test: Sequence[FewShotExample], headings: Sequence[str]
) -> Iterator[Outcome]:
    for row, heading in progress.counted("parts", list(zip(test, headings, strict=True))):
        transcript = ClinicalTranscript.from_text(row.dialogue)
        text = _complete_part(model.part(past, heading, row.dialogue), _compose(row.dialogue))
        ground = DraftContext(transcript, drugs.built_in(), find_assertion)
        statements = few_shot_examples.text_statements(text, "part", TEXT, ground)
        yield Outcome(row, text, "\n".join(each.text for each in statements if each.is_exported))


def _complete_part(written: str, by_rules: str) -> str:
    """With the sentences that rules found and the model left out; rules alone where it wrote nothing."""
    if not written:
        return by_rules
    left_out = [line for line in by_rules.split("\n") if few_shot_examples.is_left_out(line, written)]
    return "\n".join([written, *left_out])


def _compose(dialogue: str) -> str:
    return "\n".join(sentence.text for sentence in compose_note(ClinicalTranscript.from_text(dialogue)))


def _has_excerpts(path: Path) -> bool:
    with path.open(encoding="utf-8") as file:
        return set(file.readline().strip().split(",")) >= COLUMNS


def rouges(wanted: str, written: str) -> dict[str, float]:
    """As the papers of the clinical sets measure it: without stemming. The longest common part is taken per sentence, as in
    the paper of aci_bench.
    """
    scores = SCORER.score(_a_sentence_a_line(wanted), _a_sentence_a_line(written))
    return {key: scores[name].fmeasure for key, name in ROUGES.items()}


def _a_sentence_a_line(text: str) -> str:
    return "\n".join(each.text for each in sentences(text))
