"""Every eval says what it learnt from and what it measured, and how sure each figure is."""

import importlib
import json
from pathlib import Path
from typing import Any

from benchmarks import record
from benchmarks.__main__ import MEASURES, parser_of

NOTE = (
    "CHIEF COMPLAINT\n\nCough and fever.\n\nHISTORY OF PRESENT ILLNESS\n\n"
    "The patient has had a dry cough and a high fever for {days} days, with pain in the chest.\n"
)
TALK = (
    "[doctor] good morning , nice to see you again\n[patient] hello doctor , how was the holiday\n"
    "[doctor] very nice thanks , what brings you in today ?\n"
    "[patient] i have had a dry cough and a high fever for {days} days , with pain in the chest .\n"
)


def measured(name: str, *arguments: str) -> dict[str, Any]:
    measure = importlib.import_module(MEASURES["eval"][name])
    figures: dict[str, Any] = measure.run(**vars(parser_of(measure).parse_args(arguments)))
    return figures


def assert_told(figures: dict[str, Any], *names: str) -> None:
    assert isinstance(figures["trained_on"], list)
    assert figures["tested_on"]
    for name in names:
        low, high = figures[f"{name}_interval"]
        assert low <= figures[name] <= high, name


def notes(path: Path, *days: int) -> None:
    rows = [f'{day},"{TALK.format(days=day)}","{NOTE.format(days=day)}"' for day in days]
    path.write_text("\n".join(["id,dialogue,note", *rows]) + "\n")


def test_records_are_measured_on_the_test_file_and_learnt_from_the_training_file(tmp_path: Path) -> None:
    notes(tmp_path / "train.csv", 2, 3, 4)
    notes(tmp_path / "valid.csv", 5)
    notes(tmp_path / "test1.csv", 6, 7)

    figures = record.notes_measured(tmp_path)

    assert (figures["trained_on"], figures["tested_on"]) == (["train.csv"], ["test1.csv"])
    assert (figures["train_rows"], figures["tested"]) == (3, 2)
    assert_told(figures, "rouge1", "untrained_rouge1")


def test_excerpts_prefer_the_test_file_too(tmp_path: Path) -> None:
    for name, heading in (("TrainingSet", "CC"), ("ValidationSet", "GENHX"), ("TestSet-1", "CC")):
        rows = "".join(
            f"{n},{heading},Cough for {n} days.,Doctor: Hello? Patient: A cough.\n" for n in range(6)
        )
        (tmp_path / f"MTS-{name}.csv").write_text(f"ID,section_header,section_text,dialogue\n{rows}")
    with (tmp_path / "MTS-TrainingSet.csv").open("a") as file:
        file.write("9,GENHX,Well.,Doctor: How are you? Patient: I am well.\n" * 4)

    figures = measured("record", "--data", str(tmp_path), "--by-rules")

    assert (figures["trained_on"], figures["tested_on"]) == (["MTS-TrainingSet.csv"], ["MTS-TestSet-1.csv"])
    assert_told(figures, "section_accuracy", "composed_rouge1")


def test_what_rules_say_is_measured_with_intervals(tmp_path: Path) -> None:
    (tmp_path / "talk.csv").write_text(f'dialogue\n"{TALK.format(days=2)}"\n')

    assert_told(measured("denial"), "status_accuracy", "denied_f1")
    assert_told(measured("speakers", "--data", str(tmp_path)), "accuracy")
    assert_told(measured("grounding", "--data", str(tmp_path)), "true_spans")
    assert_told(measured("numbers"), "normalised_share", "changed_share")


def test_callers_for_a_person_are_counted_in_the_test_file(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,intent\nGive me a human,contact_human_agent\n")
    (tmp_path / "test.csv").write_text("text,intent\nI want a human agent,contact_human_agent\nHi,greeting\n")

    figures = measured("triggers", "--data", str(tmp_path))

    assert (figures["trained_on"], figures["tested_on"], figures["rows"]) == ([], ["test.csv"], 2)
    assert_told(figures, "asked_recall")


def test_codes_are_learnt_from_one_file_and_asked_of_the_other(tmp_path: Path) -> None:
    (tmp_path / "codes.tsv").write_text("A01\t伤寒\nJ18\t肺炎\nI10\t高血压\n", encoding="utf-8")
    said = [("伤寒病", "伤寒"), ("肺部炎症", "肺炎"), ("血压高", "高血压")]
    for name, count in (("train", 60), ("dev", 1), ("test", 2)):
        rows = [
            dict(zip(("text", "normalized_result"), said[each % 3], strict=True)) for each in range(count)
        ]
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")

    figures = measured("coding", "--data", str(tmp_path))

    assert (figures["trained_on"], figures["tested_on"]) == (["train.jsonl"], ["test.jsonl"])
    assert figures["lines"] == 2
    assert_told(figures, "hit_at_1", "hit_at_10", "f1")
