"""How close composed records come to those that clinicians wrote, and whether their sections are right.

Of mts_dialog, parts of records from stretches of dialogue: the embedded model writes each part as similar training rows were
written, under the heading that the classifier found; where it writes nothing usable, rules compose, as in the product.
"""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from rouge_score.rouge_scorer import RougeScorer

from benchmarks import intervals, progress
from benchmarks.drafting_model import DraftingModel, drafting_model
from benchmarks.labelled_files import Split, grouped, split, table
from domain.clinical.drafting import DraftContext, few_shot_examples
from domain.clinical.drafting.few_shot_examples import FewShotExample, FewShotExamples
from domain.clinical.drafting.linear_model import LinearModel
from domain.clinical.drafting.narrative import compose_note, plain_note
from domain.clinical.drafting.note_selection import NoteModel
from domain.clinical.grounding import drugs
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.records.note_sections import SECTION_BY_KEY, note_sections, word_grams
from domain.clinical.records.template import Division, TemplateField
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.sentences import sentences

COMMAND = "eval record"
DIVISIONS: tuple[Division, ...] = ("subjective", "exam", "results", "assessment_and_plan")
COMPOSED = "none: composed by rules"
TEXT = TemplateField(key="text", title="Text")
ROUGES = {"rouge1": "rouge1", "rouge2": "rouge2", "rougeL": "rougeLsum"}
SCORER = RougeScorer(list(ROUGES.values()))


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
    parts = split(data, excerpts, files="*.csv")
    if parts.train or parts.test:
        return excerpts_measured(parts, by_rules=by_rules, limit=limit)
    return notes_measured(data)


def notes_measured(directory: Path) -> dict[str, Any]:
    sets = split(directory, pairs, files="*.csv")
    known = [(pair.dialogue, pair.note) for pair in sets.train_rows]
    model = NoteModel.trained(known) if known else None
    figures: dict[str, Any] = {
        "model": COMPOSED,
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
    return [
        Pair(row.get("encounter_id", row.get("id", "")), row["dialogue"], row["note"])
        for row in table(path, "dialogue", "note")
    ]


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


def excerpts(path: Path) -> list[FewShotExample]:
    return [
        FewShotExample(dialogue=row["dialogue"], heading=row["section_header"], text=row["section_text"])
        for row in table(path, "section_header", "section_text", "dialogue")
    ]


def excerpts_measured(sets: Split[FewShotExample], *, by_rules: bool, limit: int | None) -> dict[str, Any]:
    """`by_rules`: without the model; then only the heading and what rules compose are measured."""
    train, test = sets.train_rows, sets.test_rows[:limit]
    if not train or not test:
        raise SystemExit("There are no training rows, or none to measure.")
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
        scores = list(_part_scores(model, FewShotExamples.of(train), test, headings))
        figures["model"] = model.name
    seconds = (time.monotonic() - started) / len(test)
    return figures | intervals.shares(scores) | {"seconds_per_part": round(seconds, 2)}


def _part_scores(
    model: DraftingModel, past: FewShotExamples, test: Sequence[FewShotExample], headings: Sequence[str]
) -> Iterator[dict[str, float]]:
    """Of what the model writes, and of the sentences of it that stand in what was said (`exported`)."""
    for row, heading in progress.counted("parts", list(zip(test, headings, strict=True))):
        transcript = ClinicalTranscript.from_text(row.dialogue)
        text = _complete_part(model.part(past, heading, row.dialogue), _compose(row.dialogue))
        ground = DraftContext(transcript, drugs.built_in(), find_assertion)
        statements = few_shot_examples.text_statements(text, "part", TEXT, ground)
        exported = "\n".join(each.text for each in statements if each.is_exported)
        yield rouges(row.text, text) | {"exported_rouge1": rouges(row.text, exported)["rouge1"]}


def _complete_part(written: str, by_rules: str) -> str:
    """With the sentences that rules found and the model left out; rules alone where it wrote nothing."""
    if not written:
        return by_rules
    left_out = [line for line in by_rules.split("\n") if few_shot_examples.is_left_out(line, written)]
    return "\n".join([written, *left_out])


def _compose(dialogue: str) -> str:
    return "\n".join(sentence.text for sentence in compose_note(ClinicalTranscript.from_text(dialogue)))


def rouges(wanted: str, written: str) -> dict[str, float]:
    """As the papers of the clinical sets measure it: without stemming. The longest common part is taken per sentence, as in
    the paper of aci_bench.
    """
    scores = SCORER.score(_a_sentence_a_line(wanted), _a_sentence_a_line(written))
    return {key: scores[name].fmeasure for key, name in ROUGES.items()}


def _a_sentence_a_line(text: str) -> str:
    return "\n".join(each.text for each in sentences(text))
