import json
from pathlib import Path

from benchmarks.labelled_files import first_of_each, labelled_texts


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
