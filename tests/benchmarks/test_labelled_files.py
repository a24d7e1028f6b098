import json
from pathlib import Path

import pytest

from benchmarks.labelled_files import first_of_each, labelled_texts, part_of, split


def test_a_table_is_split_by_its_files_names(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,category\nWhere is it?,parcel\nHow are you?,oos\n")
    (tmp_path / "test_half.csv").write_text("text,category\nIs it here?,parcel\n")
    (tmp_path / "categories.json").write_text('["parcel"]')

    texts = labelled_texts(tmp_path)

    assert (texts.train, texts.test) == ([("Where is it?", "parcel")], [("Is it here?", "parcel")])
    assert texts.out_of_scope_train == ["How are you?"]


def test_lists_by_part_are_read_whatever_lies_beside_them(tmp_path: Path) -> None:
    parts = {
        "train": [["Where is it?", "parcel"]],
        "val": [["Is it here?", "parcel"]],
        "oos_val": [["Hm", "oos"]],
    }
    (tmp_path / "domains.json").write_text('{"post": ["parcel"]}')
    (tmp_path / "train_val.json").write_text(json.dumps(parts))

    texts = labelled_texts(tmp_path)

    assert (texts.train, texts.test) == ([("Where is it?", "parcel")], [("Is it here?", "parcel")])
    assert texts.out_of_scope_test == ["Hm"]


def test_shots_are_the_first_rows_of_each_class() -> None:
    rows = [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")]

    assert first_of_each(rows, 2) == [("a1", "a"), ("a2", "a"), ("b1", "b")]


def test_a_test_file_beside_the_lists_is_what_is_measured(tmp_path: Path) -> None:
    parts = {
        "train": [["Where is it?", "parcel"]],
        "val": [["Is it here?", "parcel"]],
        "oos_train": [["Er", "oos"]],
        "oos_val": [["Hm", "oos"]],
    }
    (tmp_path / "train_val.json").write_text(json.dumps(parts))
    (tmp_path / "test.json").write_text(
        json.dumps({"test": [["Has it come?", "parcel"]], "oos_test": [["Oh", "oos"]]})
    )

    texts = labelled_texts(tmp_path)

    assert (texts.test, texts.out_of_scope_test) == ([("Has it come?", "parcel")], ["Oh"])
    assert texts.train == [("Where is it?", "parcel")]
    assert texts.out_of_scope_train == ["Er"]
    assert (texts.trained_on, texts.tested_on) == (["train_val.json (train)"], ["test.json (test)"])


@pytest.mark.parametrize(
    "content", [[["Has it come?", "parcel"]], [{"text": "Has it come?", "intent": "parcel"}]]
)
def test_a_test_file_may_have_another_form_than_its_set(content: object, tmp_path: Path) -> None:
    parts = {"train": [["Where is it?", "parcel"]], "val": [["Is it here?", "parcel"]]}
    (tmp_path / "train_val.json").write_text(json.dumps(parts))
    (tmp_path / "test.json").write_text(json.dumps(content))

    texts = labelled_texts(tmp_path)

    assert (texts.test, texts.tested_on) == ([("Has it come?", "parcel")], ["test.json"])


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("MTS-Dialog-TrainingSet.csv", "train"),
        ("MTS-Dialog-TestSet-1-MEDIQA.csv", "test"),
        ("MTS-Dialog-ValidationSet.csv", "validation"),
        ("travel_dev.json", "validation"),
        ("curekart_test.csv", "test"),
        ("test_shared_half.csv", "test"),
        ("test2.csv", "test"),
        ("train_val.json", "train"),
        ("reviews.csv", "train"),
        ("testimonials.csv", "train"),
        ("devices.csv", "train"),
    ],
)
def test_a_files_name_says_its_part(name: str, part: str) -> None:
    assert part_of(Path(name)) == part


def test_validation_rows_are_neither_learnt_from_nor_measured_where_there_are_test_rows(
    tmp_path: Path,
) -> None:
    for name in ("train", "valid", "test1", "test2"):
        (tmp_path / f"{name}.txt").write_text(name)

    sets = split(tmp_path, lambda path: [path.read_text()])

    assert sets.rounds() == [(["train"], ["test1", "test2"])]
    assert sets.sources() == {"trained_on": ["train.txt"], "tested_on": ["test1.txt", "test2.txt"]}


def test_a_test_file_without_answers_leaves_the_measuring_to_validation(tmp_path: Path) -> None:
    for name in ("train", "dev", "test"):
        (tmp_path / f"{name}.txt").write_text("" if name == "test" else name)

    assert split(tmp_path, lambda path: path.read_text().split()).test == {"dev.txt": ["dev"]}


def test_of_one_file_every_row_is_asked_once_by_who_has_not_seen_it(tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text("a b c d e f g")

    sets = split(tmp_path, lambda path: path.read_text().split())

    assert sorted(row for _, asked in sets.rounds() for row in asked) == list("abcdefg")
    assert all(not set(learnt) & set(asked) for learnt, asked in sets.rounds())
    assert sets.sources() == {"trained_on": ["dev.txt"], "tested_on": ["dev.txt"]}
